/** A lithograph's few inks per genre: [sky top, sky bottom, light, hot, dark, mid]. */
const INKS = {
  Horror: [
    ["#1a0d12", "#8a1622", "#f1e3c2", "#e0352c", "#0b0609", "#3e0c16"],
    ["#0b1714", "#44734f", "#e9efc9", "#b6d94c", "#050b09", "#183328"],
    ["#15102a", "#61509a", "#efe6d2", "#eba53a", "#090613", "#2b2150"],
  ],
  "Sci-Fi": [
    ["#071a2e", "#23789a", "#f3ead0", "#f2b33d", "#04101d", "#0e3a57"],
    ["#1c1033", "#b8486e", "#ffe9c9", "#ffb84d", "#0d0719", "#4a1d5a"],
    ["#0d211d", "#33967f", "#f4eed5", "#f26d42", "#07110f", "#174a40"],
  ],
  Western: [
    ["#f3bd60", "#c74d1f", "#fff0cf", "#8e1f14", "#2b0f0a", "#8a3117"],
    ["#79b0a6", "#f2cd8b", "#fff4da", "#c8501f", "#2c1a12", "#9a552b"],
    ["#5b2a4a", "#e8824a", "#ffe9c8", "#ffc65a", "#1f0c17", "#8a3a4a"],
  ],
  Comedy: [
    ["#f6da72", "#f0a93c", "#fff7df", "#cc2f28", "#1e1a17", "#c06a2c"],
    ["#f5e8cc", "#e8c9a0", "#fffaf0", "#c8372d", "#23201d", "#94a383"],
    ["#84c7bb", "#3f8f8c", "#fff5dc", "#f0563f", "#14211f", "#256361"],
  ],
  Romance: [
    ["#4b1230", "#c9546f", "#ffe8dd", "#ff9d8a", "#22061a", "#7a2148"],
    ["#f5d2bc", "#db7f7b", "#fff3e6", "#a3203f", "#3a0f1c", "#b9555f"],
    ["#152347", "#7274ae", "#fbeedb", "#f3a6a0", "#0a1026", "#2f3d73"],
  ],
  Drama: [
    ["#20140f", "#94512a", "#f7e6c4", "#dd9f31", "#0f0806", "#4a2413"],
    ["#101c22", "#527c89", "#efe9da", "#d9a441", "#080f13", "#223c47"],
    ["#2a0d0d", "#962424", "#f8e6cb", "#e5b04a", "#130505", "#551212"],
  ],
  Musical: [
    ["#1a0f2e", "#64308f", "#fdeed3", "#f5c13d", "#0c0618", "#371861"],
    ["#0d2b33", "#1f8a91", "#fff1d4", "#ff7a59", "#051518", "#0f4b54"],
    ["#3a0f24", "#b52b55", "#ffeedd", "#ffc857", "#1a0610", "#6d1638"],
  ],
  Animation: [
    ["#f7dcae", "#ef7f5a", "#fff8e7", "#1b6680", "#1f1413", "#c8472f"],
    ["#a8d9cd", "#3d8fa8", "#fffaea", "#f2b233", "#10222b", "#28647c"],
    ["#ffe391", "#f4a53a", "#fffbe9", "#b02c65", "#23121c", "#cf6b1c"],
  ],
  Documentary: [
    ["#ebe4d3", "#bfb39a", "#fbf7ea", "#b8361f", "#1d1b18", "#7d735f"],
    ["#22303a", "#688696", "#f1ede0", "#e6703f", "#0e161b", "#3b5260"],
  ],
  War: [
    ["#dccfa9", "#a6783c", "#fbf1d6", "#b3261e", "#1f1a12", "#6b5327"],
    ["#1b2a2a", "#6c7e6f", "#efe9d2", "#dd4a32", "#0c1413", "#37483f"],
    ["#c92d23", "#7c120f", "#f8ead0", "#f2c14b", "#17090a", "#4f0c0c"],
  ],
  "Film-Noir": [
    ["#0c0d10", "#525d6c", "#f0ece0", "#e6b143", "#050506", "#23272e"],
    ["#0b1218", "#335870", "#eef0e6", "#e5553f", "#04080b", "#16303f"],
    ["#140f0c", "#735638", "#f5ead3", "#cf3428", "#070504", "#32241a"],
  ],
  Mystery: [
    ["#0f1f1c", "#307060", "#f0ead2", "#e3b23c", "#06100e", "#173d34"],
    ["#1d1230", "#654591", "#f2e8d9", "#e8c547", "#0d0717", "#35215a"],
    ["#1b1a2b", "#963f50", "#f5e7d4", "#f0b54a", "#0c0b15", "#4a2438"],
  ],
  Fantasy: [
    ["#0e1440", "#7245aa", "#fdf0cf", "#f5c451", "#070a24", "#2c2373"],
    ["#0b3a4a", "#e59a5b", "#fff0d0", "#f9d468", "#062029", "#14606a"],
    ["#2b0f3a", "#d75b80", "#ffeed9", "#ffd166", "#16061f", "#6b2360"],
  ],
  Adventure: [
    ["#0f5a73", "#f2c56b", "#fff4da", "#d8432b", "#072a36", "#16788c"],
    ["#f4ca71", "#e0662f", "#fff2d2", "#0e5566", "#2a1410", "#a33e1c"],
    ["#14344f", "#6fb1b5", "#fdf3dc", "#f29a3a", "#08182a", "#23597a"],
  ],
};
const LIKE = { Action: "Adventure", Crime: "Film-Noir", Thriller: "Mystery", Children: "Animation", IMAX: "Documentary" };

/** The genre whose art stands for the film: the first that has a style of its own, else Drama. */
export function leadGenre(genres) {
  for (const genre of genres ?? []) {
    const known = INKS[genre] ? genre : LIKE[genre];
    if (known) return known;
  }
  return "Drama";
}

export function paletteOf(genre, chance) {
  const [top, bottom, light, hot, dark, mid] = chance.pick(INKS[genre]);
  return { top, bottom, light, hot, dark, mid };
}

/** One colour that stands for a genre in charts. */
export function genreColour(genre) {
  const inks = INKS[INKS[genre] ? genre : (LIKE[genre] ?? "Drama")][0];
  return brightness(inks[3]) > 0.14 ? inks[3] : inks[1];
}

/** WCAG relative luminance. */
export function brightness(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Of two inks, the one that reads better on `ground`. */
export function readable(ground, one, other) {
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const base = brightness(ground);
  return contrast(brightness(one), base) >= contrast(brightness(other), base) ? one : other;
}
