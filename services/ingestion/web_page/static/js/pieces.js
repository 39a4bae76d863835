/** Cuts events into pieces of whole lines, so that a file of any length can be sent, and each answer is about some lines of it. */
const PIECE_CHARACTERS = 512 * 1024;

/** A file's text as it is read; a gzip file is unpacked on the way. A broken one throws. */
export async function* textOf(file) {
  const bytes = isPacked(file) ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

export const isPacked = (file) => file.name.endsWith(".gz");

/** `{text, lines, before}`: whole lines, how many, and how many came before them. `chunks` is any iterable of text. */
export async function* pieces(chunks) {
  let rest = "";
  let before = 0;
  for await (const chunk of chunks) {
    rest += chunk;
    // An array is one piece however long: its lines mean nothing by themselves.
    if (!before && /^\s*\[/.test(rest)) continue;
    const end = rest.lastIndexOf("\n") + 1;
    if (end === 0 || rest.length < PIECE_CHARACTERS) continue;
    const text = rest.slice(0, end);
    const lines = text.split("\n").length - 1;
    yield { text, lines, before };
    before += lines;
    rest = rest.slice(end);
  }
  if (rest.trim()) yield { text: rest, lines: rest.split("\n").length, before };
}

export const packed = (text) => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
