/** How figures and times are written for a person. */

const number = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (value) => (Math.abs(value) < 1e7 ? number : compact).format(value);

/** 4271 -> "1:11:11"; 71 -> "1:11". */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(m).padStart(h ? 2 : 1, "0")}:${String(s).padStart(2, "0")}`;
  return h ? `${h}:${tail}` : tail;
}

export function spoken(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return `${Math.max(0, Math.round(seconds))} s`;
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function ago(then, now = Date.now()) {
  const seconds = Math.max(0, (now - new Date(then).getTime()) / 1000);
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 10) return "just now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

export const deviceName = (id) => ({ tv: "TV", laptop: "Laptop", phone: "Phone" })[id] ?? id;

/** Seconds that a film runs: its own length where the catalogue knows it, else an hour and a half. */
export const durationOf = (show) => (show.runtime_minutes > 0 ? Math.round(show.runtime_minutes * 60) : 5400);
