// The keys of this browser: non-extractable P-256 keys in IndexedDB, and what is known of security keys used here.
// Nothing in this file talks to a server.

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const STORE = "keys";

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("elicense", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const all = () => inStore("readonly", (store) => store.getAll());
export const get = (id) => inStore("readonly", (store) => store.get(id));
export const put = (record) => inStore("readwrite", (store) => store.put(record));
export const remove = (id) => inStore("readwrite", (store) => store.delete(id));

/** A new key pair; the private half can never leave this browser. */
export const generate = () => crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);

/** The private key of a demonstration's key file, imported so that it cannot be read out again. */
export async function importJwk(jwk) {
  const { kty, crv, x, y, d } = jwk;
  const privateKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, ALGORITHM, false, ["sign"]);
  return { privateKey, jwk: { crv, kty, x, y } };
}

/** The public half as the JWK that the register knows: members in the order of RFC 7638. */
export async function publicJwk(publicKey) {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { crv, kty, x, y };
}

/** 64 raw bytes, r and s, over `bytes`. */
export async function sign(privateKey, bytes) {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, bytes));
}

/** The id of a public key: the first 8 bytes of the SHA-256 thumbprint of its COSE_Key (RFC 9679), in hex. */
export async function kid(jwk) {
  const head = Uint8Array.of(0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20);
  const middle = Uint8Array.of(0x22, 0x58, 0x20);
  const key = new Uint8Array([...head, ...fromBase64url(jwk.x), ...middle, ...fromBase64url(jwk.y)]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  return [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function toBase64url(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
