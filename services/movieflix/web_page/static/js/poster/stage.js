/** Motifs of the stage and the street: drama, comedy, romance, musical, animation, documentary, war. */
import { box, disc, group, line, path, poly, rays, ridge, ring, scallops, stars } from "./brush.js";

function curtains(c, p) {
  const fold = (x, w, i) => path(`M${x} -10H${x + w}Q${x + w * 0.7} 150 ${x + w * 1.1} 420H${x}Z`, i % 2 ? p.hot : p.mid, { opacity: 0.95 });
  const side = [0, 1, 2, 3].map((i) => fold(-8 + i * 14, 15, i));
  return [poly([[100, -20], [30, 420], [170, 420]], p.light, { opacity: 0.34 }), poly([[100, -20], [58, 420], [142, 420]], p.light, { opacity: 0.4 }), path("M0 232Q100 206 200 232V420H0Z", p.dark), svgEllipse(100, 232, 46, 8, p.light, 0.75),
    path("M94 232L90 190Q88 166 100 164Q112 166 110 190L106 232Z", p.dark), disc(100, 154, 9, p.dark), ...side, group(side.map((n) => n.cloneNode(true)), { transform: "translate(200 0) scale(-1 1)" }),
    path(`M-5 -10H205V34Q180 60 150 40Q125 62 100 40Q75 62 50 40Q20 60 -5 34Z`, p.hot), path(`M-5 28Q20 66 50 43Q75 66 100 43Q125 66 150 43Q180 66 205 28`, "none", { stroke: p.light, "stroke-width": 2 })];
}

function svgEllipse(cx, cy, rx, ry, fill, opacity) {
  return group([disc(0, 0, 1, fill, { opacity })], { transform: `translate(${cx} ${cy}) scale(${rx} ${ry})` });
}

function stairs(c, p) {
  const steps = Array.from({ length: 12 }, (_, i) => poly([[-10 + i * 17, 262 - i * 15], [14 + i * 17, 262 - i * 15], [14 + i * 17, 420], [-10 + i * 17, 420]], i % 2 ? p.dark : p.mid));
  return [poly([[150, -20], [210, -20], [210, 120], [40, 300], [-20, 300]], p.light, { opacity: 0.22 }), path("M128 96V46A26 26 0 0 1 180 46V96Z", p.light), line(154, 20, 154, 96, p.dark, 2), line(128, 60, 180, 60, p.dark, 2), ...steps,
    path("M94 158L97 128Q98 114 105 114Q112 114 113 128L117 158Z", p.dark), disc(105, 106, 7.5, p.dark), path("M95 104Q105 90 115 104Z", p.dark), poly([[96, 158], [114, 158], [20, 260], [-30, 260]], p.dark, { opacity: 0.5 })];
}

function profiles(c, p) {
  const face = "M-4-70C34-74 50-46 48-18C47-8 60 4 58 10C56 14 48 13 48 16C48 20 52 22 49 26C46 28 50 32 47 37C43 46 26 40 22 44C18 52 20 66 26 90H-70V-20C-66-56-34-68-4-70Z";
  return [rays(100, 110, 26, p.light, { opacity: 0.12 }), group([path(face, p.hot)], { transform: "translate(74 118) scale(1.15)" }), group([path(face, p.dark)], { transform: "translate(56 138) scale(1.15)" }), disc(160, 62, 20, p.light), ridge(c, 246, 4, p.dark)];
}

function bowler(c, p) {
  return [rays(100, 118, 20, p.light, { opacity: 0.5 }), path("M60 92C58 44 142 44 140 92Z", p.dark), path("M34 94C50 82 150 82 166 94C150 108 50 108 34 94Z", p.dark), path("M59 86C80 92 120 92 141 86V78C120 84 80 84 59 78Z", p.hot),
    path("M100 138C90 126 72 130 66 142C62 150 52 150 48 146C52 164 78 166 100 148C122 166 148 164 152 146C148 150 138 150 134 142C128 130 110 126 100 138Z", p.dark), path("M172 92V218M172 92Q172 74 158 76T150 92", "none", { stroke: p.hot, "stroke-width": 6, "stroke-linecap": "round" }), disc(76, 118, 5, p.dark), disc(124, 118, 5, p.dark)];
}

