/**
 * COSE_Sign1 (RFC 9052) as elicense/cose.py reads it: the strict profile of a licence token, and anybody's COSE_Sign1
 * for status lists. Neither hands out a payload as genuine before its signature is checked.
 */

import { LIMITS } from "../made/format.js";
import { concat, startsWith, toHex, utf8 } from "./bytes.js";
import { isInteger, itemAny, read, readAny } from "./cbor.js";
import { KID_BYTES, SIGNATURE_BYTES, accepts } from "./keys.js";
import { Rejected } from "./refused.js";

const [ALG, CRIT, CONTENT_TYPE, KID, TYP] = [1, 2, 3, 4, 16];
const UNDERSTOOD = [ALG, CRIT, CONTENT_TYPE, KID, TYP];
const SIG_STRUCTURE = concat([0x84, 0x6a], utf8("Signature1"));
const HEADER_BYTES_MAX = 4_096;
const NO_EXTERNAL_DATA = [0x40];

// A licence token, byte by byte: d2 84 | 4d <13 bytes header> | a0 | <payload bstr> | 58 40 <64 bytes>
const HEADER_START = 3;
const HEADER_END = 16;
const TAIL_BYTES = 2 + SIGNATURE_BYTES;

/** Take a licence token apart without believing it. Throws `Rejected`: too-large, malformed, type-wrong, header-unknown ... */
export function splitLicence(data) {
  if (data.length > LIMITS.token_bytes) throw new Rejected("too-large");
  const body = data.length - TAIL_BYTES;
  if (startsWith(data, 0xd2, 0x84, 0x4d) && body > HEADER_END + 2 && data[HEADER_END] === 0xa0) {
    const [start, length] = bstrAt(data, HEADER_END + 1);
    if (start + length === body && data[body] === 0x58 && data[body + 1] === 0x40) {
      return {
        header: data.subarray(HEADER_START, HEADER_END),
        payload: data.subarray(start, body),
        signature: data.subarray(body + 2),
        tbs: concat(SIG_STRUCTURE, data.subarray(HEADER_START - 1, HEADER_END), NO_EXTERNAL_DATA, data.subarray(HEADER_END + 1, body)),
      };
    }
  }
  throw notALicence(data);
}

/** Start and length of the byte string whose head is at `at`; [0, -1] if there is none in shortest form. */
function bstrAt(data, at) {
  const head = data[at];
  if (head === 0x58 && data[at + 1] > 23) return [at + 2, data[at + 1]];
  if (head === 0x59 && data[at + 1] > 0) return [at + 3, (data[at + 1] << 8) | data[at + 2]];
  if (head >= 0x40 && head <= 0x57) return [at + 1, head - 0x40];
  return [0, -1];
}

/** Find out, only for bytes that are refused anyway, what to call the fault. */
function notALicence(data) {
  if (data[0] !== 0xd2) return new Rejected("malformed", "not a tagged COSE_Sign1");
  try {
    const message = read(data.subarray(1));
    const found = sign1Parts(message);
    if (found !== null) {
      const [header, unprotected, , signature] = found;
      claimedKid(header);
      if (unprotected.size) return new Rejected("header-unknown", "the unprotected header of a licence is empty");
      if (signature.length !== SIGNATURE_BYTES) return new Rejected("signature-bad", "not 64 bytes");
      if (header.length !== HEADER_END - HEADER_START) return new Rejected("algorithm-bad", "an algorithm number that no key has");
    }
  } catch (refused) {
    if (refused instanceof Rejected) return refused;
    throw refused;
  }
  return new Rejected("malformed", "not a licence token");
}

const isBytes = (value) => value instanceof Uint8Array;

/** The four parts of a decoded COSE_Sign1 with its payload inside, or null. */
export function sign1Parts(message) {
  const four = Array.isArray(message) && message.length === 4;
  return four && isBytes(message[0]) && message[1] instanceof Map && isBytes(message[2]) && isBytes(message[3]) ? message : null;
}

/** The Sig_structure of RFC 9052 section 4.4: the exact bytes that are signed. */
export const tbsOf = (header, payload) => concat(SIG_STRUCTURE, bstr(header), NO_EXTERNAL_DATA, bstr(payload));

