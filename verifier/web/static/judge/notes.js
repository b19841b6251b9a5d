/** What a reader should know about a licence that changes no outcome (elicense/notes.py). */

import { registrationWarnings } from "./numbers.js";
import { TABLES } from "./tables.js";

/** The notes on a genuine licence: `{code, field}`. */
export function notesAbout(licence, issuer, ignored) {
  const notes = ignored.map((label) => ({ code: "unknown-label", field: String(label) }));
  if (!issuer.byNumber.has(licence.authority)) notes.push({ code: "unknown-authority", field: "authority" });
  if (licence.kind === "institution") notes.push(...registrationWarnings(licence.number).map((code) => ({ code, field: "number" })));
  const known = KNOWN[licence.kind](licence);
  return [...notes, ...known.filter(([, good]) => !good).map(([field]) => ({ code: "unknown-code", field }))];
}

const wire = (table, value) => value === undefined || TABLES[table].hasWire(value);
const wires = (table, values) => (values ?? []).every((value) => TABLES[table].hasWire(value));

const KNOWN = {
  physician: (licence) => [
    ["sex", wire("sexes", licence.sex)],
    ["level", wire("physician_levels", licence.level)],
    ["category", wire("physician_categories", licence.category)],
    ["scopes", wires("physician_scopes", licence.scopes)],
  ],
  nurse: (licence) => [["sex", wire("sexes", licence.sex)]],
  institution: (licence) => [
    ["subjects", licence.subjects.every((code) => TABLES.subjects.hasCode(code))],
    ["statutory_type", wire("institution_types", licence.statutory_type)],
    ["service_object", wire("service_objects", licence.service_object)],
    ["service_modes", wires("service_modes", licence.service_modes)],
  ],
};
