/** Motifs of delight: comedy, animation, romance. Each takes the seed's chance and the palette, and returns shapes. */
import { box, disc, group, line, path, poly, rays, ridge, ring, scallops, stars } from "./brush.js";

function bowler(c, p) {
  return [
    rays(100, 118, 20, p.light, { opacity: 0.5 }),
    path("M60 92C58 44 142 44 140 92Z", p.dark),
    path("M34 94C50 82 150 82 166 94C150 108 50 108 34 94Z", p.dark),
    path("M59 86C80 92 120 92 141 86V78C120 84 80 84 59 78Z", p.hot),
    path(
      "M100 138C90 126 72 130 66 142C62 150 52 150 48 146C52 164 78 166 100 148C122 166 148 164 152 146C148 150 138 150 134 142C128 130 110 126 100 138Z",
      p.dark,
    ),
    path("M172 92V218M172 92Q172 74 158 76T150 92", "none", { stroke: p.hot, "stroke-width": 6, "stroke-linecap": "round" }),
    disc(76, 118, 5, p.dark),
    disc(124, 118, 5, p.dark),
  ];
}

function bigClock(c, p) {
  const marks = Array.from({ length: 12 }, (_, i) =>
    line(
      100 + Math.sin(i * 0.5236) * 66,
      106 - Math.cos(i * 0.5236) * 66,
      100 + Math.sin(i * 0.5236) * (i % 3 ? 73 : 56),
      106 - Math.cos(i * 0.5236) * (i % 3 ? 73 : 56),
      p.dark,
      i % 3 ? 2.5 : 5,
    ),
  );
  return [
    box(0, 176, 200, 240, p.mid),
    ...[18, 62, 106, 150].flatMap((x) => [box(x, 200, 28, 40, p.dark), box(x, 262, 28, 50, p.dark)]),
    disc(100, 106, 88, p.dark),
    disc(100, 106, 80, p.light),
    ring(100, 106, 84, p.hot, 3),
    ...marks,
    line(100, 106, 66, 66, p.dark, 5),
    line(100, 106, 146, 122, p.hot, 5),
    disc(100, 106, 6, p.dark),
    path("M146 122L148 140Q154 146 152 162L162 188M150 162L142 190M148 142L158 128", "none", {
      stroke: p.dark,
      "stroke-width": 6,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
    disc(151, 137, 7, p.dark),
    box(142, 129, 19, 3.5, p.dark),
  ];
}

function juggle(c, p) {
  const balls = Array.from({ length: 7 }, (_, i) => {
    const a = Math.PI * (1.08 + i * 0.14);
    return disc(100 + Math.cos(a) * 78, 168 + Math.sin(a) * 116, 13, [p.hot, p.dark, p.light][i % 3], {
      stroke: p.dark,
      "stroke-width": 2,
    });
  });
  const diamonds = Array.from({ length: 30 }, (_, i) => {
    const [x, y] = [(i % 6) * 40 + (Math.floor(i / 6) % 2) * 20 - 10, Math.floor(i / 6) * 56 + 10];
    return poly(
      [
        [x, y - 28],
        [x + 20, y],
        [x, y + 28],
        [x - 20, y],
      ],
      p.light,
      { opacity: 0.25 },
    );
  });
  return [
    ...diamonds,
    ...balls,
    path("M70 250C70 200 84 184 100 184C116 184 130 200 130 250V420H70Z", p.dark),
    disc(100, 164, 20, p.light, { stroke: p.dark, "stroke-width": 2 }),
    path("M80 160C84 136 116 136 120 160Z", p.hot),
    path("M90 170Q100 180 110 170", "none", { stroke: p.dark, "stroke-width": 2.5 }),
    path("M74 204L40 178M126 204L160 178", "none", { stroke: p.dark, "stroke-width": 10, "stroke-linecap": "round" }),
  ];
}

function iris(c, p) {
  const rings = Array.from({ length: 7 }, (_, i) => disc(100, 116, 150 - i * 19, [p.hot, p.mid, p.light][i % 3]));
  return [
    ...rings,
    disc(100, 116, 34, p.dark),
    disc(88, 106, 9, p.light),
    disc(112, 106, 9, p.light),
    disc(90, 108, 4.5, p.dark),
    disc(110, 108, 4.5, p.dark),
    path("M82 122Q100 146 118 122Q100 132 82 122Z", p.light),
    path("M84 84Q100 58 104 78Q112 64 118 84Q100 76 84 84Z", p.dark),
  ];
}

function paperCut(c, p) {
  const curl = (x, y, s, f) =>
    path("M0 0C30-10 44-40 20-52C2-58-8-38 6-32C16-30 18-42 10-42M0 0C-6-30 10-60 40-66C64-70 70-44 54-40C44-38 42-50 50-52", "none", {
      stroke: p.dark,
      "stroke-width": 3.2,
      "stroke-linecap": "round",
      transform: `translate(${x} ${y}) scale(${s * f} ${s})`,
    });
  return [
    disc(100, 104, 76, p.light),
    ring(100, 104, 82, p.hot, 1.6),
    path(
      "M52 176C60 148 70 146 84 142L78 116C90 108 112 108 122 116L118 142C136 146 150 136 162 118C160 140 150 160 128 166L134 214H66L76 170C66 170 60 172 52 176Z",
      p.dark,
    ),
    disc(100, 94, 15, p.dark),
    path("M82 88Q100 44 118 88Q100 78 82 88Z", p.dark),
    disc(100, 62, 4, p.hot),
    curl(12, 232, 1, 1),
    curl(188, 232, 1, -1),
    curl(6, 90, 0.7, 1),
    curl(194, 90, 0.7, -1),
    ridge(c, 226, 6, p.dark, 16),
  ];
}

function boat(c, p) {
  const glints = Array.from({ length: 11 }, (_, i) =>
    box(100 - (34 - i * 1.6) + c.between(-8, 8), 168 + i * 11, 68 - i * 3.2, 3.2, p.light, { rx: 1.6, opacity: 0.85 - i * 0.05 }),
  );
  return [
    stars(c, 30, p.light, { bottom: 120 }),
    disc(100, 104, 54, p.light),
    ridge(c, 156, 6, p.mid, 8),
    box(-10, 160, 220, 260, p.dark),
    ...glints,
    path("M44 200Q100 222 156 200Q150 226 100 226T44 200Z", p.hot),
    path("M78 206Q76 184 86 182Q94 184 94 208ZM104 208Q104 186 113 184Q122 186 122 206Z", p.dark),
    disc(87, 175, 7, p.dark),
    disc(111, 177, 6.5, p.dark),
  ];
}

function heart(c, p) {
  const d = "M0 62C-70 14-62-52-28-52C-10-52 0-38 0-28C0-38 10-52 28-52C62-52 70 14 0 62Z";
  return [
    rays(100, 112, 36, p.light, { opacity: 0.16 }),
    ...[1.42, 1.2, 0.98, 0.76].map((s, i) => path(d, i % 2 ? p.light : p.hot, { transform: `translate(100 112) scale(${s})` })),
    path(d, p.dark, { transform: "translate(100 112) scale(.54)" }),
    scallops(232, 5, 16, [p.mid, p.dark], p.light),
  ];
}

function swans(c, p) {
  const swan = path(
    "M-6 34C-40 36-54 20-52 8C-34 16-20 10-12 6C4-2 4-20-4-30C-12-38-20-30-17-22L-26-18C-30-34-18-48-4-44C14-38 14-6 4 10C2 18-2 26-6 34Z",
    p.light,
  );
  return [
    rays(100, 70, 24, p.light, { opacity: 0.14 }),
    disc(100, 70, 36, p.hot),
    group([swan], { transform: "translate(124 142) scale(-1.12 1.12)" }),
    group([swan.cloneNode(true)], { transform: "translate(76 142) scale(1.12)" }),
    scallops(194, 8, 18, [p.mid, p.dark], p.light),
  ];
}

export const COMEDY = {
  Comedy: [bowler, bigClock, juggle],
  Animation: [iris, paperCut],
  Romance: [boat, heart, swans],
};

/** What a word of the title calls for, whatever the genre. */
export const COMEDY_CUES = [
  [/clock|last!|hour|time|friday/i, bigClock],
  [/\blove|wedding|bride|heart|valentine|kiss/i, heart],
  [/sunrise|moonlight|lagoon|river/i, boat],
  [/prince|paper|gulliver|aladdin/i, paperCut],
  [/swan|black bird/i, swans],
];
