/** What a viewer is told when a part is away: what that means here, and what mends it. One note, however many are away. */
import { call, health } from "./api.js";
import { dismiss, toast } from "./toast.js";

const PARTS = {
  playback: ["Playback API", "positions and ratings are kept and sent again"],
  resume: ["Resume API", "continue-watching stays as it was"],
  recommendations: ["Recommendations API", "the row stays as it is"],
  catalog: ["Catalog API", "titles and search come back with it"],
  analytics: ["Analytics API", "the figures stand still"],
};
// A cheap question to each, so that the note goes when the part is back although nothing else asks just then. The playback API
// has none: what waits in the outbox asks by itself.
const PROBES = {
  resume: "/v1/users/probe/continue-watching?limit=1",
  recommendations: "/v1/users/probe/profile",
  catalog: "/v1/shows?limit=1",
  analytics: "/v1/analytics/summary",
};
const PROBE_MS = 5000;
const MEND = "This page keeps asking; if it stays so, look at make status.";

function sentence(services) {
  const known = services.map((service) => PARTS[service] ?? [service, "what it knows is missing"]);
  if (known.length === 1) return `${known[0][0]} does not answer; ${known[0][1]}. ${MEND}`;
  const kept = services.includes("playback") ? " Positions and ratings are kept and sent again." : "";
  return `${known.length} services do not answer: ${known.map(([name]) => name).join(", ")}.${kept} ${MEND}`;
}

export function watchHealth(outbox) {
  const away = new Set();
  const tell = () => (away.size ? toast(sentence([...away]), { kind: "error", key: "away", stay: true }) : dismiss("away"));
  health.addEventListener("away", ({ detail }) => {
    away.add(detail.service);
    tell();
  });
  health.addEventListener("back", ({ detail }) => {
    away.delete(detail.service);
    tell();
    const [name] = PARTS[detail.service] ?? [detail.service];
    const kept = detail.service === "playback" ? outbox.waiting.length : 0;
    toast(kept > 1 ? `${name} answers again; sending ${kept} kept events.` : `${name} answers again.`, { kind: "good", key: "back" });
  });
  setInterval(() => {
    for (const service of away) if (PROBES[service]) call(service, PROBES[service], { missing: null }).catch(() => {});
  }, PROBE_MS);
  outbox.addEventListener("refused", ({ detail }) =>
    toast(`Not accepted: ${detail.detail ?? "the playback API gave no reason"}`, { kind: "error" }),
  );
}
