/** Random ids that also work where the page is not a secure context (plain http on another host has no randomUUID). */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export const ID = /^[A-Za-z0-9_.:-]{1,64}$/;
export const newViewerId = () => `guest-${randomId().slice(0, 8)}`;
