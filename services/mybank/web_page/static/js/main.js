import { el } from "/shared/elements.js";

import { call, useToken } from "./api.js";
import { openStream } from "./stream.js";
import { clock, hours, money } from "./view.js";

const LOOK_MS = 1000;
const KEPT = 30;
const at = (id) => document.getElementById(id);

/** Who is here, and all that is theirs. What was asked for another, and is answered when they have gone, is nobody's. */
const somebody = (id, unseen = []) => ({ id, close: () => {}, alerts: new Map(), booked: null, isIn: false, unseen: new Set(unseen) });
let me = somebody("");

async function signIn(id) {
  me.close();
  const mine = (me = somebody(id, [showList, showThresholds]));
  at("banner").hidden = true;
  for (const place of ["at-commit", "at-raised", "at-page"]) at(place).textContent = "–";
  note("stream", "Connecting …");
  showAlerts();
  fillThresholds({ items: [] });
  fillAccount({ balances: [], items: [] });
  const session = await call("POST", "/api/session", { user_id: id });
  if (mine !== me) return;
  useToken(session.token);
  mine.isIn = true;
  // The stream first: what comes while the list is read is not missed, and the map holds each alert once.
  mine.close = openStream(`/api/alerts/v1/users/${id}/alerts/stream`, {
    onEvent: (alert) => mine === me && arrived(alert),
    onState: (open) => mine === me && note("stream", open ? "Alerts arrive as they are raised." : "Connecting …"),
  });
  await look();
}

/** What the stream does not tell; what could not be had is asked for again. */
const look = () => me.isIn && Promise.allSettled([showAccount(), ...[...me.unseen].map((show) => show())]);

/** Of two answers to one question the one that was asked for later stays, whichever comes first. */
function latest(ask, show) {
  let asked = 0;
  let shown = 0;
  return async function its() {
    const [mine, turn] = [me, ++asked];
    const answer = await ask(mine.id);
    if (mine !== me || turn < shown) return;
    shown = turn;
    mine.unseen.delete(its);
    show(answer);
  };
}

function arrived(alert) {
  const isNew = !me.alerts.has(alert.alert_id);
  me.alerts.set(alert.alert_id, alert);
  showAlerts();
  if (!isNew) return;
  banner(alert);
  tell(alert);
  showAccount().catch(() => {});
}

function banner(alert) {
  const windowed = alert.window_hours !== null;
  at("banner").replaceChildren(
    el(
      "div",
      {},
      el("strong", { text: `${money(alert.amount, alert.currency)} ${alert.direction === "debit" ? "went out" : "came in"}` }),
      windowed ? `${money(alert.total, alert.currency)} ${hours(alert.window_hours)}` : `Your limit “${alert.threshold_id}” is reached.`,
    ),
    el("button", { type: "button", text: "I have seen it", on: { click: () => acknowledge(alert) } }),
  );
  at("banner").dataset.alert = alert.alert_id;
  at("banner").hidden = false;
}

async function acknowledge(alert) {
  const mine = me;
  await attempt("stream", async () => {
    const seen = await call("POST", `/api/alerts/v1/users/${mine.id}/alerts/${alert.alert_id}/acknowledge`);
    mine.alerts.set(alert.alert_id, seen);
    if (mine !== me) return;
    // Another alert may have come meanwhile.
    if (at("banner").dataset.alert === alert.alert_id) at("banner").hidden = true;
    showAlerts();
  });
}

function showAlerts() {
  const items = [...me.alerts.values()].sort((a, b) => (a.raised_at < b.raised_at ? 1 : -1)).slice(0, KEPT);
  at("alerts").replaceChildren(
    ...items.map((alert) =>
      el(
        "li",
        { class: alert.acknowledged_at ? "seen" : "", "data-alert": alert.alert_id, "data-transaction": String(alert.transaction_id) },
        el("span", { text: `${alert.threshold_id} · ${hours(alert.window_hours)}` }, el("small", { text: clock(alert.booked_at) })),
        el("b", { text: money(alert.total, alert.currency) }),
      ),
    ),
    ...(items.length ? [] : [el("li", { class: "empty", text: "Nothing yet." })]),
  );
}

