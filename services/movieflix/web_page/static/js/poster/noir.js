/** Motifs of the night street: film noir and mystery. Each takes the seed's chance and the palette, and returns shapes. */
import { box, disc, fedora, line, path, poly, rays, ridge, ring, stars } from "./brush.js";

function svgArc(x, y, r, turn, stroke) {
  return ring(x, y, r, stroke, 2.6, {
    "stroke-dasharray": `${r * 4.2} ${r * 0.7}`,
    transform: `rotate(${turn * 90} ${x} ${y})`,
    "stroke-linecap": "round",
  });
}

function blinds(c, p) {
  const slats = [];
  for (let i = 0; i < 15; i += 1)
    slats.push(
      poly(
        [
          [-10, 12 + i * 17],
          [210, -18 + i * 17],
          [210, -9 + i * 17],
          [-10, 21 + i * 17],
        ],
        p.light,
        { opacity: 0.34 - i * 0.012 },
      ),
    );
  return [...slats, fedora(c.between(78, 122), 128, c.between(1.25, 1.5), p.dark, p.hot)];
}

function lamp(c, p) {
  const x = c.pick([56, 144]);
  const side = x < 100 ? 1 : -1;
  return [
    poly(
      [
        [x + 22 * side, 66],
        [x - 40, 420],
        [x + 84 * side + 60, 420],
      ],
      p.light,
      { opacity: 0.3 },
    ),
    disc(x + 22 * side, 66, 30, p.hot, { opacity: 0.3 }),
    path(`M${x} 300V58Q${x} 44 ${x + 11 * side} 44T${x + 22 * side} 58`, "none", { stroke: p.dark, "stroke-width": 5 }),
    poly(
      [
        [x + 12 * side, 68],
        [x + 17 * side, 56],
        [x + 27 * side, 56],
        [x + 32 * side, 68],
      ],
      p.dark,
    ),
    disc(x + 22 * side, 70, 5.5, p.light),
    poly(
      [
        [-10, 236],
        [210, 222],
        [210, 420],
        [-10, 420],
      ],
      p.dark,
    ),
    poly(
      [
        [x + 34 * side, 232],
        [x + 46 * side, 231],
        [x + 130 * side, 300],
        [x + 70 * side, 300],
      ],
      p.mid,
    ),
    fedora(x + 44 * side, 176, 0.78, p.dark, p.hot),
  ];
}

function highway(c, p) {
  const dashes = Array.from({ length: 8 }, (_, i) => {
    const near = (i / 8) ** 2;
    return poly(
      [
        [100 - 0.6 - near * 6, 134 + near * 190],
        [100 + 0.6 + near * 6, 134 + near * 190],
        [100 + 1 + near * 9, 142 + near * 220],
        [100 - 1 - near * 9, 142 + near * 220],
      ],
      p.hot,
    );
  });
  return [
    stars(c, 26, p.light, { bottom: 118 }),
    disc(c.between(50, 150), 68, 22, p.light),
    ridge(c, 132, 9, p.mid, 10),
    box(-10, 134, 220, 300, p.dark),
    poly(
      [
        [97, 134],
        [103, 134],
        [240, 420],
        [-40, 420],
      ],
      p.mid,
    ),
    ...dashes,
    disc(90, 150, 4, p.light),
    disc(110, 150, 4, p.light),
    poly(
      [
        [90, 150],
        [20, 420],
        [110, 420],
      ],
      p.light,
      { opacity: 0.14 },
    ),
    poly(
      [
        [110, 150],
        [90, 420],
        [190, 420],
      ],
      p.light,
      { opacity: 0.14 },
    ),
  ];
}

function keyhole(c, p) {
  return [
    ring(100, 112, 96, p.hot, 1, { opacity: 0.5 }),
    ring(100, 112, 88, p.hot, 2.5),
    disc(100, 112, 80, p.dark),
    rays(100, 100, 22, p.hot, { inner: 30, outer: 79, opacity: 0.22 }),
    path("M100 62A26 26 0 0 0 86 110L74 168H126L114 110A26 26 0 0 0 100 62Z", p.light),
    fedora(100, 122, 0.48, p.dark),
    poly(
      [
        [74, 168],
        [126, 168],
        [190, 420],
        [10, 420],
      ],
      p.light,
      { opacity: 0.16 },
    ),
  ];
}

function lens(c, p) {
  const whorl = Array.from({ length: 8 }, (_, i) => svgArc(96, 106, 7 + i * 6.4, c.between(-0.4, 0.3), p.dark));
  return [
    rays(96, 106, 18, p.light, { opacity: 0.1 }),
    line(140, 152, 196, 214, p.dark, 18),
    line(138, 150, 158, 172, p.hot, 9),
    disc(96, 106, 64, p.light),
    ...whorl,
    ring(96, 106, 64, p.dark, 9),
    ring(96, 106, 60, p.hot, 2),
  ];
}

function spiral(c, p) {
  let d = "M100 112";
  for (let i = 1; i < 190; i += 1)
    d += `L${(100 + Math.cos(i * 0.19) * i * 0.72).toFixed(1)} ${(112 + Math.sin(i * 0.19) * i * 0.72).toFixed(1)}`;
  return [
    path(d, "none", { stroke: p.hot, "stroke-width": 5.5, opacity: 0.9 }),
    path("M96 150L104 132L112 150L124 176L112 168L108 196H102L100 172L88 184Z", p.dark),
    disc(104, 126, 7, p.dark),
  ];
}

export const NOIR = {
  "Film-Noir": [blinds, lamp, highway],
  Mystery: [keyhole, lens, spiral],
};

/** What a word of the title calls for, whatever the genre. */
export const NOIR_CUES = [
  [/detour|\broad\b|highway|hitch|drive/i, highway],
  [/street|night and|lamp|fog/i, lamp],
  [/secret|charade|door|room\b/i, keyhole],
  [/detective|sherlock|clue|whisper/i, lens],
  [/vertigo|blackmail|spiral|dream|mind/i, spiral],
  [/stranger|noir|maltese|private eye/i, blinds],
];
