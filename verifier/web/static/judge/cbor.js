/**
 * A CBOR reader (RFC 8949) with the three degrees of strictness of elicense/cbor.py.
 *
 *     read         deterministic, only the types of the formats: integers, bytes, texts, arrays, maps, true, false, null
 *     readOrdered  shortest and definite, keys as received; floats and simple values are read so that they can be named
 *     readAny      any well-formed item, for the outside of other people's messages
 *
 * None reads tags, and none accepts a key twice. Integers are numbers, or BigInt beyond 53 bits; bytes are Uint8Array;
 * maps are Map. Whatever the bytes, the answer is a value or `Rejected("malformed")`.
 */

import { LIMITS } from "../made/format.js";
import { text as utf8Text, toHex } from "./bytes.js";
import { Rejected } from "./refused.js";

const STRICT = { exact: true, plain: true, depth: LIMITS.payload_depth };
const ORDERED = { exact: true, plain: false, depth: LIMITS.payload_depth };
const LOOSE = { exact: false, plain: false, depth: 16 };
const BREAK = Symbol("break");

/** A float; an object, so that it is never taken for an integer. */
export class Float {
  constructor(value) {
    this.value = value;
  }
}

/** A simple value other than true, false and null (23 is undefined). */
export class Simple {
  constructor(value) {
    this.value = value;
  }
}

export const read = (data) => whole(data, STRICT);
export const readOrdered = (data) => whole(data, ORDERED);
export const readAny = (data) => whole(data, LOOSE);

/** The item at `start`, of at most `most` bytes, and where it ends. */
export function itemAny(data, start, most = Infinity) {
  const reader = new Reader(data.subarray(0, Math.min(data.length, start + most)), start, LOOSE);
  const value = reader.item(0);
  return [value, reader.at];
}

/** Refuse a value of `readOrdered` with types or a key order that the formats do not have. */
export function isPlain(value, depth = 0) {
  if (value instanceof Float || value instanceof Simple) return false;
  if (!Array.isArray(value) && !(value instanceof Map)) return true;
  if (depth >= LIMITS.payload_depth) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  const keys = [...value.keys()];
  if (!keys.every((key) => isInteger(key) || typeof key === "string")) return false;
  const encoded = keys.map(encodedKey);
  return encoded.every((key, at) => at === 0 || encoded[at - 1] < key) && [...value.values()].every((item) => isPlain(item, depth + 1));
}

export const isInteger = (value) => typeof value === "number" || typeof value === "bigint";

function whole(data, mode) {
  const reader = new Reader(data, 0, mode);
  const value = reader.item(0);
  if (reader.at !== data.length) throw bad("something follows");
  return value;
}

const bad = (detail) => new Rejected("malformed", detail);

