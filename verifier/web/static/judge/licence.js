/**
 * The payload of a licence token (CWT claims, RFC 8392) into a licence, by walking the fields of its kind
 * (elicense/claims.py). A licence is an object of JSON values, the one that `claims.to_json` writes: days are ISO
 * texts, absent members are absent. Nothing here says who signed the bytes.
 */

import { KINDS, LIMITS, NURSE_YEARS } from "../made/format.js";
import { isInteger, isPlain, readOrdered } from "./cbor.js";
import { reader } from "./fields.js";
import { decompress } from "./keys.js";
import { toBase64url } from "./bytes.js";
import { civilDay, dayEnds, dayNumber, yearsAfter } from "./period.js";
import { Rejected } from "./refused.js";

const [EXP, IAT, CNF, LICENCE] = [4, 6, 8, -65537];
const KIND_LABEL = 1;
const CRITICAL_BELOW = 64;
const STOMATOLOGY = "12.";
const TOP_LEVEL = [[IAT, LICENCE], [EXP, IAT, LICENCE], [IAT, CNF, LICENCE], [EXP, IAT, CNF, LICENCE]].map(String);
const FORMS = new Map(
  KINDS.map(({ wire, kind, fields }) => [wire, { kind, fields: new Map(fields.map((field) => [field.label, { ...field, read: reader(field.wire) }])) }]),
);

const bad = (rule) => new Rejected("claims-bad", rule);
const unknown = (what) => new Rejected("claims-unknown", what);

/** The licence in a payload and the labels that were ignored. Throws `Rejected`: claims-bad, claims-unknown. */
export function fromPayload(payload) {
  const claims = ordered(payload);
  if (!(claims instanceof Map)) throw bad("not a licence");
  const inner = claims.get(LICENCE);
  if (!(inner instanceof Map)) throw claims.has(LICENCE) ? bad("not a licence") : unknownClaims(claims);
  const labels = [...inner.keys()];
  if (![...labels, ...claims.keys()].every(isInteger)) throw bad("a label is not an integer");
  if (!TOP_LEVEL.includes(String([...claims.keys()]))) throw unknownClaims(claims);
  const kind = inner.get(KIND_LABEL);
  if (!isInteger(kind)) throw bad("no kind of licence");
  const form = FORMS.get(kind);
  if (form === undefined) throw unknown("kind of licence");
  const ignored = checkLabels(form, labels);
  const licence = { kind: form.kind, ...times(claims) };
  for (const [label, value] of [...inner].slice(1)) {
    const field = form.fields.get(label);
    if (field !== undefined) licence[field.name] = field.read(value);
    else if (!isPlain(value)) throw bad("an ignored label holds what the formats do not have");
  }
  if (claims.has(CNF)) licence.holder_key = holderKey(claims.get(CNF));
  checkKind(licence);
  return [licence, ignored];
}

/** The first instant at which the licence is no longer valid, or null where the law sets no end. */
export const expiresAt = (licence) => (licence.valid_until === undefined ? null : dayEnds(licence.valid_until));

/** The first valid civil day, or null where the licence names none. */
export const beginsOn = (licence) => licence.registered_on ?? licence.valid_from ?? null;

/** The division code of the place of practice, or inside the registration number of an institution. */
export const placeOf = (licence) => licence.place ?? Number(licence.number.slice(9, 15));

function ordered(payload) {
  try {
    return readOrdered(payload);
  } catch (fault) {
    if (fault instanceof Rejected) throw bad(fault.detail);
    throw fault;
  }
}

function unknownClaims(claims) {
  const known = [IAT, EXP, CNF, LICENCE];
  return [...claims.keys()].every((label) => known.includes(label)) ? bad("claims are missing or out of order") : unknown("a claim");
}

function checkLabels({ fields }, labels) {
  if (labels[0] !== KIND_LABEL || labels.some((label, at) => at > 0 && labels[at - 1] >= label)) throw bad("labels are not rising");
  const ignored = labels.slice(1).filter((label) => !fields.has(label));
  if (ignored.some((label) => label < CRITICAL_BELOW)) throw unknown("a critical label");
  const present = new Set(labels);
  if ([...fields.values()].some(({ label, required }) => required && !present.has(label))) throw bad("a required field is missing");
  return ignored;
}

function times(claims) {
  const isInstant = (value) => typeof value === "number" && value >= LIMITS.instant_min && value <= LIMITS.instant_max;
  const [issuedAt, ends] = [claims.get(IAT), claims.get(EXP)];
  if (!isInstant(issuedAt)) throw bad("iat is not an instant");
  if (!claims.has(EXP)) return { issued_at: issuedAt };
  if (!isInstant(ends)) throw bad("exp is not an instant");
  const last = civilDay(ends - 1);
  if (dayEnds(last) !== ends) throw bad("exp is not the end of a civil day at UTC+8");
  return { issued_at: issuedAt, valid_until: last };
}

/** The device key as a JWK from its one compressed form (RFC 8747, RFC 9053). */
function holderKey(cnf) {
  const key = cnf instanceof Map && cnf.size === 1 ? cnf.get(1) : undefined;
  const labels = key instanceof Map ? String([...key.keys()]) : "";
  const x = key instanceof Map ? key.get(-2) : undefined;
  if (x instanceof Uint8Array && x.length === 32) {
    if (labels === "1,-1,-2" && key.get(1) === 1 && key.get(-1) === 6) return { crv: "Ed25519", kty: "OKP", x: toBase64url(x) };
    if (labels === "1,-1,-2,-3" && key.get(1) === 2 && key.get(-1) === 1 && typeof key.get(-3) === "boolean") {
      const y = decompress(x, key.get(-3));
      if (y !== null) return { crv: "P-256", kty: "EC", x: toBase64url(x), y: toBase64url(y) };
    }
  }
  throw bad("cnf is not one key of this format in its compressed form");
}

/** What single fields cannot say (elicense/licence/*.py). */
function checkKind(licence) {
  const until = licence.valid_until === undefined ? null : dayNumber(licence.valid_until);
  if (licence.kind === "physician" && until !== null) throw bad("a physician's licence has no end");
  if (licence.kind === "nurse") {
    const from = licence.registered_on;
    if (until === null || until <= dayNumber(from) || until > dayNumber(yearsAfter(from, NURSE_YEARS))) throw bad("a nurse's licence ends within five years of registration");
  }
  if (licence.kind === "institution") {
    if (until === null || until < dayNumber(licence.valid_from)) throw bad("an institution's licence has an end after its beginning");
    if (!(licence.outpatient_only ?? []).every((code) => licence.subjects.includes(code))) throw bad("outpatient_only names a subject that is not listed");
    if (licence.subjects_edition === undefined && licence.subjects.some((code) => code.startsWith(STOMATOLOGY))) throw bad("subjects of group 12 need their edition");
  }
}
