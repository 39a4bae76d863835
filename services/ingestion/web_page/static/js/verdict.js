/** The answer of a reconciliation in one sentence. */
import { count, plural } from "./format.js";
import { LAYERS } from "./layer_names.js";

/**
 * `{state: "level" | "reading" | "away", text, doubt}`. Fewer events in a layer are trouble only where nobody has anything left to
 * read; and an event may come in between the looks at two layers, so that it takes a second answer in a row (`doubted`) to say so.
 */
export function verdict(answer, doubted) {
  const layers = LAYERS.map(({ id, name }) => ({ name, events: answer[id] }));
  const most = layers.reduce((best, layer) => (layer.events > best.events ? layer : best));
  const [first, second] = layers.map(({ name, events }) => ({ name, short: most.events - events })).filter(({ short }) => short > 0);
  if (!first) {
    const held = most.events ? plural(most.events, "event") : "no event yet";
    return { state: "level", text: answer.settled ? `All three agree: ${held}` : `All three agree so far: ${held}; more is on its way` };
  }
  if (answer.settled && doubted) {
    const lacking = [first, second].filter(Boolean).map(({ name, short }) => `${name} lacks ${plural(short, "event")}`);
    return { state: "away", text: `${lacking.join(" and ")}, and nothing is left to read`, doubt: true };
  }
  const text = second
    ? `${first.name} is ${count(first.short)} short, ${second.name} ${count(second.short)}: both are still reading`
    : `${most.name} has ${count(first.short)} more: ${first.name} is still reading`;
  return { state: "reading", text, doubt: answer.settled };
}
