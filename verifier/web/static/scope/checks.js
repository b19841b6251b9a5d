/**
 * The checks that steps are made of (elicense/scope/checks.py, case.py): each answers null if it could not or need not be
 * taken, else what it found, [] if it passed. A case is {facts, on, step, person, institution, number, bedsKnown}.
 */

import { covers } from "../judge/numbers.js";
import { yearsAfter } from "../judge/period.js";
import { TABLES } from "../judge/tables.js";
import { codesWith, has, valueOf } from "./rules.js";
import { scope, subject } from "./subjects.js";

/** A name as it is compared: NFKC, no blanks, never expanded. */
const plain = (name) => name.normalize("NFKC").replaceAll(" ", "");

const ended = (filing, on) => filing.end !== undefined && filing.end < on;

const doorName = ({ facts, step }) => (step.facts?.includes("at_name") ? facts.at_name : undefined);

/** Whether an entry of a licence names the institution where it happens; the number goes first. */
export function here(one, held) {
  if (one.number !== undefined) return held.number === one.number;
  const name = doorName(one);
  return name !== undefined && plain(held.name) === plain(name);
}

/** The filings at this institution that are in force on the day. */
export const filed = (one) => (one.person.filings ?? []).filter((filing) => here(one, filing) && filing.start <= one.on && !ended(filing, one.on));

/** The first fact of the step must be stated, and its value says what follows. */
function stated(one) {
  const [fact] = one.step.facts;
  const value = one.facts[fact];
  if (value === undefined) return [{ code: "fact-missing", fact }];
  const row = valueOf(fact, value, one.on);
  return row === undefined ? [{ code: "value-unknown", fact }] : because(one, row);
}

/** What the register answered, if it was asked: it can only add to what the verdict says. */
const standing = (one) => (one.facts[one.step.facts[0]] === undefined ? null : stated(one));

function because(one, row) {
  if (row.reason === undefined) return [];
  const code = row.without_beds !== undefined && one.bedsKnown && one.institution?.beds === 0 ? row.without_beds : row.reason;
  if (row.unless === undefined) return [{ code, basis: row.basis }];
  const excused = one.facts[row.unless];
  if (excused === undefined) return [{ code: "fact-missing", fact: row.unless, basis: row.basis }];
  return excused === true ? [] : [{ code, basis: row.basis }];
}

/** The level of the physician acts alone, or (where the step has that fact) acted under one that does. */
function level({ person, facts, step, on }) {
  if (person?.kind !== "physician") return null;
  if (has("physician_levels", person.level, "independent", on)) return [];
  if (!TABLES.physician_levels.hasWire(person.level)) return [{ code: "level-unknown" }];
  for (const fact of step.facts ?? []) {
    if (facts[fact] === undefined) return [{ code: "level-assistant", fact, most: "ask" }];
    if (facts[fact] === true) return [];
  }
  return [{ code: "level-assistant" }];
}

/** Primary institution, or a filing in force; where the step has that fact, a case that needs neither may excuse. */
function where(one) {
  const { person, on, number } = one;
  if (person === null) return null;
  if (number === undefined && doorName(one) === undefined) return [{ code: "fact-missing", fact: "at" }];
  if (here(one, person.institution) || filed(one).length) return [];
  const filings = (person.filings ?? []).filter((filing) => here(one, filing));
  const codes = filings.some((filing) => ended(filing, on)) ? ["filing-ended"] : [];
  if (filings.some(({ start }) => start > on)) codes.push("filing-not-started");
  const excuse = excuses(one);
  // A name on a door may be a second name of a place where the person is registered.
  const most = number === undefined || excuse.length ? "ask" : "no";
  return [...(codes.length ? codes : ["not-at-institution"]).map((code) => ({ code, most })), ...excuse];
}

function excuses({ step, facts, on }) {
  const fact = "exemption";
  if (!step.facts?.includes(fact)) return [];
  const value = facts[fact];
  if (value === undefined) return [{ code: "exemption-possible", fact }];
  const row = valueOf(fact, value, on);
  if (row === undefined) return [{ code: "value-unknown", fact }];
  return row.nothing ? [] : [{ code: row.reason, basis: row.basis }];
}

/** A filing counts inside the place of practice only; the primary institution is what the issuer says it is. */
function area(one) {
  const { person, number } = one;
  if (person === null || number === undefined || here(one, person.institution) || !filed(one).length) return null;
  const division = Number(number.slice(9, 15));
  if (covers(person.place, division)) return [];
  const province = (code) => Math.floor(code / 10_000);
  return [{ code: province(division) === province(person.place) ? "place-unclear" : "outside-place" }];
}

/** So many full years of independent clinical work, counted from the day that was stated. */
function experience({ facts, on, step }) {
  const since = facts.independent_since;
  if (since === undefined) return [{ code: "experience-unproven", fact: "independent_since" }];
  return on > yearsAfter(since, step.number) ? [] : [{ code: "experience-short" }];
}

/** The institution lists an internet service mode, or has an internet hospital name; the name for others' people. */
function internet(one) {
  const { institution, person, on } = one;
  if (institution === null) return null;
  const endings = codesWith("name_endings", "internet", on);
  const names = [institution.name, ...(institution.other_names ?? [])].map(plain);
  if (names.some((name) => endings.some((ending) => name.endsWith(ending)))) return [];
  const modes = institution.service_modes ?? [];
  if (!modes.some((mode) => has("service_modes", mode, "internet", on))) return [{ code: modes.length ? "no-internet-mode" : "internet-mode-unstated" }];
  const others = person !== null && !here(one, person.institution) && filed(one).length > 0;
  return others ? [{ code: "second-name-missing" }] : [];
}

/** The advertised name is a name on the licence. */
function name({ institution, facts }) {
  if (institution === null) return null;
  if (facts.advertised_name === undefined) return [{ code: "fact-missing", fact: "advertised_name" }];
  const registered = [institution.name, ...(institution.other_names ?? [])].map(plain);
  return registered.includes(plain(facts.advertised_name)) ? [] : [{ code: "name-mismatch" }];
}

/** Each check, and the licences whose content it looks at: without one it is not taken, and none makes it surer. */
export const CHECKS = {
  stated: { run: stated, reads: [] },
  standing: { run: standing, reads: [] },
  level: { run: level, reads: ["person"] },
  where: { run: where, reads: ["person"] },
  area: { run: area, reads: ["person"] },
  experience: { run: experience, reads: [] },
  internet: { run: internet, reads: ["institution"] },
  name: { run: name, reads: ["institution"] },
  subject: { run: subject, reads: ["institution"] },
  scope: { run: (one) => scope(one, here, filed), reads: ["person"] },
};
