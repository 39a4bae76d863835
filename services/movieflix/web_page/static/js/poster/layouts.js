/** How title, picture and frame share the sheet. */
import { svg } from "../dom.js";
import { box, group, line, path } from "./brush.js";
import { readable } from "./palettes.js";
import { setTitle } from "./typeset.js";

function fans(ink) {
  const fan = (x, y, turn) =>
    group(
      [0, 1, 2].map((i) =>
        path(`M0 0m${9 + i * 4} 0A${9 + i * 4} ${9 + i * 4} 0 0 1 0 ${9 + i * 4}`, "none", { stroke: ink, "stroke-width": 0.8 }),
      ),
      { transform: `translate(${x} ${y}) rotate(${turn})` },
    );
  return group([fan(8, 8, 0), fan(192, 8, 90), fan(192, 292, 180), fan(8, 292, 270)]);
}

function frame(chance, ink, full) {
  const kind = chance.pick(["double", "stepped", "fans"]);
  const rim = { stroke: ink, "stroke-width": 1.3 };
  if (kind === "double")
    return group([box(7, 7, 186, 286, "none", rim), box(10, 10, 180, 280, "none", { stroke: ink, "stroke-width": 0.5 })]);
  if (kind === "fans" && full) return group([box(8, 8, 184, 284, "none", { stroke: ink, "stroke-width": 0.9 }), fans(ink)]);
  return group([path("M16 7H184V12H188V16H193V284H188V288H184V293H16V288H12V284H7V16H12V12H16Z", "none", rim)]);
}

function credits(show, y, ink) {
  const words = [
    (show.genres ?? [])
      .filter((g) => !g.startsWith("("))
      .slice(0, 2)
      .join(" & "),
    show.year,
  ]
    .filter(Boolean)
    .join("  ·  ");
  const text = svg("text", {
    x: 100,
    y,
    "text-anchor": "middle",
    "font-size": 7,
    "letter-spacing": 1.3,
    "font-weight": 600,
    fill: ink,
    "font-family": '"Futura","Century Gothic","URW Gothic","Avenir Next","Liberation Sans Narrow","Arial Narrow",sans-serif',
  });
  text.textContent = words.toUpperCase();
  return text;
}

/** Each takes the show, its look, and the prefix of its gradients, and returns shapes. */
export const LAYOUTS = {
  plinth(show, s) {
    const ground = s.chance.pick([s.palette.dark, s.palette.dark, s.palette.light]);
    const ink = readable(ground, s.palette.light, s.palette.dark);
    const accent = readable(ground, s.palette.hot, ink === s.palette.dark ? s.palette.mid : s.palette.light);
    const title = setTitle(show.title, s.voice, { width: 164, height: 64, ink, accent, tallest: 42 });
    const top = 262 - title.height;
    title.node.setAttribute("transform", `translate(100 ${top})`);
    return [
      path(`M-10 420V${top - 14}H52V${top - 18}H66V${top - 22}H134V${top - 18}H148V${top - 14}H210V420Z`, ground),
      path(`M0 ${top - 10}H56V${top - 14}H70V${top - 18}H130V${top - 14}H144V${top - 10}H200`, "none", {
        stroke: accent,
        "stroke-width": 0.9,
      }),
      title.node,
      credits(show, 279, accent),
      frame(s.chance, accent, false),
    ];
  },
  marquee(show, s) {
    const ground = s.chance.pick([s.palette.light, s.palette.dark]);
    const ink = readable(ground, s.palette.dark, s.palette.light);
    const accent = readable(ground, s.palette.hot, ink);
    const title = setTitle(show.title, s.voice, { width: 166, height: 66, ink, accent, tallest: 44 });
    title.node.setAttribute("transform", "translate(100 16)");
    const foot = title.height + 28;
    return [
      box(-10, -10, 220, foot + 10, ground),
      line(0, foot + 3, 200, foot + 3, ground, 1.4),
      line(0, foot + 6.5, 200, foot + 6.5, ground, 0.6),
      title.node,
      box(-10, 272, 220, 40, s.palette.dark),
      credits(show, 285.5, s.palette.light),
    ];
  },
  bleed(show, s, id) {
    const title = setTitle(show.title, s.voice, {
      width: 168,
      height: 72,
      ink: s.palette.light,
      accent: readable(s.palette.dark, s.palette.hot, s.palette.light),
      tallest: 50,
    });
    title.node.setAttribute("transform", `translate(100 ${264 - title.height})`);
    return [
      box(-10, 264 - title.height - 70, 220, title.height + 130, `url(#${id}f)`),
      title.node,
      line(70, 270, 130, 270, s.palette.hot, 0.9),
      credits(show, 281, s.palette.light),
      frame(s.chance, s.palette.light, true),
    ];
  },
};
