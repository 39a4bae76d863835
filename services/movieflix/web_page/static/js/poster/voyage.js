/** Motifs of the way there: adventure and western. Each takes the seed's chance and the palette, and returns shapes. */
import { box, disc, group, line, path, poly, rays, ridge, ring, scallops } from "./brush.js";

function cactus(x, y, s, fill) {
  return group(
    [
      path("M0 0V-66M0-22H-15V-44M0-32H16V-56", "none", {
        stroke: fill,
        "stroke-width": 9,
        "stroke-linecap": "round",
        "stroke-linejoin": "round",
      }),
    ],
    { transform: `translate(${x} ${y}) scale(${s})` },
  );
}

function ship(c, p) {
  const sail = (x, top, w, h) =>
    path(`M${x} ${top}Q${x + w} ${top + h * 0.5} ${x} ${top + h}Q${x - 4} ${top + h * 0.5} ${x} ${top}Z`, p.light, {
      stroke: p.dark,
      "stroke-width": 1,
    });
  return [
    rays(100, 168, 22, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.2 }),
    disc(100, 150, 62, p.hot),
    line(76, 62, 76, 190, p.dark, 2.4),
    line(110, 46, 110, 190, p.dark, 2.8),
    line(142, 74, 142, 190, p.dark, 2.2),
    sail(78, 74, 26, 44),
    sail(78, 120, 32, 46),
    sail(112, 56, 32, 48),
    sail(112, 106, 38, 58),
    sail(144, 84, 24, 38),
    sail(144, 124, 28, 40),
    path("M110 46L132 52L110 58Z", p.dark),
    path("M34 170L52 176H162L176 164L160 206H62Q44 200 34 170Z", p.dark),
    line(34, 170, 12, 154, p.dark, 2.6),
    scallops(214, 6, 17, [p.mid, p.bottom], p.light),
  ];
}

function peaks(c, p) {
  const peak = (x, y, w, fill) => [
    poly(
      [
        [x - w, 340],
        [x, y],
        [x + w, 340],
      ],
      fill,
    ),
    poly(
      [
        [x, y],
        [x + w * 0.26, y + (340 - y) * 0.26],
        [x + w * 0.08, y + (340 - y) * 0.2],
        [x - w * 0.04, y + (340 - y) * 0.28],
        [x - w * 0.14, y + (340 - y) * 0.19],
        [x - w * 0.24, y + (340 - y) * 0.24],
      ],
      p.light,
    ),
  ];
  return [
    disc(c.between(60, 140), 92, 42, p.hot),
    rays(100, 92, 26, p.light, { inner: 50, opacity: 0.13 }),
    ...peak(38, 116, 92, p.mid),
    ...peak(166, 126, 84, p.mid),
    ...peak(c.between(92, 112), 76, 100, p.dark),
    ridge(c, 236, 10, p.dark),
  ];
}

function compass(c, p) {
  const needle = (angle, r, w, fill) =>
    group(
      [
        poly(
          [
            [0, -r],
            [w, -w],
            [0, 0],
          ],
          fill,
        ),
        poly(
          [
            [0, -r],
            [-w, -w],
            [0, 0],
          ],
          p.light,
        ),
      ],
      { transform: `translate(100 116) rotate(${angle})` },
    );
  return [
    rays(100, 116, 32, p.light, { opacity: 0.12 }),
    disc(100, 116, 82, p.dark),
    ring(100, 116, 76, p.hot, 2),
    ring(100, 116, 58, p.light, 0.8),
    ...[45, 135, 225, 315].map((a) => needle(a, 56, 11, p.mid)),
    ...[0, 90, 180, 270].map((a) => needle(a, 78, 15, p.hot)),
    disc(100, 116, 6, p.dark),
    scallops(244, 4, 20, [p.mid, p.dark], p.light),
  ];
}

