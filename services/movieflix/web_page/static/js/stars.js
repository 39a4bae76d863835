/** Five stars in halves: a click rates at once, with keys the value is set by arrows and sent by Enter, Space or leaving it. */
import { el, icon } from "./dom.js";

export function stars({ value = 0, label, onRate }) {
  const said = el("span", { class: "stars-said", "aria-hidden": "true" });
  const rowOf = (kind) =>
    el("span", { class: `stars-row ${kind}`, "aria-hidden": "true" }, ...Array.from({ length: 5 }, () => icon("star")));
  const control = el(
    "div",
    { class: "stars", role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0.5", "aria-valuemax": "5" },
    rowOf("stars-off"),
    rowOf("stars-on"),
  );
  let sent = value;
  let chosen = value;

  function paint(stars) {
    control.style.setProperty("--stars", stars / 5);
    said.textContent = stars ? `${stars} of 5` : "Rate it";
  }
  function choose(next) {
    chosen = next;
    paint(next);
    control.setAttribute("aria-valuenow", String(next));
    control.setAttribute("aria-valuetext", next ? `${next} of 5 stars` : "not rated");
  }
  function rate(next) {
    choose(next);
    if (next === sent || !next) return;
    sent = next;
    onRate(next);
  }
  const under = (event) => {
    const box = control.getBoundingClientRect();
    return Math.min(5, Math.max(0.5, Math.ceil(((event.clientX - box.left) / box.width) * 10) / 2));
  };
  control.addEventListener("pointermove", (event) => event.pointerType === "mouse" && paint(under(event)));
  // A pointer that only passes shows what it would give: what the keys chose stays. A card that rises moves the stars below a still one.
  control.addEventListener("pointerleave", () => paint(chosen));
  control.addEventListener("click", (event) => rate(under(event)));
  control.addEventListener("blur", () => rate(chosen));
  control.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 0.5, ArrowUp: 0.5, ArrowLeft: -0.5, ArrowDown: -0.5 }[event.key];
    if (step) choose(Math.min(5, Math.max(0.5, chosen + step)));
    else if (event.key === "Home") choose(0.5);
    else if (event.key === "End") choose(5);
    else if (event.key === "Enter" || event.key === " ") rate(chosen);
    else return;
    event.preventDefault();
  });
  choose(value);
  return el("div", { class: "rate" }, control, said);
}