function bigClock(c, p) {
  const marks = Array.from({ length: 12 }, (_, i) => line(100 + Math.sin(i * 0.5236) * 66, 106 - Math.cos(i * 0.5236) * 66, 100 + Math.sin(i * 0.5236) * (i % 3 ? 73 : 56), 106 - Math.cos(i * 0.5236) * (i % 3 ? 73 : 56), p.dark, i % 3 ? 2.5 : 5));
  return [box(0, 176, 200, 240, p.mid), ...[18, 62, 106, 150].flatMap((x) => [box(x, 200, 28, 40, p.dark), box(x, 262, 28, 50, p.dark)]), disc(100, 106, 88, p.dark), disc(100, 106, 80, p.light), ring(100, 106, 84, p.hot, 3), ...marks, line(100, 106, 66, 66, p.dark, 5), line(100, 106, 146, 122, p.hot, 5), disc(100, 106, 6, p.dark),
    path("M146 122L148 140Q154 146 152 162L162 188M150 162L142 190M148 142L158 128", "none", { stroke: p.dark, "stroke-width": 6, "stroke-linecap": "round", "stroke-linejoin": "round" }), disc(151, 137, 7, p.dark), box(142, 129, 19, 3.5, p.dark)];
}

function juggle(c, p) {
  const balls = Array.from({ length: 7 }, (_, i) => { const a = Math.PI * (1.08 + i * 0.14); return disc(100 + Math.cos(a) * 78, 168 + Math.sin(a) * 116, 13, [p.hot, p.dark, p.light][i % 3], { stroke: p.dark, "stroke-width": 2 }); });
  const diamonds = Array.from({ length: 30 }, (_, i) => { const [x, y] = [(i % 6) * 40 + (Math.floor(i / 6) % 2) * 20 - 10, Math.floor(i / 6) * 56 + 10]; return poly([[x, y - 28], [x + 20, y], [x, y + 28], [x - 20, y]], p.light, { opacity: 0.25 }); });
  return [...diamonds, ...balls, path("M70 250C70 200 84 184 100 184C116 184 130 200 130 250V420H70Z", p.dark), disc(100, 164, 20, p.light, { stroke: p.dark, "stroke-width": 2 }), path("M80 160C84 136 116 136 120 160Z", p.hot), path("M90 170Q100 180 110 170", "none", { stroke: p.dark, "stroke-width": 2.5 }), path("M74 204L40 178M126 204L160 178", "none", { stroke: p.dark, "stroke-width": 10, "stroke-linecap": "round" })];
}

function boat(c, p) {
  const glints = Array.from({ length: 11 }, (_, i) => box(100 - (34 - i * 1.6) + c.between(-8, 8), 168 + i * 11, 68 - i * 3.2, 3.2, p.light, { rx: 1.6, opacity: 0.85 - i * 0.05 }));
  return [stars(c, 30, p.light, { bottom: 120 }), disc(100, 104, 54, p.light), ridge(c, 156, 6, p.mid, 8), box(-10, 160, 220, 260, p.dark), ...glints, path("M44 200Q100 222 156 200Q150 226 100 226T44 200Z", p.hot), path("M78 206Q76 184 86 182Q94 184 94 208ZM104 208Q104 186 113 184Q122 186 122 206Z", p.dark), disc(87, 175, 7, p.dark), disc(111, 177, 6.5, p.dark)];
}

function heart(c, p) {
  const d = "M0 62C-70 14-62-52-28-52C-10-52 0-38 0-28C0-38 10-52 28-52C62-52 70 14 0 62Z";
  return [rays(100, 112, 36, p.light, { opacity: 0.16 }), ...[1.42, 1.2, 0.98, 0.76].map((s, i) => path(d, i % 2 ? p.light : p.hot, { transform: `translate(100 112) scale(${s})` })), path(d, p.dark, { transform: "translate(100 112) scale(.54)" }), scallops(232, 5, 16, [p.mid, p.dark], p.light)];
}

