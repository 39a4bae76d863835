/** Posters for films that have none: a seeded motif of the genre, few inks, lettering, a printed frame. */
import { svg } from "../dom.js";
import { box, disc, group, ring } from "./brush.js";
import { LAYOUTS } from "./layouts.js";
import { motifFor } from "./motifs.js";
import { leadGenre, paletteOf } from "./palettes.js";
import { seeded } from "./seed.js";
import { voiceFor } from "./typeset.js";

let sheets = 0;

function look(show) {
  const chance = seeded(`${show.show_id}`);
  const genre = leadGenre(show.genres);
  const palette = paletteOf(genre, chance);
  return {
    chance,
    genre,
    palette,
    motif: motifFor(show, genre, chance),
    voice: voiceFor(genre, chance),
    layout: chance.pick(["plinth", "plinth", "marquee", "bleed", "bleed"]),
  };
}

function sky({ palette }, id) {
  return [
    svg(
      "defs",
      {},
      svg(
        "linearGradient",
        { id: `${id}s`, x1: 0, y1: 0, x2: 0, y2: 1 },
        svg("stop", { offset: "0", "stop-color": palette.top }),
        svg("stop", { offset: "0.78", "stop-color": palette.bottom }),
      ),
      svg(
        "radialGradient",
        { id: `${id}v`, cx: "50%", cy: "42%", r: "76%" },
        svg("stop", { offset: "0.55", "stop-color": "#000", "stop-opacity": 0 }),
        svg("stop", { offset: "1", "stop-color": "#000", "stop-opacity": 0.42 }),
      ),
      svg(
        "linearGradient",
        { id: `${id}f`, x1: 0, y1: 0, x2: 0, y2: 1 },
        svg("stop", { offset: "0", "stop-color": palette.dark, "stop-opacity": 0 }),
        svg("stop", { offset: "0.6", "stop-color": palette.dark, "stop-opacity": 0.92 }),
        svg("stop", { offset: "1", "stop-color": palette.dark }),
      ),
    ),
    box(-40, -40, 280, 480, `url(#${id}s)`),
  ];
}

/** Only the picture, cropped to `ratio` (width / height): for cards, the billboard, the screen. */
export function art(show, ratio = 16 / 9) {
  const style = look(show);
  const id = `a${(sheets += 1)}`;
  const height = Math.min(300, 200 / ratio);
  return svg(
    "svg",
    {
      class: "art",
      viewBox: `0 ${Math.max(0, 112 - height / 2)} 200 ${height}`,
      preserveAspectRatio: "xMidYMid slice",
      "aria-hidden": "true",
      focusable: "false",
    },
    ...sky(style, id),
    ...style.motif(style.chance, style.palette),
  );
}

/** The whole poster of `show` (`{show_id, title, year?, genres?}`), an SVG of 2:3 whose accessible name is the title. */
export function poster(show) {
  const style = look(show);
  const id = `p${(sheets += 1)}`;
  const drawn = style.motif(style.chance, style.palette);
  const shift = style.layout === "marquee" ? 56 : 0;
  return svg(
    "svg",
    { class: "poster", viewBox: "0 0 200 300", role: "img", "aria-label": `Poster of ${show.title}`, focusable: "false" },
    ...sky(style, id),
    group(drawn, shift ? { transform: `translate(0 ${shift})` } : {}),
    box(-10, -10, 220, 320, `url(#${id}v)`),
    ...LAYOUTS[style.layout](show, style, id),
  );
}

/** A round monogram for a viewer. */
export function monogram(name) {
  const chance = seeded(name);
  const p = paletteOf(chance.pick(["Sci-Fi", "Musical", "Adventure", "Fantasy", "Romance", "Mystery"]), chance);
  const letter = svg("text", {
    x: 50,
    y: 64,
    "text-anchor": "middle",
    "font-size": 40,
    "font-weight": 700,
    fill: p.light,
    "font-family": '"Bodoni 72","Didot","Liberation Serif",serif',
  });
  letter.textContent = (name.trim()[0] ?? "?").toUpperCase();
  return svg(
    "svg",
    { class: "monogram", viewBox: "0 0 100 100", "aria-hidden": "true" },
    disc(50, 50, 50, p.mid),
    disc(50, 50, 50, p.bottom, { opacity: 0.5 }),
    ring(50, 50, 45, p.hot, 1.6),
    ring(50, 50, 41.5, p.hot, 0.7),
    letter,
  );
}
