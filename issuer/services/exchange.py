"""Exchange 信息共享: what changed in the register, for the systems of authorities, from a position on.

A system has an account of its own with the role `exchange` at an authority, and an electronic key like an officer's.
It is given what anybody may know of an entry (`query.public_answer`) for the entries of its authority's area, ended
ones too; nothing restricted. The position is the number of an event: what was changed by a later event comes, in the
order of the events, as it is now. Whoever follows it to the end has the register, whatever happens meanwhile. That
something was handed out is itself an event (个人信息保护法 54, 55).

What time alone changes (a licence that ends by its date) makes no event: the dates are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from issuer.domain.account import Account, AccountKind, Role
from issuer.domain.act import civil_day
from issuer.domain.audit import Event
from issuer.domain.noted import read_note
from issuer.domain.organisation import OrganisationId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration, RegistrationId
from issuer.services import query
from issuer.services.desk import Desk, tree, writing
from issuer.services.query import PublicAnswer
from issuer.storage import Transaction, applications, audit, registrations

MOST: Final = 200
"""Entries of one page."""
_TABLE: Final = "registration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One entry that changed, last by event `seq`. `now` is None if it is no longer in the reader's area."""

    seq: int
    id: RegistrationId
    now: PublicAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries in the order of the events that changed them last, the position to go on from, whether there is more."""

    entries: tuple[Shared, ...]
    next: int
    more: bool


def page(desk: Desk, account: Account, since: int, limit: int) -> Page:
    """Return what was changed by events after `since`, at most `limit` entries unless one event changed more.

    Raises Refusal: role-missing, position-unknown (no event has this number: the register went back to a backup).
    """
    if account.kind is not AccountKind.OFFICER or Role.EXCHANGE not in account.roles or account.organisation is None:
        raise Refusal("role-missing", Role.EXCHANGE)
    at = desk.clock()
    with desk.store.reading() as tx:
        head = audit.head(tx)
        if since > (head.seq if head else 0):
            raise Refusal("position-unknown")
        changed, next_, more = _changed(tx, since, min(limit, MOST))
        places = tree(tx)
        mine = frozenset(one.id for one in places if places.jurisdiction(account.organisation, one.id))
        found = [_shared(desk, tx, seq, id_, mine, at) for id_, seq in changed.items()]
        entries = tuple(one for one in found if one is not None)
        position = next_ if more else head.seq if head else 0
    if entries:
        with writing(desk) as tx:
            detail = (("since", str(since)), ("next", str(position)), ("entries", str(len(entries))))
            audit.append(tx, Event(at=at, tag="share.read", target=account.id, actor=account.id, detail=detail))
    return Page(entries=entries, next=position, more=more)


def _changed(tx: Transaction, since: int, limit: int) -> tuple[dict[RegistrationId, int], int, bool]:
    """Entries by the event after `since` that changed them last, as far as `limit` goes, and where that is."""
    changed: dict[RegistrationId, int] = {}
    position = since
    for seq, note in audit.notes(tx, after=since):
        ids = [RegistrationId(str(one.key[0])) for one in read_note(note) if one.table == _TABLE]
        if changed and len({*changed, *ids}) > limit:
            return changed, position, True
        for id_ in ids:
            changed.pop(id_, None)
            changed[id_] = seq
        position = seq
    return changed, position, False


def _shared(
    desk: Desk, tx: Transaction, seq: int, id_: RegistrationId, mine: frozenset[OrganisationId], at: int
) -> Shared | None:
    entry = registrations.get(tx, id_)
    if entry is None:
        return None
    if entry.authority in mine:
        return Shared(seq=seq, id=id_, now=query.public_answer(desk, tx, entry, civil_day(at)))
    return Shared(seq=seq, id=id_, now=None) if _was_there(tx, entry, mine) else None


def _was_there(tx: Transaction, entry: Registration, mine: frozenset[OrganisationId]) -> bool:
    """Whether an entry of another area was once granted in this one, and so handed out."""
    return any(one.authority in mine for one in applications.find(tx, registration=entry.id))
