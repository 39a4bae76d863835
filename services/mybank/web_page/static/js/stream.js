/**
 * Server-sent events over fetch, since EventSource can send no Authorization header. Connects again with the last event id, so that
 * nothing is missed while the connection was away.
 */
import { headers } from "./api.js";

const RETRY_MS = 1000;

export function openStream(path, { onEvent, onState }) {
  const stop = new AbortController();
  let last = "";
  (async () => {
    while (!stop.signal.aborted) {
      try {
        const answer = await fetch(path, {
          headers: { ...headers(), accept: "text/event-stream", ...(last ? { "last-event-id": last } : {}) },
          signal: stop.signal,
          cache: "no-store",
        });
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        onState(true);
        for await (const message of messages(answer.body)) {
          if (message.id) last = message.id;
          if (message.data) onEvent(JSON.parse(message.data));
        }
      } catch (error) {
        if (stop.signal.aborted) return;
      }
      onState(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  })();
  return () => stop.abort();
}

async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      yield parsed(text.slice(0, end));
      text = text.slice(end + 2);
    }
  }
}

function parsed(block) {
  const message = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) message[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return message;
}
