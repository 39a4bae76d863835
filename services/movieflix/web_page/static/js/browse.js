/** The catalogue by genre, and search over it. */
import { ghosts, posterCard } from "./cards.js";
import { el } from "./dom.js";
import { find, genresSeen } from "./shows.js";
import { keepTrying } from "./api.js";

const PAGE = 24;
const DEBOUNCE_MS = 220;

const noteOf = (show) => [show.year, show.genres.slice(0, 2).join(", ")].filter(Boolean).join(" · ");

function grid(list, shows, onOpen) {
  list.replaceChildren(...shows.map((show) => posterCard(show, { onOpen, note: noteOf(show) })));
}

export function browseSection(section, { onOpen }) {
  let [genre, limit, turn] = ["", PAGE, null];
  const chips = el("div", { class: "chips", role: "group", "aria-label": "Genre" });
  const list = el("ul", { class: "grid" });
  const empty = el("p", { class: "empty", hidden: true });
  const more = el("button", {
    class: "key",
    type: "button",
    text: "Show more",
    hidden: true,
    on: {
      click: () => {
        limit = Math.min(limit * 2, 96);
        load(false);
      },
    },
  });
  section.replaceChildren(
    el("div", { class: "band-head" }, el("h2", { id: "browse-title", text: "The catalogue" })),
    chips,
    empty,
    list,
    el("div", { class: "more" }, more),
  );

  function renderChips() {
    const all = ["", ...genresSeen()].slice(0, 20);
    if (chips.children.length !== all.length)
      chips.replaceChildren(
        ...all.map((name) =>
          el("button", {
            class: "chip",
            type: "button",
            data: { genre: name },
            text: name || "All",
            on: {
              click: () => {
                [genre, limit] = [name, PAGE];
                load(true);
              },
            },
          }),
        ),
      );
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.genre === genre));
  }

  async function load(fresh) {
    turn?.abort();
    const mine = (turn = new AbortController());
    if (fresh) list.replaceChildren(...ghosts("card", 12));
    renderChips();
    try {
      const shows = await keepTrying(() => find({ genre, limit, signal: mine.signal }), mine.signal);
      grid(list, shows, onOpen);
      more.hidden = shows.length < limit || limit >= 96;
      empty.hidden = shows.length > 0;
      empty.textContent = genre
        ? `No ${genre} film in the catalogue.`
        : "The catalogue is empty. make up-movieflix fills it with films in the public domain.";
      renderChips();
    } catch {
      /* overtaken by another choice, or refused: api.js has told */
    }
  }
  return { load: () => load(true) };
}

export function searchSection({ section, home, input, form, onOpen }) {
  const heading = el("h2", { id: "results-title", text: "Results" });
  const note = el("p", { class: "band-note", role: "status" });
  const list = el("ul", { class: "grid" });
  section.replaceChildren(el("div", { class: "band-head" }, heading, note), list);
  let [timer, turn] = [0, null];

  async function search() {
    const q = input.value.trim();
    turn?.abort();
    section.hidden = !q;
    home.hidden = Boolean(q);
    if (!q) return;
    const mine = (turn = new AbortController());
    heading.textContent = `“${q}”`;
    if (!list.children.length) list.replaceChildren(...ghosts("card", 6));
    try {
      const shows = await keepTrying(() => find({ q, limit: 48, signal: mine.signal }), mine.signal);
      grid(list, shows, onOpen);
      note.textContent = shows.length
        ? `${shows.length} ${shows.length === 1 ? "film" : "films"}`
        : "No film like that. Try fewer letters, or a genre in the catalogue.";
    } catch {
      /* overtaken by the next letters */
    }
  }
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(search, DEBOUNCE_MS);
  };
  input.addEventListener("input", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  return {
    clear() {
      input.value = "";
      clearTimeout(timer);
      search();
    },
  };
}
