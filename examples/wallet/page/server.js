/**
 * The little server behind this page, at the same origin. It passes requests on, since issuers and verifiers need not
 * answer to pages of other origins; it checks the certificates of verifiers, for which browsers give pages no means; it
 * reads codes in pictures, and has the words for what licences say. It keeps nothing and never sees a private key.
 */

export class Refused extends Error {}

async function post(path, body, type = "application/json") {
  const sent = type === "application/json" ? JSON.stringify(body) : body;
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": type }, body: sent, cache: "no-store" });
  const told = await response.json();
  if (!response.ok) throw new Refused(told.error ?? String(response.status));
  return told;
}

/** The JSON that an address answers with. Throws `Refused` with the error that it names. */
export async function exchange(method, address, { headers = {}, body = "" } = {}) {
  const { status, text } = await post("/forward", { method, address, headers, body });
  if (status === 204) return {};
  let said = null;
  try {
    said = JSON.parse(text);
  } catch {
    said = null;
  }
  if (status >= 300 || said === null || typeof said !== "object") {
    throw new Refused(said?.error_description ?? said?.error ?? said?.code ?? `status ${status}`);
  }
  return said;
}

export const get = (address) => exchange("GET", address);
export const postJson = (address, value, access) =>
  exchange("POST", address, { headers: { "Content-Type": "application/json", ...bearer(access) }, body: value === null ? "" : JSON.stringify(value) });
export const postForm = (address, fields) =>
  exchange("POST", address, { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams(fields).toString() });

const bearer = (access) => (access ? { Authorization: `Bearer ${access}` } : {});

export const request = (link) => post("/request", { link });
export const words = (kind, claims) => post("/words", { kind, claims });
export const picture = async (file) => (await post("/picture", file, "application/octet-stream")).text;
