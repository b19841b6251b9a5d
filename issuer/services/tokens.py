"""What every token goes through between its record and its release: its stored bytes, and the eyes of a stranger.

Used by the mint and by the desks of copies. Nothing is written here.
"""

from __future__ import annotations

from elicense import cbor
from elicense.issue import Prepared, restore
from elicense.reason import Check, Reason
from elicense.sdjwt import Presented
from elicense.status import StatusArray, StatusList, StatusValue
from elicense.trust import Issuer, TrustList
from elicense.verdict import Verdict
from elicense.verify import verify
from issuer.domain.licence_record import StatusEntry
from issuer.domain.refusal import Refusal
from issuer.storage.statuses import ListRow

_WAIT = {Reason.TRUST_STALE: "trust-stale", Reason.ISSUED_LATER: "clock-behind"}
"""Findings that a later try may not have."""


def stored(tbs: bytes, kid: str, issuer: Issuer) -> Prepared | None:
    """Take stored bytes up again; None if they are not what was stored, or their key is no longer in the list."""
    key = next((one.key for one in issuer.keys if one.key.kid.hex() == kid), None)
    match cbor.loads_any(tbs):
        case ["Signature1", bytes() as header, b"", bytes() as payload] if key is not None:
            prepared = restore(header, payload, key)
            return prepared if prepared.tbs == tbs else None
    return None


def judged(token: bytes, entry: StatusEntry, row: ListRow, trust: TrustList, issuer: Issuer, at: int) -> Verdict:
    """Judge a token by the published trust list and by what its status list is about to say, as a stranger would."""
    uri = issuer.list_uri(row.number)
    shown = StatusArray.build(row.size, {entry.index: entry.value})
    listed = StatusList(uri=uri, issuer=issuer.id, issued_at=at, expires_at=at + 1, ttl=None, entries=shown)
    return verify(token, trust, {uri: listed}, at)


def fault(verdict: Verdict | Presented, entry: StatusEntry) -> str | None:
    """Return what a release must not have, None if it is good. Raises Refusal if it cannot be judged now.

    A period that begins later and a standing that is not good are no faults: the register says so too.
    """
    for reason in verdict.reasons:
        if reason in _WAIT:
            raise Refusal(_WAIT[reason])
        if reason.check not in {Check.PERIOD, Check.STATUS}:
            return reason.code
    said_valid = not any(reason.check is Check.STATUS for reason in verdict.reasons)
    return None if said_valid == (entry.value == StatusValue.VALID) else "status-differs"
