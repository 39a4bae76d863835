/** What was measured when, of the last two minutes, and its picture. */
import { svg } from "./dom.js";

export const SPAN_MS = 120_000;
const RATE_MS = 5_000;
const [W, H] = [120, 30];

export class Series {
  #samples = [];

  add(value, time = performance.now()) {
    this.#samples.push({ time, value });
    while (this.#samples[0].time < time - SPAN_MS) this.#samples.shift();
  }

  get samples() {
    return this.#samples;
  }

  /** Growth a second over the last `span` ms; null before there are two samples. A count that fell began anew: it grew by nothing. */
  rate(span = RATE_MS) {
    const last = this.#samples.at(-1);
    const first = this.#samples.find((sample) => sample.time >= last?.time - span);
    if (!last || first === last) return null;
    return (Math.max(0, last.value - first.value) / (last.time - first.time)) * 1000;
  }
}

/** A line over the last two minutes, now at its right end. `floor`: the value that fills the height where all are smaller. */
export function sparkline(label, floor) {
  const area = svg("path", { class: "spark-area" });
  const line = svg("path", { class: "spark-line" });
  const node = svg("svg", { class: "spark", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, area, line);

  function draw(series) {
    const now = performance.now();
    const shown = series.samples.filter((sample) => sample.value !== null && sample.time > now - SPAN_MS);
    if (!shown.length) return;
    const most = Math.max(floor, ...shown.map((sample) => sample.value));
    const x = (time) => (W - ((now - time) / SPAN_MS) * W).toFixed(2);
    const points = shown.map(({ time, value }) => `${x(time)} ${(H - 2 - (value / most) * (H - 4)).toFixed(2)}`).join("L");
    line.setAttribute("d", `M${points}`);
    area.setAttribute("d", `M${x(shown[0].time)} ${H}L${points}L${x(shown.at(-1).time)} ${H}Z`);
  }

  return { node, draw };
}
