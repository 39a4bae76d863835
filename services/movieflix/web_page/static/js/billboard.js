/** The large picture at the top: the film to go on with, else the first recommended one. */
import { el, icon } from "./dom.js";
import { clockTime, deviceName, durationOf, spoken } from "./format.js";
import { art } from "./poster/poster.js";
import { parts } from "./poster/typeset.js";
import { showOf } from "./shows.js";

export function billboard(section, { onPlay, onOpen }) {
  let shown = "";
  let begun = null;
  let best = null;

  function render() {
    const item = begun ?? best;
    if (!item) return;
    const show = showOf(item.show_id, item.title);
    const at = begun ? clockTime(begun.position_seconds) : "";
    const state = [show.show_id, show.title, show.year, at, begun?.device_id].join();
    if (state === shown) return;
    const same = shown.split(",")[0] === show.show_id;
    shown = state;
    const name = parts(show.title);
    const meta = [show.year, show.genres.join(", "), spoken(durationOf(show))].filter(Boolean).join("  ·  ");
    const over = begun ? `Left off on ${deviceName(begun.device_id)} at ${at}` : "Tonight’s feature";
    const words = el(
      "div",
      { class: "billboard-words" },
      el("p", { class: "over", text: over }),
      el(
        "h1",
        {},
        name.article ? el("small", { text: name.article }) : null,
        el("span", { text: name.title }),
        name.rest ? el("small", { text: name.rest }) : null,
      ),
      el("p", { class: "billboard-meta", text: meta }),
      el(
        "div",
        { class: "billboard-keys" },
        el(
          "button",
          { class: "key key-gold", type: "button", on: { click: () => onPlay(show.show_id) } },
          icon("play"),
          el("span", { text: begun ? "Resume" : "Play" }),
        ),
        el("button", { class: "key", type: "button", text: "About and rating", on: { click: () => onOpen(show.show_id) } }),
      ),
    );
    const picture = same ? section.querySelector(".billboard-art") : el("div", { class: "billboard-art" }, art(show, 1.7));
    section.classList.remove("shimmer");
    section.replaceChildren(picture, words);
  }

  return {
    clear() {
      [shown, begun, best] = ["", null, null];
      section.classList.add("shimmer");
      section.replaceChildren();
    },
    begun(items) {
      begun = items[0] ?? null;
      render();
    },
    best(items) {
      best = items[0] ?? null;
      render();
    },
  };
}
