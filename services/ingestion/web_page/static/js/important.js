/** The important events as they come, each with the rule that made it so. */
import { askOf } from "./api.js";
import { at, keep, say } from "./dom.js";
import { attempt, every } from "./every.js";
import { eventRow } from "./event_row.js";
import { onSelect, selection } from "./selection.js";

const EVERY_MS = 2000;
const SHOWN = 20;

export function importantPanel(fieldsOf) {
  const list = at("important");
  let source = selection.source;

  const loop = every(EVERY_MS, async (signal) => {
    if (!fieldsOf()) return;
    await attempt(
      signal,
      async () => {
        const { items } = await askOf(selection.source, "important", { limit: SHOWN }, signal);
        keep(list, items, (item) => `${item.rule}|${item.event_id}`, (item) => eventRow(item, fieldsOf(), { rule: item.rule }));
        list.parentElement.classList.remove("is-old");
        say(at("important-note"), items.length ? "" : "None so far.");
      },
      (error) => {
        list.parentElement.classList.add("is-old");
        say(at("important-note"), error.message);
      },
    );
  });

  onSelect(() => {
    if (source === selection.source) return;
    source = selection.source;
    list.replaceChildren();
    loop.again();
  });
  return loop;
}
