/** Motifs of night: horror, film noir, mystery. Each takes the seed's chance and the palette, and returns shapes. */
import { bat, box, disc, fedora, group, line, path, poly, rays, ridge, ring, stars, tree } from "./brush.js";

function castle(c, p) {
  const x = c.between(80, 120);
  const tower = (dx, top, width) => [
    box(x + dx - width / 2, top, width, 120, p.dark),
    poly([[x + dx - width / 2 - 2, top + 1], [x + dx, top - width * 1.7], [x + dx + width / 2 + 2, top + 1]], p.dark),
    box(x + dx - 1.4, top + 8, 2.8, 6, p.hot, { rx: 1.4 }),
  ];
  return [
    disc(x + c.between(-30, 30), 92, c.between(52, 64), p.light),
    ...Array.from({ length: 6 }, () => bat(c.between(20, 180), c.between(30, 110), c.between(0.5, 1), p.dark)),
    poly([[-10, 420], [x - 90, 230], [x - 42, 172], [x - 20, 150], [x + 22, 148], [x + 48, 178], [x + 96, 236], [220, 420]], p.dark),
    ...tower(-22, 112, 13), ...tower(0, 92, 16), ...tower(20, 118, 12), ...tower(34, 132, 8),
    ridge(c, 232, 12, p.mid),
  ];
}

function leaningTown(c, p) {
  const houses = [];
  for (let i = 0; i < 7; i += 1) {
    const x = -14 + i * 33 + c.between(-6, 6);
    const [w, top, lean] = [c.between(24, 38), c.between(84, 150), c.between(-22, 22)];
    houses.push(poly([[x, 320], [x + lean, top], [x + lean + w * 0.5, top - c.between(20, 44)], [x + lean + w, top + c.between(-6, 10)], [x + w, 320]], i % 2 ? p.dark : p.mid));
    if (c.chance(0.75)) {
      const [wx, wy] = [x + lean * 0.7 + w * 0.42, top + 30];
      houses.push(poly([[wx, wy], [wx + 8, wy - 3], [wx + 6, wy + 13], [wx - 3, wy + 11]], p.hot));
    }
  }
  return [rays(c.between(40, 160), 70, 13, p.light, { opacity: 0.12 }), disc(c.between(60, 140), 74, 30, p.light), ...houses,
    poly([[60, 420], [96, 190], [108, 190], [170, 420]], p.light, { opacity: 0.85 }), path("M101 214C97 203 99 196 104 196C109 196 111 203 108 214L113 250L96 250Z", p.dark)];
}

function graveyard(c, p) {
  const stone = (x, y, h) => path(`M${x} ${y + 40}V${y - h}A9 9 0 0 1 ${x + 18} ${y - h}V${y + 40}Z`, p.dark, { transform: `rotate(${c.whole(-9, 9)} ${x} ${y})` });
  return [disc(c.between(60, 140), 100, c.between(56, 70), p.light), tree(c, c.between(50, 150), 236, c.between(44, 54), p.dark),
    ridge(c, 214, 7, p.mid), stone(24, 214, 22), stone(68, 222, 12), stone(128, 218, 24), stone(160, 224, 14), ridge(c, 238, 5, p.dark)];
}

function stare(c, p) {
  const eye = (x) => group([path(`M${x - 34} 118Q${x} 84 ${x + 34} 118Q${x} 146 ${x - 34} 118Z`, p.light), disc(x, 115, 15, p.hot), disc(x, 115, 7.5, p.dark), disc(x + 4, 110, 2.4, p.light)]);
  return [rays(100, 116, 30, p.dark, { inner: 40, opacity: 0.5 }), eye(55), eye(145),
    path("M8 92Q50 56 92 96Q52 78 8 92ZM192 92Q150 56 108 96Q148 78 192 92Z", p.dark), ridge(c, 226, 26, p.dark, 20)];
}

function blinds(c, p) {
  const slats = [];
  for (let i = 0; i < 15; i += 1) slats.push(poly([[-10, 12 + i * 17], [210, -18 + i * 17], [210, -9 + i * 17], [-10, 21 + i * 17]], p.light, { opacity: 0.34 - i * 0.012 }));
  return [...slats, fedora(c.between(78, 122), 128, c.between(1.25, 1.5), p.dark, p.hot)];
}

