/** What a viewer is told when a part is away: what that means here, and what mends it. */
import { health } from "./api.js";
import { dismiss, toast } from "./toast.js";

const PARTS = {
  playback: ["Playback API", "positions and ratings are kept and sent again."],
  resume: ["Resume API", "continue-watching is as it was last known; asking again."],
  recommendations: ["Recommendations API", "the row stays as it is; asking again."],
  catalog: ["Catalog API", "titles and search come back with it; asking again."],
  analytics: ["Analytics API", "figures stand still; asking again."],
};

export function watchHealth(outbox) {
  health.addEventListener("away", ({ detail }) => {
    const [name, meaning] = PARTS[detail.service] ?? [detail.service, "asking again."];
    toast(`${name} does not answer; ${meaning} If it stays away: make status.`, { kind: "error", key: `away-${detail.service}`, stay: true });
  });
  health.addEventListener("back", ({ detail }) => {
    dismiss(`away-${detail.service}`);
    const [name] = PARTS[detail.service] ?? [detail.service];
    const kept = detail.service === "playback" ? outbox.waiting.length : 0;
    toast(kept > 1 ? `${name} answers again; sending ${kept} kept events.` : `${name} answers again.`, { kind: "good", key: `back-${detail.service}` });
  });
  outbox.addEventListener("refused", ({ detail }) => toast(`Not accepted: ${detail.detail ?? "the playback API gave no reason"}`, { kind: "error" }));
}
