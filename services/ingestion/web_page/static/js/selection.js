/** What a person looks at: source, field and time range. Kept in the address, so that a link or a reload shows the same. */
const KEYS = ["source", "by", "from", "to"];
const changes = new EventTarget();

export const selection = Object.fromEntries(KEYS.map((key) => [key, new URLSearchParams(location.hash.slice(1)).get(key) ?? ""]));

export function select(change) {
  if (Object.entries(change).every(([key, value]) => selection[key] === value)) return;
  Object.assign(selection, change);
  history.replaceState(null, "", `#${new URLSearchParams(KEYS.filter((key) => selection[key]).map((key) => [key, selection[key]]))}`);
  changes.dispatchEvent(new Event("change"));
}

export const onSelect = (listener) => changes.addEventListener("change", listener);

/** The range as the APIs take it. A field of the page holds "2015-09-12T10:00", without its zone: it is UTC. */
export const range = () => ({ from: instant(selection.from), to: instant(selection.to) });

function instant(text) {
  const date = new Date(`${text}Z`);
  return text && !Number.isNaN(date.getTime()) ? date.toISOString() : "";
}