function lamp(c, p) {
  const x = c.pick([56, 144]);
  const side = x < 100 ? 1 : -1;
  return [poly([[x + 22 * side, 66], [x - 40, 420], [x + 84 * side + 60, 420]], p.light, { opacity: 0.3 }), disc(x + 22 * side, 66, 30, p.hot, { opacity: 0.3 }),
    path(`M${x} 300V58Q${x} 44 ${x + 11 * side} 44T${x + 22 * side} 58`, "none", { stroke: p.dark, "stroke-width": 5 }),
    poly([[x + 12 * side, 68], [x + 17 * side, 56], [x + 27 * side, 56], [x + 32 * side, 68]], p.dark), disc(x + 22 * side, 70, 5.5, p.light),
    poly([[-10, 236], [210, 222], [210, 420], [-10, 420]], p.dark), poly([[x + 34 * side, 232], [x + 46 * side, 231], [x + 130 * side, 300], [x + 70 * side, 300]], p.mid),
    fedora(x + 44 * side, 176, 0.78, p.dark, p.hot)];
}

function highway(c, p) {
  const dashes = Array.from({ length: 8 }, (_, i) => {
    const near = (i / 8) ** 2;
    return poly([[100 - 0.6 - near * 6, 134 + near * 190], [100 + 0.6 + near * 6, 134 + near * 190], [100 + 1 + near * 9, 142 + near * 220], [100 - 1 - near * 9, 142 + near * 220]], p.hot);
  });
  return [stars(c, 26, p.light, { bottom: 118 }), disc(c.between(50, 150), 68, 22, p.light), ridge(c, 132, 9, p.mid, 10), box(-10, 134, 220, 300, p.dark),
    poly([[97, 134], [103, 134], [240, 420], [-40, 420]], p.mid), ...dashes, disc(90, 150, 4, p.light), disc(110, 150, 4, p.light),
    poly([[90, 150], [20, 420], [110, 420]], p.light, { opacity: 0.14 }), poly([[110, 150], [90, 420], [190, 420]], p.light, { opacity: 0.14 })];
}

function keyhole(c, p) {
  return [ring(100, 112, 96, p.hot, 1, { opacity: 0.5 }), ring(100, 112, 88, p.hot, 2.5), disc(100, 112, 80, p.dark), rays(100, 100, 22, p.hot, { inner: 30, outer: 79, opacity: 0.22 }),
    path("M100 62A26 26 0 0 0 86 110L74 168H126L114 110A26 26 0 0 0 100 62Z", p.light), fedora(100, 122, 0.48, p.dark),
    poly([[74, 168], [126, 168], [190, 420], [10, 420]], p.light, { opacity: 0.16 })];
}

function lens(c, p) {
  const whorl = Array.from({ length: 8 }, (_, i) => svgArc(96, 106, 7 + i * 6.4, c.between(-0.4, 0.3), p.dark));
  return [rays(96, 106, 18, p.light, { opacity: 0.1 }), line(140, 152, 196, 214, p.dark, 18), line(138, 150, 158, 172, p.hot, 9),
    disc(96, 106, 64, p.light), ...whorl, ring(96, 106, 64, p.dark, 9), ring(96, 106, 60, p.hot, 2)];
}

function svgArc(x, y, r, turn, stroke) {
  return ring(x, y, r, stroke, 2.6, { "stroke-dasharray": `${r * 4.2} ${r * 0.7}`, transform: `rotate(${turn * 90} ${x} ${y})`, "stroke-linecap": "round" });
}

function spiral(c, p) {
  let d = "M100 112";
  for (let i = 1; i < 190; i += 1) d += `L${(100 + Math.cos(i * 0.19) * i * 0.72).toFixed(1)} ${(112 + Math.sin(i * 0.19) * i * 0.72).toFixed(1)}`;
  return [path(d, "none", { stroke: p.hot, "stroke-width": 5.5, opacity: 0.9 }), path("M96 150L104 132L112 150L124 176L112 168L108 196H102L100 172L88 184Z", p.dark), disc(104, 126, 7, p.dark)];
}

export const NIGHT_CUES = [[/dracula|golem|frankenstein|vampire|nosferatu|bat\b/i, castle], [/caligari|haunted|witch|häxan/i, leaningTown], [/dead|grave|tomb|zomb|last man/i, graveyard], [/detour|\broad\b|highway|hitch|drive/i, highway], [/street|night and|lamp|fog/i, lamp], [/secret|charade|door|room\b/i, keyhole], [/detective|sherlock|clue|whisper/i, lens], [/vertigo|blackmail|spiral|dream|mind/i, spiral], [/cat\b|eyes|stare|souls|watch/i, stare], [/stranger|noir|maltese|private eye/i, blinds]];

export const NIGHT = { Horror: [castle, leaningTown, graveyard, stare], "Film-Noir": [blinds, lamp, highway], Mystery: [keyhole, lens, spiral] };
