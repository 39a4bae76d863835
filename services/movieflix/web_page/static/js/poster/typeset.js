/** A title as a poster's lettering: broken into lines, each line grown to the full measure. */
import { svg } from "../dom.js";

/** Families by voice; each ends in a generic one, since nothing is loaded from outside. */
const VOICES = {
  deco: {
    family: '"Futura","Century Gothic","URW Gothic","Avenir Next","Josefin Sans","Liberation Sans Narrow","Arial Narrow",sans-serif',
    weight: 700,
    caps: true,
    spacing: 0.06,
  },
  poster: {
    family: '"Impact","Haettenschweiler","Oswald","Anton","Liberation Sans Narrow","Arial Narrow",sans-serif',
    weight: 700,
    caps: true,
    spacing: 0.01,
  },
  didone: {
    family: '"Bodoni 72","Didot","Bodoni MT","Playfair Display","Liberation Serif","Times New Roman",serif',
    weight: 700,
    caps: false,
    spacing: 0,
  },
  wood: {
    family: '"Rockwell","Roboto Slab","Bookman Old Style","DejaVu Serif Condensed","Liberation Serif",serif',
    weight: 800,
    caps: true,
    spacing: 0.02,
  },
};
const FIT = {
  Western: ["wood"],
  "Film-Noir": ["poster", "deco"],
  "Sci-Fi": ["deco", "poster"],
  War: ["poster", "wood"],
  Documentary: ["deco", "poster"],
  Romance: ["didone", "deco"],
  Drama: ["didone", "deco", "poster"],
  Horror: ["didone", "poster", "wood"],
  Musical: ["deco", "didone"],
};

export const voiceFor = (genre, chance) => VOICES[chance.pick(FIT[genre] ?? ["deco", "didone", "poster"])];

/** "Matrix, The (1999)" -> {article: "The", title: "Matrix", rest: ""}; what follows a colon becomes the smaller line. */
export function parts(title) {
  let text = String(title ?? "")
    .replace(/\s*\(\d{4}\)\s*$/, "")
    .trim();
  const turned = text.match(/^(.*), (The|A|An|Le|La|Les|Der|Die|Das|Il|El)(\s*\(.*\))?$/);
  if (turned) text = `${turned[2]} ${turned[1]}`;
  const [head, ...tail] = text.split(/:\s+/);
  const article = head.match(/^(The|A|An)\s+(?=\S)/i)?.[1] ?? "";
  return { article, title: head.slice(article.length).trim() || text || "Untitled", rest: tail.join(": ") };
}

let canvas;
/** Advance of `text` at 100 units. */
function measure(text, voice) {
  canvas ??= document.createElement("canvas").getContext("2d");
  canvas.font = `${voice.weight} 100px ${voice.family}`;
  return canvas.measureText(text).width + text.length * voice.spacing * 100;
}

/** Words in at most `most` lines, the longest line as short as possible. */
export function breakLines(words, most) {
  let best = [words.join(" ")];
  let bestLength = best[0].length;
  const wants = best[0].length <= 9 ? 1 : best[0].length <= 20 ? 2 : most;
  const walk = (from, lines) => {
    if (lines.length > wants) return;
    if (from === words.length) {
      const longest = Math.max(...lines.map((l) => l.length));
      if (longest < bestLength) [best, bestLength] = [lines, longest];
      return;
    }
    for (let to = from + 1; to <= words.length; to += 1) walk(to, [...lines, words.slice(from, to).join(" ")]);
  };
  if (words.length <= 9) walk(0, []);
  else
    best = words
      .reduce((l, w) => (l.length && `${l.at(-1)} ${w}`.length < 18 ? [...l.slice(0, -1), `${l.at(-1)} ${w}`] : [...l, w]), [])
      .slice(0, 5);
  return best;
}

/**
 * The block of a title, `width` wide and at most `height` high. Returns `{node, height}` with the block's top at y = 0.
 * `tallest` bounds one line's size, so that a short word does not fill the sheet.
 */
export function setTitle(title, voice, { width, height, ink, accent, tallest = 46 }) {
  const { article, title: main, rest } = parts(title);
  const shown = voice.caps ? main.toUpperCase() : main;
  const lines = breakLines(shown.split(/\s+/), 3).map((text) => {
    const units = measure(text, voice) / 100;
    return { text, units, size: Math.min(tallest, width / units) };
  });
  const small = (text, size) => ({
    text: text.toUpperCase(),
    small: true,
    size: Math.min(size, width / (measure(text.toUpperCase(), voice) / 100 + text.length * 0.12)),
  });
  const rows = [...(article ? [small(article, 9)] : []), ...lines, ...(rest ? [small(rest, 8.5)] : [])];
  const lead = (row) => row.size * (row.small ? 1.5 : voice.caps ? 0.82 : 0.94) + 2;
  const total = rows.reduce((sum, row) => sum + lead(row), 0);
  const squeeze = Math.min(1, height / total);
  let y = 0;
  const node = svg("g", { "text-anchor": "middle", "font-family": voice.family });
  for (const row of rows) {
    y += lead(row) * squeeze;
    const size = row.size * squeeze;
    const props = {
      x: 0,
      y: (y - (row.small ? size * 0.45 : 0)).toFixed(1),
      "font-size": size.toFixed(2),
      fill: row.small ? accent : ink,
      "font-weight": row.small ? 600 : voice.weight,
    };
    if (row.small) props["letter-spacing"] = (size * 0.12).toFixed(2);
    else ((props.textLength = (row.units * size * 0.985).toFixed(1)), (props.lengthAdjust = "spacingAndGlyphs"));
    node.append(svg("text", props, document.createTextNode(row.text)));
  }
  return { node, height: y };
}
