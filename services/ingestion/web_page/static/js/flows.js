/** The lines between sources, log and layers: dots that move as fast as events pass, and stand where nothing passes. */
import { svg } from "./dom.js";

const GAP = 18;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 899px)");

/** Rounds of GAP a second: what is ten times as much looks clearly faster, and stays countable. */
const pace = (rate) => (rate > 0.05 ? 0.35 + Math.log10(1 + rate) : 0);

export function flows(picture, field) {
  const lines = new Map();
  new ResizeObserver(draw).observe(field);
  narrow.addEventListener("change", draw);
  still.addEventListener("change", () => lines.forEach(move));

  /** `from` and `to` are elements; `spread` says where on the edge of the log the line begins or ends: `{of, place}`. */
  function connect(id, from, to, kind, spread) {
    if (lines.has(id)) return;
    const rail = svg("path", { class: "rail" });
    const dots = svg("path", { class: "dots", "stroke-dasharray": `0 ${GAP}` });
    const node = svg("g", { class: `flow flow-${kind}` }, rail, dots);
    picture.append(node);
    const motion = dots.animate([{ strokeDashoffset: 0 }, { strokeDashoffset: -GAP }], { duration: 1000, iterations: Infinity });
    const line = { from, to, spread, node, rail, dots, motion, rate: 0 };
    lines.set(id, line);
    new ResizeObserver(draw).observe(from);
    move(line);
    draw();
  }

  function set(id, rate, state) {
    const line = lines.get(id);
    if (!line) return;
    line.rate = state === "away" || state === "unknown" ? 0 : (rate ?? 0);
    line.node.dataset.state = state;
    line.node.classList.toggle("is-idle", line.rate <= 0.05);
    move(line);
  }

  function move({ motion, rate, dots }) {
    motion.updatePlaybackRate(still.matches ? 0 : pace(rate));
    dots.setAttribute("stroke-width", (2.6 + Math.min(2.6, Math.log10(1 + rate) * 0.75)).toFixed(2));
  }

  function draw() {
    const frame = field.getBoundingClientRect();
    for (const { from, to, spread, rail, dots } of lines.values()) {
      const path = narrow.matches ? down(from, to, spread, frame) : across(from, to, spread, frame);
      rail.setAttribute("d", path);
      dots.setAttribute("d", path);
    }
  }

  return { connect, set };
}

const offset = ({ of, place }, length) => (place - (of - 1) / 2) * Math.min(26, length / (of + 1));

function across(from, to, spread, frame) {
  const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
  const log = spread.end === "to" ? b : a;
  const middle = (box) => box.top + box.height / 2 - frame.top;
  const entry = middle(log) + offset(spread, log.height);
  const [x1, x2] = [a.right - frame.left, b.left - frame.left];
  const [y1, y2] = spread.end === "to" ? [middle(a), entry] : [entry, middle(b)];
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** From bottom to top. The sources stand below each other there: their lines leave from below the last. */
function down(from, to, spread, frame) {
  const [a, b] = [(spread.end === "to" ? from.parentElement.lastElementChild : from).getBoundingClientRect(), to.getBoundingClientRect()];
  const middle = (box) => box.left + box.width / 2 - frame.left;
  const [y1, y2] = [a.bottom - frame.top, b.top - frame.top];
  const entry = middle(spread.end === "to" ? b : a) + offset(spread, a.width / 2) * 1.6;
  const [x1, x2] = spread.end === "to" ? [entry, entry] : [entry, middle(b)];
  const bend = (y2 - y1) / 2;
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}
