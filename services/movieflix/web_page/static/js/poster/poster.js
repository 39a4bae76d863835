/** Posters for films that have none: a seeded motif of the genre, few inks, lettering, a printed frame. */
import { svg } from "../dom.js";
import { box, disc, group, line, path, ring } from "./brush.js";
import { NIGHT, NIGHT_CUES } from "./dark.js";
import { FAR, FAR_CUES } from "./far.js";
import { leadGenre, paletteOf, readable } from "./palettes.js";
import { seeded } from "./seed.js";
import { STAGE, STAGE_CUES } from "./stage.js";
import { setTitle, voiceFor } from "./typeset.js";

const MOTIFS = { ...NIGHT, ...FAR, ...STAGE };
const CUES = [...NIGHT_CUES, ...FAR_CUES, ...STAGE_CUES];
let sheets = 0;

function motifFor(show, genre, chance) {
  const drawn = chance.pick(MOTIFS[genre]);
  const second = leadGenre((show.genres ?? []).slice(1));
  const other = chance.chance(0.3) ? chance.pick(MOTIFS[second]) : drawn;
  return CUES.find(([words]) => words.test(show.title))?.[1] ?? other;
}

function look(show) {
  const chance = seeded(`${show.show_id}`);
  const genre = leadGenre(show.genres);
  const palette = paletteOf(genre, chance);
  return { chance, genre, palette, motif: motifFor(show, genre, chance), voice: voiceFor(genre, chance), layout: chance.pick(["plinth", "plinth", "marquee", "bleed", "bleed"]) };
}

/** The colours a surface around this film's art may take. */
export const inksOf = (show) => look(show).palette;

function sky({ palette }, id) {
  return [svg("defs", {},
    svg("linearGradient", { id: `${id}s`, x1: 0, y1: 0, x2: 0, y2: 1 }, svg("stop", { offset: "0", "stop-color": palette.top }), svg("stop", { offset: "0.78", "stop-color": palette.bottom })),
    svg("radialGradient", { id: `${id}v`, cx: "50%", cy: "42%", r: "76%" }, svg("stop", { offset: "0.55", "stop-color": "#000", "stop-opacity": 0 }), svg("stop", { offset: "1", "stop-color": "#000", "stop-opacity": 0.42 })),
    svg("linearGradient", { id: `${id}f`, x1: 0, y1: 0, x2: 0, y2: 1 }, svg("stop", { offset: "0", "stop-color": palette.dark, "stop-opacity": 0 }), svg("stop", { offset: "0.6", "stop-color": palette.dark, "stop-opacity": 0.92 }), svg("stop", { offset: "1", "stop-color": palette.dark }))),
  box(-40, -40, 280, 480, `url(#${id}s)`)];
}

