/** How figures and times are written for a person. Times are UTC, as the events' own. */
const number = new Intl.NumberFormat("en");

export const count = (value) => (value === null || value === undefined ? "–" : number.format(value));

/** Events a second: a small rate with its tenth, a large one without. */
export function rate(value) {
  if (value === null || value === undefined) return "–";
  return value > 0 && value < 10 ? value.toFixed(1) : number.format(Math.round(value));
}

/** Seconds as an age: "0.4 s", "12 s", "3 min", "2 h". */
export function age(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** "2015-09-12T00:46:58.771000Z" -> "2015-09-12 00:46:58". */
export const moment = (text) => String(text).slice(0, 19).replace("T", " ");

export const clock = (date = new Date()) => date.toLocaleTimeString("en-GB");

export const plural = (value, one) => `${count(value)} ${one}${value === 1 ? "" : "s"}`;