function swans(c, p) {
  const swan = path("M-6 34C-40 36-54 20-52 8C-34 16-20 10-12 6C4-2 4-20-4-30C-12-38-20-30-17-22L-26-18C-30-34-18-48-4-44C14-38 14-6 4 10C2 18-2 26-6 34Z", p.light);
  return [rays(100, 70, 24, p.light, { opacity: 0.14 }), disc(100, 70, 36, p.hot), group([swan], { transform: "translate(124 142) scale(-1.12 1.12)" }), group([swan.cloneNode(true)], { transform: "translate(76 142) scale(1.12)" }), scallops(194, 8, 18, [p.mid, p.dark], p.light)];
}

function keys(c, p) {
  const arc = [];
  for (let i = 0; i < 15; i += 1) {
    const turn = -77 + i * 11;
    arc.push(poly([[-10, -176], [10, -176], [3.5, -62], [-3.5, -62]], p.light, { transform: `translate(100 208) rotate(${turn})`, stroke: p.dark, "stroke-width": 1 }));
    if (i % 7 !== 2 && i % 7 !== 6) arc.push(poly([[-5.5, -176], [5.5, -176], [3, -108], [-3, -108]], p.dark, { transform: `translate(100 208) rotate(${turn + 5.5})` }));
  }
  return [ring(100, 208, 184, p.hot, 3), ring(100, 208, 192, p.hot, 1), ...arc, disc(100, 208, 62, p.hot), disc(100, 208, 52, p.dark), path("M92 214V178L116 172V206", "none", { stroke: p.light, "stroke-width": 4 }), disc(86, 215, 7, p.light), disc(110, 207, 7, p.light)];
}

function topHat(c, p) {
  return [rays(100, 236, 20, p.light, { from: Math.PI * 1.08, to: Math.PI * 1.92, opacity: 0.22 }), stars(c, 22, p.light, { bottom: 120 }), group([path("M-36-64Q0-72 36-64L32 14H-32Z", p.dark), path("M-33 6H33L32 18H-32Z", p.hot), path("M-62 16Q0 36 62 16Q58 34 0 38Q-58 34-62 16Z", p.dark), svgEllipse(0, -65, 36, 5, p.light, 0.35)], { transform: "translate(100 110) rotate(-13)" }),
    line(30, 196, 168, 116, p.light, 6), line(30, 196, 42, 189, p.hot, 8), disc(166, 117, 6, p.hot), ...Array.from({ length: 9 }, (_, i) => path(`M${i * 25 - 14} 252A14 14 0 0 1 ${i * 25 + 14} 252Z`, p.hot)), box(0, 252, 200, 170, p.dark)];
}

function staves(c, p) {
  const wave = (k) => path(`M-10 ${92 + k}C40 ${20 + k} 80 ${170 + k} 120 ${110 + k}S190 ${60 + k} 220 ${90 + k}`, "none", { stroke: p.light, "stroke-width": 1.6, opacity: 0.9 });
  const note = (x, y, s) => group([disc(0, 0, 8, p.hot), line(7, 0, 7, -40, p.hot, 3.5), path("M7-40Q22-32 20-16Q17-26 7-27Z", p.hot)], { transform: `translate(${x} ${y}) scale(${s}) rotate(${c.whole(-14, 14)})` });
  return [disc(100, 118, 82, p.mid), ring(100, 118, 88, p.hot, 1.4), ...[0, 10, 20, 30, 40].map(wave), note(40, 104, 1.2), note(84, 146, 1.5), note(128, 128, 1.1), note(166, 108, 1.4), ridge(c, 244, 3, p.dark)];
}

