/** What the page cannot do, the server can, after the user agreed: the content leaves the device then. */

import { fromReport } from "../judge/report.js";
import { patience } from "./patience.js";

const CHECK = "/v1/check";
const PATIENCE_MS = 30_000;

const asked = async (body) => {
  const response = await fetch(CHECK, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: patience(PATIENCE_MS) });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return (await response.json()).reports.map(fromReport);
};

/** The server's verdicts on the text of one code. Throws if it gives none. */
export const checkTextThere = (text) => asked({ text });

/** The server's verdicts on every code in a picture or PDF. Throws if it gives none. */
export async function checkPhotoThere(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return asked({ picture: btoa(binary) });
}
