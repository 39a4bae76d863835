/** Short notes over the page. One that has a `key` is there once, and can be taken back. */
import { $, el, icon } from "./dom.js";

const shown = new Map();

export function toast(message, { kind = "info", key = message, stay = false } = {}) {
  const host = $("#toasts");
  dismiss(key);
  const node = el(
    "div",
    { class: `toast toast-${kind}`, role: kind === "error" ? "alert" : null },
    el("span", { text: message }),
    el("button", { class: "toast-close", type: "button", "aria-label": "Dismiss", on: { click: () => dismiss(key) } }, icon("close")),
  );
  host.append(node);
  while (host.children.length > 4) host.firstElementChild.remove();
  // Shown anew each time: the latest popover lies above an open dialog.
  if (host.matches(":popover-open")) host.hidePopover();
  host.showPopover();
  shown.set(key, { node, timer: stay ? 0 : setTimeout(() => dismiss(key), 5200) });
}

export function dismiss(key) {
  const found = shown.get(key);
  if (!found) return;
  shown.delete(key);
  clearTimeout(found.timer);
  found.node.classList.add("toast-out");
  setTimeout(() => {
    found.node.remove();
    const host = $("#toasts");
    if (!host.children.length && host.matches(":popover-open")) host.hidePopover();
  }, 220);
}
