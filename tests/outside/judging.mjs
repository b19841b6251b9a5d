/**
 * A judge of other people's parts: @sd-jwt/core verifies each case on standard input {text, key, asked, at} and says
 * whether it accepts it, with the claims. Trust, claims, period and status are not its matter.
 *
 *   text     an SD-JWT, with or without key binding
 *   key      the issuer's key (JWK), null if nobody knows it
 *   asked    {audience, nonce} of the question, null if no proof was asked for
 *   at       the time, in Unix seconds
 */

import { createHash } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import * as jose from "jose";

const cases = JSON.parse(await new Response(process.stdin).text());
const hasher = (data, alg) => new Uint8Array(createHash(alg.toLowerCase().replace("-", "")).update(data).digest());
const by = (jwk) => async (data, signature) => {
  const key = await jose.importJWK(jwk, jwk.kty === "OKP" ? "EdDSA" : "ES256");
  const way = jwk.kty === "OKP" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
  return crypto.subtle.verify(way, key, Buffer.from(signature, "base64url"), new TextEncoder().encode(data));
};

const answers = [];
for (const { text, key, asked, at } of cases) {
  try {
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
