/**
 * The lists this device judges by (as verifier/folder.py and verifier/marks.py keep them): root keys pinned when first
 * seen, trust list and status lists that were verified, and marks that only move forward. Whatever arrives is checked
 * before it takes the place of anything; a failure keeps what was there and is told.
 *
 * Kept: {anchor, trust, lists: {address: bytes}, digests: {address: SHA-256}, marks, refreshedAt}. No licence, ever.
 */

import { LIMITS } from "../made/format.js";
import { toHex } from "../judge/bytes.js";
import { readJson } from "../judge/json.js";
import { readGeneral } from "../judge/jws.js";
import { dayEnds } from "../judge/period.js";
import { CannotCheck, Rejected } from "../judge/refused.js";
import { openStatusList } from "../judge/status.js";
import { anchorToJson, openTrustList, readAnchor, requireSuccessor } from "../judge/trust.js";
import { patience } from "./patience.js";

const INDEX = "/v/lists/index.json";
const PATIENCE_MS = 8_000;
const FRESH_MS = 60_000;
/** The server is there and has nothing to give. */
class NoLists extends Error {}

const NO_MARKS = { sequence: 0, issued: 0, digest: "", compromised: {}, lists: {}, newest: 0 };

export class Lists {
  /**
   * `now` gives Unix seconds. After `open`, `held` is null or {trust, statuses, newest}. `fault` is why the last answer
   * of the server was not taken, wholly or in part; `offline` that there was none.
   */
  constructor(store, now) {
    Object.assign(this, { store, now, held: null, refreshedAt: null, offline: false, fault: null });
    this.running = null;
    this.lastTry = -Infinity;
  }

  /** Opens what is kept here, checking every signature again. */
  async open() {
    const kept = await this.store.read();
    this.held = null;
    this.refreshedAt = kept?.refreshedAt ?? null;
    if (!kept?.trust) return;
    try {
      const trust = await openTrustList(kept.trust, await readAnchor(kept.anchor));
      const statuses = new Map();
      for (const [uri, mark] of Object.entries(kept.marks.lists)) statuses.set(uri, await opened(kept.lists[uri], uri, trust, mark));
      this.held = { trust, statuses, newest: Math.max(kept.marks.newest, trust.issued) };
    } catch (fault) {
      this.fault = reasonOf(fault);
    }
  }

  /** Refreshes if that was not done just now; answers when done or after `most` milliseconds, whichever is first. */
  async fresh(most) {
    const recent = Date.now() - this.lastTry < FRESH_MS && this.fault === null && !this.offline;
    if (recent && this.running === null) return;
    await Promise.race([this.refresh(), new Promise((resolve) => setTimeout(resolve, most))]);
  }

  /** Compares with the server and takes over what is newer. Never throws: see `fault` and `offline`. */
  refresh() {
    this.running ??= this.#refresh().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /**
   * The lists to judge another civil day by: those that were in force at its end, asked of the server, which learns the
   * day and nothing else. Without it, what is kept here serves as far as it is older than that. Nothing new is kept.
   */
  async asOf(day) {
    const { trust, newest, statuses } = this.held;
    const at = dayEnds(day) - 1;
    const then = new Map([...statuses].filter(([, listed]) => typeof listed === "string" || listed.issuedAt <= at));
    try {
      for (const [uri, digest] of Object.entries(await readIndex(`/v/lists/on/${day}.json`))) {
        const listed = await openStatusList(await fetched(digest), uri, trust);
        const held = then.get(uri);
        if (listed.issuedAt <= at && !(held?.issuedAt > listed.issuedAt)) then.set(uri, listed);
      }
    } catch (fault) {
      if (!(isTold(fault) || fault instanceof TypeError || fault instanceof DOMException)) throw fault;
    }
    return { trust, newest, statuses: then };
  }

  async clear() {
    await this.store.clear();
    Object.assign(this, { held: null, refreshedAt: null, fault: null, lastTry: -Infinity });
  }

  async #refresh() {
    this.lastTry = Date.now();
    try {
      await this.#take(await readWholeIndex());
      this.offline = false;
    } catch (fault) {
      this.offline = !isTold(fault);
      if (isTold(fault)) this.fault = reasonOf(fault);
    }
  }

