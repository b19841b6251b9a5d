/**
 * A wallet of other people's parts: @openid4vc/openid4vp reads the request and writes the response, dcql chooses, and
 * @sd-jwt/core presents. One JSON object on standard input, one answer on standard output.
 *
 *   link          the openid4vp:// link
 *   root          the certificate, in PEM, that this wallet trusts for requests
 *   held          credentials: [{sdjwt, key (private JWK)}]
 *   spoil         what to do wrong: null, "nonce", "audience", "no-key-binding", "other-key", "hide", "state", "more"
 *   now           the time, Unix seconds
 *   twice         send the response a second time, and tell how that ended
 */

import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { setGlobalConfig } from "@openid4vc/oauth2";
import { Openid4vpClient } from "@openid4vc/openid4vp";
import { SDJwtInstance } from "@sd-jwt/core";
import { DcqlQuery } from "dcql";
import * as jose from "jose";

const asked = JSON.parse(await new Response(process.stdin).text());
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...given) {
    super(...(given.length ? given : [asked.now * 1000]));
  }
  static now() {
    return asked.now * 1000;
  }
};
setGlobalConfig({ allowInsecureUrls: true });
const root = new X509Certificate(asked.root);
const hash = (data, alg) => new Uint8Array(createHash(alg.toLowerCase().replace("-", "")).update(data).digest());

const callbacks = {
  hash,
  generateRandom: (n) => randomBytes(n),
  fetch,
  getX509CertificateMetadata: (certificate) => {
    const { subjectAltName } = new X509Certificate(Buffer.from(certificate, "base64"));
    return { sanDnsNames: (subjectAltName ?? "").split(", ").filter((name) => name.startsWith("DNS:")).map((name) => name.slice(4)), sanUriNames: [] };
  },
  async verifyJwt(signer, { compact }) {
    if (signer.method !== "x5c") return { verified: false };
    const leaf = new X509Certificate(Buffer.from(signer.x5c[0], "base64"));
    if (!leaf.verify(root.publicKey)) return { verified: false };
    try {
      await jose.jwtVerify(compact, leaf.publicKey);
    } catch {
      return { verified: false };
    }
    return { verified: true, signerJwk: await jose.exportJWK(leaf.publicKey) };
  },
  async encryptJwe({ publicJwk, alg, enc }, data) {
    const key = await jose.importJWK(publicJwk, alg);
    const jwe = await new jose.CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader({ alg, enc, kid: publicJwk.kid }).encrypt(key);
    return { jwe, encryptionJwk: publicJwk };
  },
  decryptJwe: () => ({ decrypted: false }),
  signJwt: () => {
    throw new Error("this wallet signs no request");
  },
};

const signed = (key, data) =>
  crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, new TextEncoder().encode(data));

const client = new Openid4vpClient({ callbacks });
const { params } = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: asked.link });
const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: params });
const request = resolved.authorizationRequestPayload;
const reader = new SDJwtInstance({ hasher: hash, hashAlg: "sha-256" });

/** The credential as dcql wants to see it. */
const seen = await Promise.all(
  asked.held.map(async ({ sdjwt }) => {
    const claims = await reader.getClaims(sdjwt);
    return { credential_format: "dc+sd-jwt", vct: claims.vct, claims, cryptographic_holder_binding: true };
  }),
);
const query = DcqlQuery.parse(resolved.dcql.query);
DcqlQuery.validate(query);
const found = DcqlQuery.query(query, seen);

const token = {};
for (const [id, match] of Object.entries(found.credential_matches)) {
  if (!match.success) continue;
  const { input_credential_index: index } = match.valid_credentials[0];
  token[id] = [await present(asked.held[index], query.credentials.find((one) => one.id === id))];
}
if (asked.spoil === "more") token.unasked = ["x~"];

async function present({ sdjwt, key }, { claims = [] }) {
  const frame = {};
  for (const { path } of asked.spoil === "hide" ? claims.slice(1) : claims) {
    let at = frame;
    path.forEach((part, depth) => {
      if (depth === path.length - 1) at[part] = true;
      else at = at[part] = typeof at[part] === "object" ? at[part] : {};
    });
  }
  const signing = asked.spoil === "other-key" ? (await jose.generateKeyPair("ES256")).privateKey : await jose.importJWK(key, "ES256");
  const holder = new SDJwtInstance({
    hasher: hash,
    hashAlg: "sha-256",
    kbSignAlg: "ES256",
    kbSigner: async (data) => Buffer.from(await signed(signing, data)).toString("base64url"),
  });
  const payload = {
    iat: asked.now,
    aud: asked.spoil === "audience" ? "x509_hash:another" : request.client_id,
    nonce: asked.spoil === "nonce" ? "another" : request.nonce,
  };
  return holder.present(sdjwt, frame, asked.spoil === "no-key-binding" ? undefined : { kb: { payload } });
}

const encrypted = request.response_mode === "direct_post.jwt";
const created = await client.createOpenid4vpAuthorizationResponse({
  authorizationRequestPayload: asked.spoil === "state" ? { ...request, state: "another" } : request,
  authorizationResponsePayload: { vp_token: token },
  ...(encrypted
    ? {
        jarm: {
          encryption: { nonce: randomBytes(16).toString("base64url") },
          serverMetadata: {
            authorization_signing_alg_values_supported: [],
            authorization_encryption_alg_values_supported: ["ECDH-ES"],
            authorization_encryption_enc_values_supported: ["A128GCM"],
          },
        },
      }
    : {}),
});

async function send() {
  const { response } = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: created.authorizationResponsePayload,
    jarm: created.jarm && { responseJwt: created.jarm.responseJwt },
  });
  return { status: response.status, body: await response.json() };
}

const answers = [await send()];
if (asked.twice) answers.push(await send());
process.stdout.write(JSON.stringify({ version: resolved.version, client: resolved.client.prefix, presented: Object.keys(token), satisfied: found.can_be_satisfied, answers }));
