// The page's library behind the kit's protocol: JSON lines in, JSON lines out.

import { createInterface } from "node:readline";
import { webcrypto } from "node:crypto";

if (globalThis.crypto === undefined) Object.defineProperty(globalThis, "crypto", { value: webcrypto });
const base = new URL("../../verifier/web/static/judge/", import.meta.url);
const load = (name) => import(new URL(`${name}.js`, base).href);
const [verifying, trusts, { openStatusList, entry }, { fromText }, bytes, { Rejected }] = await Promise.all(
  ["verify", "trust", "status", "digits", "bytes", "refused"].map(load),
);
const b64 = (text) => bytes.fromBase64url(text);
const open = async ({ trust_list: list, anchor }) => trusts.openTrustList(bytes.utf8(list), await trusts.readAnchor(anchor));

async function statusList(held, uri, trust) {
  if (held.refused) return held.refused;
  try {
    return await openStatusList(b64(held.token), uri, trust);
  } catch (fault) {
    if (fault instanceof Rejected) return fault.reason;
    throw fault;
  }
}

const questions = {
  async judge(asked) {
    const trust = await open(asked);
    const lists = new Map();
    for (const [uri, held] of Object.entries(asked.status_lists)) lists.set(uri, await statusList(held, uri, trust));
    const judged = asked.text === undefined
      ? await verifying.verify(b64(asked.token), trust, lists, asked.at)
      : await verifying.checkText(asked.text, trust, lists, asked.at);
    return { outcome: judged.outcome, reasons: judged.findings.map(({ code }) => code) };
  },
  async "open-trust-list"({ anchor, list }) {
    return { sequence: (await open({ anchor, trust_list: list })).sequence };
  },
  async "follow-trust-list"({ anchor, previous, list }) {
    const [before, after] = await Promise.all([previous, list].map((one) => open({ anchor, trust_list: one })));
    trusts.requireSuccessor(after, before);
    return { follows: true };
  },
  async "open-status-list"(asked) {
    const { issuer, issuedAt, expiresAt, ttl, entries } = await openStatusList(b64(asked.list), asked.uri, await open(asked));
    const size = Math.floor((entries.data.length * 8) / entries.bits);
    const shown = Object.fromEntries(asked.entries.map((index) => [index, entry(entries, Number(index))]));
    return { issuer, issued_at: issuedAt, expires_at: expiresAt, ttl, bits: entries.bits, size, entries: shown };
  },
  "read-link": async ({ text }) => ({ token: bytes.toBase64url(fromText(text)) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let told = { unsupported: true };
  try {
    if (questions[asked.ask]) told = await questions[asked.ask](asked);
  } catch (fault) {
    if (!(fault instanceof Rejected)) throw fault;
    told = { refused: fault.reason };
  }
  process.stdout.write(`${JSON.stringify({ id: asked.id, ...told })}\n`);
}
