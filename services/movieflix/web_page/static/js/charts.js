/** Small charts as SVG: a shape to see at a glance, with its figures as the accessible name. */
import { svg } from "./dom.js";

const [W, H] = [300, 84];

function area(values, most) {
  const step = values.length > 1 ? W / (values.length - 1) : W;
  const y = (value) => (H - 4 - (value / (most || 1)) * (H - 12)).toFixed(1);
  const line = values.map((value, i) => `${i ? "L" : "M"}${(i * step).toFixed(1)} ${y(value)}`).join("");
  return { line, fill: `${line}L${W} ${H}L0 ${H}Z` };
}

/** `series`: [{values, name}], drawn on one scale. */
export function sparkline(series, label) {
  const most = Math.max(1, ...series.flatMap((one) => one.values));
  return svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...series.flatMap((one) => { const shape = area(one.values, most); return [svg("path", { class: `chart-fill chart-${one.name}`, d: shape.fill }), svg("path", { class: `chart-line chart-${one.name}`, d: shape.line, "vector-effect": "non-scaling-stroke" })]; }));
}

/** Viewers whose furthest position reached each fraction: a stair that only falls. */
export function dropOff(items, label) {
  const sorted = [...items].sort((a, b) => a.fraction - b.fraction);
  const most = Math.max(1, ...sorted.map((item) => item.viewers));
  const width = W / Math.max(1, sorted.length);
  return svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...sorted.map((item, i) => { const h = (item.viewers / most) * (H - 6); return svg("rect", { class: "chart-step", x: (i * width + 1).toFixed(1), y: (H - h).toFixed(1), width: Math.max(1, width - 2).toFixed(1), height: Math.max(0.5, h).toFixed(1), rx: 1.5 }); }));
}
