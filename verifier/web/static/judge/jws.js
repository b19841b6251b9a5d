/**
 * JWS (RFC 7515) as elicense/jws.py reads it: compact for status lists, the general JSON form for the trust list. The
 * algorithm is the key's, never the message's; the header holds alg, kid and typ and nothing else.
 */

import { fromBase64url, utf8 } from "./bytes.js";
import { readJson } from "./json.js";
import { SIGNATURE_BYTES } from "./keys.js";
import { Rejected } from "./refused.js";

const MEMBERS = ["alg", "kid", "typ"];
const ASCII = /^[\0-\x7f]*$/;

function decoded(text) {
  const bytes = fromBase64url(text);
  if (bytes === null) throw new Rejected("malformed", "not canonical base64url");
  return bytes;
}

/** The payload and the key that signed it. `keys` gives those that may have signed for a key id in hexadecimal. */
export async function openCompact(token, typ, keys) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new Rejected("malformed", "not a compact JWS");
  const [alg, kid] = header(decoded(parts[0]), typ);
  const candidates = keys(kid);
  if (!candidates.length) throw new Rejected("issuer-unknown");
  const key = await signer(...parts, alg, candidates);
  return [decoded(parts[1]), key];
}

/** The payload of a general JWS, nobody's word yet: only for asking which keys should have signed it. */
export const readGeneral = (data) => decoded(general(data).payload);

/** The distinct keys among `keys` with a good signature; the same key twice is one key. */
export async function signersOfGeneral(data, typ, keys, limit) {
  const { payload, signatures } = general(data);
  if (signatures.length > limit) throw new Rejected("too-large", "too many signatures");
  const good = new Set();
  for (const one of signatures) {
    const [alg, kid] = header(decoded(one.protected), typ);
    try {
      const key = await signer(one.protected, payload, one.signature, alg, keys.filter((each) => each.kid === kid));
      good.add(key.id);
    } catch (refused) {
      if (!(refused instanceof Rejected)) throw refused;
    }
  }
  return good;
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const has = (value, ...names) => isObject(value) && Object.keys(value).length === names.length && names.every((name) => name in value);

function general(data) {
  const jws = readJson(data);
  const shaped = has(jws, "payload", "signatures") && typeof jws.payload === "string" && Array.isArray(jws.signatures);
  if (!shaped) throw new Rejected("malformed", "not a JWS in the general JSON form");
  for (const one of jws.signatures) {
    const good = has(one, "protected", "signature") && typeof one.protected === "string" && typeof one.signature === "string";
    if (!good || !ASCII.test(one.protected + one.signature + jws.payload)) throw new Rejected("malformed", "not a signature of the general JSON form");
  }
  return jws;
}

function header(data, typ) {
  const found = readJson(data);
  if (!isObject(found)) throw new Rejected("malformed", "header is not an object");
  if (found.typ !== typ) throw new Rejected("type-wrong");
  if (!Object.keys(found).every((name) => MEMBERS.includes(name))) throw new Rejected("header-unknown");
  if (typeof found.alg !== "string" || typeof found.kid !== "string") throw new Rejected("malformed", "alg and kid are required");
  if (!/^[0-9a-f]{16}$/.test(found.kid)) throw new Rejected("malformed", "kid is not 16 hexadecimal digits");
  return [found.alg, found.kid];
}

async function signer(protectedHeader, payload, signature, alg, candidates) {
  const raw = decoded(signature);
  if (raw.length !== SIGNATURE_BYTES) throw new Rejected("signature-bad");
  const signed = utf8(`${protectedHeader}.${payload}`);
  let reason = "algorithm-bad";
  for (const key of candidates) {
    if (key.alg !== alg) continue;
    if (await key.verify(signed, raw)) return key;
    reason = "signature-bad";
  }
  throw new Rejected(reason);
}
