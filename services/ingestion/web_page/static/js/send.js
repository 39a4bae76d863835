/** Sends events to the chosen source: what is pasted, or a file. What was rejected is told line by line. */
import { Problem, send } from "./api.js";
import { at, el, say } from "./dom.js";
import { count, plural } from "./format.js";
import { isPacked, packed, pieces, textOf } from "./pieces.js";
import { selection } from "./selection.js";

const MOST_TOLD = 100;
const WAIT_SECONDS = 1;

/** `onSent()` is called after each piece that was taken. */
export function sendPanel(onSent) {
  const [form, drop, rejected, progress] = [at("send"), at("drop"), at("rejected"), at("sending")];
  let busy = false;

  async function deliver(chunks, isGzip, size) {
    const source = selection.source;
    if (busy || !source) return;
    const sum = { accepted: 0, rejected: 0, sent: 0 };
    rejected.replaceChildren();
    hold(true);
    try {
      for await (const piece of pieces(chunks)) {
        const answer = await taken(source, piece.text, isGzip);
        sum.accepted += answer.accepted;
        const more = answer.rejected_more ?? 0;
        sum.rejected += answer.rejected.length + more;
        sum.sent += piece.text.length;
        if (size) progress.value = Math.min(1, sum.sent / size);
        tell(answer.rejected, more, piece.before);
        note(summary(sum, source), sum.rejected > 0);
        onSent();
      }
      if (!sum.sent) note("Nothing to send: paste a line, or drop a file.", true);
    } catch (error) {
      const reason = error instanceof Problem ? error.message : `the file cannot be read (${error.message})`;
      sum.accepted += error.accepted ?? 0;
      note(sum.sent || sum.accepted ? `${summary(sum, source)} Then: ${reason}` : reason, true);
    } finally {
      hold(false);
    }
  }

  /** One piece, sent again for as long as the door says that it has too much at hand. */
  async function taken(source, text, isGzip) {
    const type = text.trimStart().startsWith("[") ? "application/json" : "application/x-ndjson";
    const body = isGzip ? await packed(text) : text;
    const headers = { "content-type": type, ...(isGzip && { "content-encoding": "gzip" }) };
    for (;;) {
      try {
        return await send(source, body, headers);
      } catch (error) {
        if (error.status !== 429) throw error;
        const seconds = error.retryAfter || WAIT_SECONDS;
        note(`The log is busy: going on in ${seconds} s.`);
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      }
    }
  }

  const summary = (sum, source) => `${count(sum.accepted)} accepted by ${source}, ${count(sum.rejected)} rejected.`;

  function tell(items, more, before) {
    const room = MOST_TOLD - rejected.children.length;
    rejected.append(
      ...items.slice(0, Math.max(0, room)).map(({ line, detail }) => el("li", {}, el("b", { text: `line ${count(line + before)}` }), " ", detail)),
    );
    const untold = Math.max(0, items.length - room) + more;
    if (untold && room > 0) rejected.append(el("li", { text: `${plural(untold, "more line")} of this piece` }));
  }

  function note(text, bad = false) {
    say(at("sent"), text);
    at("sent").classList.toggle("bad", bad);
  }

  function hold(on) {
    busy = on;
    progress.hidden = !on;
    progress.removeAttribute("value");
    form.querySelectorAll("button, input").forEach((control) => (control.disabled = on));
  }

  function deliverFile(file) {
    if (file) deliver(textOf(file), isPacked(file), isPacked(file) ? 0 : file.size);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    deliver([form.elements.lines.value], false, 0);
  });
  form.elements.lines.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.elements.file.addEventListener("change", (event) => {
    deliverFile(event.target.files[0]);
    event.target.value = "";
  });
  for (const type of ["dragover", "dragleave", "drop"])
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle("is-over", type === "dragover");
      if (type === "drop") deliverFile(event.dataTransfer.files[0]);
    });
}