function mesa(c, p) {
  const flat = (x, w, top, fill) =>
    poly(
      [
        [x - w, 300],
        [x - w * 0.7, top + 26],
        [x - w * 0.56, top],
        [x + w * 0.5, top],
        [x + w * 0.66, top + 30],
        [x + w, 300],
      ],
      fill,
    );
  const stripes = Array.from({ length: 5 }, (_, i) => box(30, 124 + i * 11, 140, 2 + i * 1.3, p.bottom));
  return [
    disc(100, 118, 58, p.hot),
    ...stripes,
    flat(28, 60, 138, p.mid),
    flat(178, 66, 122, p.mid),
    ridge(c, 206, 4, p.dark),
    cactus(c.pick([52, 148]), 216, 1.15, p.dark),
    cactus(c.pick([22, 118]), 212, 0.6, p.dark),
    ridge(c, 240, 6, p.dark),
  ];
}

function rails(c, p) {
  const ties = Array.from({ length: 11 }, (_, i) => {
    const n = (i / 10) ** 2;
    return box(100 - 8 - n * 74, 152 + n * 190, 16 + n * 148, 2 + n * 9, p.dark);
  });
  return [
    rays(100, 148, 20, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.24 }),
    disc(100, 112, 40, p.light),
    ridge(c, 148, 8, p.mid, 9),
    box(-10, 150, 220, 300, p.bottom),
    ...ties,
    poly(
      [
        [97, 150],
        [98.5, 150],
        [36, 420],
        [10, 420],
      ],
      p.dark,
    ),
    poly(
      [
        [103, 150],
        [101.5, 150],
        [164, 420],
        [190, 420],
      ],
      p.dark,
    ),
    group(
      [
        box(-15, -34, 30, 36, p.dark, { rx: 13 }),
        box(-5, -52, 10, 20, p.dark),
        poly(
          [
            [-8, -60],
            [8, -60],
            [5, -48],
            [-5, -48],
          ],
          p.dark,
        ),
        disc(0, -18, 7, p.hot),
        disc(0, -18, 4, p.light),
        poly(
          [
            [-20, 8],
            [20, 8],
            [11, -4],
            [-11, -4],
          ],
          p.dark,
        ),
        path("M4-62C14-76 34-74 36-88C52-84 62-98 58-108C44-112 20-104 22-90C8-88 0-76-2-62Z", p.light, { opacity: 0.75 }),
      ],
      { transform: "translate(100 152) scale(1.15)" },
    ),
  ];
}

function badge(c, p) {
  const star = Array.from({ length: 10 }, (_, i) => {
    const r = i % 2 ? 33 : 76;
    const a = -Math.PI / 2 + (i * Math.PI) / 5;
    return [100 + Math.cos(a) * r, 112 + Math.sin(a) * r];
  });
  return [
    rays(100, 112, 24, p.light, { opacity: 0.22 }),
    poly(star, p.dark),
    ...star.filter((_, i) => i % 2 === 0).map(([x, y]) => disc(x, y, 8, p.dark)),
    poly(
      star.map(([x, y]) => [100 + (x - 100) * 0.84, 112 + (y - 112) * 0.84]),
      p.hot,
    ),
    disc(100, 112, 27, p.dark),
    ring(100, 112, 22, p.light, 1.4),
    path("M100 96l4.7 9.8 10.7 1.4-7.8 7.5 1.9 10.7-9.5-5.2-9.5 5.2 1.9-10.7-7.8-7.5 10.7-1.4z", p.light),
    ridge(c, 234, 8, p.dark),
  ];
}

export const VOYAGE = {
  Adventure: [ship, peaks, compass],
  Western: [mesa, rails, badge],
};

/** What a word of the title calls for, whatever the genre. */
export const VOYAGE_CUES = [
  [/pirate|sea\b|ship|ocean|captain|voyage/i, ship],
  [/north|mountain|alps|everest|snow|rush/i, peaks],
  [/train|rail|iron horse|express|station/i, rails],
  [/desert|bad ?man|bad men|tumble|canyon/i, mesa],
  [/trail|compass|quest|treasure|indiana/i, compass],
];
