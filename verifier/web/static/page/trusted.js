/** The one Trusted Types policy: exactly two addresses may become programs. */

export const WORKER = "/v/page/decoder-worker.js";
export const SERVICE_WORKER = "/v/sw.js";

const allowed = (url) => {
  if (url !== WORKER && url !== SERVICE_WORKER) throw new TypeError("not a program of this page");
  return url;
};
const policy = window.trustedTypes?.createPolicy("elicense", { createScriptURL: allowed }) ?? { createScriptURL: allowed };

export const scriptUrl = (url) => policy.createScriptURL(url);
