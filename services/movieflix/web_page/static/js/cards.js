/** A film as a thing to choose: poster card, and landscape card with progress. */
import { el, icon } from "./dom.js";
import { clockTime, deviceName, spoken } from "./format.js";
import { art, poster } from "./poster/poster.js";

export function posterCard(show, { onOpen, note }) {
  const node = el(
    "li",
    { class: "card", data: { show: show.show_id } },
    el(
      "button",
      { class: "card-hit", type: "button", on: { click: () => onOpen(show.show_id) } },
      el("span", { class: "card-art" }, poster(show)),
      el("span", { class: "card-title", text: show.title }),
      el("span", { class: "card-note", text: note ?? "" }),
    ),
  );
  node.dataset.drawn = drawnFrom(show);
  return node;
}

const drawnFrom = (show) => `${show.title}|${show.year ?? ""}|${show.genres.join()}`;

/** Redraws only where the film is better known than when the card was made. */
export function refreshCard(node, show, note) {
  if (node.dataset.drawn !== drawnFrom(show)) {
    node.dataset.drawn = drawnFrom(show);
    node.querySelector(".card-art").replaceChildren(poster(show));
    node.querySelector(".card-title").textContent = show.title;
  }
  node.querySelector(".card-note").textContent = note ?? "";
}

export function progressCard(show, item, { onPlay }) {
  const node = el(
    "li",
    { class: "wide", data: { show: show.show_id } },
    el(
      "button",
      { class: "wide-hit", type: "button", on: { click: () => onPlay(show.show_id) } },
      el(
        "span",
        { class: "wide-art" },
        art(show),
        el("span", { class: "wide-play", "aria-hidden": "true" }, icon("play")),
        el("span", { class: "bar" }, el("span", { class: "bar-done" })),
      ),
      el("span", { class: "wide-title" }),
      el("span", { class: "wide-note" }, el("span", { class: "wide-left" }), el("span", { class: "wide-device" })),
    ),
  );
  refreshProgress(node, show, item);
  return node;
}

export function refreshProgress(node, show, item) {
  if (node.dataset.drawn && node.dataset.drawn !== drawnFrom(show)) node.querySelector(".wide-art > .art").replaceWith(art(show));
  node.dataset.drawn = drawnFrom(show);
  const left = Math.max(0, item.duration_seconds - item.position_seconds);
  node.querySelector(".wide-title").textContent = show.title;
  node.querySelector(".wide-left").textContent = `${spoken(left)} left`;
  node.querySelector(".wide-device").replaceChildren(icon(item.device_id), document.createTextNode(deviceName(item.device_id)));
  node.querySelector(".bar-done").style.setProperty("--done", Math.min(1, item.position_seconds / item.duration_seconds || 0));
  node
    .querySelector("button")
    .setAttribute(
      "aria-label",
      `Resume ${show.title} at ${clockTime(item.position_seconds)}, ${spoken(left)} left, last watched on ${deviceName(item.device_id)}`,
    );
}

const ghost = (kind) =>
  el(
    "li",
    { class: `${kind} ghost`, "aria-hidden": "true" },
    el("span", { class: `${kind}-art shimmer` }),
    el("span", { class: "ghost-line shimmer" }),
    el("span", { class: "ghost-line ghost-short shimmer" }),
  );
export const ghosts = (kind, many) => Array.from({ length: many }, () => ghost(kind));
