/**
 * A judge of other people's parts: @sd-jwt/core verifies each case on standard input {text, key, asked, at} and says
 * whether it accepts it, with the claims. Trust, claims, period and status are not its matter.
 *
 *   text     an SD-JWT, with or without key binding
 *   key      the issuer's key (JWK), null if nobody knows it
 *   root     in the place of `key`: the certificate (PEM) that vouches for the one in x5c, from which the key is taken
 *   asked    {audience, nonce} of the question, null if no proof was asked for
 *   at       the time, in Unix seconds
 */

import { createHash, X509Certificate } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import * as jose from "jose";

const cases = JSON.parse(await new Response(process.stdin).text());
const hasher = (data, alg) => new Uint8Array(createHash(alg.toLowerCase().replace("-", "")).update(data).digest());
const by = (jwk) => async (data, signature) => {
  const key = await jose.importJWK(jwk, jwk.kty === "OKP" ? "EdDSA" : "ES256");
  const way = jwk.kty === "OKP" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
  return crypto.subtle.verify(way, key, Buffer.from(signature, "base64url"), new TextEncoder().encode(data));
};

function certified(text, root) {
  const { x5c } = jose.decodeProtectedHeader(text.split("~")[0]);
  const [leaf] = x5c.map((one) => new X509Certificate(Buffer.from(one, "base64")));
  if (!leaf.verify(new X509Certificate(root).publicKey)) throw new Error("nobody vouches for the certificate");
  return leaf.publicKey.export({ format: "jwk" });
}

const answers = [];
for (const { text, key: known, root, asked, at } of cases) {
  try {
    const key = root ? certified(text, root) : known;
    if (key === null) throw new Error("nobody knows the key");
    const judge = new SDJwtInstance({
      hasher,
      hashAlg: "sha-256",
      verifier: by(key),
      kbVerifier: (data, signature, payload) => by(payload.cnf.jwk)(data, signature),
    });
    const found = await judge.verify(text, { currentDate: at, skewSeconds: 120, ...(asked ? { keyBindingNonce: asked.nonce } : {}) });
    if (asked && found.kb.payload.aud !== asked.audience) throw new Error("another audience");
    answers.push({ accepted: true, claims: found.payload });
  } catch (fault) {
    answers.push({ accepted: false, why: String(fault.message ?? fault) });
  }
}
process.stdout.write(JSON.stringify(answers));
