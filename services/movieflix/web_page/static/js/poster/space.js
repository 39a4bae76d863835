/** Motifs of other worlds: science fiction and fantasy. Each takes the seed's chance and the palette, and returns shapes. */
import { box, disc, group, path, poly, rays, ridge, ring, scallops, stars } from "./brush.js";

function tower(x, top, width, p, lit, c) {
  const all = [
    box(x - width / 2, top + 40, width, 320, p.dark),
    box(x - width * 0.36, top + 18, width * 0.72, 60, p.dark),
    box(x - width * 0.2, top, width * 0.4, 40, p.dark),
    box(x - 0.8, top - 24, 1.6, 30, p.dark),
  ];
  for (let y = top + 48; y < 290; y += 9)
    for (let dx = -width / 2 + 4; dx < width / 2 - 4; dx += 6) if (c.chance(0.42)) all.push(box(x + dx, y, 2.4, 4.6, lit));
  return all;
}

function metropolis(c, p) {
  return [
    rays(100, 150, 24, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.16 }),
    disc(100, 112, 44, p.hot),
    ring(100, 112, 54, p.hot, 1.4),
    ring(100, 112, 62, p.hot, 0.8),
    ...[14, 186, 60, 142].flatMap((x, i) => tower(x, 118 + (i % 2) * 18 + c.between(-14, 14), 34, { dark: p.mid }, p.hot, c)),
    ...tower(100, 74, 40, p, p.light, c),
  ];
}

function rocket(c, p) {
  const turn = c.whole(18, 40);
  return [
    stars(c, 46, p.light, { bottom: 260 }),
    disc(c.pick([42, 160]), 214, c.between(60, 84), p.mid),
    disc(c.pick([44, 150]), 62, 24, p.hot),
    ring(100, 118, 92, p.light, 0.8, { opacity: 0.5 }),
    ring(100, 118, 116, p.light, 0.8, { opacity: 0.3 }),
    group(
      [
        path("M-9 62Q0 190 0 240Q0 190 9 62Z", p.hot, { opacity: 0.85 }),
        path("M-5 62Q0 130 0 168Q0 130 5 62Z", p.light),
        path("M0-74C20-46 22 10 14 60H-14C-22 10-20-46 0-74Z", p.light),
        path("M0-74C20-46 22 10 14 60H0Z", p.dark, { opacity: 0.22 }),
        path("M-15 30L-34 74L-13 62ZM15 30L34 74L13 62Z", p.hot),
        disc(0, -14, 8, p.dark),
        disc(0, -14, 5.4, p.hot),
        path("M-9-52Q0-46 9-52L0-74Z", p.hot),
      ],
      { transform: `translate(100 112) rotate(${turn})` },
    ),
  ];
}

function saucer(c, p) {
  return [
    stars(c, 40, p.light, { bottom: 150 }),
    poly(
      [
        [76, 96],
        [124, 96],
        [190, 420],
        [10, 420],
      ],
      p.light,
      { opacity: 0.28 },
    ),
    poly(
      [
        [86, 96],
        [114, 96],
        [150, 420],
        [50, 420],
      ],
      p.light,
      { opacity: 0.34 },
    ),
    path("M64 84C66 40 134 40 136 84Z", p.light),
    path("M18 92C40 70 160 70 182 92C160 112 40 112 18 92Z", p.dark),
    path("M18 92C40 84 160 84 182 92C160 99 40 99 18 92Z", p.hot),
    ...[46, 73, 100, 127, 154].map((x) => disc(x, 98, 3.2, p.light)),
    ridge(c, 226, 12, p.dark, 12),
    path("M96 214C93 206 95 202 100 202C105 202 107 206 104 214L108 240H92Z", p.dark),
  ];
}

