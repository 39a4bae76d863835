/** The recommended row: read once, then changed live by the stream, calmly. */
import { call, keepTrying, segment } from "./api.js";
import { ghosts, posterCard, refreshCard } from "./cards.js";
import { reconcile } from "./flip.js";
import { ago } from "./format.js";
import { el } from "./dom.js";
import { rail } from "./rail.js";
import { learn, remember, showOf } from "./shows.js";
import { openStream } from "./stream.js";

const LIMIT = 14;
// Changes closer together than this are shown as one: a row that moves all the time cannot be read.
const CALM_MS = 1200;

function because(item) {
  const liked = (item.because ?? []).map((id) => showOf(id).title);
  return liked.length ? `because you liked ${liked.slice(0, 2).join(" and ")}` : "popular with everyone";
}

export function recommendedRow(section, { onOpen, onChange }) {
  const view = rail(section, { id: "recommended-title", title: "Recommended" });
  const fresh = el("span", { class: "fresh", role: "status" });
  const model = el("span", { class: "model" });
  view.note.append(fresh, model);
  let stream = null;
  let current = null;
  let changedAt = 0;
  let queued = null;
  let lastShown = 0;

  setInterval(() => {
    if (changedAt) fresh.textContent = `updated ${ago(changedAt)}`;
  }, 5000);

  const signature = (body) => JSON.stringify([body.fallback ?? null, body.model?.version, body.items.map((i) => [i.show_id, i.because])]);

  async function render(body, live) {
    body.items.forEach((item) => {
      if (showOf(item.show_id).title === item.show_id && item.title) remember([{ ...showOf(item.show_id), title: item.title }]);
    });
    await learn(body.items.flatMap((item) => [item.show_id, ...(item.because ?? []).slice(0, 2)]));
    const same = current && signature(current) === signature(body);
    current = body;
    const popular = Boolean(body.fallback);
    view.heading.textContent = popular ? "Popular right now" : "Recommended for you";
    model.textContent = popular
      ? "rate or finish a film, and this row becomes yours"
      : `model ${body.model?.version ?? "?"}${body.model?.trained_at ? `, trained ${ago(body.model.trained_at)}` : ""}`;
    view.empty.hidden = body.items.length > 0;
    view.empty.textContent = "No recommendations yet. They come with the first films in the catalogue: make up-movieflix fills it.";
    reconcile(view.list, body.items, {
      animate: live,
      keyOf: (item) => item.show_id,
      create: (item) => posterCard(showOf(item.show_id, item.title), { onOpen, note: because(item) }),
      update: (node, item) => refreshCard(node, showOf(item.show_id, item.title), because(item)),
    });
    if (live && !same) {
      changedAt = Date.now();
      fresh.textContent = "updated just now";
      fresh.animate([{ opacity: 0.2 }, { opacity: 1 }], { duration: 900 });
    }
    onChange(body);
  }

  function live(body) {
    const wait = lastShown + CALM_MS - Date.now();
    if (queued) {
      queued.body = body;
      return;
    }
    if (wait <= 0) {
      lastShown = Date.now();
      render(body, true);
      return;
    }
    const mine = (queued = { body });
    setTimeout(() => {
      if (queued !== mine) return;
      queued = null;
      lastShown = Date.now();
      render(mine.body, true);
    }, wait);
  }

  return {
    show(viewer, signal) {
      stream?.close();
      [current, changedAt, queued] = [null, 0, null];
      fresh.textContent = "";
      view.list.replaceChildren(...ghosts("card", 8));
      const url = `/v1/users/${segment(viewer)}/recommendations`;
      const read = () => call("recommendations", `${url}?limit=${LIMIT}`, { signal });
      const first = keepTrying(read, signal)
        .then((body) => signal.aborted || current || render(body, false))
        .catch(() => {});
      stream = openStream(`/api/recommendations${url}/stream?limit=${LIMIT}`, {
        onData: async (body) => {
          await first;
          if (!signal.aborted && Array.isArray(body?.items)) live(body);
        },
      });
      signal.addEventListener("abort", () => stream.close(), { once: true });
    },
    /** What was unknown of its films may be known now. */
    redraw: () => current && render(current, false),
  };
}
