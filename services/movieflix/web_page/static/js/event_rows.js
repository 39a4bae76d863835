/** One record of a topic, as a line and as JSON. */
import { el, icon } from "./dom.js";
import { clockTime, deviceName } from "./format.js";
import { hash } from "./poster/seed.js";
import { showOf } from "./shows.js";

const HUES = { "show-position": 42, "show-rating": 350, "user-profile": 268, recommendations: 168, shows: 205, models: 110 };

export const shortTopic = (name) => name.replace(/^movieflix\./, "");
export const topicHue = (name) => HUES[shortTopic(name)] ?? hash(name) % 360;

const SAY = {
  "show-position": (v) => `${showOf(v.show_id).title} at ${clockTime(v.position_seconds ?? 0)} on ${deviceName(v.device_id ?? "?")}`,
  "show-rating": (v) => `${showOf(v.show_id).title}: ${v.rating} ★`,
  "user-profile": (v) => `${v.seen ?? "?"} seen`,
  recommendations: (v) =>
    (v.items ?? [])
      .slice(0, 3)
      .map((i) => showOf(i.show_id, i.title).title)
      .join(", "),
  shows: (v) => v.title ?? v.show_id ?? "",
  models: (v) => `model ${v.version ?? "?"}`,
};

function summary(record) {
  try {
    return String(SAY[shortTopic(record.topic)]?.(record.value ?? {}) ?? record.type ?? "");
  } catch {
    return record.type ?? "";
  }
}

export function recordRow(record, mine) {
  const node = el(
    "li",
    { class: mine ? "record is-mine" : "record", vars: { hue: topicHue(record.topic) } },
    el(
      "button",
      { class: "record-hit", type: "button" },
      el(
        "span",
        { class: "record-top" },
        el("span", { class: "record-topic", text: shortTopic(record.topic) }),
        el("span", { class: "record-key", text: record.key ?? "no key" }),
        el("span", { class: "record-at", text: `${record.partition}:${record.offset}` }),
      ),
      el("span", { class: "record-say", text: summary(record) }),
    ),
  );
  node.record = record;
  return node;
}

export function showRecord(host, record, onClose) {
  const when = Number.isFinite(record.timestamp) ? new Date(record.timestamp).toISOString() : "";
  host.hidden = false;
  host.style.setProperty("--hue", topicHue(record.topic));
  host.replaceChildren(
    el(
      "div",
      { class: "json-head" },
      el("strong", { text: record.topic }),
      el("span", { text: `partition ${record.partition}, offset ${record.offset}` }),
      el("button", { class: "round round-small", type: "button", "aria-label": "Close record", on: { click: onClose } }, icon("close")),
    ),
    el("p", { class: "panel-note", text: [record.type, record.event_id, when].filter(Boolean).join("  ·  ") }),
    el("pre", { tabindex: "0", text: JSON.stringify(record.value, null, 2) }),
  );
  host.querySelector("button").focus();
}