  async #take(index) {
    const kept = (await this.store.read()) ?? { anchor: null, trust: null, lists: {}, digests: {}, marks: NO_MARKS };
    const anchor = await readAnchor(kept.anchor ?? index.anchor);
    const data = index.trust_list === kept.digests.trust ? kept.trust : await fetched(index.trust_list);
    const trust = await openTrustList(data, anchor);
    const digest = await sha256(readGeneral(data));
    requireMarks(trust, digest, kept.marks);
    if (kept.trust) requireSuccessor(trust, await openTrustList(kept.trust, anchor).catch(() => trust));
    const [taken, faults] = await this.#statusLists(index.status_lists, kept, trust);
    await this.store.update((latest) => {
      const marks = latest?.marks ?? kept.marks;
      requireMarks(trust, digest, marks);
      return merged(latest ?? kept, { anchor: anchorToJson(trust.anchor), trust, data, digest, index, taken, at: this.now() });
    });
    await this.open();
    this.fault = faults[0] ?? null;
  }

  /** The newer status lists that passed every check, and the reasons of those that did not. */
  async #statusLists(named, kept, trust) {
    const taken = {};
    const faults = [];
    for (const [uri, digest] of Object.entries(named)) {
      if (digest === kept.digests[uri]) continue;
      try {
        const data = await fetched(digest);
        const listed = await openStatusList(data, uri, trust);
        if (listed.issuedAt > this.now() + LIMITS.iat_skew) throw new Rejected("status-bad", "issued later than this device's clock shows");
        if (listed.issuedAt < (kept.marks.lists[uri] ?? 0)) throw new Rejected("status-rolled-back");
        taken[uri] = { data, issuedAt: listed.issuedAt, digest };
      } catch (fault) {
        if (!isTold(fault)) throw fault;
        faults.push(reasonOf(fault));
      }
    }
    return [taken, faults];
  }
}

const isTold = (fault) => [Rejected, CannotCheck, NoLists].some((kind) => fault instanceof kind);

/** A reason code of the format, or `cannot-check` or `no-lists` of the page's own problems. */
function reasonOf(fault) {
  if (fault instanceof Rejected) return fault.reason;
  return fault instanceof CannotCheck ? "cannot-check" : "no-lists";
}

async function opened(data, uri, trust, mark) {
  try {
    const listed = await openStatusList(data ?? new Uint8Array(), uri, trust);
    return listed.issuedAt < mark ? "status-rolled-back" : listed;
  } catch (fault) {
    if (fault instanceof Rejected) return fault.reason;
    if (fault instanceof CannotCheck) return "status-bad";
    throw fault;
  }
}

/** Throws `Rejected("trust-rolled-back")` for a trust list that undercuts what was seen. */
function requireMarks(trust, digest, marks) {
  const back = (detail) => new Rejected("trust-rolled-back", detail);
  if (trust.sequence < marks.sequence || trust.issued < marks.issued) throw back("older than a list already seen");
  if (trust.sequence === marks.sequence && digest !== marks.digest) throw back("another list with the same sequence number");
  const marked = compromised(trust);
  for (const [id, since] of Object.entries(marks.compromised)) {
    if ((marked[id] ?? since + 1) > since) throw back("a compromise mark disappeared");
  }
}

function compromised(trust) {
  const held = trust.issuers.flatMap(({ keys }) => keys).filter(({ compromisedFrom }) => compromisedFrom !== null);
  return Object.fromEntries(held.map(({ key, compromisedFrom }) => [key.id, compromisedFrom]));
}

/** What is kept from now on: newer lists beside those that stay, marks moved forward. */
function merged(kept, { anchor, trust, data, digest, index, taken, at }) {
  const next = { anchor, trust: data, lists: { ...kept.lists }, digests: { ...kept.digests, trust: index.trust_list }, refreshedAt: at };
  const lists = { ...kept.marks.lists };
  for (const [uri, one] of Object.entries(taken)) {
    if (one.issuedAt < (lists[uri] ?? 0)) continue;
    next.lists[uri] = one.data;
    next.digests[uri] = one.digest;
    lists[uri] = one.issuedAt;
  }
  const newest = Math.max(kept.marks.newest, trust.issued, ...Object.values(lists));
  next.marks = { sequence: trust.sequence, issued: trust.issued, digest, compromised: { ...kept.marks.compromised, ...compromised(trust) }, lists, newest };
  return next;
}

async function readWholeIndex() {
  const index = readJson(await bytesOf(INDEX));
  if (typeof index?.trust_list !== "string" || typeof index.status_lists !== "object") throw new NoLists();
  return index;
}

async function readIndex(url) {
  const lists = readJson(await bytesOf(url))?.status_lists;
  if (typeof lists !== "object" || lists === null) throw new NoLists();
  return lists;
}

const fetched = (digest) => bytesOf(`/v/lists/${digest}`);

async function bytesOf(url) {
  const response = await fetch(url, { cache: url === INDEX ? "no-store" : "default", signal: patience(PATIENCE_MS) });
  if (!response.ok) throw new NoLists();
  return new Uint8Array(await response.arrayBuffer());
}

const sha256 = async (data) => toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
