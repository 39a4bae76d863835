/** The answer of a reconciliation in one sentence. */
import { count, plural } from "./format.js";
import { LAYERS } from "./layer_names.js";

/** `{state: "level" | "reading" | "away", text}`. Unequal counts are trouble only where nobody has anything left to read. */
export function verdict(answer) {
  const held = LAYERS.map(({ id, name }) => ({ name, events: answer[id], missing: answer.missing?.[id] ?? 0 }));
  const most = held.reduce((best, layer) => (layer.events > best.events ? layer : best));
  const fewer = held.filter((layer) => layer.events < most.events);
  const lacking = held.filter((layer) => layer.missing > 0);
  if (!answer.settled && !fewer.length) return { state: "reading", text: `All three hold ${count(most.events)} so far; there is more to read` };
  if (!answer.settled) {
    const [first, second] = fewer.map(({ name, events }) => ({ name, short: count(most.events - events) }));
    const one = `${most.name} has ${first.short} more: ${first.name} is still reading`;
    return { state: "reading", text: second ? `${first.name} is ${first.short} short, ${second.name} ${second.short}: both are still reading` : one };
  }
  if (lacking.length) {
    const each = lacking.map(({ name, missing }) => `${name} lacks ${plural(missing, "event")}`);
    return { state: "away", text: `${each.join(" and ")}, and nothing is left to read` };
  }
  if (fewer.length) return { state: "away", text: `The counts differ and no event is missing: ${most.name} counts some twice` };
  return { state: "level", text: most.events ? `All three agree: ${plural(most.events, "event")}` : "All three agree: no event yet" };
}
