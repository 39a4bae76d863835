/** The row of films begun and not finished, as resume-api knows them, whatever device they were watched on. */
import { asking } from "./again.js";
import { call, keepTrying, segment } from "./api.js";
import { ghosts, progressCard, refreshProgress } from "./cards.js";
import { reconcile } from "./flip.js";
import { rail } from "./rail.js";
import { learn, showOf } from "./shows.js";

export function continueRow(section, { onPlay, onItems }) {
  const view = rail(section, { id: "continue-title", title: "Continue watching", listClass: "rail rail-wide" });
  let viewer = null;
  let signal = null;
  let asked = 0;

  function render(items, animate) {
    view.empty.hidden = items.length > 0;
    view.empty.textContent = "Nothing begun yet. Choose a film below: what you leave unfinished waits here, on every device.";
    reconcile(view.list, items, {
      animate,
      keyOf: (item) => item.show_id,
      create: (item) => progressCard(showOf(item.show_id), item, { onPlay }),
      update: (node, item) => refreshProgress(node, showOf(item.show_id), item),
    });
  }

  async function fetchNow(animate) {
    const turn = (asked += 1);
    const body = await call("resume", `/v1/users/${segment(viewer)}/continue-watching?limit=20`, { signal, missing: { items: [] } });
    await learn(body.items.map((item) => item.show_id));
    if (signal.aborted || turn !== asked) return;
    render(body.items, animate);
    onItems(body.items);
  }

  const askSoon = asking(() => viewer && !signal.aborted && fetchNow(true).catch(() => {}));

  return {
    show(who, until) {
      [viewer, signal] = [who, until];
      view.empty.hidden = true;
      view.list.replaceChildren(...ghosts("wide", 4));
      keepTrying(() => fetchNow(false), signal).catch(() => {});
    },
    /** Asks again soon; calls in quick succession are one question. */
    refresh(after = 400) {
      askSoon(after);
    },
  };
}
