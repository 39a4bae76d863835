/** Small charts as SVG: a shape to see at a glance, with its figures as the accessible name. */
import { svg } from "./dom.js";

const [W, H] = [300, 84];

/** Columns over time. `items`: [{values: [lower, upper]}], stacked; the label says the figures. */
export function columns(items, label) {
  const most = Math.max(1, ...items.map((item) => item.values[0] + item.values[1]));
  const width = W / Math.max(1, items.length);
  const bar = (kind, i, from, height) =>
    svg("rect", {
      class: `chart-${kind}`,
      x: (i * width + width * 0.12).toFixed(2),
      y: (H - from - height).toFixed(1),
      width: (width * 0.76).toFixed(2),
      height: height.toFixed(1),
    });
  // What is there at all can be seen, however small beside the largest.
  const scaled = (value) => (value ? Math.max(1, (value / most) * (H - 8)) : 0);
  const bars = items.flatMap(({ values: [lower, upper] }, i) => [
    lower && bar("positions", i, 0, scaled(lower)),
    upper && bar("ratings", i, scaled(lower), scaled(upper)),
  ]);
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...bars,
    svg("rect", { class: "chart-floor", x: 0, y: H - 0.6, width: W, height: 0.6 }),
  );
}

/** Viewers whose furthest position reached each fraction: a stair that only falls. */
export function dropOff(items, label) {
  const sorted = [...items].sort((a, b) => a.fraction - b.fraction);
  const most = Math.max(1, ...sorted.map((item) => item.viewers));
  const width = W / Math.max(1, sorted.length);
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    ...sorted.map((item, i) => {
      const h = (item.viewers / most) * (H - 6);
      return svg("rect", {
        class: "chart-step",
        x: (i * width + 1).toFixed(1),
        y: (H - h).toFixed(1),
        width: Math.max(1, width - 2).toFixed(1),
        height: Math.max(0.5, h).toFixed(1),
        rx: 1.5,
      });
    }),
  );
}
