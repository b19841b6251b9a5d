/**
 * A wallet of other people's parts: @openid4vc/openid4vci takes an offer, @sd-jwt/sd-jwt-vc verifies what came of it.
 * One JSON object on standard input, one answer on standard output.
 *
 *   offer         the openid-credential-offer:// link
 *   tx_code       the transaction code
 *   now           the time of this story, in Unix seconds
 *   keys          how many keys prove themselves (default 1)
 *   spoil         what to do wrong: null, "nonce", "audience", "key", "typ", "old"
 *   verify        credentials to verify instead of taking an offer
 */

import { createHash, randomBytes } from "node:crypto";
import { setGlobalConfig, clientAuthenticationAnonymous } from "@openid4vc/oauth2";
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import * as jose from "jose";

const asked = JSON.parse(await new Response(process.stdin).text());
setGlobalConfig({ allowInsecureUrls: true });
const sha256 = (data) => new Uint8Array(createHash("sha256").update(data).digest());
const pairs = new Map();

const client = new Openid4vciClient({
  callbacks: {
    hash: sha256,
    generateRandom: (n) => randomBytes(n),
    fetch,
    clientAuthentication: clientAuthenticationAnonymous(),
    async signJwt(signer, { header, payload }) {
      const pair = pairs.get(signer.publicJwk.x);
      const by = asked.spoil === "key" ? (await jose.generateKeyPair("ES256")).privateKey : pair;
      if (asked.spoil === "audience") payload.aud = "https://another.example";
      if (asked.spoil === "nonce") payload.nonce = "AAAA";
      if (asked.spoil === "old") payload.iat = asked.now - 100_000;
      if (asked.spoil === "typ") header.typ = "JWT";
      return { jwt: await new jose.SignJWT(payload).setProtectedHeader(header).sign(by), signerJwk: signer.publicJwk };
    },
  },
});

async function take() {
  const credentialOffer = await client.resolveCredentialOffer(asked.offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const { accessTokenResponse } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    txCode: asked.tx_code,
  });
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const [configuration] = credentialOffer.credential_configuration_ids;
  const proofs = [];
  for (let n = 0; n < (asked.keys ?? 1); n += 1) {
    const { publicKey, privateKey } = await jose.generateKeyPair("ES256");
    const publicJwk = await jose.exportJWK(publicKey);
    pairs.set(publicJwk.x, privateKey);
    const { jwt } = await client.createCredentialRequestJwtProof({
      issuerMetadata,
      credentialConfigurationId: configuration,
      issuedAt: new Date(asked.now * 1000),
      nonce,
      signer: { method: "jwk", publicJwk, alg: "ES256" },
    });
    proofs.push(jwt);
  }
  const accessToken = accessTokenResponse.access_token;
  const given = await client.retrieveCredentials({
    issuerMetadata,
    accessToken,
    credentialConfigurationId: configuration,
    proofs: { jwt: proofs },
  });
  const { credentials, notification_id: notificationId } = given.credentialResponse;
  await client.sendNotification({ issuerMetadata, accessToken, notification: { notificationId, event: "credential_accepted" } });
  return credentials.map(({ credential }) => credential);
}

async function keyOf(compact, set) {
  const { kid, alg } = jose.decodeProtectedHeader(compact);
  return jose.importJWK(set.keys.find((key) => key.kid === kid), alg);
}

async function checked(credential) {
  const { iss } = jose.decodeJwt(credential.split("~")[0]);
  const { origin, pathname } = new URL(iss);
  const path = pathname === "/" ? "" : pathname;
  const issuer = await (await fetch(`${origin}/.well-known/jwt-vc-issuer${path}`)).json();
  if (issuer.issuer !== iss) throw new Error("another issuer answers");
  const by = (key) => (data, signature) =>
    crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(signature, "base64url"), new TextEncoder().encode(data));
  let list;
  const instance = new SDJwtVcInstance({
    hasher: sha256,
    hashAlg: "sha-256",
    verifier: by(await keyOf(credential.split("~")[0], issuer.jwks)),
    async statusListFetcher(uri) {
      list = await (await fetch(uri, { headers: { Accept: "application/statuslist+jwt" } })).text();
      return list;
    },
    statusVerifier: async (data, signature) => by(await keyOf(list, issuer.status_list_jwks))(data, signature),
  });
  const { payload } = await instance.verify(credential, { currentDate: asked.now });
  return payload;
}

try {
  const credentials = asked.verify ?? (await take());
  const payloads = [];
  for (const credential of credentials) payloads.push(await checked(credential));
  process.stdout.write(JSON.stringify({ credentials, payloads }));
} catch (fault) {
  const said = fault.errorResponse ?? fault.response?.credentialErrorResponseResult?.data ?? {};
  process.stdout.write(JSON.stringify({ fault: said.error ?? fault.message }));
}
