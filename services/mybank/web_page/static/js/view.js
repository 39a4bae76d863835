/** A decimal string with its currency; no number is made of it, so that no cent is lost. */
export function money(amount, currency) {
  const [whole, cents = "00"] = amount.replace("-", "").split(".");
  return `${amount.startsWith("-") ? "−" : ""}${whole.replace(/\B(?=(\d{3})+$)/g, " ")}.${cents} ${currency}`;
}

export function clock(text) {
  return new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function hours(window) {
  if (window === null) return "each";
  if (window % 24) return `within ${window} h`;
  return window === 24 ? "within a day" : `within ${window / 24} days`;
}
