import { countsPanel, showFields } from "./counts.js";
import { at, say } from "./dom.js";
import { flows } from "./flows.js";
import { importantPanel } from "./important.js";
import { layerCards } from "./layers.js";
import { searchPanel } from "./search.js";
import { onSelect, select, selection } from "./selection.js";
import { sendPanel } from "./send.js";
import { sourceList } from "./sources.js";

let sources = [];
const chosen = () => sources.find((source) => source.name === selection.source);
const fieldsOf = () => chosen()?.fields;

const lines = flows(at("flows"), at("pipeline"));
layerCards(lines);
const counts = countsPanel();
const search = searchPanel(fieldsOf);
const important = importantPanel(fieldsOf);
sendPanel(() => {
  counts.again();
  search.again();
});

function showSource() {
  say(at("source-title"), selection.source || "…");
  say(at("source-about"), chosen()?.about ?? "");
  if (chosen()) showFields(chosen().fields);
}

onSelect(showSource);
sourceList(lines, (items) => {
  const isFirst = !sources.length;
  sources = items;
  showSource();
  if (!isFirst) return;
  search.again();
  important.again();
});

const span = at("span");
span.elements.from.value = selection.from;
span.elements.to.value = selection.to;
span.addEventListener("change", () => select({ from: span.elements.from.value, to: span.elements.to.value }));
span.addEventListener("submit", (event) => event.preventDefault());
span.addEventListener("reset", () => select({ from: "", to: "" }));
