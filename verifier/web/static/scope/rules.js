/** Look-ups in the rules (elicense/scope/rules.py). Days are ISO texts, which compare as they stand. */

import { ATTRIBUTES, PAIRS, PROFILES, STEPS, VALUES } from "../made/rules.js";

/** The scope in a pair that holds for every scope. */
export const ANY = "*";

/** Whether a row is in force on the civil day; both its days are included. */
export const holds = (row, on) => row.effective_from <= on && (row.effective_to === undefined || on <= row.effective_to);

/** The rows of a profile; each is a version with days of its own. */
export const profilesNamed = (name) => PROFILES.filter((row) => row.profile === name);

/** The steps in force, in order: those for every kind of person and those for `kind`. */
export const stepsOf = (profile, on, kind) =>
  STEPS.filter((step) => step.profile === profile && holds(step, on) && (step.kinds === undefined || step.kinds.includes(kind)));

/** The row for a value of a fact, undefined for a value that is not known on that day. */
export const valueOf = (fact, value, on) => VALUES.find((row) => row.fact === fact && row.value === String(value) && holds(row, on));

/** The values of a coded fact that are known on a day. */
export const valuesOf = (fact, on) => VALUES.filter((row) => row.fact === fact && holds(row, on));

/** Whether a code of a table has an attribute. */
export const has = (table, code, attribute, on) => codesWith(table, attribute, on).includes(String(code));

/** The codes of a table that have an attribute. */
export const codesWith = (table, attribute, on) =>
  ATTRIBUTES.filter((row) => row.table === table && row.attribute === attribute && holds(row, on)).map(({ code }) => code);

/** The pairs that speak of a subject on a day. */
export const pairsAbout = (subject, on) => PAIRS.filter((pair) => holds(pair, on) && (subject === pair.subject || subject.startsWith(`${pair.subject}.`)));

/** The profiles in force on a day. */
export const profilesOn = (on) => PROFILES.filter((row) => holds(row, on));

/**
 * The facts that a profile may look at, for a form: `main` are those that each step begins with, `more` those that matter
 * only in some cases, and what the register answered.
 */
export function factsOf(profile, on) {
  const steps = STEPS.filter((step) => step.profile === profile && holds(step, on));
  const main = ["at", ...steps.filter(({ check }) => check !== "standing").flatMap(({ facts }) => facts?.slice(0, facts[1] === "at_name" ? 2 : 1) ?? [])];
  const every = ["at", ...steps.flatMap(({ facts }) => facts ?? [])];
  return { main: [...new Set(main)], more: [...new Set(every)].filter((fact) => !main.includes(fact)) };
}
