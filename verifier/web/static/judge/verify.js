/**
 * The numbered checks (elicense/verify.py): from the bytes of a token to a verdict. Total, and the same answer as the
 * library's; no clock, no connection, nothing kept.
 *
 *     (1) shape  (2) key  (3) signature   --- nothing above reads the content; nothing below doubts who wrote it
 *     (4) claims  (5) authority           --- only now is there a licence to show
 *     (6) period  (7) status
 *     (8) holder                          --- of a live code: signed by the device that the licence names, and when
 *
 * 1 to 5 stop at the first failure; 6, 7 and 8 all run. A verdict is an object of JSON values without any sentence:
 *
 *     {at, outcome, problem?, findings: [{code, detail}], notes, licence, issuer, authority, identifier, shown, data}
 *
 * `problem: "cannot-check"` stands for an engine without the algorithm that was used; the outcome is then undetermined.
 */

import { LIMITS, REASONS } from "../made/format.js";
import { toHex } from "./bytes.js";
import { claimedKid, splitLicence } from "./cose.js";
import { fromText } from "./digits.js";
import { beginsOn, expiresAt, fromPayload, placeOf } from "./licence.js";
import { notesAbout } from "./notes.js";
import { identifier } from "./numbers.js";
import { dayBegins, dayEnds } from "./period.js";
import { answers, grade, isPresentation, openPresentation, signedBy } from "./presentation.js";
import { CannotCheck, Rejected } from "./refused.js";
import { entry } from "./status.js";
import { coversPlace, isStale, keyCovers, listUri } from "./trust.js";

const VALUES = { 1: "revoked", 2: "suspended", 3: "superseded" };

/** Judge the text of a QR code. `statuses` is a Map from address to an opened list or the code why it is none. */
export async function checkText(text, trust, statuses, at, challenge = null) {
  return guarded(trust, at, async () => judge(fromText(text), trust, statuses, at, challenge));
}

/**
 * Judge a licence token or a live code at an instant (Unix seconds). Never throws for anything in `data`. With a
 * `challenge`, `{audience, nonce}`, only the answer of the holder's device to it will do.
 */
export async function verify(data, trust, statuses, at, challenge = null) {
  return guarded(trust, at, () => judge(data, trust, statuses, at, challenge));
}

/** Invalid if any finding says so, else undetermined if any does, else valid; nothing without a licence is valid. */
export function outcomeOf(findings, licence) {
  if (findings.some(({ code }) => REASONS[code].outcome === "invalid")) return "invalid";
  return findings.length === 0 && licence !== null ? "valid" : "undetermined";
}

async function guarded(trust, at, work) {
  const nothing = {
    at, notes: [], licence: null, issuer: null, authority: null, identifier: null,
    shown: { how: "static", at: null }, data: { trust_sequence: trust.sequence, status_list: null },
  };
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof Rejected) {
      const findings = [{ code: fault.reason, detail: {} }];
      return { ...nothing, outcome: outcomeOf(findings, null), findings };
    }
    if (fault instanceof CannotCheck) return { ...nothing, outcome: "undetermined", problem: "cannot-check", findings: [] };
    throw fault;
  }
}

async function judge(data, trust, statuses, at, challenge) {
  const presented = isPresentation(data) ? openPresentation(data) : null;
  const parts = splitLicence(presented === null ? data : presented.token);
  const { held, issuer } = await signerOf(parts, trust, at);
  const [licence, ignored] = fromPayload(parts.payload);
  checkAuthority(held, issuer, licence);
  const findings = [];
  if (isStale(trust, at)) findings.push({ code: "trust-stale", detail: { next_update: trust.nextUpdate } });
  checkPeriod(licence, at, findings);
  const listed = checkStatus(licence, issuer, statuses, at, findings);
  const shown = await checkHolder(presented, licence, challenge, at, findings);
  const authority = issuer.byNumber.get(licence.authority) ?? null;
  const typeCode = issuer.typeCodes[licence.kind];
  return {
    at,
    outcome: outcomeOf(findings, licence),
    findings,
    notes: notesAbout(licence, issuer, ignored),
    licence,
    issuer: { id: issuer.id, name: issuer.name },
    authority: authority && { code: authority.code, name: authority.name },
    identifier: authority && typeCode ? identifier(typeCode, authority.code, licence.number, licence.version) : null,
    shown,
    data: { trust_sequence: trust.sequence, status_list: listed && described(listed, at) },
  };
}

