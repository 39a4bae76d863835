/** Elements from data: text is always text, never HTML. */
export function el(tag, { on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child !== null));
  return element;
}

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
