/**
 * Records as they pass through the topics. The service sends a sample and, each second, the true rates; what is drawn of that
 * is bounded again per frame and in all, so that the panel stays smooth at any rate. The viewer's own records that arrive are
 * always drawn.
 */
import { el, icon } from "./dom.js";
import { count } from "./format.js";
import { recordRow, shortTopic, showRecord, topicHue } from "./event_rows.js";
import { openStream } from "./stream.js";

const KEPT = 200;
const DRAW_MS = 100;
const OTHERS_A_DRAW = 4;

export function eventsPanel({ panel, toggle, viewer, onRecord }) {
  const topics = new Map();
  let fresh = [];
  let kept = [];
  let mine = [];
  let drawn = 0;
  let toldAt = 0;
  let paused = false;
  let mineOnly = false;
  let drawnAt = 0;
  let frame = 0;
  const hidden = new Set();
  const isMine = (record) => record.key === viewer() || record.value?.user_id === viewer();
  const wanted = (record) => !hidden.has(record.topic) && (!mineOnly || isMine(record));

  const rate = el("span", { class: "pulse-rate", text: "0/s" });
  toggle.replaceChildren(icon("pulse"), el("span", { class: "pulse-word", text: "Events" }), rate);
  const list = el("ol", { class: "records", "aria-label": "Latest records" });
  const state = el("p", { class: "events-state", role: "status", text: "Connecting …" });
  const chips = el("div", { class: "topics", role: "group", "aria-label": "Topics" });
  const pauseKey = el("button", {
    class: "key key-small",
    type: "button",
    "aria-pressed": "false",
    on: { click: () => setPaused(!paused) },
  });
  const mineKey = el("button", {
    class: "key key-small",
    type: "button",
    "aria-pressed": "false",
    text: "Only mine",
    on: {
      click: () => {
        mineOnly = !mineOnly;
        mineKey.setAttribute("aria-pressed", String(mineOnly));
        redraw();
      },
    },
  });
  const json = el("div", { class: "record-json", hidden: true });
  panel.replaceChildren(
    el(
      "div",
      { class: "events-head" },
      el("h2", { text: "Events" }),
      pauseKey,
      mineKey,
      el(
        "button",
        { class: "round round-small", type: "button", "aria-label": "Close events", on: { click: () => setOpen(false) } },
        icon("close"),
      ),
    ),
    chips,
    state,
    list,
    json,
  );

  function setPaused(next) {
    paused = next;
    pauseKey.textContent = paused ? "Go on" : "Pause";
    pauseKey.setAttribute("aria-pressed", String(paused));
    panel.classList.toggle("is-paused", paused);
    if (!paused) redraw();
  }

  function setOpen(next) {
    panel.hidden = !next;
    toggle.setAttribute("aria-expanded", String(next));
    document.body.classList.toggle("has-events", next);
    if (next) redraw();
    else if (panel.contains(document.activeElement)) toggle.focus();
  }

  function topicOf(name) {
    if (!topics.has(name)) {
      const chip = el(
        "button",
        {
          class: "topic",
          type: "button",
          "aria-pressed": "true",
          vars: { hue: topicHue(name) },
          on: {
            click: () => {
              hidden.has(name) ? hidden.delete(name) : hidden.add(name);
              chip.setAttribute("aria-pressed", String(!hidden.has(name)));
              redraw();
            },
          },
        },
        el("span", { class: "topic-name", text: shortTopic(name) }),
        el("span", { class: "topic-rate", text: "0/s" }),
      );
      topics.set(name, { chip, second: 0, rate: 0 });
      chips.append(chip);
    }
    return topics.get(name);
  }

  function redraw() {
    list.replaceChildren(...(mineOnly ? mine : kept).filter(wanted).map((record) => recordRow(record, isMine(record))));
    fresh = [];
  }

  /** Of one draw's records: all of the viewer's, and of others a few spread over the time. */
  function sample(records) {
    const others = records.filter((r) => !isMine(r));
    if (others.length <= OTHERS_A_DRAW) return records;
    const step = others.length / OTHERS_A_DRAW;
    const chosen = new Set(Array.from({ length: OTHERS_A_DRAW }, (_, i) => others[Math.floor(i * step)]));
    return records.filter((r) => isMine(r) || chosen.has(r));
  }

  function draw(now) {
    frame = 0;
    if (now - drawnAt < DRAW_MS) {
      frame = requestAnimationFrame(draw);
      return;
    }
    drawnAt = now;
    const chosen = sample(fresh);
    fresh = [];
    drawn += chosen.length;
    kept = [...chosen.reverse(), ...kept].slice(0, KEPT);
    mine = [...chosen.filter(isMine), ...mine].slice(0, KEPT);
    if (panel.hidden || paused) return;
    const rows = chosen.filter(wanted).map((record) => recordRow(record, isMine(record)));
    if (!rows.length) return;
    list.prepend(...rows);
    while (list.children.length > KEPT) list.lastElementChild.remove();
  }

  function take(record, kind) {
    if (kind === "rates") {
      toldAt = performance.now();
      for (const [name, rate] of Object.entries(record.per_second ?? {})) topicOf(name).rate = rate;
      return;
    }
    if (!record?.topic) return;
    const topic = topicOf(record.topic);
    topic.second += 1;
    fresh.push(record);
    if (fresh.length > 2000) fresh.splice(0, 1000);
    // A hidden tab draws no frames: then nothing piles up beyond the bound above.
    frame ||= requestAnimationFrame(draw);
    onRecord(record);
  }

  setInterval(() => {
    let all = 0;
    const told = performance.now() - toldAt < 3000;
    for (const topic of topics.values()) {
      const now = told ? topic.rate : topic.second;
      all += now;
      topic.chip.lastElementChild.textContent = `${count(Math.round(now))}/s`;
      topic.second = 0;
    }
    all = Math.round(all);
    rate.textContent = `${count(all)}/s`;
    toggle.classList.toggle("is-live", all > 0);
    toggle.setAttribute("aria-label", `Events, ${all} a second`);
    if (topics.size)
      state.textContent = paused
        ? "Paused; records still count."
        : all > drawn * 1.5 + 5
          ? `A sample is shown, about ${count(drawn)} of ${count(all)} a second; the rates count all.`
          : "Every record is shown.";
    drawn = 0;
  }, 1000);

  list.addEventListener("click", (event) => {
    const row = event.target.closest(".record");
    if (row)
      showRecord(json, row.record, () => {
        json.hidden = true;
        row.querySelector("button").focus();
      });
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (!json.hidden) json.hidden = true;
    else setOpen(false);
  });
  toggle.addEventListener("click", () => setOpen(panel.hidden));
  setPaused(false);
  openStream("/api/events", {
    names: ["rates"],
    onData: take,
    onOpen: () => {
      if (!topics.size) state.textContent = "Connected. Records show here as they pass: play a film.";
    },
    onLost: () => {
      state.textContent = "The stream of events broke off; connecting again. If it stays away: make status.";
    },
  });
}
