/**
 * May this person do this, here, on this day (elicense/scope/engine.py): the same rules, the same steps, the same answer;
 * tests/vectors/scope runs against both. Pure and total; what cannot be known is "ask", never "yes".
 *
 * A question is {person, institution, facts}: verdicts of `judge/verify.js` or null, and facts of `made/rules.js` that are
 * of their form; what is not known is left out. An answer is the JSON of schemas/answer.schema.json.
 */

import { EDITION, FACTS, PARTIES, SENTENCES } from "../made/rules.js";
import { REASONS } from "../made/format.js";
import { dayBegins, dayEnds } from "../judge/period.js";
import { TABLES } from "../judge/tables.js";
import { CHECKS } from "./checks.js";
import { holds, profilesNamed, stepsOf, valueOf } from "./rules.js";

const GRAVITY = ["yes", "ask", "no"];
const milder = (...decisions) => GRAVITY[Math.min(...decisions.map((one) => GRAVITY.indexOf(one)))];
const gravest = (...decisions) => GRAVITY[Math.max(0, ...decisions.map((one) => GRAVITY.indexOf(one)))];

/** The answer for the civil day `on` (an ISO text, at UTC+8). Never throws for anything in a question of that form. */
export function may(profile, question, on) {
  const versions = profilesNamed(profile);
  const known = versions.find((row) => holds(row, on));
  const taken = known === undefined ? [unruled(versions)] : steps(known, question, on);
  const reasons = taken.flatMap(({ place, found }) => found.map((one) => why(one, place, question.facts)));
  return {
    decision: gravest(...reasons.map(({ decision }) => decision)),
    profile,
    on,
    reasons,
    passed: taken.filter(({ found }) => !found.length).map(({ place }) => place.step),
    rules: EDITION,
  };
}

const unruled = (versions) => ({
  place: { step: "profile", about: "act", basis: "", most: "no" },
  found: [{ code: versions.length ? "day-without-rules" : "profile-unknown" }],
});

/** The steps that were taken, each with what it found. The licences come first, whatever the rules say. */
function steps(profile, question, on) {
  const kinds = profile.kinds ?? [];
  const readings = { person: read("person", question.person, on, kinds), institution: readInstitution(question, on) };
  const taken = [];
  const licence = (about) => taken.push({ place: { step: `${about}-licence`, about, basis: profile.basis, most: "no" }, found: readings[about].against });
  if (kinds.length) licence("person");
  if (profile.institution_required || question.institution !== null) licence("institution");
  const seen = readings.person.licence === null ? kinds : [readings.person.licence.kind];
  for (const step of stepsOf(profile.profile, on, seen.length === 1 ? seen[0] : null)) {
    const { run, reads } = CHECKS[step.check];
    const one = caseOf(question, on, step, readings);
    const given = givenBy(one);
    if (given === null || reads.some((name) => readings[name].licence === null)) continue;
    const found = run(one);
    if (found === null) continue;
    const most = milder(step.effect, given, ...reads.map((name) => readings[name].most));
    taken.push({ place: { step: step.step, about: step.about, basis: step.basis, most }, found });
  }
  return taken;
}

function caseOf({ institution, facts }, on, step, readings) {
  const shown = institution?.licence ?? null;
  const ofKind = (licence, ...kinds) => (kinds.includes(licence?.kind) ? licence : null);
  return {
    facts,
    on,
    step,
    person: ofKind(readings.person.licence, "physician", "nurse"),
    institution: ofKind(readings.institution.licence, "institution"),
    number: facts.at ?? (shown?.kind === "institution" ? shown.number : undefined),
    bedsKnown: readings.institution.most === "no",
  };
}

/** How grave a step may be by the fact that it depends on; null if that fact says there is nothing to look at. */
function givenBy({ step, facts, on }) {
  if (step.given === undefined) return "no";
  const value = facts[step.given];
  const row = value === undefined ? undefined : valueOf(step.given, value, on);
  if (row === undefined) return "ask";
  return row.nothing ? null : "no";
}

/** What a verdict tells about the day: what speaks against it, the licence if it may be looked into, and how gravely. */
function read(about, verdict, on, kinds) {
  const only = (...against) => ({ against, licence: null, most: "ask" });
  if (verdict === null) return only({ code: "fact-missing", fact: about });
  const against = verdict.findings.map(({ code }) => ({ code, most: REASONS[code].outcome === "invalid" ? "no" : "ask" }));
  if (verdict.licence === null) return only(...(against.length ? against : [{ code: "not-judged" }]));
  if (verdict.at < dayBegins(on) || verdict.at >= dayEnds(on)) return only({ code: "other-day" });
  if (!kinds.includes(verdict.licence.kind)) return only({ code: "kind-wrong" });
  if (verdict.outcome === "valid") return { against: [], licence: verdict.licence, most: "no" };
  return { against, licence: verdict.outcome === "invalid" ? null : verdict.licence, most: "ask" };
}

/** The institution's verdict, which must be about the institution that was named, if one was. */
function readInstitution({ institution, facts }, on) {
  const reading = read("institution", institution, on, ["institution"]);
  const differs = reading.licence !== null && facts.at !== undefined && facts.at !== reading.licence.number;
  return differs ? { against: [{ code: "institution-differs" }], licence: null, most: "ask" } : reading;
}

/** A reason in words, bounded by its sentence, its step and what it was read from. */
function why(found, place, facts) {
  const said = SENTENCES[found.code] ?? { decision: "no", zh: found.code, en: found.code };
  const label = FACTS[found.fact] ?? PARTIES[found.fact] ?? { zh: "", en: "" };
  const inWords = (lang) => said[lang].replaceAll("{fact}", () => label[lang]).replaceAll("{subject}", () => subjectName(found.subject, facts, lang));
  return {
    code: found.code,
    decision: milder(found.most ?? "no", place.most, said.decision),
    step: place.step,
    about: place.about,
    basis: found.basis ?? place.basis,
    zh: inWords("zh"),
    en: inWords("en"),
    ...(found.fact === undefined ? {} : { fact: found.fact }),
    ...(found.subject === undefined ? {} : { subject: found.subject }),
  };
}

/** A code that means different things gets a name only with its edition. */
function subjectName(code, facts, lang) {
  if (code === undefined) return "";
  const edition = facts.subject_edition === undefined ? null : String(facts.subject_edition);
  const row = TABLES.subjects.byCode(code, edition);
  return row !== null && (row.edition === null || row.edition === edition) ? `${code} ${row[lang]}` : code;
}
