/** Strokes that every motif is drawn with. The sheet is 200 wide and 300 high; motifs sit around (100, 118). */
import { svg } from "../dom.js";

const round = (value) => Math.round(value * 10) / 10;
export const points = (list) => list.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");

export const disc = (cx, cy, r, fill, more = {}) => svg("circle", { cx: round(cx), cy: round(cy), r: round(r), fill, ...more });
export const ring = (cx, cy, r, stroke, width, more = {}) => disc(cx, cy, r, "none", { stroke, "stroke-width": width, ...more });
export const box = (x, y, width, height, fill, more = {}) =>
  svg("rect", { x: round(x), y: round(y), width: round(width), height: round(height), fill, ...more });
export const poly = (list, fill, more = {}) => svg("polygon", { points: points(list), fill, ...more });
export const path = (d, fill, more = {}) => svg("path", { d, fill, ...more });
export const line = (x1, y1, x2, y2, stroke, width, more = {}) =>
  svg("line", {
    x1: round(x1),
    y1: round(y1),
    x2: round(x2),
    y2: round(y2),
    stroke,
    "stroke-width": round(width),
    "stroke-linecap": "round",
    ...more,
  });
export const group = (children, more = {}) => svg("g", more, ...children);

/** Rays from a point, as wedges that take half of each step. */
export function rays(cx, cy, count, fill, { inner = 0, outer = 420, from = 0, to = Math.PI * 2, opacity = 1 } = {}) {
  const step = (to - from) / count;
  let d = "";
  for (let i = 0; i < count; i += 1) {
    const a = from + i * step;
    const b = a + step / 2;
    const at = (angle, r) => `${round(cx + Math.cos(angle) * r)} ${round(cy + Math.sin(angle) * r)}`;
    d += `M${at(a, inner)}L${at(a, outer)}L${at(b, outer)}L${at(b, inner)}Z`;
  }
  return path(d, fill, { opacity });
}

export function stars(chance, count, fill, { top = 0, bottom = 170 } = {}) {
  return group(
    Array.from({ length: count }, () => {
      const [x, y, r] = [chance.between(4, 196), chance.between(top, bottom), chance.between(0.5, 1.5)];
      if (!chance.chance(0.16)) return disc(x, y, r, fill, { opacity: round(chance.between(0.4, 1)) });
      const s = r * 3.2;
      return path(
        `M${round(x)} ${round(y - s)}Q${round(x)} ${round(y)} ${round(x + s)} ${round(y)}Q${round(x)} ${round(y)} ${round(x)} ${round(y + s)}Q${round(x)} ${round(y)} ${round(x - s)} ${round(y)}Q${round(x)} ${round(y)} ${round(x)} ${round(y - s)}Z`,
        fill,
      );
    }),
  );
}

/** A ridge across the sheet, down to the lower edge. */
export function ridge(chance, y, rough, fill, steps = 8, more = {}) {
  const list = [
    [-20, 420],
    [-20, y],
  ];
  for (let i = 0; i <= steps; i += 1) list.push([-10 + (220 / steps) * i, y + chance.between(-rough, rough)]);
  list.push([220, y], [220, 420]);
  return poly(list, fill, more);
}

/** Overlapping arcs in rows: waves, clouds, scales. */
export function scallops(y, rows, size, fills, stroke) {
  const all = [];
  for (let row = 0; row < rows; row += 1) {
    for (let x = -size + (row % 2 ? size : 0); x < 200 + size * 2; x += size * 2) {
      const cy = y + row * size * 0.72;
      all.push(disc(x, cy, size, fills[row % fills.length], { stroke, "stroke-width": 1.1 }));
      all.push(ring(x, cy, size * 0.66, stroke, 0.8, { opacity: 0.7 }), ring(x, cy, size * 0.34, stroke, 0.8, { opacity: 0.7 }));
    }
  }
  return group(all);
}

/** A bare tree: each branch parts in two. */
export function tree(chance, x, y, length, fill) {
  const all = [];
  const grow = (x0, y0, angle, size, width) => {
    if (size < 5) return;
    const [x1, y1] = [x0 + Math.cos(angle) * size, y0 + Math.sin(angle) * size];
    all.push(line(x0, y0, x1, y1, fill, width));
    for (const side of [-1, 1]) grow(x1, y1, angle + side * chance.between(0.22, 0.72), size * chance.between(0.6, 0.78), width * 0.64);
  };
  grow(x, y, -Math.PI / 2 + chance.between(-0.15, 0.15), length, length * 0.2);
  return group(all);
}

/** A man in a hat, from the shoulders up; `s` scales a figure of about 60 by 80. */
export function fedora(x, y, s, fill, band) {
  return group(
    [
      path("M-46 84C-44 52-30 44-14 40L-12 28C-22 22-20 2-17-6L17-6C20 2 22 22 12 28L14 40C30 44 44 52 46 84Z", fill),
      path("M-37-5C-20-14 20-14 37-5C28 3-28 3-37-5Z", fill),
      path("M-19-8C-20-28-15-37-7-35C-3-32 3-32 7-35C15-37 20-28 19-8Z", fill),
      band ? path("M-19.5-12C-8-8.5 8-8.5 19.5-12L19.2-8C8-4-8-4-19.2-8Z", band) : null,
    ].filter(Boolean),
    { transform: `translate(${round(x)} ${round(y)}) scale(${round(s)})` },
  );
}

export const bat = (x, y, s, fill) =>
  path("M0 0C3-6 8-8 16-7C12-4 12-1 12 2C8 0 5 1 4 5L0 3L-4 5C-5 1-8 0-12 2C-12-1-12-4-16-7C-8-8-3-6 0 0Z", fill, {
    transform: `translate(${round(x)} ${round(y)}) scale(${round(s)})`,
  });

export function ellipse(cx, cy, rx, ry, fill, opacity) {
  return group([disc(0, 0, 1, fill, { opacity })], { transform: `translate(${cx} ${cy}) scale(${rx} ${ry})` });
}
