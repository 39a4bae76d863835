/**
 * Positions and ratings on their way to the playback API. What cannot be sent is kept, in order and across a reload, and sent
 * again with the same event id, so that a position that arrived although its answer was lost counts once. Bounded: the
 * oldest go first, since a later position replaces them anyway.
 */
import { call, Problem, serverNow } from "./api.js";
import { randomId } from "./identity.js";

const LIMIT = 300;
const BATCH = 100;
// Longer than the log is without a leader after a broker's death.
const ACKNOWLEDGED_MS = 20000;
const STORE = "movieflix.outbox";

export class Outbox extends EventTarget {
  constructor() {
    super();
    this.waiting = this.#load();
    this.sending = false;
    this.delay = 1000;
    addEventListener("pagehide", () => this.#lastCall());
    if (this.waiting.length) this.#flush();
  }

  /** Puts one command of `kind` ("positions" or "ratings") in line; its time is now. */
  put(kind, command) {
    this.waiting.push({ kind, body: { ...command, occurred_at: serverNow().toISOString(), event_id: randomId() } });
    if (this.waiting.length > LIMIT) this.waiting.splice(0, this.waiting.length - LIMIT);
    this.#save();
    this.#flush();
  }

  async #flush() {
    if (this.sending || !this.waiting.length) return;
    this.sending = true;
    const kind = this.waiting[0].kind;
    const end = this.waiting.findIndex((entry) => entry.kind !== kind);
    const batch = this.waiting.slice(0, Math.min(BATCH, end < 0 ? this.waiting.length : end));
    try {
      // keepalive: closing the tab must not take the position with it.
      if (batch.length === 1)
        await call("playback", `/v1/${kind}`, { method: "POST", body: batch[0].body, keepalive: true, timeout: ACKNOWLEDGED_MS });
      else
        this.#refuse(
          await call("playback", `/v1/${kind}/batch`, { method: "POST", body: batch.map((entry) => entry.body), timeout: ACKNOWLEDGED_MS }),
        );
      this.#settle(batch, "sent");
      this.delay = 1000;
    } catch (error) {
      if (!(error instanceof Problem) || error.away) return this.#later();
      this.#settle(batch, "refused", error.message);
    }
    this.sending = false;
    this.#flush();
  }

  #refuse(answer) {
    for (const item of answer.rejected ?? []) this.#tell("refused", { detail: item.detail });
  }

  #later() {
    setTimeout(() => {
      this.sending = false;
      this.#flush();
    }, this.delay);
    this.delay = Math.min(15000, this.delay * 2);
    this.#tell("kept", { waiting: this.waiting.length });
  }

  #settle(batch, what, detail) {
    const done = new Set(batch);
    this.waiting = this.waiting.filter((entry) => !done.has(entry));
    this.#save();
    this.#tell(what, { batch: batch.map((entry) => ({ kind: entry.kind, ...entry.body })), detail });
  }

  #lastCall() {
    for (const entry of this.waiting.slice(-20)) {
      navigator.sendBeacon(`/api/playback/v1/${entry.kind}`, new Blob([JSON.stringify(entry.body)], { type: "application/json" }));
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #save() {
    try {
      sessionStorage.setItem(STORE, JSON.stringify(this.waiting));
    } catch {
      /* a full or closed store: memory still has them */
    }
  }

  #load() {
    try {
      return JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
    } catch {
      return [];
    }
  }
}
