/** What is known of films, by id: the other APIs answer with ids alone. */
import { call, segment } from "./api.js";

const known = new Map();
const asked = new Map();

export function remember(items) {
  for (const show of items ?? []) if (show?.show_id) known.set(show.show_id, { genres: [], ...show });
  return items ?? [];
}

/** At least `{show_id, title, genres}`: the id stands for the title of a film that the catalogue does not know. */
export const showOf = (id, title) => known.get(id) ?? { show_id: id, title: title || id, genres: [] };

async function fetchOne(id) {
  try {
    const show = await call("catalog", `/v1/shows/${segment(id)}`, { missing: null });
    if (show) remember([show]);
  } catch {
    // The page shows the id until the catalogue answers; api.js has told the viewer.
  } finally {
    asked.delete(id);
  }
}

/** Resolves when each id was asked for once; never rejects. */
export function learn(ids) {
  const missing = [...new Set(ids)].filter((id) => id && !known.has(id));
  return Promise.all(
    missing.map((id) => {
      if (!asked.has(id)) asked.set(id, fetchOne(id));
      return asked.get(id);
    }),
  );
}

/** Films by words and genre; `signal` ends a search that was overtaken. */
export async function find({ q = "", genre = "", limit = 24, signal } = {}) {
  const query = new URLSearchParams({ ...(q && { q }), ...(genre && { genre }), limit });
  const body = await call("catalog", `/v1/shows?${query}`, { signal });
  return remember(Array.isArray(body) ? body : body.items);
}

/** Genre words seen so far, the most frequent first. */
export function genresSeen() {
  const tally = new Map();
  for (const show of known.values())
    for (const genre of show.genres) if (!genre.startsWith("(")) tally.set(genre, (tally.get(genre) ?? 0) + 1);
  return [...tally].sort((a, b) => b[1] - a[1]).map(([genre]) => genre);
}