/** Algorithm and key id (hexadecimal) of a licence's protected header. Throws `Rejected`. */
export function claimedKid(header) {
  const fields = read(header);
  if (!(fields instanceof Map)) throw new Rejected("malformed", "protected header is not a map");
  if (fields.has(TYP)) throw new Rejected("type-wrong", "a licence carries no typ header");
  if ([...fields.keys()].some((label) => label !== ALG && label !== KID)) throw new Rejected("header-unknown");
  const [alg, kid] = [fields.get(ALG) ?? null, fields.get(KID)];
  if (isInteger(alg) && isBytes(kid) && kid.length === KID_BYTES) return [alg, toHex(kid)];
  if (alg === null) throw new Rejected("algorithm-bad", "no algorithm in the protected header");
  throw new Rejected("malformed", "header values of the wrong type");
}

/** Every protected header, in hexadecimal, that a licence signed by `key` may carry. */
export function licenceHeaders(key, numbers) {
  return numbers.map((number) => `a201${toHex([0x20 | (-1 - number)])}0448${key.kid}`);
}

/** The protected header of a COSE_Sign1, nobody's word yet: only for finding its key. */
export const claimedHeader = (data) => readHeader(takeApart(data)[0]);

/** Open a COSE_Sign1 that `key` signed: its payload. Throws `Rejected`, whatever the bytes. */
export async function openSign1(data, key) {
  const [header, unprotected, payload, signature] = takeApart(data);
  const fields = readHeader(header);
  checkLabels(unprotected);
  if ([...fields.keys()].some((label) => unprotected.has(label))) throw new Rejected("malformed", "a header label stands in both maps");
  if (unprotected.has(CRIT)) throw new Rejected("malformed", "crit must be protected");
  checkCritical(fields);
  if (!accepts(key, fields.get(ALG))) throw new Rejected("algorithm-bad");
  if (!(await key.verify(tbsOf(header, payload), signature))) throw new Rejected("signature-bad");
  return payload;
}

/** The four parts of a COSE_Sign1 with its payload inside; no part that is not signed may be a large structure. */
function takeApart(data) {
  if (data.length > LIMITS.cose_bytes) throw new Rejected("too-large");
  let start = startsWith(data, 0xd2) ? 1 : startsWith(data, 0xd8, 0x12) ? 2 : 0;
  if (data[start] !== 0x84) throw new Rejected("malformed", "not an array of four");
  start += 1;
  const parts = [];
  for (const most of [HEADER_BYTES_MAX, HEADER_BYTES_MAX, Infinity, Infinity]) {
    if (most === Infinity && start < data.length && data[start] >> 5 !== 2) break;
    const [part, end] = itemAny(data, start, most);
    parts.push(part);
    start = end;
  }
  if (sign1Parts(parts) === null || start !== data.length) throw new Rejected("malformed", "not a COSE_Sign1 with its payload inside");
  return parts;
}

function readHeader(data) {
  const header = data.length ? readAny(data) : new Map();
  if (!(header instanceof Map)) throw new Rejected("malformed", "protected header is not a map");
  checkLabels(header);
  return header;
}

function checkLabels(header) {
  if (![...header.keys()].every((label) => isInteger(label) || typeof label === "string")) throw new Rejected("malformed", "header label is neither integer nor text");
}

function checkCritical(fields) {
  if (!fields.has(CRIT)) return;
  const labels = fields.get(CRIT);
  if (!Array.isArray(labels) || !labels.length) throw new Rejected("malformed", "crit is not a filled array");
  if (!labels.every((label) => (isInteger(label) || typeof label === "string") && fields.has(label))) throw new Rejected("malformed", "crit names a label that is not protected");
  if (!labels.every((label) => UNDERSTOOD.includes(label))) throw new Rejected("header-unknown", "a critical header is not understood");
}

function bstr(bytes) {
  const { length } = bytes;
  if (length < 24) return concat([0x40 + length], bytes);
  if (length < 0x100) return concat([0x58, length], bytes);
  if (length < 0x10000) return concat([0x59, length >> 8, length & 0xff], bytes);
  return concat([0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff], bytes);
}
