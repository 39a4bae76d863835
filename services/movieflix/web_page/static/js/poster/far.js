/** Motifs of far places: science fiction, adventure, fantasy, western. */
import { box, disc, group, line, path, poly, rays, ridge, ring, scallops, stars } from "./brush.js";

function tower(x, top, width, p, lit, c) {
  const all = [box(x - width / 2, top + 40, width, 320, p.dark), box(x - width * 0.36, top + 18, width * 0.72, 60, p.dark), box(x - width * 0.2, top, width * 0.4, 40, p.dark), box(x - 0.8, top - 24, 1.6, 30, p.dark)];
  for (let y = top + 48; y < 290; y += 9) for (let dx = -width / 2 + 4; dx < width / 2 - 4; dx += 6) if (c.chance(0.42)) all.push(box(x + dx, y, 2.4, 4.6, lit));
  return all;
}

function metropolis(c, p) {
  return [rays(100, 150, 24, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.16 }), disc(100, 112, 44, p.hot), ring(100, 112, 54, p.hot, 1.4), ring(100, 112, 62, p.hot, 0.8),
    ...[14, 186, 60, 142].flatMap((x, i) => tower(x, 118 + (i % 2) * 18 + c.between(-14, 14), 34, { dark: p.mid }, p.hot, c)), ...tower(100, 74, 40, p, p.light, c)];
}

function rocket(c, p) {
  const turn = c.whole(18, 40);
  return [stars(c, 46, p.light, { bottom: 260 }), disc(c.pick([42, 160]), 214, c.between(60, 84), p.mid), disc(c.pick([44, 150]), 62, 24, p.hot), ring(100, 118, 92, p.light, 0.8, { opacity: 0.5 }), ring(100, 118, 116, p.light, 0.8, { opacity: 0.3 }),
    group([path("M-9 62Q0 190 0 240Q0 190 9 62Z", p.hot, { opacity: 0.85 }), path("M-5 62Q0 130 0 168Q0 130 5 62Z", p.light), path("M0-74C20-46 22 10 14 60H-14C-22 10-20-46 0-74Z", p.light),
      path("M0-74C20-46 22 10 14 60H0Z", p.dark, { opacity: 0.22 }), path("M-15 30L-34 74L-13 62ZM15 30L34 74L13 62Z", p.hot), disc(0, -14, 8, p.dark), disc(0, -14, 5.4, p.hot), path("M-9-52Q0-46 9-52L0-74Z", p.hot)],
    { transform: `translate(100 112) rotate(${turn})` })];
}

function saucer(c, p) {
  return [stars(c, 40, p.light, { bottom: 150 }), poly([[76, 96], [124, 96], [190, 420], [10, 420]], p.light, { opacity: 0.28 }), poly([[86, 96], [114, 96], [150, 420], [50, 420]], p.light, { opacity: 0.34 }),
    path("M64 84C66 40 134 40 136 84Z", p.light), path("M18 92C40 70 160 70 182 92C160 112 40 112 18 92Z", p.dark), path("M18 92C40 84 160 84 182 92C160 99 40 99 18 92Z", p.hot),
    ...[46, 73, 100, 127, 154].map((x) => disc(x, 98, 3.2, p.light)), ridge(c, 226, 12, p.dark, 12), path("M96 214C93 206 95 202 100 202C105 202 107 206 104 214L108 240H92Z", p.dark)];
}

function ringed(c, p) {
  const tilt = c.whole(-26, -12);
  return [stars(c, 50, p.light, { bottom: 280 }), disc(c.between(24, 50), 208, 15, p.hot, { opacity: 0.8 }), disc(100, 112, 56, p.mid), path("M100 56A56 56 0 0 1 100 168A76 76 0 0 0 100 56Z", p.dark, { opacity: 0.4 }),
    ...[0, 1, 2, 3, 4].map((i) => path(`M${52 + i * 2} ${86 + i * 13}Q100 ${96 + i * 13} ${150 - i * 2} ${86 + i * 13}`, "none", { stroke: p.hot, "stroke-width": 2.4, opacity: 0.75 })),
    group([path("M-92 0A92 24 0 0 0 92 0", "none", { stroke: p.light, "stroke-width": 6 }), path("M-104 0A104 29 0 0 0 104 0", "none", { stroke: p.light, "stroke-width": 1.6 })], { transform: `translate(100 112) rotate(${tilt})` })];
}

