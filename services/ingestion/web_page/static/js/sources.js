/** The sources: what each sends, as it shows in the speed layer, and the choice of the one that the rest of the page is about. */
import { ask } from "./api.js";
import { at, el, keep, say } from "./dom.js";
import { attempt, every } from "./every.js";
import { clock, count, rate } from "./format.js";
import { select, selection } from "./selection.js";
import { Series, sparkline } from "./series.js";

const EVERY_MS = 1000;
const FLOOR = 5;

/** `onItems(items)` hears of each answer, after the page shows it. */
export function sourceList(lines, onItems) {
  const box = at("sources");
  const list = el("div", { class: "source-list" });
  const note = el("p", { class: "old-note", hidden: true });
  box.append(list, note);
  const parts = new Map();

  function row(item) {
    const events = new Series();
    const rates = new Series();
    const spark = sparkline(`${item.name}: events a second, last 2 minutes`, FLOOR);
    const [now, total] = [el("b", { class: "rate" }), el("span", { class: "total" })];
    const pick = el("input", { type: "radio", name: "source", value: item.name, "aria-label": item.name, on: { change: () => select({ source: item.name, by: "" }) } });
    pick.checked = item.name === selection.source;
    parts.set(item.name, { events, rates, spark, now, total, pick });
    const words = el("span", { class: "source-words" }, el("span", { class: "name", text: item.name }), total);
    return el("label", { class: "source", title: item.about ?? "" }, pick, words, spark.node, el("span", { class: "now" }, now, el("small", { text: "/s" })));
  }

  function show(items) {
    keep(list, items, (item) => item.name, row);
    items.forEach((item, place) => {
      const { events, rates, spark, now, total, pick } = parts.get(item.name);
      lines.connect(item.name, pick.parentElement, at("log"), "source", { of: items.length, place, end: "to" });
      if (item.events !== null) events.add(item.events);
      const speed = events.rate();
      rates.add(speed);
      spark.draw(rates);
      pick.checked = item.name === selection.source;
      say(now, rate(speed));
      say(total, `${count(item.events)} events`);
      lines.set(item.name, speed, "");
    });
    if (!items.length) say(note, "No source is declared.");
    note.hidden = items.length > 0;
    box.classList.remove("is-old");
  }

  function failed(error) {
    for (const name of parts.keys()) lines.set(name, 0, "");
    if (!box.classList.contains("is-old")) say(note, parts.size ? `As of ${clock()}: ${error.message}` : error.message);
    note.hidden = false;
    box.classList.add("is-old");
  }

  every(EVERY_MS, (signal) =>
    attempt(
      signal,
      async () => {
        const { items } = await ask("sources", {}, signal);
        if (items.length && !items.some((item) => item.name === selection.source)) select({ source: items[0].name, by: "" });
        show(items);
        onItems(items);
      },
      failed,
    ),
  );
}
