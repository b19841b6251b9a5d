/**
 * An issuer of other people's parts (@sd-jwt/core): for each case on standard input {claims, frame} an SD-JWT of them,
 * hidden as the frame says, and what the same library shows of it when the items named in `shown` are kept.
 */

import { createHash, randomBytes } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import * as jose from "jose";

const cases = JSON.parse(await new Response(process.stdin).text());
const { privateKey, publicKey } = await jose.generateKeyPair("ES256");
const made = new SDJwtInstance({
  hasher: (data, alg) => new Uint8Array(createHash(alg.toLowerCase().replace("-", "")).update(data).digest()),
  hashAlg: "sha-256",
  saltGenerator: (length) => randomBytes(length).toString("base64url"),
  signAlg: "ES256",
  signer: async (data) => Buffer.from(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, new TextEncoder().encode(data))).toString("base64url"),
});

const answers = [];
for (const { claims, frame, shown } of cases) {
  const whole = await made.issue(claims, frame);
  const part = await made.present(whole, shown);
  answers.push({ whole, part, claims: await made.getClaims(part) });
}
process.stdout.write(JSON.stringify({ key: await jose.exportJWK(publicKey), answers }));
