// The holder's side of the live code: makes what the vectors say, refuses what no verifier would take.
// Run by tests/issuer/web/test_live_js.py, which then lets the library judge what a device here signs:
//
//   node tests/js/test_live.mjs           these tests
//   node tests/js/test_live.mjs device    a device: prints its public JWK; one {token, at, challenge} a line in, digits out

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import test from "node:test";

const source = readFileSync(new URL("../../issuer/web/static/live.js", import.meta.url));
const live = await import(`data:text/javascript;base64,${source.toString("base64")}`); // a module, whatever its folder says
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64url"));
const text = (data) => Buffer.from(data).toString("base64url");
const asked = (challenge) => challenge && { audience: challenge.audience, nonce: bytes(challenge.nonce) };

if (process.argv[2] === "device") {
  const { key, jwk } = await live.newDevice();
  console.log(JSON.stringify(jwk));
  for await (const line of createInterface({ input: process.stdin })) {
    const { token, at, challenge } = JSON.parse(line);
    const named = live.namesDevice(bytes(token), jwk);
    console.log(JSON.stringify({ digits: await live.liveDigits(bytes(token), key, at, asked(challenge)), named }));
  }
} else {
  const { cases } = JSON.parse(readFileSync(new URL("../vectors/live/holder.json", import.meta.url)));
  const { token, at } = { token: bytes(cases[0].token), at: cases[0].at };

  for (const one of cases) {
    test(`what is signed is byte for byte that of the vector: ${one.name}`, async () => {
      const payload = live.livePayload(bytes(one.token), one.at, asked(one.challenge));
      assert.equal(text(live.toBeSigned(payload)), one.tbs);
      const key = await crypto.subtle.importKey("pkcs8", bytes(one.device_pkcs8), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
      const message = await live.liveMessage(bytes(one.token), key, one.at, asked(one.challenge));
      assert.equal(text(message.slice(0, -64)), text(bytes(one.message).slice(0, -64)));
      assert.equal(live.toDigits(bytes(one.message)), one.digits);
      assert.equal(text(live.fromDigits(one.digits)), one.message);
    });
  }

  test("the device key cannot leave the browser", async () => {
    const { key, jwk } = await live.newDevice();
    assert.equal(key.extractable, false);
    await assert.rejects(crypto.subtle.exportKey("pkcs8", key));
    await assert.rejects(crypto.subtle.exportKey("jwk", key));
    assert.deepEqual(Object.keys(jwk).sort(), ["crv", "kty", "x", "y"]);
    assert.equal(live.namesDevice(token, jwk), false);
  });

  test("what no verifier would take is not made", async () => {
    const { key } = await live.newDevice();
    const challenge = { audience: "https://hospital.example", nonce: new Uint8Array(16) };
    const bad = [
      [bytes(cases[0].message), at, null],
      [new Uint8Array(0), at, null],
      [new Uint8Array([...token, ...new Uint8Array(1024)]), at, null],
      [token, at + 0.5, null],
      [token, 999_999_999, null],
      [token, 2 ** 33, null],
      [token, String(at), null],
      [token, at, { ...challenge, audience: "" }],
      [token, at, { ...challenge, audience: "示".repeat(129) }],
      [token, at, { ...challenge, nonce: new Uint8Array(7) }],
      [token, at, { ...challenge, nonce: new Uint8Array(65) }],
    ];
    for (const each of bad) await assert.rejects(live.liveMessage(...each.toSpliced(1, 0, key)), RangeError);
    const large = { audience: "示".repeat(128), nonce: new Uint8Array(64) };
    await assert.rejects(live.liveDigits(token, key, at, large), RangeError);
    for (const digits of ["", "0", "01", "1x", "-1", "１", "9".repeat(1101)]) assert.throws(() => live.fromDigits(digits), RangeError);
  });

  test("digits are bytes and bytes are digits", () => {
    assert.deepEqual(live.fromDigits("256"), Uint8Array.of(1, 0));
    assert.equal(live.toDigits(Uint8Array.of(1, 0)), "256");
  });

  test("times of every size are written in shortest form", () => {
    const written = (when) => text(live.livePayload(token, when).slice(1, 11));
    assert.equal(written(1_000_000_000), text(Uint8Array.of(6, 0x1a, 0x3b, 0x9a, 0xca, 0, 0x3a, 0, 1, 0)));
    assert.equal(written(2 ** 32 - 1), text(Uint8Array.of(6, 0x1a, 255, 255, 255, 255, 0x3a, 0, 1, 0)));
    assert.equal(written(2 ** 33 - 1), text(Uint8Array.of(6, 0x1b, 0, 0, 0, 1, 255, 255, 255, 255)));
  });
}
