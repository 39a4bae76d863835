/** The box office: figures over all viewers, asked for again from time to time while someone looks. */
import { call, segment } from "./api.js";
import { columns, dropOff } from "./charts.js";
import { el } from "./dom.js";
import { count } from "./format.js";
import { showOf } from "./shows.js";

const REFRESH_MS = 10000;
const SPANS = { "48 h": ["hour", 48 * 3600e3], "30 days": ["day", 30 * 86400e3], "All time": ["month", null] };
const MOST_COLUMNS = 600;
const ORDERS = { viewers: "viewers", ratings: "ratings", mean_rating: "mean rating" };

function following(time, interval) {
  const next = new Date(time);
  if (interval === "hour") next.setUTCHours(next.getUTCHours() + 1);
  else if (interval === "day") next.setUTCDate(next.getUTCDate() + 1);
  else next.setUTCMonth(next.getUTCMonth() + 1);
  return next.getTime();
}

function startOf(time, interval) {
  const start = new Date(time);
  start.setUTCMinutes(0, 0, 0);
  if (interval !== "hour") start.setUTCHours(0);
  if (interval === "month") start.setUTCDate(1);
  return start.getTime();
}

/** A column for each interval of the span, also for those in which nothing happened: the API names only the others. */
function filled(items, interval, from, to) {
  const known = new Map(items.map((item) => [Date.parse(item.start), [item.positions, item.ratings]]));
  const list = [];
  for (let time = startOf(from, interval); time <= to && list.length < MOST_COLUMNS; time = following(time, interval))
    list.push({ values: known.get(time) ?? [0, 0] });
  return list;
}

function choice(label, options, onPick) {
  const keys = Object.entries(options).map(([value, text], i) =>
    el("button", {
      class: "tab",
      type: "button",
      "aria-pressed": String(i === 0),
      text,
      on: {
        click: () => {
          keys.forEach((k) => k.setAttribute("aria-pressed", String(k === keys[i])));
          onPick(value);
        },
      },
    }),
  );
  return el("div", { class: "tabs", role: "group", "aria-label": label }, ...keys);
}

export function analyticsCorner(section, { onOpen }) {
  let [order, span, focus, seen] = ["viewers", "48 h", null, false];
  const figures = el("dl", { class: "figures panel" });
  const top = el("ol", { class: "top-list" });
  const activity = el("div", { class: "chart-box" });
  const activityNote = el("p", { class: "panel-note" });
  const drop = el("div", { class: "chart-box" });
  const dropTitle = el("h3", { text: "Where viewers stop" });
  const dropNote = el("p", { class: "panel-note" });
  section.replaceChildren(
    el(
      "div",
      { class: "band-head" },
      el("h2", { id: "analytics-title", text: "Box office" }),
      el("p", { class: "band-note", text: "counted exactly, once per event" }),
    ),
    el(
      "div",
      { class: "office" },
      figures,
      el(
        "div",
        { class: "panel" },
        el(
          "div",
          { class: "panel-head" },
          el("h3", { text: "Top films" }),
          choice("Order", ORDERS, (v) => {
            order = v;
            refresh();
          }),
        ),
        top,
      ),
      el(
        "div",
        { class: "panel" },
        el(
          "div",
          { class: "panel-head" },
          el("h3", { text: "Activity" }),
          choice("Span", Object.fromEntries(Object.keys(SPANS).map((k) => [k, k])), (v) => {
            span = v;
            refresh();
          }),
        ),
        activity,
        activityNote,
      ),
      el("div", { class: "panel" }, dropTitle, drop, dropNote),
    ),
  );

  async function summary() {
    const s = await call("analytics", "/v1/analytics/summary");
    figures.replaceChildren(
      ...["positions", "ratings", "users", "shows"].map((k) =>
        el("div", {}, el("dt", { text: k === "users" ? "viewers" : k }), el("dd", { text: count(s[k] ?? 0) })),
      ),
    );
  }

  async function tops() {
    const query = new URLSearchParams({ by: order, limit: 6, ...(order === "mean_rating" && { min_ratings: 3 }) });
    const { items } = await call("analytics", `/v1/analytics/top-shows?${query}`);
    const figure = (i) => (order === "mean_rating" ? `${(i.mean_rating ?? 0).toFixed(2)} ★` : count(i[order] ?? 0));
    top.replaceChildren(
      ...items.map((i) =>
        el(
          "li",
          {},
          el("button", { class: "link", type: "button", text: showOf(i.show_id, i.title).title, on: { click: () => onOpen(i.show_id) } }),
          el("span", { class: "figure", text: figure(i) }),
        ),
      ),
    );
    if (!focus && items[0]) {
      focus = items[0].show_id;
      stops().catch(() => {});
    }
    if (!items.length)
      top.replaceChildren(
        el("li", {
          class: "empty",
          text: order === "mean_rating" ? "No film has three ratings yet: rate some." : "Nobody has watched yet: play a film.",
        }),
      );
  }

  async function rhythm() {
    const [interval, length] = SPANS[span];
    const query = new URLSearchParams({ interval, ...(length && { from: new Date(Date.now() - length).toISOString() }) });
    const { items } = await call("analytics", `/v1/analytics/activity?${query}`);
    const sum = (key) => items.reduce((all, item) => all + item[key], 0);
    const words = `${count(sum("positions"))} positions and ${count(sum("ratings"))} ratings, in ${span === "All time" ? "all" : span}, by ${interval}`;
    const first = length ? Date.now() - length : Date.parse(items[0]?.start);
    activity.replaceChildren(...(items.length ? [columns(filled(items, interval, first, Date.now()), words)] : []));
    activityNote.textContent = items.length ? words : "Nothing in this span.";
  }

  async function stops() {
    if (!focus) {
      dropNote.textContent = "Play a film, or open one, to see how far its viewers came.";
      return;
    }
    const { viewers, items } = await call("analytics", `/v1/analytics/shows/${segment(focus)}/drop-off?buckets=20`, {
      missing: { viewers: 0, items: [] },
    });
    dropTitle.textContent = `Where viewers stop: ${showOf(focus).title}`;
    drop.replaceChildren(...(viewers ? [dropOff(items, `${viewers} viewers; ${items.at(-1)?.viewers ?? 0} came to the end`)] : []));
    dropNote.textContent = viewers
      ? `${count(viewers)} began, ${count(items.at(-1)?.viewers ?? 0)} came to the end`
      : "Nobody has watched it yet.";
  }

  function refresh() {
    // Each part by itself: one that fails keeps its last figures, and api.js has said so.
    for (const part of [summary, tops, rhythm, stops]) part().catch(() => {});
  }

  new IntersectionObserver(
    ([entry]) => {
      seen = entry.isIntersecting;
      if (seen) refresh();
    },
    { rootMargin: "200px" },
  ).observe(section);
  setInterval(() => seen && !document.hidden && refresh(), REFRESH_MS);
  return {
    focus(showId) {
      focus = showId;
      if (seen) stops().catch(() => {});
    },
  };
}
