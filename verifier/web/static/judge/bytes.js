/** Bytes and their spellings: hexadecimal, canonical base64url (RFC 7515 section 2), strict UTF-8. */

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map([...BASE64URL].map((character, value) => [character, value]));
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export const utf8 = (text) => new TextEncoder().encode(text);

/** The text of well-formed UTF-8. Throws TypeError for anything else. */
export const text = (bytes) => UTF8.decode(bytes);

export const startsWith = (bytes, ...head) => head.every((byte, at) => bytes[at] === byte);

/** The bytes of base64url without padding, or null unless it is the one canonical encoding. */
export function fromBase64url(spelled) {
  const tail = spelled.length % 4;
  if (tail === 1) return null;
  const bytes = new Uint8Array(Math.floor((spelled.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of spelled) {
    const value = VALUES.get(character);
    if (value === undefined) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  return held & ((1 << bits) - 1) ? null : bytes;
}

export function toBase64url(bytes) {
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = Math.min(3, bytes.length - at);
    const held = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let place = 0; place <= left; place++) out += BASE64URL[(held >> (18 - 6 * place)) & 63];
  }
  return out;
}
