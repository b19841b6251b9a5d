// Other people's COSE libraries behind the kit's protocol. `node cose.mjs auth0` or `node cose.mjs cose-kit`: one a
// process, since both claim CBOR tag 18. They play one role: opening a COSE_Sign1 with a key.

import { createInterface } from "node:readline";
import { importJWK } from "jose";

const openers = {
  async auth0() {
    const { Sign1 } = await import("@auth0/cose");
    return async (message, key) => {
      const opened = Sign1.decode(message);
      await opened.verify(key);
      return opened.payload;
    };
  },
  async "cose-kit"() {
    const { coseVerify } = await import("cose-kit");
    return async (message, key) => {
      const { isValid, decoded } = await coseVerify(message, key);
      if (!isValid) throw new Error("the signature does not verify");
      return decoded.payload;
    };
  },
};
const open = await openers[process.argv[2]]();

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let told = { unsupported: true };
  if (asked.ask === "open-sign1") {
    try {
      const algorithm = asked.key.kty === "OKP" ? "EdDSA" : "ES256";
      const payload = await open(Buffer.from(asked.message, "base64url"), await importJWK(asked.key, algorithm));
      told = { payload: Buffer.from(payload).toString("base64url") };
    } catch {
      told = { refused: true };
    }
  }
  process.stdout.write(`${JSON.stringify({ id: asked.id, ...told })}\n`);
}