function iris(c, p) {
  const rings = Array.from({ length: 7 }, (_, i) => disc(100, 116, 150 - i * 19, [p.hot, p.mid, p.light][i % 3]));
  return [...rings, disc(100, 116, 34, p.dark), disc(88, 106, 9, p.light), disc(112, 106, 9, p.light), disc(90, 108, 4.5, p.dark), disc(110, 108, 4.5, p.dark), path("M82 122Q100 146 118 122Q100 132 82 122Z", p.light), path("M84 84Q100 58 104 78Q112 64 118 84Q100 76 84 84Z", p.dark)];
}

function paperCut(c, p) {
  const curl = (x, y, s, f) => path("M0 0C30-10 44-40 20-52C2-58-8-38 6-32C16-30 18-42 10-42M0 0C-6-30 10-60 40-66C64-70 70-44 54-40C44-38 42-50 50-52", "none", { stroke: p.dark, "stroke-width": 3.2, "stroke-linecap": "round", transform: `translate(${x} ${y}) scale(${s * f} ${s})` });
  return [disc(100, 104, 76, p.light), ring(100, 104, 82, p.hot, 1.6), path("M52 176C60 148 70 146 84 142L78 116C90 108 112 108 122 116L118 142C136 146 150 136 162 118C160 140 150 160 128 166L134 214H66L76 170C66 170 60 172 52 176Z", p.dark), disc(100, 94, 15, p.dark), path("M82 88Q100 44 118 88Q100 78 82 88Z", p.dark), disc(100, 62, 4, p.hot),
    curl(12, 232, 1, 1), curl(188, 232, 1, -1), curl(6, 90, 0.7, 1), curl(194, 90, 0.7, -1), ridge(c, 226, 6, p.dark, 16)];
}

function aperture(c, p) {
  const blades = Array.from({ length: 8 }, (_, i) => path("M0-78A78 78 0 0 1 55-55L22 4L-6-30Z", i % 2 ? p.mid : p.dark, { transform: `translate(100 114) rotate(${i * 45})`, stroke: p.light, "stroke-width": 0.9 }));
  return [box(0, 0, 18, 420, p.dark), box(182, 0, 18, 420, p.dark), ...Array.from({ length: 15 }, (_, i) => i * 21 + 5).flatMap((y) => [box(5, y, 8, 11, p.light, { rx: 2 }), box(187, y, 8, 11, p.light, { rx: 2 })]), disc(100, 114, 84, p.dark), ...blades, disc(100, 114, 26, p.hot), disc(91, 105, 6, p.light, { opacity: 0.85 }), ring(100, 114, 80, p.light, 2)];
}

function globe(c, p) {
  const ovals = [22, 48, 68].map((rx) => path(`M100 36A${rx} 78 0 0 1 100 192A${rx} 78 0 0 1 100 36`, "none", { stroke: p.dark, "stroke-width": 1.5 }));
  return [rays(100, 114, 40, p.light, { opacity: 0.2 }), disc(100, 114, 78, p.hot), ...ovals, ...[66, 90, 114, 138, 162].map((y) => { const half = Math.sqrt(78 ** 2 - (y - 114) ** 2); return line(100 - half, y, 100 + half, y, p.dark, 1.5); }), line(100, 36, 100, 192, p.dark, 1.5), ring(100, 114, 78, p.dark, 4), ring(100, 114, 90, p.dark, 1), ridge(c, 232, 22, p.dark, 14)];
}

function city(c, p) {
  const blocks = Array.from({ length: 16 }, (_, i) => box(i * 14 - 10, c.between(112, 196), 15, 320, i % 2 ? p.dark : p.mid));
  return [...Array.from({ length: 9 }, (_, i) => line(100, 40, -120 + i * 55, 300, p.light, 1, { opacity: 0.5 })), disc(100, 84, 50, p.hot), ring(100, 84, 58, p.dark, 1.2), ...blocks, path("M70 330L92 190H108L130 330Z", p.dark), ...[0, 1, 2, 3].map((i) => box(82 - i * 2, 206 + i * 18, 36 + i * 4, 3, p.light, { opacity: 0.85 }))];
}

