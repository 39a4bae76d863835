/** Wires the page: each part knows its API and tells what happened; this file says who hears it. */
import { analyticsCorner } from "./analytics.js";
import { health } from "./api.js";
import { billboard } from "./billboard.js";
import { browseSection, searchSection } from "./browse.js";
import { continueRow } from "./continue.js";
import { detailSheet } from "./detail.js";
import { $ } from "./dom.js";
import { eventsPanel } from "./events.js";
import { watchHealth } from "./notices.js";
import { Outbox } from "./outbox.js";
import { createPlayer } from "./player.js";
import { profilePanel } from "./profile.js";
import { recommendedRow } from "./recommended.js";
import { enter, forgetPlay, readSession } from "./session.js";
import { find, learn } from "./shows.js";
import { loadViewers, nameOf, openViewers, renderWho } from "./viewers.js";

const outbox = new Outbox();
watchHealth(outbox);
let session = readSession();
let visit = new AbortController();
const current = () => session;

const player = createPlayer({
  outbox,
  session: current,
  onReported: () => started.refresh(900),
  onClosed: () => {
    started.refresh(250);
    taste.refresh(1200);
  },
  onShow: (show) => office.focus(show.show_id),
});
const play = (id) => player.play(id);
const detail = detailSheet({ outbox, session: current, onPlay: play, onOpened: (id) => office.focus(id) });
const open = (id) => detail.open(id);
const board = billboard($("#billboard"), { onPlay: play, onOpen: open });
const taste = profilePanel($("#profile"), { nameOf });
const started = continueRow($("#continue"), {
  onPlay: play,
  onItems: (items) => {
    board.begun(items);
    if (items[0] && !player.current()) office.focus(items[0].show_id);
  },
});
const recommended = recommendedRow($("#recommended"), {
  onOpen: open,
  onChange: (body) => {
    board.best(body.items);
    taste.refresh();
  },
});
const browse = browseSection($("#browse"), { onOpen: open });
const search = searchSection({ section: $("#results"), home: $("#home"), input: $("#query"), form: $("#search"), onOpen: open });
const office = analyticsCorner($("#analytics"), { onOpen: open });

eventsPanel({
  panel: $("#events"),
  toggle: $("#events-toggle"),
  viewer: () => session.viewer,
  onRecord(record) {
    const value = record.value ?? {};
    if (value.user_id !== session.viewer) return;
    if (record.topic === "movieflix.show-position") {
      player.elsewhere(value);
      if (value.device_id !== session.device) started.refresh(900);
    } else if (record.topic === "movieflix.user-profile") taste.refresh();
  },
});

function begin() {
  visit.abort();
  visit = new AbortController();
  board.clear();
  taste.show(session.viewer, visit.signal);
  started.show(session.viewer, visit.signal);
  recommended.show(session.viewer, visit.signal);
}

async function enterSession() {
  const before = session;
  session = readSession();
  renderWho(session);
  if (session.viewer !== before.viewer || session.device !== before.device) player.close();
  if (!session.viewer) return openViewers();
  document.title = `MovieFlix: ${nameOf(session.viewer)}`;
  if (session.viewer !== before.viewer || !begun) {
    begun = true;
    begin();
  }
  if (session.play) {
    const { play: id } = session;
    forgetPlay();
    await learn([id]);
    play(id);
  }
}

let begun = false;
$("#viewer").addEventListener("click", openViewers);
$("#brand").addEventListener("click", (event) => {
  event.preventDefault();
  search.clear();
  scrollTo({ top: 0, behavior: "smooth" });
});
addEventListener("hashchange", enterSession);
health.addEventListener("back", ({ detail }) => {
  if (detail.service === "resume") started.refresh();
  else if (detail.service === "recommendations") taste.refresh();
  else if (detail.service === "catalog") for (const part of [recommended.redraw, started.refresh]) part();
});

// One question fills most titles and genres before the rows ask for them one by one.
const prefill = find({ limit: 100 }).catch(() => []);
await Promise.race([Promise.all([loadViewers(), prefill]), new Promise((resolve) => setTimeout(resolve, 1500))]);
if (session.viewer && !location.hash.includes("device=")) enter({});
enterSession();
browse.load();
