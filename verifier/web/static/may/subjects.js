/** Choosing subjects 诊疗科目 by name or code: a search, what it finds as buttons, and what was chosen. */

import { FACTS } from "../made/rules.js";
import { TABLES } from "../judge/tables.js";
import { phrase } from "../judge/report.js";
import { el } from "../page/dom.js";
import { lang, m } from "./words.js";

const SHOWN = 8;

/** Codes with the names of all their meanings, in the language. */
function subjects() {
  const found = new Map();
  for (const row of TABLES.subjects.rows) found.set(row.code, [...(found.get(row.code) ?? []), row[lang()]]);
  return [...found].map(([code, names]) => ({ code, words: `${code} ${[...new Set(names)].join(" / ")}` }));
}

/** Those whose code begins with the text or whose name contains it; whole names and shorter codes first. */
export function search(text) {
  const sought = text.normalize("NFKC").toLowerCase().trim();
  if (!sought) return [];
  const fits = subjects().filter(({ code, words }) => code.startsWith(sought) || words.toLowerCase().includes(sought));
  return fits.sort((one, other) => one.code.length - other.code.length || one.code.localeCompare(other.code));
}

/** The field; `facts[fact]` is the array of codes, or not there if none is chosen. */
export function subjectsField(fact, label, { facts, changed }) {
  const id = `may-${fact}`;
  const limit = FACTS[fact].form.maxItems;
  const says = el("p", { class: "tell", role: "status" });
  const chosen = el("ul", { class: "chosen" });
  const found = el("ul", { class: "found" });
  const box = el("input", { id, type: "search", autocomplete: "off", maxlength: 64, "aria-describedby": `${id}-hint`, oninput: look, onkeydown: first });

  function put(codes) {
    if (codes.length) facts[fact] = codes;
    else delete facts[fact];
    draw();
    changed();
    box.focus();
  }

  function add(code) {
    const held = facts[fact] ?? [];
    if (held.length >= limit) return void (says.textContent = phrase(m("subjects_full"), { n: limit }));
    box.value = "";
    look();
    put(held.includes(code) ? held : [...held, code]);
  }

  function first(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [one] = search(box.value);
    if (one) add(one.code);
  }

  function look() {
    const all = search(box.value);
    found.replaceChildren(...all.slice(0, SHOWN).map(({ code, words }) => el("li", {}, el("button", { type: "button", class: "plain", "aria-label": m("subject_add", { subject: words }), onclick: () => add(code) }, `+ ${words}`))));
    if (!box.value.trim()) says.textContent = "";
    else says.textContent = all.length ? m("search_found", { n: all.length }) : m("search_none");
  }

  function draw() {
    const held = facts[fact] ?? [];
    const words = new Map(subjects().map((one) => [one.code, one.words]));
    const item = (code) => el("li", {}, el("span", {}, words.get(code) ?? code), el("button", { type: "button", class: "plain", "aria-label": m("subject_remove", { subject: words.get(code) ?? code }), onclick: () => put(held.filter((one) => one !== code)) }, "×"));
    chosen.replaceChildren(...(held.length ? held.map(item) : [el("li", { class: "none" }, m("subjects_none"))]));
  }

  draw();
  return el("div", { class: "field", "data-fact": fact }, el("label", { for: id }, label), el("small", { id: `${id}-hint` }, m("search")), chosen, box, found, says);
}
