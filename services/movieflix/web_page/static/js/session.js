/** Who watches on what: kept in the address (`#viewer=ada&device=phone`), so that a link or a second tab is another device. */
import { ID } from "./identity.js";

export const DEVICES = ["tv", "laptop", "phone"];

export function readSession() {
  const given = new URLSearchParams(location.hash.slice(1));
  const viewer = given.get("viewer") ?? "";
  const device = given.get("device") ?? "";
  const play = given.get("play") ?? "";
  return {
    viewer: ID.test(viewer) ? viewer : null,
    device: ID.test(device) ? device : matchMedia("(max-width: 640px)").matches ? "phone" : "laptop",
    play: ID.test(play) ? play : null,
  };
}

export function addressOf({ viewer, device, play }) {
  return `#${new URLSearchParams({ ...(viewer && { viewer }), device, ...(play && { play }) })}`;
}

/** Changes the address; `hashchange` tells the page. Without `viewer` everything stays but what is given. */
export function enter(change) {
  location.hash = addressOf({ ...readSession(), play: null, ...change });
}

/** The same address without the film to open, so that a reload does not open it again. */
export function forgetPlay() {
  history.replaceState(null, "", addressOf({ ...readSession(), play: null }));
}
