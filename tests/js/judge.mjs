// The page's library in Node, for the tests beside it: one JSON value a line in, one out, in the same order.
//
//   {"op": "lists", "anchor": {...}, "trust": hex, "statuses": {address: hex}, "newest": n}   -> {"trust": ..., "statuses": ...}
//   {"op": "check", "text": "..." | "token": hex, "at": n}                                    -> both reports and faces
//   {"op": "may", "profile": ..., "on": day, "facts": {...}, "person": verdict | null, ...}   -> the answer
//   {"op": "cbor" | "json" | "trust" | "successor" | "status" | ...}                          -> see OPERATIONS
//
// With --without-ed25519 the engine has no Ed25519, as older browsers have none.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { webcrypto } from "node:crypto";

if (globalThis.crypto === undefined) Object.defineProperty(globalThis, "crypto", { value: webcrypto });
if (process.argv.includes("--without-ed25519")) takeAwayEd25519();

const HERE = new URL("../../verifier/", import.meta.url);
const library = (name) => import(new URL(`web/static/judge/${name}.js`, HERE));
const [{ check }, cbor, { readJson }, trusts, { openStatusList }, verifying, { rows, title }, { toReport, fromReport, told }, bytes, refused, digits, { inflate }] =
  await Promise.all(["checker", "cbor", "json", "trust", "status", "verify", "face", "report", "bytes", "refused", "digits", "inflate"].map(library));
const json = (name) => JSON.parse(readFileSync(new URL(`texts/${name}.json`, HERE)));
const TEXTS = Object.fromEntries(["zh", "en"].map((lang) => [lang, { ...json(lang), page: json(`page.${lang}`) }]));

const { may } = await library("../scope/engine");
let lists = null;

const OPERATIONS = {
  async lists({ anchor, trust, statuses, newest }) {
    const opened = await trusts.openTrustList(bytes.fromHex(trust), await trusts.readAnchor(anchor));
    const held = new Map();
    for (const [uri, data] of Object.entries(statuses)) held.set(uri, await orReason(() => openStatusList(bytes.fromHex(data), uri, opened)));
    lists = { trust: opened, statuses: held, newest: newest ?? 0 };
    return { sequence: opened.sequence, statuses: Object.fromEntries([...held].map(([uri, one]) => [uri, typeof one === "string" ? one : "open"])) };
  },
  async check({ text, token, at }) {
    const verdict = token === undefined ? await check(text, lists, at) : await verifying.verify(bytes.fromHex(token), lists.trust, lists.statuses, at);
    return both(verdict);
  },
  async trust({ anchor, data }) {
    const opened = await trusts.openTrustList(bytes.fromHex(data), await trusts.readAnchor(anchor));
    return { sequence: opened.sequence, issued: opened.issued, issuers: opened.issuers.map(({ id }) => id), anchor: trusts.anchorToJson(opened.anchor) };
  },
  async successor({ anchor, next, previous }) {
    const root = await trusts.readAnchor(anchor);
    trusts.requireSuccessor(await trusts.openTrustList(bytes.fromHex(next), root), await trusts.openTrustList(bytes.fromHex(previous), root));
    return "may follow";
  },
  async status({ data, uri }) {
    const listed = await openStatusList(bytes.fromHex(data), uri, lists.trust);
    const { entries, ...rest } = listed;
    return { ...rest, bits: entries.bits, data: bytes.toHex(entries.data) };
  },
  cbor: ({ data, how }) => spelled(cbor[how](bytes.fromHex(data))),
  json: ({ data }) => readJson(bytes.fromHex(data)),
  digits: ({ text }) => bytes.toHex(digits.fromText(text)),
  may({ profile, on, facts, person, institution }) {
    const verdict = (held) => held && { ...held, outcome: verifying.outcomeOf(held.findings, held.licence) };
    return may(profile, { facts, person: verdict(person), institution: verdict(institution) }, on);
  },
  async inflate({ data, most }) {
    const out = await inflate(bytes.fromHex(data), most);
    return out === null ? null : out.length;
  },
};

function both(verdict) {
  const out = { reports: {}, faces: {}, told: {} };
  for (const lang of ["zh", "en"]) {
    out.reports[lang] = toReport(verdict, lang, TEXTS[lang]);
    out.told[lang] = told(fromReport(out.reports[lang]), TEXTS[lang]);
    out.faces[lang] = verdict.licence ? [title(verdict.licence.kind, lang), ...rows(verdict, lang).map(({ name, label, value }) => [name, label, value])] : [];
  }
  return out;
}

async function orReason(work) {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof refused.Rejected) return fault.reason;
    throw fault;
  }
}

/** A CBOR value as JSON that tells all types apart. */
function spelled(value) {
  if (typeof value === "number" || typeof value === "bigint") return { int: String(value) };
  if (typeof value === "string") return { text: value };
  if (value instanceof Uint8Array) return { bytes: bytes.toHex(value) };
  if (Array.isArray(value)) return value.map(spelled);
  if (value instanceof Map) return { map: [...value].map(([key, item]) => [spelled(key), spelled(item)]) };
  if (value instanceof cbor.Float) return { float: String(value.value) };
  if (value instanceof cbor.Simple) return { simple: value.value };
  return value;
}

function takeAwayEd25519() {
  const { subtle } = globalThis.crypto;
  const importKey = subtle.importKey.bind(subtle);
  subtle.importKey = (form, data, algorithm, ...rest) => {
    if (algorithm.name === "Ed25519") return Promise.reject(new DOMException("no Ed25519 here", "NotSupportedError"));
    return importKey(form, data, algorithm, ...rest);
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const asked = JSON.parse(line);
    answer = { ok: await OPERATIONS[asked.op](asked) };
  } catch (fault) {
    answer = fault instanceof refused.Rejected ? { rejected: fault.reason } : { crashed: String(fault?.stack ?? fault) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