/** Only the picture, cropped to `ratio` (width / height): for cards, the billboard, the screen. */
export function art(show, ratio = 16 / 9) {
  const style = look(show);
  const id = `a${(sheets += 1)}`;
  const height = Math.min(300, 200 / ratio);
  return svg("svg", { class: "art", viewBox: `0 ${Math.max(0, 112 - height / 2)} 200 ${height}`, preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true", focusable: "false" },
    ...sky(style, id), ...style.motif(style.chance, style.palette));
}

function fans(ink) {
  const fan = (x, y, turn) => group([0, 1, 2].map((i) => path(`M0 0m${9 + i * 4} 0A${9 + i * 4} ${9 + i * 4} 0 0 1 0 ${9 + i * 4}`, "none", { stroke: ink, "stroke-width": 0.8 })), { transform: `translate(${x} ${y}) rotate(${turn})` });
  return group([fan(8, 8, 0), fan(192, 8, 90), fan(192, 292, 180), fan(8, 292, 270)]);
}

function frame(chance, ink, full) {
  const kind = chance.pick(["double", "stepped", "fans"]);
  const rim = { stroke: ink, "stroke-width": 1.3 };
  if (kind === "double") return group([box(7, 7, 186, 286, "none", rim), box(10, 10, 180, 280, "none", { stroke: ink, "stroke-width": 0.5 })]);
  if (kind === "fans" && full) return group([box(8, 8, 184, 284, "none", { stroke: ink, "stroke-width": 0.9 }), fans(ink)]);
  return group([path("M16 7H184V12H188V16H193V284H188V288H184V293H16V288H12V284H7V16H12V12H16Z", "none", rim)]);
}

function credits(show, y, ink) {
  const words = [(show.genres ?? []).filter((g) => !g.startsWith("(")).slice(0, 2).join(" & "), show.year].filter(Boolean).join("  ·  ");
  const text = svg("text", { x: 100, y, "text-anchor": "middle", "font-size": 7, "letter-spacing": 1.3, "font-weight": 600, fill: ink, "font-family": '"Futura","Century Gothic","URW Gothic","Avenir Next","Liberation Sans Narrow","Arial Narrow",sans-serif' });
  text.textContent = words.toUpperCase();
  return text;
}

const LAYOUTS = {
  plinth(show, s) {
    const ground = s.chance.pick([s.palette.dark, s.palette.dark, s.palette.light]);
    const ink = readable(ground, s.palette.light, s.palette.dark);
    const accent = readable(ground, s.palette.hot, ink === s.palette.dark ? s.palette.mid : s.palette.light);
    const title = setTitle(show.title, s.voice, { width: 164, height: 64, ink, accent, tallest: 42 });
    const top = 262 - title.height;
    title.node.setAttribute("transform", `translate(100 ${top})`);
    return [path(`M-10 420V${top - 14}H52V${top - 18}H66V${top - 22}H134V${top - 18}H148V${top - 14}H210V420Z`, ground), path(`M0 ${top - 10}H56V${top - 14}H70V${top - 18}H130V${top - 14}H144V${top - 10}H200`, "none", { stroke: accent, "stroke-width": 0.9 }), title.node, credits(show, 279, accent), frame(s.chance, accent, false)];
  },
  marquee(show, s) {
    const ground = s.chance.pick([s.palette.light, s.palette.dark]);
    const ink = readable(ground, s.palette.dark, s.palette.light);
    const accent = readable(ground, s.palette.hot, ink);
    const title = setTitle(show.title, s.voice, { width: 166, height: 66, ink, accent, tallest: 44 });
    title.node.setAttribute("transform", "translate(100 16)");
    const foot = title.height + 28;
    return [box(-10, -10, 220, foot + 10, ground), line(0, foot + 3, 200, foot + 3, ground, 1.4), line(0, foot + 6.5, 200, foot + 6.5, ground, 0.6), title.node, box(-10, 272, 220, 40, s.palette.dark), credits(show, 285.5, s.palette.light)];
  },
  bleed(show, s, id) {
    const title = setTitle(show.title, s.voice, { width: 168, height: 72, ink: s.palette.light, accent: readable(s.palette.dark, s.palette.hot, s.palette.light), tallest: 50 });
    title.node.setAttribute("transform", `translate(100 ${264 - title.height})`);
    return [box(-10, 264 - title.height - 70, 220, title.height + 130, `url(#${id}f)`), title.node, line(70, 270, 130, 270, s.palette.hot, 0.9), credits(show, 281, s.palette.light), frame(s.chance, s.palette.light, true)];
  },
};

/** The whole poster of `show` (`{show_id, title, year?, genres?}`), an SVG of 2:3 whose accessible name is the title. */
export function poster(show) {
  const style = look(show);
  const id = `p${(sheets += 1)}`;
  const drawn = style.motif(style.chance, style.palette);
  const shift = style.layout === "marquee" ? 56 : 0;
  return svg("svg", { class: "poster", viewBox: "0 0 200 300", role: "img", "aria-label": `Poster of ${show.title}`, focusable: "false" },
    ...sky(style, id), group(drawn, shift ? { transform: `translate(0 ${shift})` } : {}), box(-10, -10, 220, 320, `url(#${id}v)`), ...LAYOUTS[style.layout](show, style, id));
}

/** A round monogram for a viewer. */
export function monogram(name) {
  const chance = seeded(name);
  const p = paletteOf(chance.pick(["Sci-Fi", "Musical", "Adventure", "Fantasy", "Romance", "Mystery"]), chance);
  const letter = svg("text", { x: 50, y: 64, "text-anchor": "middle", "font-size": 40, "font-weight": 700, fill: p.light, "font-family": '"Bodoni 72","Didot","Liberation Serif",serif' });
  letter.textContent = (name.trim()[0] ?? "?").toUpperCase();
  return svg("svg", { class: "monogram", viewBox: "0 0 100 100", "aria-hidden": "true" }, disc(50, 50, 50, p.mid), disc(50, 50, 50, p.bottom, { opacity: 0.5 }), ring(50, 50, 45, p.hot, 1.6), ring(50, 50, 41.5, p.hot, 0.7), letter);
}
