/** Checks about subjects 诊疗科目 (elicense/scope/subjects.py): registered here, and covered by the physician's scope? */

import { SCOPE_CATEGORIES } from "../made/rules.js";
import { TABLES } from "../judge/tables.js";
import { ANY, has, pairsAbout } from "./rules.js";

/** The institution has registered each subject, in the meaning that is asked about, for this kind of care. */
export function subject({ institution, facts }) {
  if (institution === null) return null;
  if (facts.subjects === undefined) return [{ code: "fact-missing", fact: "subjects" }];
  return facts.subjects.flatMap((code) => registered(institution, facts, code));
}

function registered(institution, facts, code) {
  const row = TABLES.subjects.byCode(code);
  if (row !== null && row.edition !== null) {
    if (facts.subject_edition === undefined) return [{ code: "fact-missing", fact: "subject_edition", subject: code }];
    if (facts.subject_edition !== institution.subjects_edition) return [{ code: "subject-edition-differs", subject: code }];
  }
  const held = institution.subjects ?? [];
  if (!held.includes(code)) return [{ code: instead(held, code), subject: code }];
  if (!(institution.outpatient_only ?? []).includes(code)) return [];
  if (facts.inpatient === undefined) return [{ code: "fact-missing", fact: "inpatient", subject: code }];
  return facts.inpatient ? [{ code: "outpatient-only", subject: code }] : [];
}

/** What stands instead of a subject that is not registered itself: one above, one below, or none. */
function instead(held, code) {
  const above = held.filter((each) => code.startsWith(`${each}.`));
  const nearest = above.reduce((best, each) => (each.length > best.length ? each : best), "");
  const undivided = nearest !== "" && !held.some((each) => each.startsWith(`${nearest}.`));
  const below = held.some((each) => each.startsWith(`${code}.`));
  return undivided || below ? "subject-level-differs" : "subject-not-registered";
}

/** The physician's scopes at this institution against each subject. Only the table decides; it never says no. */
export function scope(one, here, filed) {
  const { person, facts } = one;
  if (person?.kind !== "physician") return null;
  if (facts.subjects === undefined) return [{ code: "fact-missing", fact: "subjects" }];
  const scopes = scopesHere(one, here, filed);
  return facts.subjects.flatMap((code) => covered(one, scopes, code));
}

/** A filing may hold for fewer scopes than the licence. */
function scopesHere(one, here, filed) {
  const kept = here(one, one.person.institution) ? [] : filed(one);
  if (!kept.length || kept.some(({ scopes }) => scopes === undefined)) return one.person.scopes ?? [];
  return kept.flatMap(({ scopes }) => scopes);
}

function covered({ person, on }, scopes, subject) {
  const pairs = pairsAbout(subject, on);
  const always = pairs.filter((pair) => pair.scope === ANY);
  if (always.length) return always.map(({ reason, basis }) => ({ code: reason, subject, basis }));
  const held = scopes.map(String).filter((code) => (SCOPE_CATEGORIES[code] ?? String(person.category)) === String(person.category));
  const own = pairs.filter((pair) => held.includes(pair.scope));
  if (own.some(({ reason }) => reason === undefined)) return [];
  if (own.length) return [{ code: own[0].reason, subject, basis: own[0].basis }];
  if (person.scope_text !== undefined) return [{ code: "scope-in-words", subject }];
  const categories = pairs.map((pair) => SCOPE_CATEGORIES[pair.scope]).filter((category) => category !== undefined);
  const category = String(person.category);
  const free = has("physician_categories", category, "other_departments", on);
  return [{ code: categories.length && !categories.includes(category) && !free ? "category-mismatch" : "out-of-scope", subject }];
}
