/**
 * The trust list (elicense/trust.py): who may certify what, where, with which keys. Signed by at least `threshold`
 * distinct root keys; root keys change by a list that the old threshold signs too. Fetches and keeps nothing.
 */

import { LIMITS, KINDS, PATTERNS, TRUST_TYP } from "../made/format.js";
import { isText } from "./fields.js";
import { readJson } from "./json.js";
import { readGeneral, signersOfGeneral } from "./jws.js";
import { ALGORITHMS, KeyBad, PublicKey } from "./keys.js";
import { licenceHeaders } from "./cose.js";
import { covers } from "./numbers.js";
import { Rejected } from "./refused.js";

const PLACEHOLDER = "{list}";
const PURPOSES = ["licence", "status"];
const KIND_NAMES = KINDS.map(({ kind }) => kind);

const bad = (detail) => new Rejected("trust-bad", detail);

/** Open a signed trust list with the pinned root keys. Throws `Rejected("trust-bad")`, whatever the bytes. */
export async function openTrustList(data, anchor) {
  if (data.length > LIMITS.trust_list_bytes) throw bad("too large");
  try {
    const opened = await readList(readJson(readGeneral(data)));
    for (const needed of [anchor, opened.anchor]) {
      const good = await signersOfGeneral(data, TRUST_TYP, needed.keys, LIMITS.trust_signatures);
      if (good.size < needed.threshold) throw bad("not enough root keys signed");
    }
    return opened;
  } catch (fault) {
    if (fault instanceof Rejected || fault instanceof KeyBad) throw bad(fault.detail || fault.reason || fault.message);
    throw fault;
  }
}

/** Root keys and how many must sign, from JSON. Throws `Rejected("trust-bad")`. */
export async function readAnchor(value) {
  try {
    if (Array.isArray(value?.keys) && Number.isInteger(value.threshold)) {
      const keys = await Promise.all(value.keys.map(PublicKey.fromJwk));
      const distinct = new Set(keys.map(({ id }) => id)).size;
      if (distinct === keys.length && value.threshold >= 1 && value.threshold <= distinct) return { threshold: value.threshold, keys };
    }
  } catch (fault) {
    if (!(fault instanceof KeyBad)) throw fault;
  }
  throw bad("root keys or their threshold");
}

export const anchorToJson = (anchor) => ({ threshold: anchor.threshold, keys: anchor.keys.map((key) => key.toJwk()) });

/** Throws `Rejected("trust-rolled-back")` unless `next` may take the place of `previous`. */
export function requireSuccessor(next, previous) {
  const back = (detail) => new Rejected("trust-rolled-back", detail);
  if (next.sequence < previous.sequence || next.issued < previous.issued) throw back("older than a list already seen");
  if (next.sequence === previous.sequence && next.canonical !== previous.canonical) throw back("another list with the same sequence number");
  const now = marks(next);
  for (const [id, mark] of marks(previous)) {
    if (!now.has(id) || now.get(id) > mark) throw back("a compromise mark disappeared");
  }
}

/** Since when each marked key is compromised, whoever owns it. */
function marks(list) {
  const keys = list.issuers.flatMap((issuer) => issuer.keys);
  return new Map(keys.filter(({ compromisedFrom }) => compromisedFrom !== null).map((held) => [held.key.id, held.compromisedFrom]));
}

export const isStale = (trust, at) => at >= trust.nextUpdate;

export const listUri = (issuer, number) => issuer.statusUri.replace(PLACEHOLDER, () => String(number));

/** Whether `uri` is one of the issuer's status lists. */
export function owns(issuer, uri) {
  const [head, tail] = issuer.statusUri.split(PLACEHOLDER);
  return uri.startsWith(head) && uri.endsWith(tail) && /^[0-9]+$/.test(uri.slice(head.length, Math.max(head.length, uri.length - tail.length)));
}

export const coversPlace = (issuer, place) => issuer.divisions.some((division) => covers(division, place));

/** Whether the window of a key holds this instant; the compromise mark is another question. */
export const keyCovers = (held, issuedAt) => held.since <= issuedAt && (held.until === null || issuedAt < held.until);

async function readList(value) {
  const shaped = isObject(value) && value.version === 1 && Array.isArray(value.issuers);
  if (!shaped || !["sequence", "issued", "next_update", "roots"].every((name) => name in value)) throw bad("not a trust list of this version");
  const anchor = await readAnchor(value.roots);
  const issuers = await Promise.all(value.issuers.map(readIssuer));
  const list = { sequence: integer(value.sequence, 1, Number.MAX_SAFE_INTEGER), issued: instantOf(value.issued), nextUpdate: instantOf(value.next_update), anchor, issuers };
  if (list.nextUpdate <= list.issued) throw bad("next update is not after issue");
  distinct(issuers.map(({ id }) => id), "an issuer stands in the list twice");
  distinct(issuers.flatMap((issuer) => issuer.keys.map(({ key }) => key.id)), "a key stands in the list twice");
  return { ...list, canonical: canonical(list), ...indexes(issuers) };
}