const described = (listed, at) => ({
  uri: listed.uri,
  issued_at: listed.issuedAt,
  expires_at: listed.expiresAt,
  age_seconds: Math.max(0, at - listed.issuedAt),
});

/** Checks 2 and 3. With a stale trust list an unknown issuer is not yet a false one. */
async function signerOf({ header, signature, tbs }, trust, at) {
  const candidates = trust.byHeader.get(toHex(header)) ?? [];
  for (const candidate of candidates) {
    if (await candidate.held.key.verify(tbs, signature)) return candidate;
  }
  if (candidates.length) throw new Rejected("signature-bad");
  const [, kid] = claimedKid(header);
  if ((trust.byKid.get(kid) ?? []).some(({ held }) => held.purpose === "licence")) throw new Rejected("algorithm-bad");
  throw new Rejected(isStale(trust, at) ? "trust-stale" : "issuer-unknown");
}

/** Check 5. */
function checkAuthority(held, issuer, licence) {
  if (held.compromisedFrom !== null) throw new Rejected("key-compromised");
  if (!issuer.kinds.includes(licence.kind)) throw new Rejected("key-not-for-kind");
  if (!coversPlace(issuer, placeOf(licence))) throw new Rejected("key-not-for-area");
  if (!keyCovers(held, licence.issued_at)) throw new Rejected("key-not-then");
}

/** Check 6. The skew is for the time of issue only; civil days end at midnight +08:00. */
function checkPeriod(licence, at, findings) {
  if (licence.issued_at > at + LIMITS.iat_skew) findings.push({ code: "issued-later", detail: { issued_at: licence.issued_at } });
  const begins = beginsOn(licence);
  if (begins !== null && at < dayBegins(begins)) findings.push({ code: "not-yet-valid", detail: { valid_from: begins } });
  const ends = expiresAt(licence);
  if (ends !== null && at >= ends) findings.push({ code: "expired", detail: { valid_until: licence.valid_until } });
  if (licence.verified_until !== undefined && at >= dayEnds(licence.verified_until)) {
    findings.push({ code: "verification-overdue", detail: { verified_until: licence.verified_until } });
  }
}

/** Check 7: the licence first, then the list. What cannot be known is never valid. */
function checkStatus(licence, issuer, statuses, at, findings) {
  const uri = listUri(issuer, licence.status.list);
  const listed = statuses.get(uri) ?? "status-unknown";
  const say = (code, more = {}) => findings.push({ code, detail: { list: uri, ...more } });
  if (typeof listed === "string") return say(listed) && null;
  if (listed.issuer !== issuer.id || listed.uri !== uri) return say("status-bad") && null;
  const when = { list_issued_at: listed.issuedAt };
  if (listed.issuedAt > at + LIMITS.iat_skew) return say("status-unknown", when) && null;
  if (at >= listed.expiresAt) say("status-stale", when);
  const value = entry(listed.entries, licence.status.index);
  if (value !== 0) say(VALUES[value] ?? "status-unknown", when);
  return listed;
}

/** Check 8. A print proves nothing and is not blamed for it; a proof that is there or was asked for must be good. */
async function checkHolder(presented, licence, challenge, at, findings) {
  if (presented === null && challenge === null) return { how: "static", at: null };
  if (presented === null || !answers(presented, challenge) || !(await signedBy(presented, licence.holder_key))) {
    findings.push({ code: "holder-proof-bad", detail: {} });
    return { how: "static", at: null };
  }
  if (challenge !== null) return { how: "live", at: presented.shownAt }; // the nonce is new, so the answer is
  const [how, reason] = grade(at - presented.shownAt);
  if (reason !== null) findings.push({ code: reason, detail: { shown_at: presented.shownAt } });
  return { how, at: presented.shownAt };
}
