/**
 * Readers of fields, made from the descriptions that elicense/fields.py writes into made/format.js: each takes a value
 * as it travels and gives it as it stands in JSON, or throws `Rejected("claims-bad")` without repeating it.
 */

import { LIMITS, TEXT_PATTERN } from "../made/format.js";
import { dayFromNumber, dayNumber } from "./period.js";
import { Rejected } from "./refused.js";

const TEXT = new RegExp(TEXT_PATTERN, "u");
const GROUP = /^(0[1-9]|[1-9][0-9])(\.(0[1-9]|[1-9][0-9])){0,2}$/;

const bad = (rule) => new Rejected("claims-bad", rule);
const isInt = (value, low, high) => typeof value === "number" && value >= low && value <= high;
const isFilled = (value, limit) => Array.isArray(value) && value.length > 0 && value.length <= limit;

/** Whether a value is a text of 1 to `limit` characters of the closed set, without a space at either end. */
export function isText(value, limit) {
  return typeof value === "string" && value.length <= 2 * limit && [...value].length <= limit && TEXT.test(value);
}

const MAKERS = {
  uint: ({ low, high }) => check((value) => isInt(value, low, high)),
  text: ({ limit }) => check((value) => isText(value, limit)),
  pattern: ({ pattern }) => {
    const whole = new RegExp(`^(?:${pattern})$`);
    return check((value) => typeof value === "string" && whole.test(value));
  },
  digits: ({ width, pattern }) => {
    const whole = new RegExp(`^(?:${pattern})$`);
    return (value) => {
      const digits = isInt(value, 0, 10 ** width - 1) ? String(value).padStart(width, "0") : "";
      if (!whole.test(digits)) throw bad("not a number of the prescribed form");
      return digits;
    };
  },
  day: () => (value) => {
    if (!isInt(value, LIMITS.day_min, LIMITS.day_max)) throw bad("not a civil day");
    return dayFromNumber(value);
  },
  subjects: ({ limit }) => (value) => {
    if (!isFilled(value, limit)) throw bad("not an array of subject codes");
    const codes = value.flatMap(subjectGroup);
    const good = codes.length <= limit && codes.every((code) => GROUP.test(code)) && new Set(codes).size === codes.length;
    if (!good || JSON.stringify(grouped(codes)) !== JSON.stringify(value)) throw bad("not an array of distinct subject codes");
    return codes;
  },
  many: ({ limit, item }) => {
    const read = reader(item);
    return (value) => {
      if (!isFilled(value, limit)) throw bad("not a filled array");
      const items = value.map(read);
      if (new Set(items.map((one) => JSON.stringify(one))).size !== items.length) throw bad("an item stands twice");
      return items;
    };
  },
  record: ({ of, members }) => {
    const readers = members.map(([name, wire, optional]) => ({ name, optional, read: reader(wire) }));
    const least = readers.filter(({ optional }) => !optional).length;
    return (value) => {
      if (!Array.isArray(value) || value.length < least || value.length > readers.length || value.at(-1) === null) throw bad(`not a ${of}`);
      const entries = readers.slice(0, value.length).map(({ name, optional, read }, at) => [name, optional && value[at] === null ? null : read(value[at])]);
      const made = Object.fromEntries(entries.filter(([, one]) => one !== null));
      if (of === "Filing" && made.end !== undefined && dayNumber(made.end) < dayNumber(made.start)) throw bad("a filing ends before it begins");
      return made;
    };
  },
};

/** The reader for a description such as `{is: "uint", low: 1, high: 9}`. */
export const reader = (wire) => MAKERS[wire.is](wire);

function check(accepts) {
  return (value) => {
    if (!accepts(value)) throw bad("not acceptable");
    return value;
  };
}

const two = (number) => String(number).padStart(2, "0");

/** The codes of one item on the wire: a number, or an array of the first level and what lies below it. */
function subjectGroup(item) {
  const [first, ...below] = isFilled(item, Infinity) ? item : [item];
  if (!isInt(first, 1, 99) || !below.every((part) => isInt(part, 1, 9999))) throw bad("not a subject");
  const tails = below.map((part) => (part >= 100 ? `.${two(Math.floor(part / 100))}.${two(part % 100)}` : `.${two(part)}`));
  return (tails.length ? tails : [""]).map((tail) => two(first) + tail);
}

/** The one form in which codes travel; what does not come back to it was not written so. */
function grouped(codes) {
  const wire = [];
  for (const code of codes) {
    const [first, ...below] = code.split(".").map(Number);
    if (!below.length) {
      wire.push(first);
      continue;
    }
    if (!Array.isArray(wire.at(-1)) || wire.at(-1)[0] !== first) wire.push([first]);
    wire.at(-1).push(below.length === 1 ? below[0] : below[0] * 100 + below[1]);
  }
  return wire;
}
