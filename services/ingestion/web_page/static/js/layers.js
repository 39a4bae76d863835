/** The log and the three layers behind it: how far each has read, and whether that is as it should be. */
import { ask } from "./api.js";
import { at, el, say } from "./dom.js";
import { attempt, every } from "./every.js";
import { age, clock, count, rate } from "./format.js";
import { LAYERS } from "./layer_names.js";
import { Series, sparkline } from "./series.js";

const EVERY_MS = 1000;
const FLOOR = 20;
// The tables are written a batch at a time: to be some seconds behind is their rhythm, and no lag.
const LEVEL_SECONDS = { speed: 3, s3: 12, hdfs: 12 };
// Longer than a batch takes: what reads in batches reads all the time.
const READ_MS = 12_000;
// A reader that is this many records behind stands at the end of the tape; below, each digit is as wide.
const TAPE_RECORDS = 1_000_000;
const WORDS = { level: "level", behind: "behind", away: "away", unknown: "unknown" };
const WORST = ["away", "unknown", "behind", "level"];

function stateOf({ layer, behind_records: records, behind_seconds: seconds }, log) {
  if (records === null || records === undefined) return log ? "away" : "unknown";
  return records === 0 || (seconds !== null && seconds <= LEVEL_SECONDS[layer]) ? "level" : "behind";
}

function card({ id, name, place }) {
  const spark = sparkline(`${name}: records behind, last 2 minutes`, FLOOR);
  const [state, records, seconds] = [el("span", { class: "state" }), el("b", { text: "–" }), el("b", { text: "–" })];
  const note = el("span", { class: "old-note", hidden: true });
  const node = el(
    "li",
    { class: "layer", data: { layer: id } },
    el("header", {}, el("h2", { text: name }), el("span", { class: "hint", text: place }), note, state),
    el("p", { class: "figure" }, records, el("span", { text: "records behind" })),
    el("p", { class: "figure" }, seconds, el("span", { text: "old" })),
    spark.node,
  );
  return { node, state, records, seconds, note, spark, behind: new Series(), read: new Series(), seen: null };
}

export function layerCards(lines) {
  const cards = new Map(LAYERS.map((layer) => [layer.id, card(layer)]));
  at("layers").append(...[...cards.values()].map(({ node }) => node));
  LAYERS.forEach(({ id }, place) => {
    lines.connect(id, at("log"), cards.get(id).node, id, { of: LAYERS.length, place, end: "from" });
    mark(id, "unknown");
  });
  const readers = new Map(LAYERS.map(({ id }) => [id, el("i", { class: "reader", data: { layer: id } })]));
  const cells = el("div", { class: "cells" });
  at("tape").append(cells, ...readers.values());
  const tape = cells.animate([{ transform: "translateX(-26px)" }, { transform: "none" }], { duration: 1000, iterations: Infinity });
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function showLog(log) {
    at("log").classList.toggle("is-old", !log);
    at("log-note").hidden = Boolean(log);
    tape.updatePlaybackRate(log && log.records_per_second > 0.05 && !still.matches ? 0.2 + Math.log10(1 + log.records_per_second) / 2 : 0);
    if (!log) return say(at("log-note"), "away: Kafka does not answer");
    say(at("log-records"), count(log.records));
    say(at("log-rate"), rate(log.records_per_second));
  }

  function showLayer(item, log) {
    const layer = cards.get(item.layer);
    if (!layer) return;
    const state = stateOf(item, log);
    layer.behind.add(item.behind_records ?? null);
    layer.spark.draw(layer.behind);
    if (state === "level" || state === "behind") {
      layer.seen = new Date();
      say(layer.records, count(item.behind_records));
      say(layer.seconds, age(item.behind_seconds));
      readers.get(item.layer).style.setProperty("--at", Math.min(1, Math.log1p(item.behind_records) / Math.log(TAPE_RECORDS)));
      if (log) layer.read.add(log.records - item.behind_records);
    }
    mark(item.layer, state);
    lines.set(item.layer, layer.read.rate(READ_MS), state);
  }

  function mark(id, state) {
    const { node, state: pill, note, seen } = cards.get(id);
    const old = state === "away" || state === "unknown";
    node.dataset.state = state;
    node.classList.toggle("is-old", old);
    say(pill, WORDS[state]);
    note.hidden = !old || !seen;
    if (old && seen) say(note, `as of ${clock(seen)}`);
  }

  /** One sentence on all of it, read out when it changes. */
  function showOverall(states, trouble = "") {
    const worst = trouble ? "away" : (WORST.find((word) => states.some(([, state]) => state === word)) ?? "unknown");
    const named = states.filter(([, state]) => state === worst).map(([id]) => LAYERS.find((layer) => layer.id === id)?.name ?? id);
    const verb = named.length === 1 ? "is" : "are";
    const words = named.length === LAYERS.length ? `All three layers are ${WORDS[worst]}` : `${named.join(" and ")} ${verb} ${WORDS[worst]}`;
    at("overall").dataset.state = worst;
    say(at("overall"), trouble || words);
  }

  every(EVERY_MS, (signal) =>
    attempt(
      signal,
      async () => {
        const { log, items } = await ask("layers", {}, signal);
        showLog(log);
        items.forEach((item) => showLayer(item, log));
        showOverall(
          items.map((item) => [item.layer, stateOf(item, log)]),
          log ? "" : "Kafka does not answer",
        );
      },
      (error) => {
        at("log").classList.add("is-old");
        tape.updatePlaybackRate(0);
        for (const { id } of LAYERS) {
          mark(id, "unknown");
          lines.set(id, 0, "unknown");
        }
        showOverall([], `No numbers: ${error.message}`);
      },
    ),
  );
}
