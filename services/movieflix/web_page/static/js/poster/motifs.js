/** Which picture a film gets: one that a word of its title calls for, else one of its genre, at times of its second genre. */
import { COMEDY, COMEDY_CUES } from "./comedy.js";
import { HORROR, HORROR_CUES } from "./horror.js";
import { NOIR, NOIR_CUES } from "./noir.js";
import { leadGenre } from "./palettes.js";
import { SPACE, SPACE_CUES } from "./space.js";
import { STAGE, STAGE_CUES } from "./stage.js";
import { VOYAGE, VOYAGE_CUES } from "./voyage.js";
import { WORLD, WORLD_CUES } from "./world.js";

const MOTIFS = { ...HORROR, ...NOIR, ...SPACE, ...VOYAGE, ...STAGE, ...COMEDY, ...WORLD };
const CUES = [...HORROR_CUES, ...NOIR_CUES, ...SPACE_CUES, ...VOYAGE_CUES, ...COMEDY_CUES, ...STAGE_CUES, ...WORLD_CUES];

export function motifFor(show, genre, chance) {
  const drawn = chance.pick(MOTIFS[genre]);
  const second = leadGenre((show.genres ?? []).slice(1));
  const other = chance.chance(0.3) ? chance.pick(MOTIFS[second]) : drawn;
  return CUES.find(([words]) => words.test(show.title))?.[1] ?? other;
}
