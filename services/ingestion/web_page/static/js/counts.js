/** The same count from each layer, side by side, and whether they hold the same events. */
import { askOf } from "./api.js";
import { at, el, keep, say } from "./dom.js";
import { attempt, every } from "./every.js";
import { countable, firstOf } from "./fields.js";
import { clock, count } from "./format.js";
import { LAYERS } from "./layer_names.js";
import { onSelect, range, select, selection } from "./selection.js";
import { verdict } from "./verdict.js";

const SHOWN = 10;
// More than are shown: a value of the lower end of one list must not be absent from another for its last place.
const ASKED = 3 * SHOWN;
const EVERY_MS = { speed: 2000, s3: 3000, hdfs: 3000 };
const VERDICT_MS = 2500;

export function countsPanel() {
  let answers = {};
  let old = {};
  let doubted = false;
  const [head, body] = at("counts").querySelectorAll("thead, tbody");
  head.append(el("tr", {}, el("th", { scope: "col", text: "value" }), ...LAYERS.map(({ id, name }) => el("th", { scope: "col", data: { layer: id }, text: name }))));

  /** The count of a value; 0 where the layer's list is whole and lacks it, null where nobody knows. */
  function held(layer, value) {
    const answer = answers[layer];
    if (!answer) return null;
    return answer.counts.get(value) ?? (answer.counts.size < ASKED ? 0 : null);
  }

  function show() {
    const values = new Map();
    for (const { counts } of Object.values(answers)) for (const [value, n] of counts) values.set(value, Math.max(n, values.get(value) ?? 0));
    const top = [...values].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SHOWN);
    const most = top[0]?.[1] ?? 1;
    const total = { key: "total", text: "all", counts: LAYERS.map(({ id }) => answers[id]?.total ?? null), most: 0 };
    const rows = top.map(([value]) => ({ key: `=${value}`, text: value, counts: LAYERS.map(({ id }) => held(id, value)), most }));
    keep(body, values.size ? [total, ...rows] : [], (row) => row.key, line);
    [total, ...(values.size ? rows : [])].forEach((row, i) => body.children[i] && fill(body.children[i], row));
    head.querySelectorAll("[data-layer]").forEach((cell) => {
      const note = old[cell.dataset.layer];
      cell.classList.toggle("is-old", Boolean(note));
      cell.title = note?.message ?? "";
      const name = LAYERS.find(({ id }) => id === cell.dataset.layer).name;
      cell.replaceChildren(name, ...(note ? [el("small", { text: answers[cell.dataset.layer] ? `${note.word}, as of ${note.at}` : note.word })] : []));
    });
  }

  function line({ key, text }) {
    const bars = LAYERS.map(({ id }) => el("i", { data: { layer: id } }));
    const shown = el("span", { class: text === "" ? "value is-none" : "value", text: text === "" ? "(empty)" : text, title: text });
    const first = el("th", { scope: "row" }, shown, key === "total" ? null : el("span", { class: "bars", "aria-hidden": "true" }, ...bars));
    return el("tr", { class: key === "total" ? "total-row" : "" }, first, ...LAYERS.map(({ id }) => el("td", { data: { layer: id } })));
  }

  function fill(node, { counts, most }) {
    const best = Math.max(...counts.map((n) => n ?? 0));
    node.querySelectorAll("i").forEach((bar, i) => bar.style.setProperty("--part", (counts[i] ?? 0) / most));
    node.querySelectorAll("td").forEach((cell, i) => {
      say(cell, count(counts[i]));
      cell.classList.toggle("is-fewer", counts[i] !== null && counts[i] < best);
      cell.classList.toggle("is-old", Boolean(old[LAYERS[i].id]));
    });
  }

  function conclude(state, text) {
    at("verdict").dataset.state = state;
    // While events flow it changes with each look: that is to be seen, not to be read out.
    at("verdict").setAttribute("aria-live", state === "reading" ? "off" : "polite");
    say(at("verdict"), text);
  }

  const loops = LAYERS.map(({ id }) =>
    every(EVERY_MS[id], async (signal) => {
      if (!selection.source || !selection.by) return;
      await attempt(
        signal,
        async () => {
          const answer = await askOf(selection.source, "counts", { by: selection.by, ...range(), layer: id, limit: ASKED }, signal);
          answers[id] = { total: answer.total, counts: new Map(answer.items.map((item) => [String(item.value ?? ""), item.count])) };
          delete old[id];
        },
        (error) => (old[id] ??= { word: error.away ? "away" : "refused", message: error.message, at: clock() }),
      );
      if (!signal.aborted) show();
    }),
  );

  const compared = every(VERDICT_MS, async (signal) => {
    if (!selection.source) return;
    await attempt(
      signal,
      async () => {
        const { state, text, doubt } = verdict(await askOf(selection.source, "reconciliation", range(), signal), doubted);
        doubted = doubt;
        conclude(state, text);
      },
      (error) => conclude("unknown", `Cannot be compared now: ${error.message}`),
    );
  });

  const again = () => [...loops, compared].forEach((loop) => loop.again());
  onSelect(() => {
    [answers, old, doubted] = [{}, {}, false];
    show();
    conclude("unknown", "Comparing …");
    again();
  });
  at("by").addEventListener("change", () => select({ by: at("by").value }));
  return { again };
}

/** The fields of the chosen source to count by; one is chosen where none is. */
export function showFields(fields) {
  const names = countable(fields).map((field) => field.name);
  if (!names.includes(selection.by)) select({ by: firstOf(countable(fields)) });
  if ([...at("by").options].map((option) => option.value).join("\n") !== names.join("\n"))
    at("by").replaceChildren(...names.map((name) => el("option", { value: name, text: name })));
  at("by").value = selection.by;
}
