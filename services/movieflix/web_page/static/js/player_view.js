/** What the player looks like; what it does is in player.js. */
import { el, icon, svg } from "./dom.js";
import { clockTime, deviceName } from "./format.js";
import { art, poster } from "./poster/poster.js";
import { addressOf, DEVICES } from "./session.js";
import { seekbar } from "./seekbar.js";
import { stars } from "./stars.js";

const sprockets = () =>
  svg(
    "svg",
    { class: "sprockets", "aria-hidden": "true" },
    svg(
      "defs",
      {},
      svg(
        "pattern",
        { id: "holes", width: 22, height: 34, patternUnits: "userSpaceOnUse" },
        svg("rect", { x: 5, y: 8, width: 12, height: 18, rx: 3.5, fill: "#0b090c" }),
      ),
    ),
    svg("rect", { width: "100%", height: "200%", fill: "url(#holes)" }),
  );

function otherDevices(viewer, device, showId) {
  return DEVICES.filter((id) => id !== device).map((id) =>
    el(
      "a",
      {
        class: "handover",
        href: addressOf({ viewer, device: id, play: showId }),
        target: "_blank",
        rel: "noopener",
        title: `Continue on ${deviceName(id)} in a new tab`,
        "aria-label": `Continue on ${deviceName(id)} in a new tab`,
      },
      icon(id),
      el("span", { text: deviceName(id) }),
    ),
  );
}

/** Fills `root`; the handlers `on` are: toggle, seek, preview, speed, close, rate, again. */
export function buildPlayer(root, { show, duration, begin, viewer, device, from, rating, speeds, on }) {
  const bar = seekbar({ duration, onSeek: on.seek, onPreview: on.preview });
  const now = el("span", { class: "time", text: clockTime(begin) });
  const left = el("span", { class: "time time-left" });
  const toggle = el("button", { class: "play-toggle", type: "button", "aria-label": "Play", on: { click: on.toggle } }, icon("play"));
  const speedKeys = speeds.map((speed) =>
    el("button", {
      class: "speed",
      type: "button",
      "aria-pressed": String(speed === 1),
      text: `${speed}×`,
      "aria-label": `Speed ${speed} times`,
      data: { speed: String(speed) },
      on: { click: () => on.speed(speed) },
    }),
  );
  const offer = el("div", { class: "offer", role: "status" });
  const end = el(
    "div",
    { class: "endcard", hidden: true, role: "group", "aria-label": "The end" },
    el("p", { class: "endcard-over", text: "The End" }),
    el("p", { class: "endcard-title", text: show.title }),
    stars({ value: rating, label: `Your rating of ${show.title}`, onRate: on.rate }),
    el("p", { class: "endcard-hint", text: "Your stars change what is recommended, at once." }),
    el(
      "div",
      { class: "endcard-keys" },
      el("button", { class: "key key-gold", type: "button", text: "Back to the films", on: { click: on.close } }),
      el("button", { class: "key", type: "button", text: "Watch again", on: { click: on.again } }),
    ),
  );
  const closing = el("button", { class: "round", type: "button", "aria-label": "Close the player", on: { click: on.close } }, icon("back"));
  const meta = [show.year, show.genres.slice(0, 3).join(", "), `on ${deviceName(device)}`].filter(Boolean).join("  ·  ");
  const intertitle = el("div", { class: "intertitle", "aria-hidden": "true" }, el("span", { text: show.title }));
  const screen = el(
    "div",
    { class: "screen", on: { click: (event) => event.target.closest(".endcard, .offer") || on.toggle() } },
    art(show, 1.3),
    el("div", { class: "flicker", "aria-hidden": "true" }),
    intertitle,
    el("div", { class: "screen-poster", "aria-hidden": "true" }, poster(show)),
  );
  root.setAttribute("aria-label", `Player: ${show.title}`);
  root.replaceChildren(
    el(
      "div",
      { class: "player-head" },
      closing,
      el("div", { class: "player-name" }, el("h2", { text: show.title }), el("p", { text: meta })),
      el("div", { class: "handovers" }, ...otherDevices(viewer, device, show.show_id)),
      el(
        "button",
        { class: "round", type: "button", "aria-label": "Events", on: { click: () => document.getElementById("events-toggle").click() } },
        icon("pulse"),
      ),
    ),
    el(
      "div",
      { class: "film" },
      el("div", { class: "strip" }, sprockets()),
      screen,
      el("div", { class: "strip" }, sprockets()),
      end,
      offer,
    ),
    el(
      "div",
      { class: "controls" },
      bar.node,
      el(
        "div",
        { class: "control-row" },
        toggle,
        now,
        el("div", { class: "speeds", role: "group", "aria-label": "Speed" }, ...speedKeys),
        left,
      ),
    ),
  );

  const view = {
    focus: () => toggle.focus({ preventScroll: true }),
    follow(seconds) {
      bar.follow(seconds);
      if (!bar.busy()) view.preview(seconds);
    },
    preview(seconds) {
      now.textContent = clockTime(seconds);
      left.textContent = `−${clockTime(duration - seconds)}`;
    },
    setRunning(running) {
      root.classList.toggle("is-running", running);
      toggle.setAttribute("aria-label", running ? "Pause" : "Play");
      toggle.replaceChildren(icon(running ? "pause" : "play"));
    },
    setSpeed(speed) {
      for (const key of speedKeys) key.setAttribute("aria-pressed", String(key.dataset.speed === String(speed)));
      root.dataset.speed = String(speed);
    },
    showEnd(shown) {
      end.hidden = !shown;
      root.classList.toggle("is-finished", shown);
    },
    offer(text, jump) {
      offer.replaceChildren(
        el("span", { text }),
        el("button", {
          class: "key key-small",
          type: "button",
          text: "Go there",
          on: {
            click: () => {
              offer.replaceChildren();
              jump();
            },
          },
        }),
      );
      clearTimeout(view.offerTimer);
      view.offerTimer = setTimeout(() => offer.replaceChildren(), 12000);
    },
    leaveBar: () => {
      clearTimeout(view.offerTimer);
      bar.drop();
    },
  };
  root.dataset.speed = "1";
  if (from) {
    offer.append(el("span", { text: `Resumed at ${clockTime(begin)}, last watched on ${deviceName(from.device_id)}` }));
    view.offerTimer = setTimeout(() => offer.replaceChildren(), 6000);
  }
  view.showEnd(false);
  return view;
}
