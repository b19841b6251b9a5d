/** Answering a verifier (OpenID4VP 1.0): which copy could be shown, what of it, and the answer, encrypted if asked. */

import { encrypt } from "./jose.js";
import { parts, present } from "./sdjwt.js";
import { postForm } from "./server.js";

const now = () => Math.floor(Date.now() / 1000);

/**
 * For each thing that is asked for: the licences here that have it, each by a copy that no other verifier has seen if
 * there is one, so that two verifiers who compare notes see two copies. Null where there is none.
 */
export async function choices(request, copies, shown) {
  const found = {};
  for (const [name, { types, items }] of Object.entries(request.wanted)) {
    const able = [];
    for (const copy of copies.filter(({ vct }) => types.includes(vct))) {
      const said = await parts(copy.sdjwt);
      if (items.every((item) => said.items.some((one) => one.name === item))) able.push({ copy, ...said });
    }
    const seen = (copy) => shown.filter((one) => one.copy === copy.id);
    const elsewhere = (copy) => seen(copy).filter((one) => one.client !== request.client_id).length;
    const here = (copy) => seen(copy).length - elsewhere(copy);
    able.sort((a, b) => elsewhere(a.copy) - elsewhere(b.copy) || here(b.copy) - here(a.copy) || a.copy.id - b.copy.id);
    found[name] = { items, required: request.required.includes(name), best: able[0] ?? null };
  }
  return found;
}

/** Show what was chosen: names of items by query. Returns the address to go on at, if the verifier gave one. */
export async function show(request, chosen) {
  const asked = { audience: request.client_id, nonce: request.nonce };
  const token = {};
  for (const [name, { copy, names }] of Object.entries(chosen)) token[name] = [await present(copy, names, asked, now())];
  const answer = { vp_token: token, state: request.state };
  const sent = request.encrypt_to
    ? { response: await encrypt(answer, request.encrypt_to, request.encryption) }
    : { vp_token: JSON.stringify(token), state: request.state };
  return goOn(await postForm(request.response_uri, sent));
}

/** Tell the verifier that nothing will be shown. */
export const decline = (request) => postForm(request.response_uri, { error: "access_denied", state: request.state });

function goOn({ redirect_uri: address }) {
  return typeof address === "string" && /^https?:\/\//.test(address) ? address : null;
}
