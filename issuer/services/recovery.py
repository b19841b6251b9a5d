"""After a register went back to a backup: never un-revoke, never give an index or a number out twice.

The published files are the witness: a status list that this issuer signed and that its register does not know was
published after the backup. Until that is settled the list is not published again (`register-behind`). `recover` takes
over what the files say and the register forgot: an ended licence stays ended, and a list that may hold licences that
the register does not know gets no new ones. What was decided after the backup is not brought back; the report names
the licences whose register entries must be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from elicense import status
from elicense.status import StatusArray, StatusValue
from elicense.trust import Issuer, TrustList
from issuer.domain.audit import Event
from issuer.domain.refusal import Refusal
from issuer.services import checkpoints, publishing, trusting
from issuer.services.desk import Desk, writing
from issuer.storage import Transaction, audit, publications, serials, statuses
from issuer.storage.statuses import ListRow

SKIP = 1_000
"""Serial numbers of every series that are passed over, because they may have been given out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was taken over: numbers of lists, ids of licences that end or rest again, indexes that were forgotten."""

    lists: tuple[int, ...]
    licences: tuple[str, ...]
    forgotten: int


def require_current(desk: Desk) -> None:
    """Raise Refusal("register-behind") if something was published that the register does not know.

    For whoever starts a service: licences must not be minted either, since their indexes may be taken.
    """
    checkpoints.require_current(desk)
    try:
        trust = trusting.published(desk)
        issuer = trusting.own(desk, trust)
    except Refusal:
        return  # no list was ever published
    with desk.store.reading() as tx:
        for number in publishing.numbers(desk):
            if any(publishing.ahead(desk, tx, number, media, trust, issuer) for media in publishing.ENDINGS):
                raise Refusal("register-behind", f"list {number}")


def recover(desk: Desk, at: int, *, skip: int = SKIP) -> Recovered:
    """Take over what the published files know and the register forgot; every serial number skips `skip` numbers.

    Does nothing where the files say nothing new. If the trust list was published anew after the backup as well,
    publish it first.
    """
    trust = trusting.published(desk)
    issuer = trusting.own(desk, trust)
    lists: list[int] = []
    licences: list[str] = []
    forgotten = 0
    with writing(desk) as tx:
        for number in publishing.numbers(desk):
            found = publishing.ahead(desk, tx, number, status.CWT_MEDIA_TYPE, trust, issuer)
            if found is None:
                continue
            entries = found[0].entries
            row = statuses.get_list(tx, number) or statuses.add_list(tx, number, size=len(entries), at=at)
            ended, unknown = _take_over(tx, row, entries, at)
            _remember(desk, tx, number, trust, issuer, at)
            statuses.note(tx, number, at)
            lists.append(number)
            licences += ended
            forgotten += unknown
        if lists:
            statuses.close_all(tx)
            serials.skip(tx, skip)
            detail = (("lists", " ".join(map(str, lists))), ("licences", str(len(licences))), ("skip", str(skip)))
            audit.append(tx, Event(at=at, tag="system.recovered", target="register", detail=detail))
    return Recovered(lists=tuple(lists), licences=tuple(licences), forgotten=forgotten)


def _take_over(tx: Transaction, row: ListRow, entries: StatusArray, at: int) -> tuple[list[str], int]:
    """Set every entry to what the file says where that is not valid; return licences concerned and unknown indexes."""
    licences: list[str] = []
    unknown = 0
    shown = statuses.shown(tx, row.number)
    for index in range(len(entries)):
        value = entries.get(index)
        if value is None or value == StatusValue.VALID or shown.get(index) in {value, StatusValue.INVALID}:
            continue
        entry = statuses.entry_at(tx, row.number, index)
        if entry is None:
            statuses.take(tx, row, index, value, at)
            unknown += 1
        elif statuses.set_value(tx, entry, value, at) and entry.licence is not None:
            licences.append(entry.licence)
    return licences, unknown


def _remember(desk: Desk, tx: Transaction, number: int, trust: TrustList, issuer: Issuer, at: int) -> None:
    """Keep the files as what they are: published."""
    for media in publishing.ENDINGS:
        found = publishing.ahead(desk, tx, number, media, trust, issuer)
        if found is None:
            continue
        listed, data = found
        publications.add(
            tx,
            kind=publications.STATUS,
            number=number,
            iat=listed.issued_at,
            exp=listed.expires_at,
            media=media,
            token=data,
            made_at=at,
        )
        publications.mark_published(tx, publications.STATUS, number, listed.issued_at)
