// Signing an act: with a key of this browser, or with a FIDO2 security key whose challenge is the digest of the act.

import * as keys from "./keys.js";

/** Thrown when this browser does not hold the key. */
export class KeyMissing extends Error {}

/** The proof over the bytes of an act. `fido` is null, or { credential, party } of a security key. */
export async function prove(act, id, fido, signal) {
  if (fido) return assertion(act, fido, signal);
  const held = await keys.get(id);
  if (!held?.privateKey) throw new KeyMissing(id);
  return { type: "es256", signature: keys.toBase64url(await keys.sign(held.privateKey, act)) };
}

/** A signed act as the service takes it. */
export async function envelope(act, id, fido, attachment, signal) {
  const bytes = keys.fromBase64url(act);
  const made = { act, key: id, proof: await prove(bytes, id, fido, signal) };
  return attachment ? { ...made, attachment } : made;
}

/** Post JSON to this site; throws an Error whose message is the refusal's sentence in the language of the page. */
export async function post(address, value) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(value),
    credentials: "same-origin",
  });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const chinese = document.documentElement.lang.startsWith("zh");
  throw Object.assign(new Error((chinese && said.title_zh) || said.title || String(answer.status)), { code: said.code });
}

async function assertion(act, fido, signal) {
  const given = await navigator.credentials.get({
    signal,
    publicKey: {
      challenge: await crypto.subtle.digest("SHA-256", act),
      rpId: fido.party,
      allowCredentials: [{ type: "public-key", id: keys.fromBase64url(fido.credential), transports: ["usb"] }],
      userVerification: "required",
      timeout: 60_000,
    },
  });
  const { authenticatorData, clientDataJSON, signature } = given.response;
  return {
    type: "webauthn",
    authenticator_data: keys.toBase64url(authenticatorData),
    client_data: keys.toBase64url(clientDataJSON),
    signature: keys.toBase64url(signature),
  };
}
