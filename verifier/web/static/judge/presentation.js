/**
 * The live code (elicense/presentation.py): a licence shown by the holder's own device, which signs the whole token and
 * its own time every 30 seconds. Taken apart and graded here; `verify.js` judges the licence inside it.
 */

import { LIMITS } from "../made/format.js";
import { startsWith } from "./bytes.js";
import { read } from "./cbor.js";
import { sign1Parts, tbsOf } from "./cose.js";
import { ALGORITHMS, PublicKey } from "./keys.js";
import { Rejected } from "./refused.js";

const [AUD, IAT, NONCE, TOKEN] = [3, 6, 10, -65538];
const HEADERS = Object.fromEntries(Object.entries(ALGORITHMS).map(([alg, { accepted }]) => [alg, accepted.map((number) => [0xa1, 1, 0x20 | (-1 - number)])]));
const STARTS = Object.values(HEADERS).flat().map((header) => [0xd2, 0x84, 0x43, ...header]);

/** Whether bytes begin as a live code does. A licence token never does. */
export const isPresentation = (data) => STARTS.some((start) => startsWith(data, ...start));

/** Take a live code apart without believing it. Throws `Rejected`: too-large, malformed, header-unknown, claims-unknown. */
export function openPresentation(data) {
  if (data.length > LIMITS.token_bytes) throw new Rejected("too-large");
  const parts = isPresentation(data) ? sign1Parts(read(data.subarray(1))) : null;
  if (parts === null) throw new Rejected("malformed", "not a live code");
  const [header, unprotected, payload, signature] = parts;
  if (unprotected.size) throw new Rejected("header-unknown", "the unprotected header of a live code is empty");
  return { ...readPayload(payload), header, signature, tbs: tbsOf(header, payload) };
}

/** Whether the device that the licence names signed it. A licence without a device key cannot be shown live. */
export async function signedBy({ header, signature, tbs }, jwk) {
  if (jwk === undefined) return false;
  const key = await PublicKey.fromJwk(jwk);
  return HEADERS[key.alg].some((one) => String(one) === String(header)) && key.verify(tbs, signature);
}

/** Whether it answers this challenge, `{audience, nonce}`, or none where nobody asked. */
export function answers({ challenge }, asked) {
  if (challenge === null || asked === null) return challenge === asked;
  return challenge.audience === asked.audience && String(challenge.nonce) === String(asked.nonce);
}

/** How a code with a good signature was shown, by its age in seconds on this clock, and the reason to tell, if any. */
export function grade(age) {
  if (age >= -LIMITS.live_ahead && age <= LIMITS.live_old) return ["live", null];
  if (Math.abs(age) <= LIMITS.clocks_differ) return ["clocks-differ", null];
  return age > 0 ? ["old-copy", "code-old"] : ["clocks-differ", "clock-bad"];
}

function readPayload(payload) {
  const held = read(payload);
  if (held instanceof Map) {
    const labels = [...held.keys()];
    if (!labels.every((label) => [AUD, IAT, NONCE, TOKEN].includes(label))) throw new Rejected("claims-unknown", "a claim that a live code does not have");
    const [token, shownAt, audience, nonce] = [TOKEN, IAT, AUD, NONCE].map((label) => held.get(label));
    const isBytes = (value) => value instanceof Uint8Array;
    if (isBytes(token) && typeof shownAt === "number" && shownAt >= LIMITS.instant_min && shownAt <= LIMITS.instant_max) {
      if (labels.length === 2) return { token, shownAt, challenge: null };
      const asked = typeof audience === "string" && isBytes(nonce) && within([...audience].length, [1, LIMITS.audience_chars]);
      if (asked && within(nonce.length, LIMITS.nonce_bytes)) return { token, shownAt, challenge: { audience, nonce } };
    }
  }
  throw new Rejected("malformed", "not the payload of a live code");
}

const within = (length, [least, most]) => length >= least && length <= most;

