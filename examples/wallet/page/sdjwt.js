/** SD-JWT as a wallet needs it (RFC 9901): what a copy says, keeping some of it, proving the rest for one question. */

import { decodeJson, digest, sign } from "./jose.js";

/** The parts of a copy: claims in the open, and for each hidden item its name, value and disclosure. Throws if it is none. */
export async function parts(sdjwt) {
  const [issued, ...rest] = sdjwt.split("~");
  if (rest.pop() !== "") throw new Error("not a copy as an issuer sends it");
  const open = decodeJson(issued.split(".")[1]);
  const known = new Set(open._sd);
  const items = [];
  for (const disclosure of rest) {
    const [salt, name, value] = decodeJson(disclosure);
    if (typeof salt !== "string" || salt.length < 22 || typeof name !== "string") throw new Error("no disclosure");
    if (!known.delete(await digest(disclosure)) || name in open) throw new Error("a disclosure that nobody signed");
    items.push({ name, value, disclosure });
  }
  return { issued, open, items, header: decodeJson(issued.split(".")[0]) };
}

/** Show the named items of a copy to one audience, for one nonce. */
export async function present(copy, names, { audience, nonce }, at) {
  const { issued, items } = await parts(copy.sdjwt);
  const kept = items.filter(({ name }) => names.includes(name)).map(({ disclosure }) => disclosure);
  const covered = [issued, ...kept, ""].join("~");
  const claims = { aud: audience, iat: at, nonce, sd_hash: await digest(covered) };
  return covered + (await sign({ typ: "kb+jwt" }, claims, copy.privateKey));
}
