/**
 * Token Status List (elicense/status.py, draft-ietf-oauth-status-list), CWT and JWT. A list is believed only if a
 * status key of the issuer that the trust list names for its address signed it. Freshness is judged later.
 */

import { CWT_TYP, JWT_TYP, LIMITS } from "../made/format.js";
import { fromBase64url, text as utf8Text, toHex } from "./bytes.js";
import { read } from "./cbor.js";
import { claimedHeader, openSign1 } from "./cose.js";
import { inflate } from "./inflate.js";
import { readJson } from "./json.js";
import { openCompact } from "./jws.js";
import { Rejected } from "./refused.js";
import { keyCovers, owns } from "./trust.js";

const BITS = [1, 2, 4, 8];
const [SUB, EXP, IAT, STATUS_LIST, TTL] = [2, 4, 6, 65533, 65534];

const bad = (detail) => new Rejected("status-bad", detail);

/** Open a list, JWT or CWT, that should stand at `uri`. Throws `Rejected("status-bad")`, whatever the bytes. */
export async function openStatusList(data, uri, trust) {
  if (data.length > LIMITS.status_token_bytes) throw bad("too large");
  try {
    const [key, claims] = data[0] === 0xd2 ? await openCwt(data, trust) : await openJwt(data, trust);
    const signer = statusKeys(trust, key.kid).find(({ held, issuer }) => held.key.id === key.id && owns(issuer, uri));
    if (signer === undefined) throw bad("not a status key of the issuer at this address");
    const listed = await readList(claims, uri, signer.issuer);
    if (signer.held.compromisedFrom !== null) throw bad("signed by a compromised key");
    if (!keyCovers(signer.held, listed.issuedAt)) throw bad("its key was not valid then");
    return listed;
  } catch (fault) {
    if (fault instanceof Rejected) throw bad(fault.detail || fault.reason);
    throw fault;
  }
}

/** The value at `index`, or null where the list has no such entry. Least significant bits of a byte come first. */
export function entry({ bits, data }, index) {
  const perByte = 8 / bits;
  const place = Math.floor(index / perByte);
  if (place >= data.length) return null;
  return (data[place] >> ((index % perByte) * bits)) & ((1 << bits) - 1);
}

const statusKeys = (trust, kid) => (trust.byKid.get(kid) ?? []).filter(({ held }) => held.purpose === "status");

async function openCwt(data, trust) {
  const header = claimedHeader(data);
  if (header.get(16) !== CWT_TYP) throw new Rejected("type-wrong");
  const kid = header.get(4);
  const candidates = kid instanceof Uint8Array ? statusKeys(trust, toHex(kid)) : [];
  let last = new Rejected("issuer-unknown");
  for (const { held } of candidates) {
    let payload;
    try {
      payload = await openSign1(data, held.key);
    } catch (refused) {
      if (!(refused instanceof Rejected)) throw refused;
      last = refused;
      continue;
    }
    const claims = read(payload);
    const list = claims instanceof Map ? claims.get(STATUS_LIST) : undefined;
    const shaped = list instanceof Map && list.has("bits") && list.get("lst") instanceof Uint8Array && [SUB, EXP, IAT].every((label) => claims.has(label));
    if (!shaped) throw bad("not the claims of a status list");
    return [held.key, { bits: list.get("bits"), lst: list.get("lst"), sub: claims.get(SUB), iat: claims.get(IAT), exp: claims.get(EXP), ttl: claims.get(TTL) }];
  }
  throw last;
}

async function openJwt(data, trust) {
  let token;
  try {
    token = utf8Text(data);
  } catch {
    throw bad("not a compact JWS");
  }
  const [payload, key] = await openCompact(token, JWT_TYP, (kid) => statusKeys(trust, kid).map(({ held }) => held.key));
  const claims = readJson(payload);
  const list = claims?.status_list;
  const lst = typeof list?.lst === "string" && "bits" in list ? fromBase64url(list.lst) : null;
  if (lst === null || !["sub", "iat", "exp"].every((name) => name in claims)) throw bad("not the claims of a status list");
  return [key, { bits: list.bits, lst, sub: claims.sub, iat: claims.iat, exp: claims.exp, ttl: claims.ttl }];
}

async function readList(claims, uri, issuer) {
  if (claims.sub !== uri) throw bad("a list for another address");
  if (!BITS.includes(claims.bits)) throw bad("bits is not 1, 2, 4 or 8");
  const within = (value, low, high) => {
    if (!Number.isSafeInteger(value) || value < low || value > high) throw bad("not an integer in its bounds");
    return value;
  };
  const [issuedAt, expiresAt] = [claims.iat, claims.exp].map((value) => within(value, LIMITS.instant_min, LIMITS.instant_max));
  const ttl = (claims.ttl ?? null) === null ? null : within(claims.ttl, 1, 2 ** 31 - 1);
  const data = await inflate(claims.lst, LIMITS.status_list_bytes);
  if (data === null) throw bad("the list does not inflate, is too large, cut short, or followed by something");
  if (expiresAt <= issuedAt) throw bad("a list that ends before it begins");
  return { uri, issuer: issuer.id, issuedAt, expiresAt, ttl, entries: { bits: claims.bits, data } };
}

