/** A viewer's own ratings, as given on this page: no API tells them back. */
const kept = (viewer) => `movieflix.ratings.${viewer}`;

function read(viewer) {
  try {
    return JSON.parse(localStorage.getItem(kept(viewer)) ?? "{}");
  } catch {
    return {};
  }
}

export const ratingOf = (viewer, showId) => read(viewer)[showId] ?? 0;

export function keepRating(viewer, showId, rating) {
  try {
    localStorage.setItem(kept(viewer), JSON.stringify({ ...read(viewer), [showId]: rating }));
  } catch {
    /* a closed store: the rating was sent all the same */
  }
}
