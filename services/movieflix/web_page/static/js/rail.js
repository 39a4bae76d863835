/** A heading with a row of cards that scrolls sideways, by wheel, touch, keyboard, and two buttons. */
import { el, icon } from "./dom.js";

export function rail(section, { id, title, listClass = "rail" }) {
  const heading = el("h2", { id, text: title });
  const note = el("p", { class: "band-note" });
  const list = el("ul", { class: listClass, tabindex: "-1" });
  const by = (side) => () => list.scrollBy({ left: side * list.clientWidth * 0.85, behavior: "smooth" });
  const left = el("button", { class: "rail-go", type: "button", "aria-label": `${title}: back`, on: { click: by(-1) } }, icon("left"));
  const right = el("button", { class: "rail-go", type: "button", "aria-label": `${title}: more`, on: { click: by(1) } }, icon("right"));
  const goes = el("div", { class: "rail-gos" }, left, right);
  const empty = el("p", { class: "empty", hidden: true });
  section.replaceChildren(el("div", { class: "band-head" }, heading, note, goes), empty, list);
  const sync = () => {
    goes.hidden = list.scrollWidth <= list.clientWidth + 2;
    left.disabled = list.scrollLeft < 4;
    right.disabled = list.scrollLeft > list.scrollWidth - list.clientWidth - 4;
  };
  list.addEventListener("scroll", sync, { passive: true });
  new ResizeObserver(sync).observe(list);
  new MutationObserver(sync).observe(list, { childList: true });
  return { heading, note, list, empty };
}
