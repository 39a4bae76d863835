/** A slider over time for mouse, touch and keyboard. `onSeek(seconds)` comes once, when the hand is off. */
import { el } from "./dom.js";
import { clockTime } from "./format.js";

const KEYS = { ArrowLeft: -10, ArrowDown: -10, ArrowRight: 10, ArrowUp: 10 };
const SETTLE_MS = 450;

export function seekbar({ duration, onSeek, onPreview }) {
  const tip = el("span", { class: "seek-tip", "aria-hidden": "true" });
  const node = el(
    "div",
    {
      class: "seek",
      role: "slider",
      tabindex: "0",
      "aria-label": "Position",
      "aria-valuemin": "0",
      "aria-valuemax": String(Math.round(duration)),
    },
    el("span", { class: "seek-line" }, el("span", { class: "seek-done" })),
    el("span", { class: "seek-knob" }),
    tip,
  );
  let value = 0;
  let held = false;
  let settle = 0;

  function paint(seconds) {
    value = Math.min(duration, Math.max(0, seconds));
    node.style.setProperty("--at", duration ? value / duration : 0);
    const whole = String(Math.floor(value));
    if (node.getAttribute("aria-valuenow") !== whole) {
      node.setAttribute("aria-valuenow", whole);
      node.setAttribute("aria-valuetext", `${clockTime(value)} of ${clockTime(duration)}`);
    }
  }

  const under = (event) => {
    const box = node.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * duration;
  };
  const hint = (seconds) => {
    tip.textContent = clockTime(seconds);
    node.style.setProperty("--tip", seconds / duration || 0);
  };
  const commit = () => {
    clearTimeout(settle);
    settle = 0;
    onSeek(value);
  };

  node.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    held = true;
    node.setPointerCapture(event.pointerId);
    node.classList.add("is-held");
    paint(under(event));
    hint(value);
    onPreview?.(value);
  });
  node.addEventListener("pointermove", (event) => {
    hint(under(event));
    if (!held) return;
    paint(under(event));
    onPreview?.(value);
  });
  const release = (event) => {
    if (!held) return;
    held = false;
    node.classList.remove("is-held");
    if (event.type === "pointerup") paint(under(event));
    commit();
  };
  node.addEventListener("pointerup", release);
  node.addEventListener("pointercancel", release);
  node.addEventListener("keydown", (event) => {
    let to;
    if (event.key in KEYS) to = value + KEYS[event.key] * (event.shiftKey ? 6 : 1);
    else if (event.key === "PageUp" || event.key === "PageDown") to = value + (event.key === "PageUp" ? 0.1 : -0.1) * duration;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = duration;
    else return;
    event.preventDefault();
    paint(to);
    hint(value);
    onPreview?.(value);
    clearTimeout(settle);
    settle = setTimeout(commit, SETTLE_MS);
  });
  node.addEventListener("blur", () => {
    if (settle) commit();
  });
  return {
    node,
    /** Moves with the film, except while a hand or a key is on it. */
    follow: (seconds) => {
      if (!held && !settle) paint(seconds);
    },
    busy: () => held || Boolean(settle),
    drop: () => {
      clearTimeout(settle);
      settle = 0;
    },
  };
}
