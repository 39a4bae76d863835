/** Search over the speed layer. The newest show by themselves, until a person reads on: then nothing moves under their eyes. */
import { askOf } from "./api.js";
import { at, keep, say } from "./dom.js";
import { attempt, every } from "./every.js";
import { eventRow, wordsOf } from "./event_row.js";
import { onSelect, range, selection } from "./selection.js";

const EVERY_MS = 2000;
const TYPING_MS = 250;
const PAGE = 20;

/** `fieldsOf()`: the declared fields of the chosen source; none before the source is known, and no event is shown until then. */
export function searchPanel(fieldsOf) {
  const [form, list, more] = [at("search"), at("found"), at("more")];
  let shown = [];
  let cursor = null;
  let reading = false;
  let typing = 0;

  const asked = () => ({ q: form.elements.q.value.trim(), ...range(), limit: PAGE });

  function show(q) {
    const words = wordsOf(q);
    keep(list, shown, (item) => `${q}|${item.event_id}`, (item) => eventRow(item, fieldsOf(), { words }));
    more.hidden = !cursor;
    list.parentElement.classList.remove("is-old");
    const none = q || selection.from || selection.to ? "Nothing matches." : "No event yet: send some.";
    say(at("search-note"), shown.length ? (reading ? "Newer ones wait until you search again." : "Newest first, live.") : none);
  }

  function failed(error) {
    list.parentElement.classList.add("is-old");
    say(at("search-note"), error.message);
  }

  const newest = every(EVERY_MS, async (signal) => {
    if (!fieldsOf() || reading) return;
    const parameters = asked();
    await attempt(
      signal,
      async () => {
        const answer = await askOf(selection.source, "events", parameters, signal);
        if (reading) return;
        [shown, cursor] = [answer.items, answer.cursor];
        show(parameters.q);
      },
      failed,
    );
  });

  function anew() {
    clearTimeout(typing);
    reading = false;
    at("found").parentElement.scrollTop = 0;
    newest.again();
  }

  async function further() {
    reading = true;
    more.disabled = true;
    const [parameters, source] = [asked(), selection.source];
    try {
      const answer = await askOf(source, "events", { ...parameters, cursor });
      if (!reading || source !== selection.source) return;
      const known = new Set(shown.map((item) => item.event_id));
      [shown, cursor] = [[...shown, ...answer.items.filter((item) => !known.has(item.event_id))], answer.cursor];
      show(parameters.q);
    } catch (error) {
      failed(error);
    } finally {
      more.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    anew();
  });
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(anew, TYPING_MS);
  });
  more.addEventListener("click", further);
  let last = "";
  onSelect(() => {
    // Which field is counted by is nothing to this panel.
    const now = [selection.source, selection.from, selection.to].join("|");
    if (now === last) return;
    if (!last.startsWith(`${selection.source}|`)) {
      [shown, cursor] = [[], null];
      list.replaceChildren();
    }
    last = now;
    anew();
  });
  return { again: () => reading || newest.again() };
}