function ship(c, p) {
  const sail = (x, top, w, h) => path(`M${x} ${top}Q${x + w} ${top + h * 0.5} ${x} ${top + h}Q${x - 4} ${top + h * 0.5} ${x} ${top}Z`, p.light, { stroke: p.dark, "stroke-width": 1 });
  return [rays(100, 168, 22, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.2 }), disc(100, 150, 62, p.hot),
    line(76, 62, 76, 190, p.dark, 2.4), line(110, 46, 110, 190, p.dark, 2.8), line(142, 74, 142, 190, p.dark, 2.2),
    sail(78, 74, 26, 44), sail(78, 120, 32, 46), sail(112, 56, 32, 48), sail(112, 106, 38, 58), sail(144, 84, 24, 38), sail(144, 124, 28, 40), path("M110 46L132 52L110 58Z", p.dark),
    path("M34 170L52 176H162L176 164L160 206H62Q44 200 34 170Z", p.dark), line(34, 170, 12, 154, p.dark, 2.6), scallops(214, 6, 17, [p.mid, p.bottom], p.light)];
}

function peaks(c, p) {
  const peak = (x, y, w, fill) => [poly([[x - w, 340], [x, y], [x + w, 340]], fill), poly([[x, y], [x + w * 0.26, y + (340 - y) * 0.26], [x + w * 0.08, y + (340 - y) * 0.2], [x - w * 0.04, y + (340 - y) * 0.28], [x - w * 0.14, y + (340 - y) * 0.19], [x - w * 0.24, y + (340 - y) * 0.24]], p.light)];
  return [disc(c.between(60, 140), 92, 42, p.hot), rays(100, 92, 26, p.light, { inner: 50, opacity: 0.13 }), ...peak(38, 116, 92, p.mid), ...peak(166, 126, 84, p.mid), ...peak(c.between(92, 112), 76, 100, p.dark), ridge(c, 236, 10, p.dark)];
}

function compass(c, p) {
  const needle = (angle, r, w, fill) => group([poly([[0, -r], [w, -w], [0, 0]], fill), poly([[0, -r], [-w, -w], [0, 0]], p.light)], { transform: `translate(100 116) rotate(${angle})` });
  return [rays(100, 116, 32, p.light, { opacity: 0.12 }), disc(100, 116, 82, p.dark), ring(100, 116, 76, p.hot, 2), ring(100, 116, 58, p.light, 0.8),
    ...[45, 135, 225, 315].map((a) => needle(a, 56, 11, p.mid)), ...[0, 90, 180, 270].map((a) => needle(a, 78, 15, p.hot)), disc(100, 116, 6, p.dark), scallops(244, 4, 20, [p.mid, p.dark], p.light)];
}

function domes(c, p) {
  const dome = (x, y, w, fill) => [path(`M${x - w} ${y}C${x - w * 1.35} ${y - w * 1.1} ${x - w * 0.3} ${y - w * 1.3} ${x} ${y - w * 2.1}C${x + w * 0.3} ${y - w * 1.3} ${x + w * 1.35} ${y - w * 1.1} ${x + w} ${y}Z`, fill), box(x - w * 0.86, y, w * 1.72, 220, fill), path(`M${x - w * 0.36} ${y + 40}V${y + 22}Q${x} ${y + 4} ${x + w * 0.36} ${y + 22}V${y + 40}Z`, p.hot)];
  const cx = c.pick([58, 142]);
  return [stars(c, 44, p.light), disc(cx, 68, 32, p.light), disc(cx + 13, 61, 27, p.top), ...dome(34, 192, 22, p.mid), ...dome(166, 186, 24, p.mid), ...dome(100, 164, 34, p.dark), box(62, 126, 6, 160, p.dark), box(132, 126, 6, 160, p.dark), disc(65, 124, 5, p.dark), disc(135, 124, 5, p.dark), ridge(c, 252, 5, p.dark)];
}

function carpet(c, p) {
  return [stars(c, 36, p.light), disc(132, 84, 46, p.hot), path("M18 138C48 112 78 158 112 132C140 112 160 132 184 116L188 126C162 144 142 126 116 146C80 172 50 128 22 150Z", p.light), path("M24 142C52 122 80 164 114 138C142 120 160 136 182 122", "none", { stroke: p.hot, "stroke-width": 2.4 }),
    path("M92 134C90 110 96 100 104 100C112 100 118 112 116 134Z", p.dark), disc(104, 92, 8.5, p.dark), path("M94 90Q104 74 114 90Z", p.light), scallops(206, 7, 22, [p.mid, p.dark], p.light)];
}

