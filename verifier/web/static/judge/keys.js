/**
 * Public keys (elicense/keys.py) over WebCrypto. A key has exactly one algorithm, chosen when it is made and never by
 * a message; a signature is always the raw 64 bytes of RFC 9053 and RFC 7518.
 */

import { concat, fromBase64url, toBase64url, toHex } from "./bytes.js";
import { CannotCheck } from "./refused.js";

export const ALGORITHMS = {
  ES256: { accepted: [-7, -9], joseAlias: "ESP256", params: { name: "ECDSA", hash: "SHA-256" }, import: { name: "ECDSA", namedCurve: "P-256" } },
  EdDSA: { accepted: [-8, -19], joseAlias: "Ed25519", params: { name: "Ed25519" }, import: { name: "Ed25519" } },
};
const SIGNATURE_BYTES = 64;
const KID_BYTES = 8;
const COORDINATE_BYTES = 32;

/** A key could not be read, or is of a kind that the formats do not use. */
export class KeyBad extends Error {}

export class PublicKey {
  /** Use `PublicKey.make`; `native` is null where this engine lacks the algorithm. */
  constructor(alg, x, y, native, kid) {
    Object.assign(this, { alg, x, y, native, kid, id: `${alg}:${toHex(x)}${toHex(y)}` });
    Object.freeze(this);
  }

  /** Whether `signature` is this key's over `data`. Throws `CannotCheck` where the engine lacks the algorithm. */
  async verify(data, signature) {
    if (signature.length !== SIGNATURE_BYTES) return false;
    if (this.native === null) throw new CannotCheck(this.alg);
    return crypto.subtle.verify(ALGORITHMS[this.alg].params, this.native, signature, data);
  }

  /** The public JWK with the required members only. */
  toJwk() {
    const [x, y] = [toBase64url(this.x), toBase64url(this.y)];
    return this.alg === "ES256" ? { crv: "P-256", kty: "EC", x, y } : { crv: "Ed25519", kty: "OKP", x };
  }

  /** Throws `KeyBad` for what is not a point of the curve. */
  static async make(alg, x, y = new Uint8Array()) {
    const raw = alg === "ES256" ? concat([4], x, y) : x;
    let native;
    try {
      native = await crypto.subtle.importKey("raw", raw, ALGORITHMS[alg].import, true, ["verify"]);
    } catch (fault) {
      if (fault?.name !== "NotSupportedError") throw new KeyBad("not a point of the curve");
      native = null;
    }
    const thumbprint = await crypto.subtle.digest("SHA-256", coseKey(alg, x, y));
    return new PublicKey(alg, x, y, native, toHex(new Uint8Array(thumbprint, 0, KID_BYTES)));
  }

  /** The public part of a JWK (RFC 7517, 8037). Throws `KeyBad`. */
  static async fromJwk(jwk) {
    if (jwk === null || typeof jwk !== "object" || Array.isArray(jwk)) throw new KeyBad("not a JWK");
    const alg = jwk.kty === "EC" && jwk.crv === "P-256" ? "ES256" : jwk.kty === "OKP" && jwk.crv === "Ed25519" ? "EdDSA" : null;
    if (alg === null) throw new KeyBad("neither P-256 nor Ed25519");
    const key = await PublicKey.make(alg, coordinate(jwk.x), alg === "ES256" ? coordinate(jwk.y) : undefined);
    if (![undefined, null, alg, ALGORITHMS[alg].joseAlias].includes(jwk.alg)) throw new KeyBad("key is marked for another algorithm");
    return key;
  }
}

function coordinate(value) {
  const bytes = typeof value === "string" ? fromBase64url(value) : null;
  if (bytes?.length !== COORDINATE_BYTES) throw new KeyBad("coordinate is not 32 bytes");
  return bytes;
}

/** The deterministic COSE_Key with the required members only: the input of the thumbprint (RFC 9679). */
function coseKey(alg, x, y) {
  return alg === "ES256" ? concat([0xa4, 1, 2, 0x20, 1, 0x21, 0x58, 32], x, [0x22, 0x58, 32], y) : concat([0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 32], x);
}

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** The y of a point of P-256 from its x and the parity of y (SEC 1 section 2.3.4), or null if there is none. */
export function decompress(x, odd) {
  const value = BigInt(`0x${toHex(x)}`);
  if (value >= P) return null;
  const square = (((value * value - 3n) * value + B) % P + P) % P;
  const root = power(square, (P + 1n) / 4n);
  if ((root * root) % P !== square) return null;
  const y = (root & 1n) === (odd ? 1n : 0n) ? root : P - root;
  return Uint8Array.from(y.toString(16).padStart(64, "0").match(/../g), (pair) => Number.parseInt(pair, 16));
}

function power(base, exponent) {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % P) {
    if (left & 1n) result = (result * square) % P;
  }
  return result;
}

/** The algorithm and the number in `{1: alg, ...}` belong together. */
export const accepts = (key, number) => ALGORITHMS[key.alg].accepted.includes(number);

export { KID_BYTES, SIGNATURE_BYTES };
