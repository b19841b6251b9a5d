/** The face of a licence 照面 (elicense/face.py): label and value of everything a reader is shown, in the printed order. */

import { FACE_LABELS } from "../made/tables.js";
import { registrationParts } from "./numbers.js";
import { civilDay } from "./period.js";
import { TABLES } from "./tables.js";

const COMMA = { zh: "、", en: ", " };

/** The label of a field; the name itself if it has none. */
export const label = (name, lang) => FACE_LABELS[name]?.[lang] ?? name;

/** The title of a kind of licence. */
export const title = (kind, lang) => label(`kind.${kind}`, lang);

/** All lines of the face, `{name, label, value}`, from what a verdict or report holds. */
export function rows({ licence, issuer, authority }, lang) {
  const named = [
    ...(licence.kind === "institution" ? institution(licence, lang) : person(licence, lang)),
    ["authority", authority ? authority.name : `#${licence.authority}`],
    ["issuer", issuer.name],
    ["issued_on", civilDay(licence.issued_at)],
    ["version", String(licence.version).padStart(3, "0")],
  ];
  return named.map(([name, value]) => ({ name, label: label(name, lang), value }));
}

const join = (parts, lang) => parts.join(COMMA[lang]);

function person(licence, lang) {
  const own =
    licence.kind === "nurse"
      ? [["registered_on", licence.registered_on]]
      : [
          ["level", TABLES.physician_levels.label(licence.level, lang)],
          ["category", TABLES.physician_categories.label(licence.category, lang)],
          ["scopes", join(licence.scopes.map((scope) => TABLES.physician_scopes.label(scope, lang)), lang)],
          ...(licence.scope_text ? [["scope_text", licence.scope_text]] : []),
        ];
  const filings = (licence.filings ?? []).map(({ name, start, end }) => `${name} ${start}–${end ?? ""}`);
  return [
    ["name", licence.name],
    ["sex", TABLES.sexes.label(licence.sex, lang)],
    ["number", licence.number],
    ...own,
    ["place", TABLES.divisions.label(licence.place, lang)],
    ["institution", licence.institution.name],
    ["institution_number", licence.institution.number],
    ...(filings.length ? [["filings", join(filings, lang)]] : []),
    ["valid_until", licence.valid_until ?? label("no_end", lang)],
  ];
}

function institution(licence, lang) {
  const { ownership, profitClass } = registrationParts(licence.number);
  const texts = [
    ["other_names", join(licence.other_names ?? [], lang)],
    ["legal_representative", licence.legal_representative],
    ["grade", licence.grade],
    ["service_modes", join((licence.service_modes ?? []).map((mode) => TABLES.service_modes.label(mode, lang)), lang)],
  ];
  const coded = [
    ["statutory_type", "institution_types", licence.statutory_type],
    ["ownership", "economic_types", ownership],
    ["profit_class", "profit_classes", profitClass],
    ["service_object", "service_objects", licence.service_object],
  ];
  const counts = ["beds", "dental_chairs"].filter((name) => licence[name] !== undefined);
  return [
    ["institution_name", licence.name],
    ["registration_number", licence.number],
    ["address", licence.address],
    ["principal", licence.principal],
    ...texts.filter(([, text]) => text),
    ...coded.filter(([, , wire]) => wire !== undefined).map(([name, table, wire]) => [name, TABLES[table].label(wire, lang)]),
    ...counts.map((name) => [name, String(licence[name])]),
    ["subjects", join(licence.subjects.map((code) => subject(licence, code, lang)), lang)],
    ["valid_from", licence.valid_from],
    ["valid_until", licence.valid_until],
    ["verified_until", licence.verified_until],
  ];
}

/** A subject as printed: code, name in the licence's edition, remark. */
function subject(licence, code, lang) {
  const edition = licence.subjects_edition === undefined ? null : String(licence.subjects_edition);
  const row = TABLES.subjects.byCode(code, edition);
  const name = row ? `${code} ${row[lang]}` : TABLES.subjects.label(Number(code.replaceAll(".", "")), lang);
  return (licence.outpatient_only ?? []).includes(code) ? `${name} (${label("outpatient", lang)})` : name;
}
