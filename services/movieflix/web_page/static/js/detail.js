/** One film's card: poster, facts, rating, how far viewers come. */
import { call, segment } from "./api.js";
import { dropOff } from "./charts.js";
import { $, el, icon } from "./dom.js";
import { clockTime, durationOf, spoken } from "./format.js";
import { art, poster } from "./poster/poster.js";
import { keepRating, ratingOf } from "./ratings.js";
import { learn, showOf } from "./shows.js";
import { stars } from "./stars.js";
import { toast } from "./toast.js";

export function detailSheet({ outbox, session, onPlay, onOpened }) {
  const sheet = $("#detail");
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());

  async function open(showId) {
    await learn([showId]);
    const show = showOf(showId);
    const { viewer } = session();
    const playText = el("span", { text: "Play" });
    const figures = el("div", { class: "detail-drop" });
    const rate = (rating) => {
      outbox.put("ratings", { user_id: viewer, show_id: showId, rating });
      keepRating(viewer, showId, rating);
      toast(`${show.title}: ${rating} of 5. Recommendations follow in a moment.`, { kind: "good", key: "rated" });
    };
    sheet.replaceChildren(
      el("div", { class: "detail-art", "aria-hidden": "true" }, art(show, 2)),
      el(
        "button",
        { class: "round sheet-close", type: "button", "aria-label": "Close", on: { click: () => sheet.close() } },
        icon("close"),
      ),
      el(
        "div",
        { class: "detail-body" },
        el("div", { class: "detail-poster" }, poster(show)),
        el(
          "div",
          { class: "detail-words" },
          el("h2", { id: "detail-title", text: show.title }),
          el("p", { class: "detail-meta", text: [show.year, spoken(durationOf(show))].filter(Boolean).join("  ·  ") }),
          el("div", { class: "tags" }, ...show.genres.map((genre) => el("span", { class: "tag", text: genre }))),
          el(
            "button",
            {
              class: "key key-gold",
              type: "button",
              on: {
                click: () => {
                  sheet.close();
                  onPlay(showId);
                },
              },
            },
            icon("play"),
            playText,
          ),
          el("h3", { text: "Your rating" }),
          stars({ value: ratingOf(viewer, showId), label: `Your rating of ${show.title}`, onRate: rate }),
          figures,
        ),
      ),
    );
    if (!sheet.open) sheet.showModal();
    onOpened(showId);
    call("resume", `/v1/users/${segment(viewer)}/positions/${segment(showId)}`, { missing: null }).then(
      (last) => {
        if (last && !last.finished && last.position_seconds > 0) playText.textContent = `Resume at ${clockTime(last.position_seconds)}`;
        else if (last?.finished) playText.textContent = "Watch again";
      },
      () => {},
    );
    call("analytics", `/v1/analytics/shows/${segment(showId)}/drop-off?buckets=20`, { missing: { viewers: 0, items: [] } }).then(
      ({ viewers, items }) => {
        if (viewers)
          figures.replaceChildren(
            el("h3", { text: "How far viewers come" }),
            dropOff(items, `${viewers} viewers`),
            el("p", { class: "panel-note", text: `${viewers} began, ${items.at(-1)?.viewers ?? 0} came to the end` }),
          );
      },
      () => {},
    );
  }
  return { open };
}
