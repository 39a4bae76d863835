/** Motifs of the world as it is: documentary and war. Each takes the seed's chance and the palette, and returns shapes. */
import { box, disc, group, line, path, poly, rays, ridge, ring, scallops } from "./brush.js";

function aperture(c, p) {
  const blades = Array.from({ length: 8 }, (_, i) =>
    path("M0-78A78 78 0 0 1 55-55L22 4L-6-30Z", i % 2 ? p.mid : p.dark, {
      transform: `translate(100 114) rotate(${i * 45})`,
      stroke: p.light,
      "stroke-width": 0.9,
    }),
  );
  return [
    box(0, 0, 18, 420, p.dark),
    box(182, 0, 18, 420, p.dark),
    ...Array.from({ length: 15 }, (_, i) => i * 21 + 5).flatMap((y) => [
      box(5, y, 8, 11, p.light, { rx: 2 }),
      box(187, y, 8, 11, p.light, { rx: 2 }),
    ]),
    disc(100, 114, 84, p.dark),
    ...blades,
    disc(100, 114, 26, p.hot),
    disc(91, 105, 6, p.light, { opacity: 0.85 }),
    ring(100, 114, 80, p.light, 2),
  ];
}

function globe(c, p) {
  const ovals = [22, 48, 68].map((rx) =>
    path(`M100 36A${rx} 78 0 0 1 100 192A${rx} 78 0 0 1 100 36`, "none", { stroke: p.dark, "stroke-width": 1.5 }),
  );
  return [
    rays(100, 114, 40, p.light, { opacity: 0.2 }),
    disc(100, 114, 78, p.hot),
    ...ovals,
    ...[66, 90, 114, 138, 162].map((y) => {
      const half = Math.sqrt(78 ** 2 - (y - 114) ** 2);
      return line(100 - half, y, 100 + half, y, p.dark, 1.5);
    }),
    line(100, 36, 100, 192, p.dark, 1.5),
    ring(100, 114, 78, p.dark, 4),
    ring(100, 114, 90, p.dark, 1),
    ridge(c, 232, 22, p.dark, 14),
  ];
}

function city(c, p) {
  const blocks = Array.from({ length: 16 }, (_, i) => box(i * 14 - 10, c.between(112, 196), 15, 320, i % 2 ? p.dark : p.mid));
  return [
    ...Array.from({ length: 9 }, (_, i) => line(100, 40, -120 + i * 55, 300, p.light, 1, { opacity: 0.5 })),
    disc(100, 84, 50, p.hot),
    ring(100, 84, 58, p.dark, 1.2),
    ...blocks,
    path("M70 330L92 190H108L130 330Z", p.dark),
    ...[0, 1, 2, 3].map((i) => box(82 - i * 2, 206 + i * 18, 36 + i * 4, 3, p.light, { opacity: 0.85 })),
  ];
}

function searchlights(c, p) {
  const beam = (x, to) =>
    poly(
      [
        [x - 2, 250],
        [x + 2, 250],
        [to + 26, -30],
        [to - 26, -30],
      ],
      p.light,
      { opacity: 0.3 },
    );
  const plane = (x, y, s) =>
    group(
      [
        box(-24, -6, 48, 3, p.dark, { rx: 1 }),
        box(-22, 5, 44, 3, p.dark, { rx: 1 }),
        path("M-3-12H3L5 16H-5Z", p.dark),
        line(-16, -5, -16, 6, p.dark, 1.2),
        line(16, -5, 16, 6, p.dark, 1.2),
        box(-8, 18, 16, 2.5, p.dark),
        disc(0, -12, 3.5, p.hot),
      ],
      { transform: `translate(${x} ${y}) rotate(${c.whole(-24, 24)}) scale(${s})` },
    );
  return [
    disc(100, 108, 60, p.hot),
    beam(30, 130),
    beam(100, 60),
    beam(170, 110),
    plane(72, 82, 1.25),
    plane(136, 120, 0.8),
    plane(126, 54, 0.6),
    ridge(c, 236, 9, p.dark, 12),
  ];
}

function wire(c, p) {
  const strand = (y) => [
    path(`M-10 ${y}Q50 ${y + 14} 100 ${y}T210 ${y}`, "none", { stroke: p.dark, "stroke-width": 1.8 }),
    ...[18, 58, 82, 122, 162, 184].map((x) =>
      path(`M${x - 5} ${y - 3}L${x + 5} ${y + 9}M${x + 5} ${y - 3}L${x - 5} ${y + 9}`, "none", { stroke: p.dark, "stroke-width": 1.6 }),
    ),
  ];
  const helmet = (x, y, s) =>
    group(
      [
        path("M-22 6C-22-24 22-24 22 6L28 10H-28Z", p.dark),
        path("M-12 10H12Q14 26 0 28T-12 10Z", p.dark),
        path("M-34 60Q-30 30 0 28Q30 30 34 60V200H-34Z", p.dark),
      ],
      { transform: `translate(${x} ${y}) scale(${s})` },
    );
  return [
    rays(100, 150, 22, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.26 }),
    disc(100, 132, 54, p.hot),
    helmet(46, 156, 0.8),
    helmet(150, 160, 0.76),
    helmet(98, 140, 1.1),
    ...strand(196),
    ...strand(222),
    line(28, 170, 24, 300, p.dark, 5),
    line(172, 176, 177, 300, p.dark, 5),
    ridge(c, 246, 6, p.mid),
  ];
}

function prow(c, p) {
  return [
    rays(100, 214, 18, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.26 }),
    poly(
      [
        [100, 58],
        [158, 230],
        [42, 230],
      ],
      p.dark,
    ),
    poly(
      [
        [100, 58],
        [100, 230],
        [42, 230],
      ],
      p.mid,
    ),
    poly(
      [
        [52, 66],
        [148, 66],
        [140, 84],
        [60, 84],
      ],
      p.hot,
    ),
    box(94, 18, 3, 50, p.dark),
    poly(
      [
        [97, 20],
        [140, 26],
        [97, 38],
      ],
      p.hot,
    ),
    line(64, 120, 20, 100, p.dark, 6),
    line(136, 120, 180, 100, p.dark, 6),
    disc(76, 168, 4, p.light),
    disc(124, 168, 4, p.light),
    scallops(230, 6, 17, [p.mid, p.dark], p.light),
  ];
}

export const WORLD = {
  Documentary: [aperture, globe, city],
  War: [searchlights, wire, prow],
};

/** What a word of the title calls for, whatever the genre. */
export const WORLD_CUES = [
  [/camera|photo|movie\b/i, aperture],
  [/\bworld|earth|planet|globe/i, globe],
  [/wing|plane|flight|hell's angels/i, searchlights],
  [/front|trench|battle of|private/i, wire],
  [/potemkin|titanic|destroyer|boat/i, prow],
];
