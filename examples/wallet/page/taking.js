/** Taking an offer (OpenID4VCI 1.0, pre-authorized code): offer, metadata, token, nonce, proofs, copies, notice. */

import { newKey, publicJwk, sign, signedBy } from "./jose.js";
import { parts } from "./sdjwt.js";
import { get, postForm, postJson, Refused } from "./server.js";

const GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const TRIES = 20;
const now = () => Math.floor(Date.now() / 1000);

/** What a link offers, and who. */
export async function openOffer(link) {
  const address = new URL(link).searchParams.get("credential_offer_uri");
  if (!address) throw new Refused("no-offer");
  const offer = await get(address);
  const grant = offer.grants?.[GRANT];
  const [configuration] = offer.credential_configuration_ids ?? [];
  if (!grant || !configuration || typeof offer.credential_issuer !== "string") throw new Refused("no-offer");
  const issuer = await metadata(offer.credential_issuer, "openid-credential-issuer", "credential_issuer");
  const described = issuer.credential_configurations_supported?.[configuration];
  if (described?.format !== "dc+sd-jwt") throw new Refused("no-offer");
  return { issuer, configuration, described, code: grant["pre-authorized_code"], digits: grant.tx_code?.length ?? 0 };
}

/** Get as many copies, each for a key of its own that stays in this browser. */
export async function take({ issuer, configuration, described, code, digits }, txCode, count) {
  const name = issuer.credential_issuer;
  const server = await metadata(name, "oauth-authorization-server", "issuer");
  const { access_token: access } = await postForm(server.token_endpoint, {
    grant_type: GRANT, "pre-authorized_code": code, ...(digits ? { tx_code: txCode } : {}),
  });
  const { c_nonce: nonce } = await postJson(issuer.nonce_endpoint, null);
  const size = Math.min(count, issuer.batch_credential_issuance?.batch_size ?? 1);
  const keys = await Promise.all(Array.from({ length: size }, newKey));
  const proof = ({ jwk, privateKey }) => sign({ typ: "openid4vci-proof+jwt", jwk }, { aud: name, iat: now(), nonce }, privateKey);
  const jwt = await Promise.all(keys.map(proof));
  let given = await postJson(issuer.credential_endpoint, { credential_configuration_id: configuration, proofs: { jwt } }, access);
  for (let turn = 0; given.transaction_id && turn < TRIES; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * (given.interval ?? 5)));
    given = await postJson(issuer.deferred_credential_endpoint, { transaction_id: given.transaction_id }, access);
  }
  const credentials = (given.credentials ?? []).map(({ credential }) => credential);
  if (credentials.length !== keys.length) throw new Refused("fewer copies than keys");
  const signers = (await metadata(name, "jwt-vc-issuer", "issuer")).jwks.keys;
  const made = [];
  for (const [place, sdjwt] of credentials.entries()) {
    made.push(await checked({ sdjwt, name, signers, described, ...keys[place] }));
  }
  return { made, accepted: () => accepted(issuer, given, access) };
}

/** A copy signed by a key of its issuer, of the type that was offered, for our key, with nothing in it that nobody signed. */
async function checked({ sdjwt, name, signers, described, jwk, privateKey }) {
  const { issued, open, header } = await parts(sdjwt);
  const signer = signers.find(({ kid }) => kid === header.kid);
  const ours = JSON.stringify(publicJwk(open.cnf.jwk)) === JSON.stringify(publicJwk(jwk));
  if (!ours || !signer || open.iss !== name || open.vct !== described.vct || !(await signedBy(issued, signer))) {
    throw new Refused("a copy that is not this issuer's, or not for our key");
  }
  const { display = [], claims = [] } = described.credential_metadata ?? {};
  return { sdjwt, privateKey, issuer: name, vct: open.vct, title: names(display), labels: labels(claims), taken: now() };
}

const names = (display) => Object.fromEntries(display.map(({ locale, name }) => [locale.slice(0, 2), name]));
const labels = (claims) => Object.fromEntries(claims.map(({ path, display = [] }) => [path[0], names(display)]));

/** Tell the issuer that the copies are kept. That it does not hear it ends nothing. */
async function accepted(issuer, given, access) {
  if (!given.notification_id) return;
  const told = { notification_id: given.notification_id, event: "credential_accepted" };
  await postJson(issuer.notification_endpoint, told, access).catch(() => {});
}

/** A document between host and path of an issuer, which must name that issuer. */
async function metadata(issuer, name, member) {
  const { origin, pathname } = new URL(issuer);
  const found = await get(`${origin}/.well-known/${name}${pathname.replace(/\/$/, "")}`);
  if (found[member] !== issuer) throw new Refused("another issuer answers");
  return found;
}