function ringed(c, p) {
  const tilt = c.whole(-26, -12);
  return [
    stars(c, 50, p.light, { bottom: 280 }),
    disc(c.between(24, 50), 208, 15, p.hot, { opacity: 0.8 }),
    disc(100, 112, 56, p.mid),
    path("M100 56A56 56 0 0 1 100 168A76 76 0 0 0 100 56Z", p.dark, { opacity: 0.4 }),
    ...[0, 1, 2, 3, 4].map((i) =>
      path(`M${52 + i * 2} ${86 + i * 13}Q100 ${96 + i * 13} ${150 - i * 2} ${86 + i * 13}`, "none", {
        stroke: p.hot,
        "stroke-width": 2.4,
        opacity: 0.75,
      }),
    ),
    group(
      [
        path("M-92 0A92 24 0 0 0 92 0", "none", { stroke: p.light, "stroke-width": 6 }),
        path("M-104 0A104 29 0 0 0 104 0", "none", { stroke: p.light, "stroke-width": 1.6 }),
      ],
      { transform: `translate(100 112) rotate(${tilt})` },
    ),
  ];
}

function domes(c, p) {
  const dome = (x, y, w, fill) => [
    path(
      `M${x - w} ${y}C${x - w * 1.35} ${y - w * 1.1} ${x - w * 0.3} ${y - w * 1.3} ${x} ${y - w * 2.1}C${x + w * 0.3} ${y - w * 1.3} ${x + w * 1.35} ${y - w * 1.1} ${x + w} ${y}Z`,
      fill,
    ),
    box(x - w * 0.86, y, w * 1.72, 220, fill),
    path(`M${x - w * 0.36} ${y + 40}V${y + 22}Q${x} ${y + 4} ${x + w * 0.36} ${y + 22}V${y + 40}Z`, p.hot),
  ];
  const cx = c.pick([58, 142]);
  return [
    stars(c, 44, p.light),
    disc(cx, 68, 32, p.light),
    disc(cx + 13, 61, 27, p.top),
    ...dome(34, 192, 22, p.mid),
    ...dome(166, 186, 24, p.mid),
    ...dome(100, 164, 34, p.dark),
    box(62, 126, 6, 160, p.dark),
    box(132, 126, 6, 160, p.dark),
    disc(65, 124, 5, p.dark),
    disc(135, 124, 5, p.dark),
    ridge(c, 252, 5, p.dark),
  ];
}

function carpet(c, p) {
  return [
    stars(c, 36, p.light),
    disc(132, 84, 46, p.hot),
    path("M18 138C48 112 78 158 112 132C140 112 160 132 184 116L188 126C162 144 142 126 116 146C80 172 50 128 22 150Z", p.light),
    path("M24 142C52 122 80 164 114 138C142 120 160 136 182 122", "none", { stroke: p.hot, "stroke-width": 2.4 }),
    path("M92 134C90 110 96 100 104 100C112 100 118 112 116 134Z", p.dark),
    disc(104, 92, 8.5, p.dark),
    path("M94 90Q104 74 114 90Z", p.light),
    scallops(206, 7, 22, [p.mid, p.dark], p.light),
  ];
}

function cloudCastle(c, p) {
  const t = (x, y, w) => [
    box(x - w / 2, y, w, 90, p.light),
    poly(
      [
        [x - w * 0.7, y],
        [x, y - w * 1.9],
        [x + w * 0.7, y],
      ],
      p.hot,
    ),
    box(x - 1.6, y + 12, 3.2, 8, p.dark, { rx: 1.6 }),
  ];
  return [
    rays(100, 140, 28, p.light, { opacity: 0.14 }),
    stars(c, 24, p.light, { bottom: 90 }),
    ...t(66, 128, 15),
    ...t(134, 124, 15),
    ...t(84, 104, 17),
    ...t(118, 98, 17),
    ...t(100, 78, 20),
    scallops(188, 8, 19, [p.mid, p.dark], p.light),
  ];
}

export const SPACE = {
  "Sci-Fi": [metropolis, rocket, saucer, ringed],
  Fantasy: [domes, carpet, cloudCastle],
};

/** What a word of the title calls for, whatever the genre. */
export const SPACE_CUES = [
  [/metropolis|manhattan|new york|skyline|berlin|\bcity\b/i, metropolis],
  [/moon|rocket|apollo|space(?!r)|star wars|trek/i, rocket],
  [/alien|outer|saucer|encounter|martian|mars\b/i, saucer],
  [/bagdad|arab|sheik|persia|egypt/i, domes],
  [/castle|kingdom|wizard|rings\b/i, cloudCastle],
];
