/** Calls to the APIs, through this page's own origin (`/api/<service>/v1/...`). */
const ANSWER_MS = 40_000;

/** A call that was refused (`status`), or that nobody answered (status 0); `accepted` events of it came in before. Its message is a sentence to show. */
export class Problem extends Error {
  constructor(message, status = 0, retryAfter = 0, accepted = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.accepted = accepted;
  }

  /** Nobody answers now: the same call may succeed later. A call that was refused may not. */
  get away() {
    return this.status === 0 || this.status >= 500;
  }
}

async function call(service, path, { signal, ...options } = {}) {
  const limit = AbortSignal.timeout(ANSWER_MS);
  let answer;
  try {
    answer = await fetch(`/api/${service}/v1/${path}`, { cache: "no-store", ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(`${service}-api does not answer`);
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const detail = typeof body.detail === "string" && body.detail ? body.detail : `${service}-api answered ${answer.status}`;
  // Who reads the page need not try again: it does so by itself.
  throw new Problem(detail.replace(/; try again$/, ""), answer.status, Number(answer.headers.get("retry-after")) || 0, Number(body.accepted) || 0);
}

const query = (parameters) =>
  new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();

/** JSON of query-api. Throws `Problem`, or the signal's reason. */
export const ask = (path, parameters = {}, signal = undefined) => call("query", `${path}?${query(parameters)}`, { signal });

/** JSON of query-api about one source. */
export const askOf = (source, path, parameters, signal) => ask(`sources/${encodeURIComponent(source)}/${path}`, parameters, signal);

/** `{accepted, rejected, rejected_more}` of ingest-api. Throws `Problem`; with status 429 nothing was taken, and `retryAfter` says when to come again. */
export const send = (source, body, headers) =>
  call("ingest", `sources/${encodeURIComponent(source)}/events`, { method: "POST", body, headers });
