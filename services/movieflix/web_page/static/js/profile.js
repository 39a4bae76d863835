/** What the profile service makes of a viewer: films seen, and the shares of genres. */
import { asking } from "./again.js";
import { call, keepTrying, segment } from "./api.js";
import { el } from "./dom.js";
import { ago, count } from "./format.js";
import { genreColour } from "./poster/palettes.js";

const SHOWN = 6;

export function profilePanel(section, { nameOf }) {
  const title = el("h2", { id: "profile-title", class: "panel-title" });
  const seen = el("p", { class: "seen" });
  const list = el("ul", { class: "shares" });
  const note = el("p", { class: "panel-note" });
  section.replaceChildren(title, seen, list, note);
  let viewer = null;
  let signal = null;

  function render(profile) {
    section.classList.remove("is-loading");
    title.textContent = `${nameOf(viewer)}’s taste`;
    if (!profile?.seen) {
      seen.replaceChildren(el("strong", { text: "0" }), " films seen");
      list.replaceChildren();
      note.textContent = "Rate a film, or watch one to its end: your taste shows here a moment later.";
      return;
    }
    seen.replaceChildren(el("strong", { text: count(profile.seen) }), profile.seen === 1 ? " film seen" : " films seen");
    const top = [...(profile.genres ?? [])].sort((a, b) => b.share - a.share).slice(0, SHOWN);
    const most = Math.max(...top.map((g) => g.share), 0.01);
    const kept = new Map([...list.children].map((node) => [node.dataset.genre, node]));
    list.replaceChildren(
      ...top.map(({ genre, share }) => {
        const node =
          kept.get(genre) ??
          el(
            "li",
            { data: { genre }, vars: { ink: genreColour(genre) } },
            el("span", { class: "share-name", text: genre }),
            el("span", { class: "share-part" }),
            el("span", { class: "share-track", "aria-hidden": "true" }, el("span", { class: "share-bar" })),
          );
        node.querySelector(".share-part").textContent = `${Math.round(share * 100)} %`;
        requestAnimationFrame(() => node.style.setProperty("--share", share / most));
        return node;
      }),
    );
    note.textContent = profile.updated_at ? `updated ${ago(profile.updated_at)}` : "";
  }

  const read = async () => {
    const profile = await call("recommendations", `/v1/users/${segment(viewer)}/profile`, { signal, missing: null });
    if (!signal.aborted) render(profile);
  };

  const askSoon = asking(() => viewer && !signal.aborted && read().catch(() => {}));

  return {
    show(who, until) {
      [viewer, signal] = [who, until];
      title.textContent = `${nameOf(viewer)}’s taste`;
      section.classList.add("is-loading");
      seen.replaceChildren();
      list.replaceChildren();
      note.textContent = "";
      keepTrying(read, signal).catch(() => {});
    },
    refresh(after = 300) {
      askSoon(after);
    },
  };
}