function cloudCastle(c, p) {
  const t = (x, y, w) => [box(x - w / 2, y, w, 90, p.light), poly([[x - w * 0.7, y], [x, y - w * 1.9], [x + w * 0.7, y]], p.hot), box(x - 1.6, y + 12, 3.2, 8, p.dark, { rx: 1.6 })];
  return [rays(100, 140, 28, p.light, { opacity: 0.14 }), stars(c, 24, p.light, { bottom: 90 }), ...t(66, 128, 15), ...t(134, 124, 15), ...t(84, 104, 17), ...t(118, 98, 17), ...t(100, 78, 20), scallops(188, 8, 19, [p.mid, p.dark], p.light)];
}

function mesa(c, p) {
  const flat = (x, w, top, fill) => poly([[x - w, 300], [x - w * 0.7, top + 26], [x - w * 0.56, top], [x + w * 0.5, top], [x + w * 0.66, top + 30], [x + w, 300]], fill);
  const stripes = Array.from({ length: 5 }, (_, i) => box(30, 124 + i * 11, 140, 2 + i * 1.3, p.bottom));
  return [disc(100, 118, 58, p.hot), ...stripes, flat(28, 60, 138, p.mid), flat(178, 66, 122, p.mid), ridge(c, 206, 4, p.dark), cactus(c.pick([52, 148]), 216, 1.15, p.dark), cactus(c.pick([22, 118]), 212, 0.6, p.dark), ridge(c, 240, 6, p.dark)];
}

function cactus(x, y, s, fill) {
  return group([path("M0 0V-66M0-22H-15V-44M0-32H16V-56", "none", { stroke: fill, "stroke-width": 9, "stroke-linecap": "round", "stroke-linejoin": "round" })], { transform: `translate(${x} ${y}) scale(${s})` });
}

function rails(c, p) {
  const ties = Array.from({ length: 11 }, (_, i) => { const n = (i / 10) ** 2; return box(100 - 8 - n * 74, 152 + n * 190, 16 + n * 148, 2 + n * 9, p.dark); });
  return [rays(100, 148, 20, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.24 }), disc(100, 112, 40, p.light), ridge(c, 148, 8, p.mid, 9), box(-10, 150, 220, 300, p.bottom), ...ties, poly([[97, 150], [98.5, 150], [36, 420], [10, 420]], p.dark), poly([[103, 150], [101.5, 150], [164, 420], [190, 420]], p.dark),
    group([box(-15, -34, 30, 36, p.dark, { rx: 13 }), box(-5, -52, 10, 20, p.dark), poly([[-8, -60], [8, -60], [5, -48], [-5, -48]], p.dark), disc(0, -18, 7, p.hot), disc(0, -18, 4, p.light), poly([[-20, 8], [20, 8], [11, -4], [-11, -4]], p.dark), path("M4-62C14-76 34-74 36-88C52-84 62-98 58-108C44-112 20-104 22-90C8-88 0-76-2-62Z", p.light, { opacity: 0.75 })], { transform: "translate(100 152) scale(1.15)" })];
}

function badge(c, p) {
  const star = Array.from({ length: 10 }, (_, i) => { const r = i % 2 ? 33 : 76; const a = -Math.PI / 2 + (i * Math.PI) / 5; return [100 + Math.cos(a) * r, 112 + Math.sin(a) * r]; });
  return [rays(100, 112, 24, p.light, { opacity: 0.22 }), poly(star, p.dark), ...star.filter((_, i) => i % 2 === 0).map(([x, y]) => disc(x, y, 8, p.dark)), poly(star.map(([x, y]) => [100 + (x - 100) * 0.84, 112 + (y - 112) * 0.84]), p.hot), disc(100, 112, 27, p.dark), ring(100, 112, 22, p.light, 1.4), path("M100 96l4.7 9.8 10.7 1.4-7.8 7.5 1.9 10.7-9.5-5.2-9.5 5.2 1.9-10.7-7.8-7.5 10.7-1.4z", p.light), ridge(c, 234, 8, p.dark)];
}

export const FAR_CUES = [[/metropolis|manhattan|new york|skyline|berlin|\bcity\b/i, metropolis], [/moon|rocket|apollo|space(?!r)|star wars|trek/i, rocket], [/alien|outer|saucer|encounter|martian|mars\b/i, saucer], [/pirate|sea\b|ship|ocean|captain|voyage/i, ship], [/north|mountain|alps|everest|snow|rush/i, peaks], [/train|rail|iron horse|express|station/i, rails],
  [/bagdad|arab|sheik|persia|egypt/i, domes], [/desert|bad ?man|bad men|tumble|canyon/i, mesa], [/castle|kingdom|wizard|rings\b/i, cloudCastle], [/trail|compass|quest|treasure|indiana/i, compass]];

export const FAR = { "Sci-Fi": [metropolis, rocket, saucer, ringed], Adventure: [ship, peaks, compass], Fantasy: [domes, carpet, cloudCastle], Western: [mesa, rails, badge] };
