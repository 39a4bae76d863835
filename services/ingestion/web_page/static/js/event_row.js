/** An event as a person reads it: what it is about, who and why, then its declared fields; the whole of it on demand. */
import { el } from "./dom.js";
import { isTime } from "./fields.js";
import { moment } from "./format.js";

const LEADS = ["title", "page", "name", "subject", "headline"];
const BODIES = ["comment", "message", "text", "summary", "description"];
const ACTORS = ["user", "author", "actor", "username"];
const MOST_CHIPS = 9;
const LONGEST_CHIP = 60;

/** The value at a declared name: a key of its own, or a path with dots. */
function leaf(data, name) {
  if (data === null || typeof data !== "object") return undefined;
  if (Object.hasOwn(data, name)) return data[name];
  return name.split(".").reduce((part, key) => (part !== null && typeof part === "object" && Object.hasOwn(part, key) ? part[key] : undefined), data);
}

const written = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value));
const says = (value) => value !== undefined && value !== null && value !== "" && value !== false;

/** What is nested, long, a time or an address is left to the whole of the event. */
const isChip = (name, value) =>
  says(value) && typeof value !== "object" && String(value).length <= LONGEST_CHIP && !isTime(name) && !/^https?:/.test(String(value));

/** Every value of nested data with its path, in order. */
function* leaves(data, path = "") {
  if (data !== null && typeof data === "object")
    for (const [key, value] of Object.entries(data)) yield* leaves(value, path ? `${path}.${key}` : key);
  else if (says(data)) yield [path, String(data)];
}

/** The words of a search, as they are to be marked. */
export const wordsOf = (query) => query.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];

function marked(text, words) {
  if (!words.length) return [text];
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`, "giu")).map((part, i) => (i % 2 ? el("mark", { text: part }) : part));
}

/** `fields`: the declared ones of the source. `rule`: what made the event important. */
export function eventRow(item, fields, { words = [], rule = "" } = {}) {
  const first = (names) => names.find((name) => says(leaf(item.data, name)));
  const [lead, body, actor] = [first(LEADS), first(BODIES), first(ACTORS)];
  const told = new Set([lead, body, actor]);
  const rest = fields.map((field) => field.name).filter((name) => !told.has(name) && isChip(name, leaf(item.data, name)));
  const shown = new Set([...[lead, body, actor].filter(Boolean), ...rest.slice(0, MOST_CHIPS)]);
  const text = (name) => written(leaf(item.data, name));
  const chip = (name, value) => el("span", { class: "chip" }, el("span", { class: "chip-name", text: name }), " ", el("span", {}, ...marked(value, words)));
  const isFound = (value) => words.some((word) => value.toLowerCase().includes(word));
  // A match in a field that is not shown is shown all the same: the reader wants to see why the event is here.
  const hidden = words.length && ![...shown].some((name) => isFound(text(name))) ? [...leaves(item.data)].find(([, value]) => isFound(value)) : null;
  const title = el("b", { class: "lead" }, ...marked(lead ? text(lead) : item.event_id, lead ? words : []));
  const time = el("time", { datetime: item.occurred_at, text: moment(item.occurred_at) });
  return el(
    "li",
    { class: "row", data: { event: item.event_id } },
    el("div", { class: "row-head" }, rule ? el("span", { class: "rule", text: rule.replaceAll("-", " ") }) : title, time),
    rule ? title : null,
    body ? el("p", { class: "body" }, ...marked(text(body), words)) : null,
    el(
      "div",
      { class: "chips" },
      actor ? el("span", { class: "actor" }, ...marked(text(actor), words)) : null,
      ...[...shown].filter((name) => rest.includes(name)).map((name) => chip(name, text(name))),
      hidden ? chip(hidden[0], hidden[1].slice(0, 200)) : null,
    ),
    whole(item),
  );
}

/** Built when it is opened first: most never are. */
function whole(item) {
  const details = el("details", {}, el("summary", { text: "all of it" }));
  details.addEventListener("toggle", () => details.children.length === 1 && details.append(el("pre", { text: JSON.stringify(item.data, null, 2) })), { once: true });
  return details;
}
