/** Motifs of the stage: drama and musical. Each takes the seed's chance and the palette, and returns shapes. */
import { box, disc, ellipse, group, line, path, poly, rays, ridge, ring, stars } from "./brush.js";

function curtains(c, p) {
  const fold = (x, w, i) =>
    path(`M${x} -10H${x + w}Q${x + w * 0.7} 150 ${x + w * 1.1} 420H${x}Z`, i % 2 ? p.hot : p.mid, { opacity: 0.95 });
  const side = [0, 1, 2, 3].map((i) => fold(-8 + i * 14, 15, i));
  return [
    poly(
      [
        [100, -20],
        [30, 420],
        [170, 420],
      ],
      p.light,
      { opacity: 0.34 },
    ),
    poly(
      [
        [100, -20],
        [58, 420],
        [142, 420],
      ],
      p.light,
      { opacity: 0.4 },
    ),
    path("M0 232Q100 206 200 232V420H0Z", p.dark),
    ellipse(100, 232, 46, 8, p.light, 0.75),
    path("M94 232L90 190Q88 166 100 164Q112 166 110 190L106 232Z", p.dark),
    disc(100, 154, 9, p.dark),
    ...side,
    group(
      side.map((n) => n.cloneNode(true)),
      { transform: "translate(200 0) scale(-1 1)" },
    ),
    path(`M-5 -10H205V34Q180 60 150 40Q125 62 100 40Q75 62 50 40Q20 60 -5 34Z`, p.hot),
    path(`M-5 28Q20 66 50 43Q75 66 100 43Q125 66 150 43Q180 66 205 28`, "none", { stroke: p.light, "stroke-width": 2 }),
  ];
}

function stairs(c, p) {
  const steps = Array.from({ length: 12 }, (_, i) =>
    poly(
      [
        [-10 + i * 17, 262 - i * 15],
        [14 + i * 17, 262 - i * 15],
        [14 + i * 17, 420],
        [-10 + i * 17, 420],
      ],
      i % 2 ? p.dark : p.mid,
    ),
  );
  return [
    poly(
      [
        [150, -20],
        [210, -20],
        [210, 120],
        [40, 300],
        [-20, 300],
      ],
      p.light,
      { opacity: 0.22 },
    ),
    path("M128 96V46A26 26 0 0 1 180 46V96Z", p.light),
    line(154, 20, 154, 96, p.dark, 2),
    line(128, 60, 180, 60, p.dark, 2),
    ...steps,
    path("M94 158L97 128Q98 114 105 114Q112 114 113 128L117 158Z", p.dark),
    disc(105, 106, 7.5, p.dark),
    path("M95 104Q105 90 115 104Z", p.dark),
    poly(
      [
        [96, 158],
        [114, 158],
        [20, 260],
        [-30, 260],
      ],
      p.dark,
      { opacity: 0.5 },
    ),
  ];
}

function profiles(c, p) {
  const face =
    "M-4-70C34-74 50-46 48-18C47-8 60 4 58 10C56 14 48 13 48 16C48 20 52 22 49 26C46 28 50 32 47 37C43 46 26 40 22 44C18 52 20 66 26 90H-70V-20C-66-56-34-68-4-70Z";
  return [
    rays(100, 110, 26, p.light, { opacity: 0.12 }),
    group([path(face, p.hot)], { transform: "translate(74 118) scale(1.15)" }),
    group([path(face, p.dark)], { transform: "translate(56 138) scale(1.15)" }),
    disc(160, 62, 20, p.light),
    ridge(c, 246, 4, p.dark),
  ];
}

function keys(c, p) {
  const arc = [];
  for (let i = 0; i < 15; i += 1) {
    const turn = -77 + i * 11;
    arc.push(
      poly(
        [
          [-10, -176],
          [10, -176],
          [3.5, -62],
          [-3.5, -62],
        ],
        p.light,
        { transform: `translate(100 208) rotate(${turn})`, stroke: p.dark, "stroke-width": 1 },
      ),
    );
    if (i % 7 !== 2 && i % 7 !== 6)
      arc.push(
        poly(
          [
            [-5.5, -176],
            [5.5, -176],
            [3, -108],
            [-3, -108],
          ],
          p.dark,
          { transform: `translate(100 208) rotate(${turn + 5.5})` },
        ),
      );
  }
  return [
    ring(100, 208, 184, p.hot, 3),
    ring(100, 208, 192, p.hot, 1),
    ...arc,
    disc(100, 208, 62, p.hot),
    disc(100, 208, 52, p.dark),
    path("M92 214V178L116 172V206", "none", { stroke: p.light, "stroke-width": 4 }),
    disc(86, 215, 7, p.light),
    disc(110, 207, 7, p.light),
  ];
}

function topHat(c, p) {
  return [
    rays(100, 236, 20, p.light, { from: Math.PI * 1.08, to: Math.PI * 1.92, opacity: 0.22 }),
    stars(c, 22, p.light, { bottom: 120 }),
    group(
      [
        path("M-36-64Q0-72 36-64L32 14H-32Z", p.dark),
        path("M-33 6H33L32 18H-32Z", p.hot),
        path("M-62 16Q0 36 62 16Q58 34 0 38Q-58 34-62 16Z", p.dark),
        ellipse(0, -65, 36, 5, p.light, 0.35),
      ],
      { transform: "translate(100 110) rotate(-13)" },
    ),
    line(30, 196, 168, 116, p.light, 6),
    line(30, 196, 42, 189, p.hot, 8),
    disc(166, 117, 6, p.hot),
    ...Array.from({ length: 9 }, (_, i) => path(`M${i * 25 - 14} 252A14 14 0 0 1 ${i * 25 + 14} 252Z`, p.hot)),
    box(0, 252, 200, 170, p.dark),
  ];
}

function staves(c, p) {
  const wave = (k) =>
    path(`M-10 ${92 + k}C40 ${20 + k} 80 ${170 + k} 120 ${110 + k}S190 ${60 + k} 220 ${90 + k}`, "none", {
      stroke: p.light,
      "stroke-width": 1.6,
      opacity: 0.9,
    });
  const note = (x, y, s) =>
    group([disc(0, 0, 8, p.hot), line(7, 0, 7, -40, p.hot, 3.5), path("M7-40Q22-32 20-16Q17-26 7-27Z", p.hot)], {
      transform: `translate(${x} ${y}) scale(${s}) rotate(${c.whole(-14, 14)})`,
    });
  return [
    disc(100, 118, 82, p.mid),
    ring(100, 118, 88, p.hot, 1.4),
    ...[0, 10, 20, 30, 40].map(wave),
    note(40, 104, 1.2),
    note(84, 146, 1.5),
    note(128, 128, 1.1),
    note(166, 108, 1.4),
    ridge(c, 244, 3, p.dark),
  ];
}

export const STAGE = {
  Drama: [curtains, stairs, profiles],
  Musical: [keys, topHat, staves],
};

/** What a word of the title calls for, whatever the genre. */
export const STAGE_CUES = [
  [/\bstar\b|opera|broadway|circus|follies|theat/i, curtains],
  [/jazz|piano|melody|song/i, keys],
  [/crowd|phantom|persona|face|man who/i, profiles],
];
