/** Motifs of fear. Each takes the seed's chance and the palette, and returns shapes. */
import { bat, box, disc, group, path, poly, rays, ridge, tree } from "./brush.js";

function castle(c, p) {
  const x = c.between(80, 120);
  const tower = (dx, top, width) => [
    box(x + dx - width / 2, top, width, 120, p.dark),
    poly(
      [
        [x + dx - width / 2 - 2, top + 1],
        [x + dx, top - width * 1.7],
        [x + dx + width / 2 + 2, top + 1],
      ],
      p.dark,
    ),
    box(x + dx - 1.4, top + 8, 2.8, 6, p.hot, { rx: 1.4 }),
  ];
  return [
    disc(x + c.between(-30, 30), 92, c.between(52, 64), p.light),
    ...Array.from({ length: 6 }, () => bat(c.between(20, 180), c.between(30, 110), c.between(0.5, 1), p.dark)),
    poly(
      [
        [-10, 420],
        [x - 90, 230],
        [x - 42, 172],
        [x - 20, 150],
        [x + 22, 148],
        [x + 48, 178],
        [x + 96, 236],
        [220, 420],
      ],
      p.dark,
    ),
    ...tower(-22, 112, 13),
    ...tower(0, 92, 16),
    ...tower(20, 118, 12),
    ...tower(34, 132, 8),
    ridge(c, 232, 12, p.mid),
  ];
}

function leaningTown(c, p) {
  const houses = [];
  for (let i = 0; i < 7; i += 1) {
    const x = -14 + i * 33 + c.between(-6, 6);
    const [w, top, lean] = [c.between(24, 38), c.between(84, 150), c.between(-22, 22)];
    houses.push(
      poly(
        [
          [x, 320],
          [x + lean, top],
          [x + lean + w * 0.5, top - c.between(20, 44)],
          [x + lean + w, top + c.between(-6, 10)],
          [x + w, 320],
        ],
        i % 2 ? p.dark : p.mid,
      ),
    );
    if (c.chance(0.75)) {
      const [wx, wy] = [x + lean * 0.7 + w * 0.42, top + 30];
      houses.push(
        poly(
          [
            [wx, wy],
            [wx + 8, wy - 3],
            [wx + 6, wy + 13],
            [wx - 3, wy + 11],
          ],
          p.hot,
        ),
      );
    }
  }
  return [
    rays(c.between(40, 160), 70, 13, p.light, { opacity: 0.12 }),
    disc(c.between(60, 140), 74, 30, p.light),
    ...houses,
    poly(
      [
        [60, 420],
        [96, 190],
        [108, 190],
        [170, 420],
      ],
      p.light,
      { opacity: 0.85 },
    ),
    path("M101 214C97 203 99 196 104 196C109 196 111 203 108 214L113 250L96 250Z", p.dark),
  ];
}

function graveyard(c, p) {
  const stone = (x, y, h) =>
    path(`M${x} ${y + 40}V${y - h}A9 9 0 0 1 ${x + 18} ${y - h}V${y + 40}Z`, p.dark, { transform: `rotate(${c.whole(-9, 9)} ${x} ${y})` });
  return [
    disc(c.between(60, 140), 100, c.between(56, 70), p.light),
    tree(c, c.between(50, 150), 236, c.between(44, 54), p.dark),
    ridge(c, 214, 7, p.mid),
    stone(24, 214, 22),
    stone(68, 222, 12),
    stone(128, 218, 24),
    stone(160, 224, 14),
    ridge(c, 238, 5, p.dark),
  ];
}

function stare(c, p) {
  const eye = (x) =>
    group([
      path(`M${x - 34} 118Q${x} 84 ${x + 34} 118Q${x} 146 ${x - 34} 118Z`, p.light),
      disc(x, 115, 15, p.hot),
      disc(x, 115, 7.5, p.dark),
      disc(x + 4, 110, 2.4, p.light),
    ]);
  return [
    rays(100, 116, 30, p.dark, { inner: 40, opacity: 0.5 }),
    eye(55),
    eye(145),
    path("M8 92Q50 56 92 96Q52 78 8 92ZM192 92Q150 56 108 96Q148 78 192 92Z", p.dark),
    ridge(c, 226, 26, p.dark, 20),
  ];
}

export const HORROR = {
  Horror: [castle, leaningTown, graveyard, stare],
};

/** What a word of the title calls for, whatever the genre. */
export const HORROR_CUES = [
  [/dracula|golem|frankenstein|vampire|nosferatu|bat\b/i, castle],
  [/caligari|haunted|witch|häxan/i, leaningTown],
  [/dead|grave|tomb|zomb|last man/i, graveyard],
  [/cat\b|eyes|stare|souls|watch/i, stare],
];
