/** The player: shows a film that is only a clock, and reports real positions. */
import { call, segment } from "./api.js";
import { $ } from "./dom.js";
import { clockTime, deviceName, durationOf } from "./format.js";
import { buildPlayer } from "./player_view.js";
import { keepRating, ratingOf } from "./ratings.js";
import { Reel, SPEEDS } from "./reel.js";
import { learn, showOf } from "./shows.js";
import { toast } from "./toast.js";

const REPORT_MS = 5000;
const TICK_MS = 200;

export function createPlayer({ outbox, session, onClosed, onReported, onShow }) {
  const root = $("#player");
  let open = null;
  let opening = 0;

  async function stored(viewer, showId) {
    try {
      return await call("resume", `/v1/users/${segment(viewer)}/positions/${segment(showId)}`, { missing: null, timeout: 4000 });
    } catch {
      toast("Resume API does not answer; starting from the beginning. Drag the bar to your place.", {
        kind: "error",
        key: "resume-unknown",
      });
      return null;
    }
  }

  function report(force) {
    const { reel, show, viewer, device } = open;
    const position = Math.round(reel.position * 10) / 10;
    open.lastReport = performance.now();
    if (position === open.reported && !force) return;
    open.reported = position;
    open.reportedAt = Date.now();
    outbox.put("positions", {
      user_id: viewer,
      show_id: show.show_id,
      device_id: device,
      position_seconds: position,
      duration_seconds: reel.duration,
    });
    onReported(show.show_id);
  }

  function tick() {
    const { reel, view } = open;
    view.follow(reel.position);
    if (reel.finished && !open.told) {
      open.told = true;
      report(true);
      view.showEnd(true);
    }
    if (reel.ended && reel.running) return setRunning(false);
    if (reel.running && performance.now() - open.lastReport >= REPORT_MS) report(false);
  }

  function setRunning(running) {
    const { reel, view } = open;
    if (running === reel.running) return;
    if (running && reel.ended) return again();
    if (running) {
      reel.play();
      open.lastReport = performance.now();
    } else {
      reel.pause();
      report(false);
    }
    view.setRunning(running);
  }

  function seek(seconds) {
    open.reel.seek(seconds);
    open.told = open.reel.finished;
    open.view.showEnd(open.told);
    report(true);
    tick();
  }

  function again() {
    open.reel.seek(0);
    open.told = false;
    open.view.showEnd(false);
    open.reel.pause();
    setRunning(true);
  }

  function rate(rating) {
    outbox.put("ratings", { user_id: open.viewer, show_id: open.show.show_id, rating });
    keepRating(open.viewer, open.show.show_id, rating);
  }

  function setSpeed(speed) {
    open.reel.setSpeed(speed);
    open.view.setSpeed(speed);
  }

  function keys(event) {
    if (event.key === "Escape") return close();
    if (event.target.closest("[role=slider], input, button, a, .events")) return;
    if (event.key === " " || event.key === "k") {
      event.preventDefault();
      setRunning(!open.reel.running);
    }
  }

  function close() {
    if (!open) {
      opening += 1;
      return;
    }
    open.view.leaveBar();
    if (open.reel.position > 0) report(false);
    clearInterval(open.timer);
    document.removeEventListener("keydown", keys);
    const { showId, opener } = { showId: open.show.show_id, opener: open.opener };
    open = null;
    root.hidden = true;
    root.replaceChildren();
    for (const part of [$("#main"), $("#top")]) part.inert = false;
    document.body.classList.remove("is-playing");
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    onClosed(showId);
  }

  async function play(showId) {
    if (open) close();
    const turn = (opening += 1);
    const { viewer, device } = session();
    const opener = document.activeElement;
    const [last] = await Promise.all([stored(viewer, showId), learn([showId])]);
    if (turn !== opening) return;
    const show = showOf(showId);
    const duration = last?.duration_seconds > 0 && !show.runtime_minutes ? last.duration_seconds : durationOf(show);
    const begin = last && !last.finished ? Math.min(last.position_seconds, duration) : 0;
    const reel = new Reel(duration, begin);
    const view = buildPlayer(root, {
      show,
      duration,
      begin,
      viewer,
      device,
      from: last && begin ? last : null,
      rating: ratingOf(viewer, showId),
      speeds: SPEEDS,
      on: { toggle: () => setRunning(!open.reel.running), seek, preview: (s) => view.preview(s), speed: setSpeed, close, rate, again },
    });
    open = {
      show,
      reel,
      view,
      viewer,
      device,
      opener,
      told: false,
      lastReport: performance.now(),
      reported: begin,
      reportedAt: Date.now(),
      timer: setInterval(tick, TICK_MS),
    };
    for (const part of [$("#main"), $("#top")]) part.inert = true;
    document.body.classList.add("is-playing");
    root.hidden = false;
    document.addEventListener("keydown", keys);
    view.focus();
    onShow(show);
    setRunning(true);
    tick();
  }

  addEventListener("pagehide", () => open && open.reel.position > 0 && report(false));

  return {
    play,
    close,
    current: () => open?.show.show_id ?? null,
    /** A position record passed: where another device went meanwhile is offered, never forced. */
    elsewhere(value) {
      if (!open || value.show_id !== open.show.show_id || value.user_id !== open.viewer || value.device_id === open.device) return;
      if (Date.parse(value.occurred_at ?? "") < open.reportedAt - 60000) return;
      open.view.offer(`${deviceName(value.device_id)} is at ${clockTime(value.position_seconds)}`, () => seek(value.position_seconds));
    },
  };
}