class Reader {
  constructor(data, at, mode) {
    this.data = data;
    this.at = at;
    this.mode = mode;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  take(length) {
    const start = this.at;
    if (length > this.data.length - start) throw bad("cut short");
    this.at = start + Number(length);
    return start;
  }

  /** The argument of a head: a number or BigInt, or null for an indefinite length. */
  argument(info) {
    if (info < 24) return info;
    if (info === 31 && !this.mode.exact) return null;
    if (info > 27) throw bad("no such length");
    const size = 1 << (info - 24);
    const start = this.take(size);
    const { view } = this;
    const value = [() => view.getUint8(start), () => view.getUint16(start), () => view.getUint32(start), () => view.getBigUint64(start)][info - 24]();
    const least = [24, 0x100, 0x10000, 0x100000000][info - 24];
    if (this.mode.exact && value < least) throw bad("not in the shortest form");
    return typeof value === "bigint" && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  item(depth, mayBreak = false) {
    const head = this.data[this.take(1)];
    const major = head >> 5;
    if (major === 7) return this.simple(head & 31, mayBreak);
    if (major === 6) throw bad("tag");
    const argument = this.argument(head & 31);
    if (argument === null && major < 2) throw bad("no such integer");
    if (major === 0) return argument;
    if (major === 1) return typeof argument === "number" && argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument);
    if (major === 2 || major === 3) return argument === null ? this.chunks(major) : this.string(major, argument);
    if (this.mode.plain ? depth >= this.mode.depth : argument !== 0 && depth >= this.mode.depth) throw bad("nested too deeply");
    return major === 4 ? this.array(argument, depth) : this.map(argument, depth);
  }

  string(major, length) {
    const start = this.take(length);
    const bytes = this.data.slice(start, this.at);
    if (major === 2) return bytes;
    try {
      return utf8Text(bytes);
    } catch {
      throw bad("not UTF-8");
    }
  }

  chunks(major) {
    const parts = [];
    for (;;) {
      const head = this.data[this.take(1)];
      if (head === 0xff) break;
      if (head >> 5 !== major || (head & 31) === 31) throw bad("not a chunk of the same kind");
      parts.push(this.string(major, this.argument(head & 31)));
    }
    if (major === 3) return parts.join("");
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  }

  array(length, depth) {
    const items = [];
    while (length === null || items.length < length) {
      const item = this.item(depth + 1, length === null);
      if (item === BREAK) break;
      items.push(item);
    }
    return items;
  }

  map(length, depth) {
    const map = new Map();
    const seen = new Set();
    let before = "";
    for (let count = 0; length === null || count < length; count++) {
      const start = this.at;
      const key = this.item(depth + 1, length === null);
      if (key === BREAK) break;
      if (this.mode.plain) {
        if (!isInteger(key) && typeof key !== "string") throw bad("map key is neither integer nor text");
        const encoded = toHex(this.data.subarray(start, this.at));
        if (encoded <= before) throw bad("map keys out of order");
        before = encoded;
      } else {
        const name = identity(key);
        if (seen.has(name)) throw bad("a key stands twice");
        seen.add(name);
      }
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  simple(info, mayBreak) {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 31 && mayBreak) return BREAK;
    if (this.mode.plain || info > 27) throw bad("a type that the formats do not have");
    if (info < 24) return new Simple(info);
    const start = this.take(1 << (info - 24));
    if (info === 24) {
      if (this.data[start] < 32) throw bad("no such simple value");
      return new Simple(this.data[start]);
    }
    const value = info === 25 ? half(this.view.getUint16(start)) : info === 26 ? this.view.getFloat32(start) : this.view.getFloat64(start);
    // The one encoding that the writer of this format would give back: 16 bits for NaN and infinity, else 64.
    const one = info === 25 ? [0x7e00, 0x7c00, 0xfc00].includes(this.view.getUint16(start)) : info === 27 && Number.isFinite(value);
    if (this.mode.exact && !one) throw bad("not deterministic CBOR");
    return new Float(value);
  }
}

function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction ? NaN : Infinity) : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** Equal for keys that Python would call equal: 1, 1.0 and true are one key. */
function identity(key) {
  if (isInteger(key)) return `n${key}`;
  if (typeof key === "boolean") return `n${Number(key)}`;
  if (typeof key === "string") return `t${key}`;
  if (key === null) return "z";
  if (key instanceof Uint8Array) return `b${toHex(key)}`;
  if (key instanceof Simple) return key.value === 23 ? "u" : `n${key.value}`;
  if (key instanceof Float) return Number.isInteger(key.value) ? `n${BigInt(key.value)}` : Number.isNaN(key.value) ? Symbol("NaN") : `f${key.value}`;
  if (Array.isArray(key)) return `a${JSON.stringify(key.map((item) => String(identity(item))))}`;
  return `m${JSON.stringify([...key].map(([name, item]) => [String(identity(name)), String(identity(item))]).sort())}`;
}

/** A map key in its encoded form, as text that sorts as the bytes do. */
function encodedKey(key) {
  const bytes = typeof key === "string" ? new TextEncoder().encode(key) : new Uint8Array();
  const [major, argument] = typeof key === "string" ? [3, bytes.length] : key < 0 ? [1, -1n - BigInt(key)] : [0, key];
  const size = argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
  const head = (major << 5) | (size ? 24 + Math.log2(size) : Number(argument));
  return toHex([head]) + (size ? BigInt(argument).toString(16).padStart(2 * size, "0") : "") + toHex(bytes);
}
