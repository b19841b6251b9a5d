// The live code, on the holder's device: the licence token and the device's time, signed by a key that never leaves
// the browser. No page, no network, no clock in here: token, key and instant are given. Normative: docs/live-code.md.
// COSE_Sign1 (RFC 9052) with ES256 (RFC 9053), deterministic CBOR (RFC 8949 section 4.2.1), WebCrypto.

export const PERIOD_SECONDS = 30;
const TOKEN_BYTES_MAX = 1024;
const DIGITS_MAX = 1100;
const INSTANT_MIN = 1_000_000_000;
const INSTANT_MAX = 2 ** 33 - 1;

const ES256 = Object.freeze({ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" });
const START = Uint8Array.of(0xd2, 0x84);
const LICENCE_START = [0xd2, 0x84, 0x4d];
const HEADER = Uint8Array.of(0x43, 0xa1, 0x01, 0x26); // {1: -7}
const UNPROTECTED = Uint8Array.of(0xa0);
const AUD = Uint8Array.of(0x03);
const IAT = Uint8Array.of(0x06);
const NONCE = Uint8Array.of(0x0a);
const TOKEN = Uint8Array.of(0x3a, 0x00, 0x01, 0x00, 0x01); // -65538
const X = [0x21, 0x58, 0x20]; // label -2 of a COSE_Key, then 32 bytes
const CONTEXT = Uint8Array.of(0x84, 0x6a, ...new TextEncoder().encode("Signature1"));

/** A new device key: the private half cannot be exported. `jwk` is what the licence will name. */
export async function newDevice() {
  const pair = await crypto.subtle.generateKey(ES256, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { key: pair.privateKey, jwk: { kty, crv, x, y } };
}

/** Whether the licence names this device (by the coordinate in its `cnf`). A hint for the page; verifiers decide. */
export function namesDevice(token, jwk) {
  const x = Uint8Array.from(atob(jwk.x.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const wanted = [...X, ...x];
  return token.some((_, at) => wanted.every((byte, i) => token[at + i] === byte));
}

/** The digits of the QR code that shows `token` (Uint8Array) at `at` (Unix seconds), signed with `key` (CryptoKey). */
export async function liveDigits(token, key, at, challenge = null) {
  const digits = toDigits(await liveMessage(token, key, at, challenge));
  if (digits.length > DIGITS_MAX) throw new RangeError("the licence does not fit into a QR code");
  return digits;
}

/** The live code as bytes. `challenge` is null or {audience: string, nonce: Uint8Array}. Throws RangeError. */
export async function liveMessage(token, key, at, challenge = null) {
  const payload = livePayload(token, at, challenge);
  const message = (signature) => joined(START, HEADER, UNPROTECTED, bstr(payload), bstr(signature));
  if (message(new Uint8Array(64)).length > TOKEN_BYTES_MAX) throw new RangeError("the licence does not fit");
  return message(new Uint8Array(await crypto.subtle.sign(ES256, key, toBeSigned(payload))));
}

/** The exact bytes that are signed: the Sig_structure of RFC 9052 section 4.4. */
export function toBeSigned(payload) {
  return joined(CONTEXT, HEADER, Uint8Array.of(0x40), bstr(payload));
}

/** The claims: time and token, and what the verifier asked to be signed along. */
export function livePayload(token, at, challenge = null) {
  if (!LICENCE_START.every((byte, i) => token[i] === byte)) throw new RangeError("not a licence token");
  if (!Number.isInteger(at) || at < INSTANT_MIN || at > INSTANT_MAX) throw new RangeError("not an instant");
  const time = joined(IAT, head(0, at));
  const shown = joined(TOKEN, bstr(token));
  if (challenge === null) return joined(head(5, 2), time, shown);
  const { audience, nonce } = challenge;
  const characters = [...audience].length;
  if (characters < 1 || characters > 128) throw new RangeError("the audience is empty or too long");
  if (nonce.length < 8 || nonce.length > 64) throw new RangeError("the nonce is too short or too long");
  const name = new TextEncoder().encode(audience);
  return joined(head(5, 4), AUD, head(3, name.length), name, time, NONCE, bstr(nonce), shown);
}

/** The decimal form of bytes that do not begin with zero. */
export function toDigits(bytes) {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`).toString();
}

/** The bytes behind the digits of a QR licence. Throws RangeError. */
export function fromDigits(digits) {
  if (digits.length > DIGITS_MAX || !/^[1-9][0-9]*$/.test(digits)) throw new RangeError("not the digits of a licence");
  const hex = BigInt(digits).toString(16);
  return Uint8Array.from(hex.padStart(hex.length + (hex.length % 2), "0").match(/../g), (two) => parseInt(two, 16));
}

function head(major, value) {
  const kind = major << 5;
  if (value < 24) return Uint8Array.of(kind | value);
  const size = value < 2 ** 8 ? 0 : value < 2 ** 16 ? 1 : value < 2 ** 32 ? 2 : 3;
  const made = new DataView(new ArrayBuffer(9));
  made.setBigUint64(1, BigInt(value));
  const start = 8 - 2 ** size;
  made.setUint8(start, kind | (24 + size));
  return new Uint8Array(made.buffer, start);
}

function bstr(bytes) {
  return joined(head(2, bytes.length), bytes);
}

function joined(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
