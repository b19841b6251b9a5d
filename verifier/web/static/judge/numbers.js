/** Divisions, check characters and the licence identifier (elicense/numbers.py, elicense/checkdigits.py). */

import { TABLES } from "./tables.js";

const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const ROOT = "1.2.156.3005.2";

/** Whether an authority's division takes in a place, by whole groups of two digits (GB/T 2260). */
export function covers(division, place) {
  const six = (code) => code >= 100_000 && code <= 999_999;
  if (!six(division) || !six(place)) return false;
  const group = division % 10_000 === 0 ? 10_000 : division % 100 === 0 ? 100 : 1;
  return Math.floor(division / group) === Math.floor(place / group);
}

/** ISO 7064 MOD 37,36 as GB/T 36904 uses it. */
export function mod37(body) {
  let p = 36;
  for (const character of body) p = (((p + ALPHANUMERIC.indexOf(character)) % 36 || 36) * 2) % 37;
  return ALPHANUMERIC[(37 - p) % 36];
}

/** The ninth character of an organisation code, GB 11714-1997. */
export function gb11714(body) {
  const sum = [...body].reduce((total, character, at) => total + ALPHANUMERIC.indexOf(character) * ORGANISATION_WEIGHTS[at], 0);
  return "0123456789X"[(11 - (sum % 11)) % 11];
}

/** The parts that a registration number of an institution (WS 218) consists of. */
export function registrationParts(number) {
  return {
    organisation: number.slice(0, 9),
    division: Number(number.slice(9, 15)),
    ownership: Number(number.slice(15, 17)),
    category: number.slice(17, 21),
    profitClass: Number(number[21]),
  };
}

/** What is odd about a registration number: codes given by statistics offices fail GB 11714, and lists grow. */
export function registrationWarnings(number) {
  const parts = registrationParts(number);
  const found = [];
  if (gb11714(parts.organisation.slice(0, 8)) !== parts.organisation[8]) found.push("organisation-check");
  if (!TABLES.economic_types.hasWire(parts.ownership)) found.push("economic-type-unknown");
  if (TABLES.institution_classes.byCode(parts.category) === null) found.push("category-unknown");
  return found;
}

/** The licence identifier 证照标识 of GB/T 36904. */
export function identifier(typeCode, issuer, serial, version) {
  const padded = String(version).padStart(3, "0");
  return [ROOT, typeCode, issuer, serial, padded, mod37(typeCode + issuer + serial + padded)].join(".");
}
