/**
 * One field for each fact, made from its form in made/rules.js: a choice, a day, a number, a text or subjects by name.
 * What is left empty is not stated; what is not of its form is told and not used.
 */

import { LIMITS } from "../made/format.js";
import { FACTS } from "../made/rules.js";
import { dayNumber } from "../judge/period.js";
import { el } from "../page/dom.js";
import { lang, m } from "./words.js";
import { valuesOf } from "../scope/rules.js";
import { subjectsField } from "./subjects.js";

export const fieldId = (fact) => `may-${fact}`;

const READERS = {
  boolean: (text) => ({ true: true, false: false })[text],
  integer: (text, { minimum, maximum }) => (/^[0-9]{1,9}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum ? Number(text) : undefined),
  date: (text) => (isDay(text) ? text : undefined),
  string: (text, { pattern, maxLength }) => ((pattern === undefined || new RegExp(pattern).test(text)) && [...text].length <= (maxLength ?? Infinity) ? text : undefined),
};

/** Whether a text is a civil day that licences know. */
export function isDay(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const number = dayNumber(text);
  return number >= LIMITS.day_min && number <= LIMITS.day_max && new Date(number * 86_400_000).toISOString().startsWith(text);
}

/** What was filled in for a fact: undefined if it is not of the form. */
export function readFact(fact, text) {
  const { form } = FACTS[fact];
  return READERS[form.format ?? form.type](text, form);
}

/**
 * The field of a fact. `facts` holds what is known and is changed; `changed` is called after that. `places` are
 * institutions `{number, name}` to choose from.
 */
export function field(fact, { facts, on, places, changed }) {
  const label = FACTS[fact][lang()];
  if (FACTS[fact].form.type === "array") return subjectsField(fact, label, { facts, changed });
  const id = fieldId(fact);
  const tell = el("p", { class: "tell", id: `${id}-tell` });
  const hint = fact === "at" ? el("small", { id: `${id}-hint` }, m("at_hint")) : null;
  const take = ({ target }) => {
    const text = target.value.trim();
    const value = text === "" ? undefined : readFact(fact, text);
    const bad = (text !== "" && value === undefined) || target.validity.badInput;
    target.toggleAttribute("aria-invalid", bad);
    tell.textContent = bad ? m("bad") : "";
    if (fact === "at" && !bad) tell.textContent = placeName(places, text);
    if (value === undefined) delete facts[fact];
    else facts[fact] = value;
    changed();
  };
  const described = hint ? `${id}-hint ${id}-tell` : `${id}-tell`;
  const control = controlOf(fact, { id, "aria-describedby": described, onchange: take }, { facts, on });
  const list = fact === "at" ? el("datalist", { id: `${id}-places` }, places.map(({ number, name }) => el("option", { value: number }, name))) : null;
  if (list) control.setAttribute("list", list.id);
  return el("div", { class: "field", "data-fact": fact }, el("label", { for: id }, label), hint, control, list, tell);
}

function placeName(places, number) {
  const found = places.find((place) => place.number === number);
  return found === undefined ? "" : m("at_known", { name: found.name });
}

function controlOf(fact, attributes, { facts, on }) {
  const { form } = FACTS[fact];
  const rows = valuesOf(fact, on);
  const held = facts[fact] === undefined ? "" : String(facts[fact]);
  if (form.type === "boolean" || rows.length) {
    const choices = rows.length ? rows.map((row) => [row.value, row[lang()]]) : [["true", m("yes")], ["false", m("no")]];
    const option = ([value, words]) => el("option", { value, selected: value === held }, words);
    return el("select", attributes, [["", m("unstated")], ...choices].map(option));
  }
  if (form.format === "date") return el("input", { ...attributes, type: "date", value: held });
  if (form.type === "integer") return el("input", { ...attributes, type: "number", min: form.minimum, max: form.maximum, value: held });
  return el("input", { ...attributes, type: "text", maxlength: form.maxLength ?? 64, value: held, spellcheck: "false", autocapitalize: "off" });
}
