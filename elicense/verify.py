"""The numbered checks: from the bytes of a token to a verdict. Pure, total, the same answer everywhere.

    (1) shape       one deterministic COSE_Sign1, bounded size
    (2) key         a known key id, its algorithm the one in the header
    (3) signature   over the exact bytes received
    --- nothing above reads the content; nothing below doubts who wrote it ---
    (4) claims      decode into a licence; unknown critical label
    (5) authority   may this key certify this kind, here, and could it on the day of issue
    --- only now is there a licence to show ---
    (6) period      on the civil day of `at` at UTC+8
    (7) status      list genuine, fresh, index inside
    (8) holder      of a live code: signed by the device that the licence names, and when

1 to 5 stop at the first failure; 6, 7 and 8 all run. Nothing here asks for the time, reads a file or opens
a connection. A licence is judged the same whether it comes as a token or inside a live code
(`elicense.presentation`); the verdict says how it was shown. Whether the holder may do a certain act is
another question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from elicense import claims, cose, period, qr
from elicense.errors import Rejected
from elicense.licence import InstitutionLicence, Licence
from elicense.limits import IAT_SKEW_SECONDS
from elicense.presentation import Challenge, Presentation, grade, is_presentation, open_presentation
from elicense.reason import Reason, Shown
from elicense.status import StatusList, StatusValue
from elicense.trust import Candidate, Issuer, Purpose, TrustList
from elicense.verdict import Finding, Verdict, verdict_of

Statuses = Mapping[str, StatusList | Reason]
"""Opened status lists by address; a `Reason` stands for a list that was there and could not be believed."""

_VALID: Final = int(StatusValue.VALID)
_VALUES: Final[Mapping[int, Reason]] = {
    StatusValue.INVALID: Reason.REVOKED,
    StatusValue.SUSPENDED: Reason.SUSPENDED,
    StatusValue.SUPERSEDED: Reason.SUPERSEDED,
}


def verify(data: bytes, trust: TrustList, status: Statuses, at: int, *, challenge: Challenge | None = None) -> Verdict:
    """Judge a licence token or a live code at an instant (Unix seconds). Never raises for anything in `data`.

    With `challenge` only the holder's device's answer to it will do. Asking about another day than today, judge the
    token alone: `open_presentation(data).token`.
    """
    try:
        presented = open_presentation(data) if is_presentation(data) else None
        token = data if presented is None else presented.token
        parts = cose.split_licence(token)
        candidate = _signer(parts, trust, at)
        licence, ignored = claims.from_payload(parts.payload)
        _authority(candidate, licence)
    except Rejected as refused:
        return Verdict(at=at, findings=(Finding(refused.reason),), trust_sequence=trust.sequence)
    findings: list[Finding] = []
    if at >= trust.next_update:
        findings.append(Finding(Reason.TRUST_STALE, {"next_update": trust.next_update}))
    _period(licence, at, findings)
    listed = _status(licence, candidate.issuer, status, at, findings)
    shown = _holder(presented, licence, challenge, at, findings)
    shown_at = None if presented is None or shown is Shown.STATIC else presented.shown_at
    return verdict_of(at, tuple(findings), trust.sequence, licence, candidate.issuer, listed, ignored, shown, shown_at)


def check_text(
    text: str, trust: TrustList, status: Statuses, at: int, *, challenge: Challenge | None = None
) -> Verdict:
    """Judge the text of a QR code: its digits, whatever stands before them. Never raises for anything in `text`."""
    try:
        data = qr.from_text(text)
    except Rejected as refused:
        return Verdict(at=at, findings=(Finding(refused.reason),), trust_sequence=trust.sequence)
    return verify(data, trust, status, at, challenge=challenge)


def _signer(parts: cose.Parts, trust: TrustList, at: int) -> Candidate:
    """Checks 2 and 3. With a stale trust list an unknown issuer is not yet a false one."""
    candidates = trust.by_header.get(parts.header, ())
    for candidate in candidates:
        if candidate.key.key.verify(parts.tbs, parts.signature):
            return candidate
    if candidates:
        raise Rejected(Reason.SIGNATURE_BAD)
    _, kid = cose.claimed_kid(parts.header)
    if any(each.key.purpose is Purpose.LICENCE for each in trust.by_kid.get(kid, ())):
        raise Rejected(Reason.ALGORITHM_BAD)
    raise Rejected(Reason.TRUST_STALE if trust.stale(at) else Reason.ISSUER_UNKNOWN)


def _authority(candidate: Candidate, licence: Licence) -> None:
    """Check 5."""
    key = candidate.key
    if key.compromised_from is not None:
        raise Rejected(Reason.KEY_COMPROMISED)
    if licence.kind not in candidate.issuer.kinds:
        raise Rejected(Reason.KEY_NOT_FOR_KIND)
    if not candidate.issuer.covers(licence.place):
        raise Rejected(Reason.KEY_NOT_FOR_AREA)
    if not key.covers(licence.issued_at):
        raise Rejected(Reason.KEY_NOT_THEN)


def _period(licence: Licence, at: int, findings: list[Finding]) -> None:
    """Check 6. The skew is for the time of issue only; civil days end at midnight +08:00."""
    if licence.issued_at > at + IAT_SKEW_SECONDS:
        findings.append(Finding(Reason.ISSUED_LATER, {"issued_at": licence.issued_at}))
    begins = licence.begins_on
    if begins is not None and at < period.day_begins(begins):
        findings.append(Finding(Reason.NOT_YET_VALID, {"valid_from": begins.isoformat()}))
    expires_at = licence.expires_at
    if expires_at is not None and licence.valid_until is not None and at >= expires_at:
        findings.append(Finding(Reason.EXPIRED, {"valid_until": licence.valid_until.isoformat()}))
    if isinstance(licence, InstitutionLicence) and at >= period.day_ends(licence.verified_until):
        findings.append(Finding(Reason.VERIFICATION_OVERDUE, {"verified_until": licence.verified_until.isoformat()}))


def _status(licence: Licence, issuer: Issuer, status: Statuses, at: int, findings: list[Finding]) -> StatusList | None:
    """Check 7: the licence first, then the list."""
    return status_of(issuer.list_uri(licence.status.list), licence.status.index, issuer, status, at, findings)


def status_of(
    uri: str, index: int, issuer: Issuer, status: Statuses, at: int, findings: list[Finding]
) -> StatusList | None:
    """Look an entry up in a list of this issuer; add what is found. What cannot be known is never valid."""
    listed = status.get(uri)
    if listed is None or isinstance(listed, Reason):
        findings.append(Finding(listed or Reason.STATUS_UNKNOWN, {"list": uri}))
        return None
    if listed.issuer != issuer.id or listed.uri != uri:
        findings.append(Finding(Reason.STATUS_BAD, {"list": uri}))
        return None
    if listed.issued_at > at + IAT_SKEW_SECONDS:
        findings.append(Finding(Reason.STATUS_UNKNOWN, {"list": uri, "list_issued_at": listed.issued_at}))
        return None
    if at >= listed.expires_at:
        findings.append(Finding(Reason.STATUS_STALE, {"list": uri, "list_issued_at": listed.issued_at}))
    value = listed.entries.get(index)
    if value != _VALID:
        reason = Reason.STATUS_UNKNOWN if value is None else _VALUES.get(value, Reason.STATUS_UNKNOWN)
        findings.append(Finding(reason, {"list": uri, "list_issued_at": listed.issued_at}))
    return listed


def _holder(
    presented: Presentation | None, licence: Licence, challenge: Challenge | None, at: int, findings: list[Finding]
) -> Shown:
    """Check 8. A print proves nothing and is not blamed for it; a proof that is there or was asked for must be good."""
    if presented is None and challenge is None:
        return Shown.STATIC
    if presented is None or presented.challenge != challenge or not presented.signed_by(licence.holder_key):
        findings.append(Finding(Reason.HOLDER_PROOF_BAD))
        return Shown.STATIC
    if challenge is not None:
        return Shown.LIVE  # the nonce is new, so the answer is: no clock says it better
    shown, reason = grade(at - presented.shown_at)
    if reason is not None:
        findings.append(Finding(reason, {"shown_at": presented.shown_at}))
    return shown
