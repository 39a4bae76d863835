/** Lists that change in front of someone: what stays glides to its new place, what is new fades in, what goes fades out. */
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const EASE = "cubic-bezier(.22,.8,.24,1)";

/**
 * Makes `list`'s children those of `items`, in order. `keyOf(item)`, `create(item) -> element`, `update(element, item)`.
 * Elements of kept keys are kept, with focus and scroll; `animate: false` for the first filling.
 */
export function reconcile(list, items, { keyOf, create, update, animate = true }) {
  const moving = animate && !calm();
  const before = new Map(
    [...list.children]
      .filter((n) => n.dataset.key && !n.dataset.leaving)
      .map((n) => [n.dataset.key, { node: n, at: n.getBoundingClientRect() }]),
  );
  const frame = list.getBoundingClientRect();
  const wanted = new Set(items.map((item) => String(keyOf(item))));
  for (const node of [...list.children]) {
    const known = before.get(node.dataset.key);
    if (known && wanted.has(node.dataset.key)) continue;
    if (known && moving && known.at.right > frame.left && known.at.left < frame.right) leave(list, node, known.at, frame);
    else if (!node.dataset.leaving) node.remove();
  }
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    const node = before.get(key)?.node ?? create(item);
    node.dataset.key = key;
    const place = [...list.children].filter((n) => !n.dataset.leaving)[index];
    if (place !== node) list.insertBefore(node, place ?? null);
    update?.(node, item);
  });
  if (!moving) return;
  let arrived = 0;
  for (const node of list.children) {
    if (node.dataset.leaving) continue;
    const from = before.get(node.dataset.key)?.at;
    const to = node.getBoundingClientRect();
    if (!from)
      node.animate(
        [
          { opacity: 0, transform: "translateY(14px) scale(.96)" },
          { opacity: 1, transform: "none" },
        ],
        { duration: 620, delay: 160 + 70 * (arrived += 1), easing: EASE, fill: "backwards" },
      );
    else if (Math.abs(from.left - to.left) + Math.abs(from.top - to.top) > 1)
      node.animate([{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }, { transform: "none" }], {
        duration: 760,
        easing: EASE,
      });
  }
}

function leave(list, node, at, frame) {
  node.dataset.leaving = "yes";
  node.inert = true;
  Object.assign(node.style, {
    position: "absolute",
    left: `${at.left - frame.left + list.scrollLeft}px`,
    top: `${at.top - frame.top}px`,
    width: `${at.width}px`,
  });
  const fade = node.animate([{ opacity: 1 }, { opacity: 0, transform: "scale(.94)" }], {
    duration: 420,
    easing: "ease-out",
    fill: "forwards",
  });
  fade.finished.then(
    () => node.remove(),
    () => node.remove(),
  );
}