function indexes(issuers) {
  const [byHeader, byKid] = [new Map(), new Map()];
  const add = (index, name, candidate) => index.set(name, [...(index.get(name) ?? []), candidate]);
  for (const issuer of issuers) {
    for (const held of issuer.keys) {
      const candidate = { held, issuer };
      add(byKid, held.key.kid, candidate);
      if (held.purpose === "licence") licenceHeaders(held.key, ALGORITHMS[held.key.alg].accepted).forEach((header) => add(byHeader, header, candidate));
    }
  }
  return { byHeader, byKid };
}

async function readIssuer(value) {
  const filled = (list) => Array.isArray(list) && list.length > 0;
  const shaped =
    isObject(value) && ["id", "name"].every((name) => name in value) && filled(value.kinds) && filled(value.divisions) && isObject(value.type_codes) &&
    Array.isArray(value.authorities) && typeof value.status_uri === "string" && Array.isArray(value.keys);
  if (!shaped) throw bad("an issuer has not the members it needs");
  const authorities = value.authorities.map(readAuthority);
  distinct(authorities.map(({ number }) => number), "two authorities have one number");
  if (value.status_uri.split(PLACEHOLDER).length !== 2 || !/^https?:\/\//.test(value.status_uri)) throw bad("status_uri needs one place for the list number");
  return {
    id: matching(value.id, PATTERNS.code),
    name: nameOf(value.name),
    kinds: [...new Set(value.kinds.map(kindOf))].sort(),
    divisions: value.divisions.map(divisionOf),
    typeCodes: Object.fromEntries(Object.entries(value.type_codes).map(([kind, code]) => [kindOf(kind), matching(code, PATTERNS.type_code)])),
    authorities,
    byNumber: new Map(authorities.map((each) => [each.number, each])),
    statusUri: value.status_uri,
    keys: await Promise.all(value.keys.map(readKey)),
  };
}

function readAuthority(value) {
  if (!isObject(value) || !["number", "name", "code", "division"].every((name) => name in value)) throw bad("an authority has not the members it needs");
  return { number: integer(value.number, 0, 0xffff), name: nameOf(value.name), code: matching(value.code, PATTERNS.code), division: divisionOf(value.division) };
}

async function readKey(value) {
  if (!isObject(value) || !PURPOSES.includes(value.purpose) || !("jwk" in value) || !("since" in value)) throw bad("a key has not the members it needs");
  const optional = (name) => ((value[name] ?? null) === null ? null : instantOf(value[name]));
  return { key: await PublicKey.fromJwk(value.jwk), purpose: value.purpose, since: instantOf(value.since), until: optional("until"), compromisedFrom: optional("compromised_from") };
}

/** Equal for lists that say the same, whatever the order of members in their JSON. */
function canonical({ sequence, issued, nextUpdate, anchor, issuers }) {
  const key = (held) => [held.key.id, held.purpose, held.since, held.until, held.compromisedFrom];
  const one = (issuer) => [
    issuer.id, issuer.name, issuer.kinds, issuer.divisions, Object.entries(issuer.typeCodes).sort(),
    issuer.authorities.map(({ number, name, code, division }) => [number, name, code, division]), issuer.statusUri, issuer.keys.map(key),
  ];
  return JSON.stringify([sequence, issued, nextUpdate, anchor.threshold, anchor.keys.map(({ id }) => id), issuers.map(one)]);
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function distinct(names, detail) {
  if (new Set(names).size !== names.length) throw bad(detail);
}

function integer(value, low, high) {
  if (!Number.isSafeInteger(value) || value < low || value > high) throw bad("not an integer in its bounds");
  return value;
}

const instantOf = (value) => integer(value, LIMITS.instant_min, LIMITS.instant_max);
const divisionOf = (value) => integer(value, ...LIMITS.divisions);

function nameOf(value) {
  if (!isText(value, LIMITS.name_chars)) throw bad("not a name");
  return value;
}

function matching(value, pattern) {
  if (typeof value !== "string" || !new RegExp(`^(?:${pattern})$`).test(value)) throw bad("not a code");
  return value;
}

function kindOf(value) {
  if (!KIND_NAMES.includes(value)) throw bad("a kind of licence that is not known");
  return value;
}
