import { svg } from "/shared/elements.js";

export { el, svg } from "/shared/elements.js";

/** The one element that `selector` names; a page that lacks it is broken, so it throws. */
export function $(selector, root = document) {
  const node = root.querySelector(selector);
  if (!node) throw new Error(`the page has no ${selector}`);
  return node;
}

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  back: "M11 6 5 12l6 6M5.5 12H19",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20.5 20.5",
  close: "M6 6l12 12M18 6 6 18",
  left: "M14.5 5.5 8 12l6.5 6.5",
  right: "M9.5 5.5 16 12l-6.5 6.5",
  tv: "M3.5 5.5h17v11h-17zM8 20h8",
  laptop: "M5.5 5.5h13v9h-13zM2.5 18.5h19",
  phone: "M7.5 3h9v18h-9zM11 18.2h2",
  open: "M13 5h6v6M19 5l-8.5 8.5M16 14v5H5V8h5",
  star: "m12 3.6 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.8l5.9-.8z",
  pulse: "M3 12h4l2.5-6 4.5 12 2.5-6H21",
};
const FILLED = new Set(["play", "pause", "star"]);

/** A decorative icon; what it means is said by the control's own label. */
export function icon(name) {
  const kind = FILLED.has(name) ? "icon icon-filled" : "icon";
  return svg("svg", { class: kind, viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] ?? ICONS.tv }));
}