function fillThresholds({ items }) {
  at("thresholds").replaceChildren(
    ...items.map((threshold) =>
      el(
        "li",
        { "data-threshold": threshold.threshold_id, "data-version": String(threshold.version) },
        el("span", { text: `${threshold.direction} from ${money(threshold.amount, threshold.currency)}, ${hours(threshold.window_hours)}` }),
        el("button", { type: "button", text: "End", "aria-label": `End ${threshold.threshold_id}`, on: { click: () => end(threshold) } }),
      ),
    ),
  );
}

async function end(threshold) {
  await attempt("threshold-note", async () => {
    const ended = await call("DELETE", `/api/settings/v1/users/${me.id}/thresholds/${threshold.threshold_id}`);
    note("threshold-note", `Ended at ${clock(ended.effective_from)}.`);
    await showThresholds();
  });
}

function fillAccount(account) {
  const [first, ...others] = account.balances;
  at("balance").replaceChildren(
    first ? money(first.amount, first.currency) : "–",
    ...others.map((other) => el("small", { text: money(other.amount, other.currency) })),
  );
  at("transactions").replaceChildren(
    ...account.items.map((row) =>
      el(
        "li",
        { class: row.direction, "data-transaction": String(row.id) },
        el("span", { text: row.counterparty ?? row.description ?? "" }, el("small", { text: clock(row.booked_at) })),
        el("b", { text: `${row.direction === "debit" ? "−" : "+"}${money(row.amount, row.currency)}` }),
      ),
    ),
  );
}

const showAccount = latest((id) => call("GET", `/api/bank/users/${id}?limit=${KEPT}`), fillAccount);
const showThresholds = latest((id) => call("GET", `/api/settings/v1/users/${id}/thresholds`), fillThresholds);
const showList = latest(
  (id) => call("GET", `/api/alerts/v1/users/${id}/alerts?limit=${KEPT}`),
  ({ items }) => {
    for (const alert of items.reverse()) if (!me.alerts.has(alert.alert_id)) me.alerts.set(alert.alert_id, alert);
    showAlerts();
  },
);

/** The path of what was booked here: from the commit, by the database's clock, to the alert and to this page. */
function tell(alert) {
  if (me.booked === null || alert.transaction_id !== me.booked) return;
  const commit = Date.parse(alert.committed_at);
  at("at-commit").textContent = clock(alert.committed_at);
  at("at-raised").textContent = `+ ${Math.max(0, Date.parse(alert.raised_at) - commit)} ms`;
  at("at-page").textContent = `+ ${Math.max(0, Date.now() - commit)} ms`;
}

function note(id, text, bad = false) {
  at(id).textContent = text;
  at(id).classList.toggle("bad", bad);
}

async function attempt(id, work) {
  try {
    await work();
  } catch (error) {
    note(id, error.message, true);
  }
}

at("threshold").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const window = form.get("window") ? Number(form.get("window")) : null;
  const id = `${form.get("direction")}-${window === null ? "each" : `${window}h`}`;
  attempt("threshold-note", async () => {
    const body = { direction: form.get("direction"), amount: form.get("amount").trim(), currency: "EUR", window_hours: window };
    const set = await call("PUT", `/api/settings/v1/users/${me.id}/thresholds/${id}`, body);
    note("threshold-note", `Version ${set.version}, from ${clock(set.effective_from)} on.`);
    await showThresholds();
  });
});

at("book").addEventListener("submit", (event) => {
  event.preventDefault();
  const [mine, form] = [me, new FormData(event.target)];
  attempt("booked", async () => {
    const row = await call("POST", "/api/bank/transactions", {
      user_id: mine.id,
      direction: form.get("direction"),
      amount: form.get("amount").trim(),
      counterparty: form.get("counterparty"),
    });
    mine.booked = row.transaction_id;
    note("booked", `Row ${row.transaction_id}, committed.`);
    // The alert may have been here before the counter's answer.
    const early = [...me.alerts.values()].find((alert) => alert.transaction_id === me.booked);
    if (early) tell(early);
    await showAccount();
  });
});

at("who").addEventListener("change", () => attempt("stream", () => signIn(at("who").value)));

const { items: customers } = await call("GET", "/api/customers");
at("who").replaceChildren(...customers.map((customer) => el("option", { value: customer.user_id, text: customer.name })));
await attempt("stream", () => signIn(customers[0].user_id));
setInterval(look, LOOK_MS);
