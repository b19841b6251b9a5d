/** Base64url, JWS and JWE with WebCrypto (RFC 7515, RFC 7516, RFC 7518): what a wallet needs of them, and no more. */

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const KEY_BITS = { A128GCM: 128, A256GCM: 256 };
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true });

export function encode(bytes) {
  const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function decode(encoded) {
  if (!/^[A-Za-z0-9_-]*$/.test(encoded)) throw new Error("no base64url");
  const bytes = Uint8Array.from(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  if (encode(bytes) !== encoded) throw new Error("no canonical base64url");
  return bytes;
}

export const encodeJson = (value) => encode(utf8.encode(JSON.stringify(value)));
export const decodeJson = (encoded) => JSON.parse(text.decode(decode(encoded)));
export const digest = async (ascii) => encode(await crypto.subtle.digest("SHA-256", utf8.encode(ascii)));
export const random = (size) => encode(crypto.getRandomValues(new Uint8Array(size)));

/** A key pair whose private half never leaves this browser: it can sign, and nobody can read it. */
export async function newKey() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(P256, false, ["sign"]);
  return { privateKey, jwk: publicJwk(await crypto.subtle.exportKey("jwk", publicKey)) };
}

export const publicJwk = ({ kty, crv, x, y }) => (y === undefined ? { kty, crv, x } : { kty, crv, x, y });

export async function sign(header, claims, privateKey) {
  const signed = `${encodeJson({ alg: "ES256", ...header })}.${encodeJson(claims)}`;
  return `${signed}.${encode(await crypto.subtle.sign(SIGNING, privateKey, utf8.encode(signed)))}`;
}

/** Whether a key (JWK) signed a compact JWS with the algorithm that is the key's. */
export async function signedBy(compact, jwk) {
  const [head, body, signature] = compact.split(".");
  const edwards = jwk.kty === "OKP";
  if (decodeJson(head).alg !== (edwards ? "EdDSA" : "ES256")) return false;
  const key = await crypto.subtle.importKey("jwk", publicJwk(jwk), edwards ? { name: "Ed25519" } : P256, false, ["verify"]);
  return crypto.subtle.verify(edwards ? { name: "Ed25519" } : SIGNING, key, decode(signature), utf8.encode(`${head}.${body}`));
}

/** Encrypt for one key, direct key agreement (ECDH-ES) and AES-GCM. */
export async function encrypt(claims, jwk, enc) {
  const bits = KEY_BITS[enc];
  if (jwk.alg !== "ECDH-ES" || bits === undefined) throw new Error("an encryption that this wallet does not know");
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const theirs = await crypto.subtle.importKey("jwk", publicJwk(jwk), curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const epk = publicJwk(await crypto.subtle.exportKey("jwk", own.publicKey));
  const head = encodeJson({ alg: "ECDH-ES", enc, kid: jwk.kid, epk });
  // Concat KDF (RFC 7518 section 4.6.2): round 1, the secret, the algorithm, no names of the parties, the length.
  const name = utf8.encode(enc);
  const info = [number(1), new Uint8Array(shared), number(name.length), name, number(0), number(0), number(bits)];
  const derived = await crypto.subtle.digest("SHA-256", joined(info));
  const key = await crypto.subtle.importKey("raw", derived.slice(0, bits / 8), "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8.encode(head) }, key, utf8.encode(JSON.stringify(claims)),
  );
  return [head, "", encode(iv), encode(sealed.slice(0, -16)), encode(sealed.slice(-16))].join(".");
}

function number(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
