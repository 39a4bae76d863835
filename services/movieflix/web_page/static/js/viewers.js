/** Who is watching, on what: the sheet to choose a viewer, and the switch of devices. */
import { $, el, icon } from "./dom.js";
import { deviceName } from "./format.js";
import { ID, newViewerId } from "./identity.js";
import { monogram } from "./poster/poster.js";
import { addressOf, DEVICES, enter, readSession } from "./session.js";

const names = new Map();
export const nameOf = (id) => names.get(id) ?? (id.startsWith("guest-") ? `Guest ${id.slice(6, 10)}` : id);

/** Household members; the page works without them. */
export async function loadViewers() {
  try {
    const response = await fetch("/api/viewers");
    for (const { user_id: id, name } of (await response.json()).items ?? []) if (ID.test(id)) names.set(id, name || id);
  } catch {
    /* then an id is typed, or a new viewer made */
  }
}

const person = (id, picture, label, pick) =>
  el(
    "li",
    {},
    el("button", { class: "person", type: "button", data: { viewer: id }, on: { click: pick } }, picture, el("span", { text: label })),
  );

export function openViewers() {
  const sheet = $("#who");
  const { viewer, device } = readSession();
  const choose = (id) => {
    sheet.close();
    enter({ viewer: id });
  };
  const input = el("input", {
    id: "viewer-id",
    name: "viewer",
    maxlength: "64",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "any id, such as u42",
    "aria-describedby": "viewer-hint",
  });
  const hint = el("p", { id: "viewer-hint", class: "panel-note", text: "Letters, digits and _ . : - (64 at most)" });
  const form = el(
    "form",
    {
      class: "typed",
      on: {
        submit: (event) => {
          event.preventDefault();
          const id = input.value.trim();
          if (ID.test(id)) return choose(id);
          hint.classList.add("is-wrong");
          hint.textContent = "An id has 1 to 64 letters, digits and _ . : - and no spaces.";
          input.focus();
        },
      },
    },
    el("label", { for: "viewer-id", text: "Or watch as" }),
    el("div", { class: "typed-row" }, input, el("button", { class: "key", text: "Go" })),
    hint,
  );
  const shown = [...names];
  if (viewer && !names.has(viewer)) shown.unshift([viewer, viewer]);
  sheet.replaceChildren(
    el("h2", { id: "who-title", text: "Who is watching?" }),
    el(
      "ul",
      { class: "people" },
      ...shown.map(([id, name]) => person(id, monogram(name), name, () => choose(id))),
      person("", el("span", { class: "monogram monogram-new", "aria-hidden": "true", text: "+" }), "New viewer", () =>
        choose(newViewerId()),
      ),
    ),
    form,
    ...(viewer
      ? [
          el(
            "p",
            { class: "tabs-hint" },
            "Open as another device in a new tab: ",
            ...DEVICES.filter((id) => id !== device).map((id) =>
              el(
                "a",
                { href: addressOf({ viewer, device: id }), target: "_blank", rel: "noopener", class: "handover" },
                icon(id),
                el("span", { text: deviceName(id) }),
              ),
            ),
          ),
        ]
      : []),
  );
  sheet.oncancel = (event) => {
    if (!readSession().viewer) event.preventDefault();
  };
  // In braces: an on... handler that returns false cancels the click, and with it a link or a form inside.
  sheet.onclick = (event) => {
    if (event.target === sheet && readSession().viewer) sheet.close();
  };
  if (!sheet.open) sheet.showModal();
  sheet.querySelector(".person").focus();
}

export function renderWho({ viewer, device }) {
  const known = DEVICES.includes(device) ? DEVICES : [...DEVICES, device];
  const keys = known.map((id) =>
    el(
      "button",
      {
        class: "device",
        type: "button",
        role: "radio",
        "aria-checked": String(id === device),
        tabindex: id === device ? "0" : "-1",
        title: `Watch on ${deviceName(id)}`,
        "aria-label": deviceName(id),
        data: { device: id },
        on: { click: () => enter({ device: id }) },
      },
      icon(id),
    ),
  );
  const host = $("#devices");
  host.replaceChildren(...keys);
  host.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    enter({ device: known[(known.indexOf(device) + step + known.length) % known.length] });
    requestAnimationFrame(() => host.querySelector("[aria-checked=true]")?.focus());
  };
  const button = $("#viewer");
  button.replaceChildren(
    ...(viewer
      ? [monogram(nameOf(viewer)), el("span", { class: "viewer-name", text: nameOf(viewer) })]
      : [el("span", { text: "Choose a viewer" })]),
  );
  button.setAttribute("aria-label", viewer ? `Viewer: ${nameOf(viewer)}. Change` : "Choose a viewer");
}
