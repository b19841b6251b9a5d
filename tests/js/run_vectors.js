// Runs the vectors of tests/vectors against the page's library, in Node and in a browser alike. `base` is the address of
// the library, `files` the parsed vectors by name. Answers how many cases ran in each file, and what differed.
//
// In a browser the text of this function is evaluated, so it refers to nothing outside.

export async function runVectors(base, files) {
  const load = (name) => import(`${base}/judge/${name}.js`);
  const { may } = await import(`${base}/scope/engine.js`);
  const [verifying, trusts, { openStatusList, entry }, { fromText }, bytes, { Rejected }] = await Promise.all(
    ["verify", "trust", "status", "digits", "bytes", "refused"].map(load),
  );
  const b64 = (text) => bytes.fromBase64url(text);
  const world = files.world;
  const anchor = (name) => trusts.readAnchor(world.anchors[name]);
  const refusedOr = async (work) => {
    try {
      return await work();
    } catch (fault) {
      if (fault instanceof Rejected) return { refused: fault.reason };
      throw fault;
    }
  };
  const kept = new Map();
  const once = async (name, make) => {
    if (!kept.has(name)) kept.set(name, await make());
    return kept.get(name);
  };
  const trustList = (name) => once(`trust ${name}`, async () => trusts.openTrustList(bytes.utf8(world.trust_lists[name]), await anchor("main")));
  const statusLists = (name, trust) =>
    once(`lists ${name} ${trust}`, async () => {
      const opened = new Map();
      for (const [uri, held] of Object.entries(world.lists[name])) {
        const found = typeof held === "object" ? held : await refusedOr(async () => openStatusList(b64(world.status_lists[held]), uri, await trustList(trust)));
        opened.set(uri, found.refused ?? found);
      }
      return opened;
    });
  const told = (verdict) => ({ outcome: verdict.outcome, reasons: verdict.findings.map(({ code }) => code) });

  const topics = {
    async licence(given) {
      const [trust, lists] = [await trustList(given.trust), await statusLists(given.lists, given.trust)];
      const judged = given.text === undefined ? await verifying.verify(b64(given.token), trust, lists, given.at) : await verifying.checkText(given.text, trust, lists, given.at);
      const answer = { ...told(judged), licence: judged.licence };
      if (judged.licence === null) return answer;
      const ignored = judged.notes.filter(({ code }) => code === "unknown-label").map(({ field }) => Number(field));
      return { ...answer, issuer: judged.issuer.id, ignored_labels: ignored, notes: judged.notes };
    },
    async "trust/open"(given) {
      return { sequence: (await trusts.openTrustList(bytes.utf8(given.list), await anchor(given.anchor))).sequence };
    },
    async "trust/successor"(given) {
      const root = await anchor(given.anchor);
      const [previous, list] = await Promise.all([given.previous, given.list].map((text) => trusts.openTrustList(bytes.utf8(text), root)));
      trusts.requireSuccessor(list, previous);
      return { follows: true };
    },
    async "status/open"(given) {
      const { issuer, issuedAt, expiresAt, ttl, entries } = await openStatusList(b64(given.list), given.uri, await trustList(given.trust));
      const asked = Object.keys(given.expect.entries ?? {});
      const size = Math.floor((entries.data.length * 8) / entries.bits);
      return { issuer, issued_at: issuedAt, expires_at: expiresAt, ttl, bits: entries.bits, size, entries: Object.fromEntries(asked.map((index) => [index, entry(entries, Number(index))])) };
    },
    "link/read": async (given) => ({ token: bytes.toBase64url(fromText(given.text)) }),
    async "live/judge"(given) {
      const live = files["live/world"];
      const trust = await once("live trust", async () => trusts.openTrustList(bytes.utf8(live.trust), await trusts.readAnchor(live.anchor)));
      const lists = await once(`live ${given.status}`, async () => {
        const opened = await Promise.all(Object.entries(live.status[given.status]).map(async ([uri, data]) => [uri, await openStatusList(b64(data), uri, trust)]));
        return new Map(opened);
      });
      const challenge = given.challenge && { audience: given.challenge.audience, nonce: b64(given.challenge.nonce) };
      const judged = await verifying.checkText(given.text, trust, lists, given.at, challenge);
      return { ...told(judged), shown: judged.shown.how, shown_at: judged.shown.at, licence_number: judged.licence?.number ?? null };
    },
    async scope(given) {
      const verdict = (stated) => {
        if (stated === null) return null;
        const licence = stated.licence === null ? null : files["scope/licences"][stated.licence];
        const findings = stated.reasons.map((code) => ({ code, detail: {} }));
        return { at: stated.at, licence, findings, outcome: verifying.outcomeOf(findings, licence) };
      };
      const question = { facts: given.facts, person: verdict(given.person), institution: verdict(given.institution) };
      const { decision, reasons, passed } = may(given.profile, question, given.on);
      const kept = ({ step, code, decision: alone, fact, subject }) => JSON.parse(JSON.stringify({ step, code, decision: alone, fact, subject }));
      return { decision, reasons: reasons.map(kept), passed };
    },
  };

  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
  };
  const ran = {};
  const differences = [];
  for (const [file, { cases }] of Object.entries(files)) {
    const topic = topics[file] ?? topics[file.split("/")[0]];
    if (cases === undefined || topic === undefined) continue;
    for (const given of cases) {
      const answer = JSON.stringify(sorted(await refusedOr(() => topic(given))));
      const expected = JSON.stringify(sorted(given.expect));
      if (answer !== expected) differences.push({ file, name: given.name, answer, expected });
    }
    ran[file] = cases.length;
  }
  return { ran, differences };
}