function searchlights(c, p) {
  const beam = (x, to) => poly([[x - 2, 250], [x + 2, 250], [to + 26, -30], [to - 26, -30]], p.light, { opacity: 0.3 });
  const plane = (x, y, s) => group([box(-24, -6, 48, 3, p.dark, { rx: 1 }), box(-22, 5, 44, 3, p.dark, { rx: 1 }), path("M-3-12H3L5 16H-5Z", p.dark), line(-16, -5, -16, 6, p.dark, 1.2), line(16, -5, 16, 6, p.dark, 1.2), box(-8, 18, 16, 2.5, p.dark), disc(0, -12, 3.5, p.hot)], { transform: `translate(${x} ${y}) rotate(${c.whole(-24, 24)}) scale(${s})` });
  return [disc(100, 108, 60, p.hot), beam(30, 130), beam(100, 60), beam(170, 110), plane(72, 82, 1.25), plane(136, 120, 0.8), plane(126, 54, 0.6), ridge(c, 236, 9, p.dark, 12)];
}

function wire(c, p) {
  const strand = (y) => [path(`M-10 ${y}Q50 ${y + 14} 100 ${y}T210 ${y}`, "none", { stroke: p.dark, "stroke-width": 1.8 }), ...[18, 58, 82, 122, 162, 184].map((x) => path(`M${x - 5} ${y - 3}L${x + 5} ${y + 9}M${x + 5} ${y - 3}L${x - 5} ${y + 9}`, "none", { stroke: p.dark, "stroke-width": 1.6 }))];
  const helmet = (x, y, s) => group([path("M-22 6C-22-24 22-24 22 6L28 10H-28Z", p.dark), path("M-12 10H12Q14 26 0 28T-12 10Z", p.dark), path("M-34 60Q-30 30 0 28Q30 30 34 60V200H-34Z", p.dark)], { transform: `translate(${x} ${y}) scale(${s})` });
  return [rays(100, 150, 22, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.26 }), disc(100, 132, 54, p.hot), helmet(46, 156, 0.8), helmet(150, 160, 0.76), helmet(98, 140, 1.1), ...strand(196), ...strand(222), line(28, 170, 24, 300, p.dark, 5), line(172, 176, 177, 300, p.dark, 5), ridge(c, 246, 6, p.mid)];
}

function prow(c, p) {
  return [rays(100, 214, 18, p.light, { from: Math.PI, to: Math.PI * 2, opacity: 0.26 }), poly([[100, 58], [158, 230], [42, 230]], p.dark), poly([[100, 58], [100, 230], [42, 230]], p.mid), poly([[52, 66], [148, 66], [140, 84], [60, 84]], p.hot), box(94, 18, 3, 50, p.dark), poly([[97, 20], [140, 26], [97, 38]], p.hot), line(64, 120, 20, 100, p.dark, 6), line(136, 120, 180, 100, p.dark, 6), disc(76, 168, 4, p.light), disc(124, 168, 4, p.light), scallops(230, 6, 17, [p.mid, p.dark], p.light)];
}

/** Motifs that a word of a title calls for, whatever the genre. */
export const STAGE_CUES = [[/\bstar\b|opera|broadway|circus|follies|theat/i, curtains], [/clock|last!|hour|time|friday/i, bigClock], [/\blove|wedding|bride|heart|valentine|kiss/i, heart], [/sunrise|moonlight|lagoon|river/i, boat],
  [/jazz|piano|melody|song/i, keys], [/camera|photo|movie\b/i, aperture], [/\bworld|earth|planet|globe/i, globe], [/wing|plane|flight|hell's angels/i, searchlights], [/front|trench|battle of|private/i, wire], [/potemkin|titanic|destroyer|boat/i, prow], [/prince|paper|gulliver|aladdin/i, paperCut], [/crowd|phantom|persona|face|man who/i, profiles], [/swan|black bird/i, swans]];

export const STAGE = {
  Drama: [curtains, stairs, profiles], Comedy: [bowler, bigClock, juggle], Romance: [boat, heart, swans], Musical: [keys, topHat, staves],
  Animation: [iris, paperCut], Documentary: [aperture, globe, city], War: [searchlights, wire, prow],
};
