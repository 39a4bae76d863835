/**
 * Calls to the project's APIs, all through this page's own origin (`/api/<service>/...`).
 * A service that does not answer, and one that answers again, is told on `health` as an `away` or `back` event with
 * `detail.service`, so that callers need only say what they show meanwhile.
 */
export const health = new EventTarget();
const away = new Set();
let clockSkew = 0;

/** A refused or failed call. `away`: nobody answered, the same call may succeed later; otherwise a mended one may. */
export class Problem extends Error {
  constructor(message, { status = 0, service }) {
    super(message);
    this.status = status;
    this.service = service;
    this.away = status === 0 || status === 429 || status >= 500;
  }
}

export const segment = (id) => encodeURIComponent(id);

/** The server's idea of now: what decides between devices is event time, and a device's own clock may be wrong. */
export const serverNow = () => new Date(Date.now() + clockSkew);

function heard(service, response, asked) {
  const date = Date.parse(response.headers.get("date") ?? "");
  // The header has whole seconds, up to a second old, and was written some time between question and answer: only what lies outside
  // of that is disagreement, so that an answer that came late does not set the clock back.
  if (Number.isFinite(date)) clockSkew = date > Date.now() + 2000 || date < asked - 2000 ? date - Date.now() : 0;
  if (away.delete(service)) health.dispatchEvent(new CustomEvent("back", { detail: { service } }));
}

function unheard(service) {
  if (!away.has(service)) health.dispatchEvent(new CustomEvent("away", { detail: { service } }));
  away.add(service);
}

async function problemOf(response, service) {
  const body = await response.json().catch(() => ({}));
  const detail = typeof body.detail === "string" ? body.detail : body.title;
  return new Problem(detail || `${service} answered ${response.status}`, { status: response.status, service });
}

/** JSON of one call, `missing` where it answers 404 and `missing` is given. Throws `Problem`, or `AbortError` by `signal`. */
export async function call(service, path, { method = "GET", body, signal, keepalive = false, missing, timeout = 8000 } = {}) {
  const limit = AbortSignal.timeout(timeout);
  const asked = Date.now();
  let response;
  try {
    response = await fetch(`/api/${service}${path}`, {
      method,
      keepalive,
      cache: "no-store",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    unheard(service);
    throw new Problem(`${service} does not answer`, { service });
  }
  if (response.status >= 500 || response.status === 429) {
    unheard(service);
    throw await problemOf(response, service);
  }
  heard(service, response, asked);
  if (response.status === 404 && missing !== undefined) return missing;
  if (!response.ok) throw await problemOf(response, service);
  return response.json();
}

/** Repeats `work` until it succeeds, is refused for good, or `signal` ends it: waits 2, 4, 8, then 15 seconds. */
export async function keepTrying(work, signal) {
  for (let wait = 2000; ; wait = Math.min(15000, wait * 2)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem) || !error.away) throw error;
    }
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      signal.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
    if (signal.aborted) throw new DOMException("no longer wanted", "AbortError");
  }
}
