"""The desk of boards: an institution switches its board on or off; anybody reads one that is on.

It shows public fields only, of the institution and of those in the register whose primary institution it is, with the
link of the licence that each holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from issuer.domain.account import Account, AccountKind
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.board import Board
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import licences
from issuer.services.desk import Desk, attest, only, record, writing
from issuer.services.query import PublicAnswer, public_answer
from issuer.storage import Transaction, organisations, registrations, voice
from issuer.storage import licences as stored

PAGE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry on a board. `link` is the text of its licence's code, empty while there is no licence to scan."""

    answer: PublicAnswer
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """One page of a board. `counts` are physicians and nurses; `page` counts from 1 to `pages`."""

    institution: Shown
    counts: tuple[int, int]
    people: tuple[Shown, ...]
    page: int
    pages: int


def switch(desk: Desk, signed: SignedAct) -> Board:
    """Switch a board on or off: act `board.switch`, target the institution, body `{on}`, by its administrator.

    Refuses: not-your-institution, body-malformed.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "board.switch", at)
        body = attested.act.content()
        only(body, "on")
        on = body.get("on")
        if not isinstance(on, bool):
            raise Refusal("body-malformed", "on")
        id_ = _own(attested.actor)
        if attested.act.target != id_:
            raise Refusal("not-your-institution")
        tx.lock(f"board:{id_}")
        before = voice.board_of(tx, id_)
        revision = 0 if before is None else before.revision + 1
        made = Board(id=id_, on=on, revision=revision, changed_at=at, changed_by=attested.actor.id)
        voice.put_board(tx, made)
        record(tx, attested, "board.switched", id_, ("on", "yes" if on else "no"))
    return made


def own(desk: Desk, account: Account) -> bool:
    """Return whether the board of the account's institution is on. Raises Refusal("not-your-institution")."""
    with desk.store.reading() as tx:
        held = voice.board_of(tx, _own(account))
        return held is not None and held.on


def is_on(desk: Desk, number: str) -> bool:
    """Return whether the institution of a number shows its board."""
    with desk.store.reading() as tx:
        place = organisations.by_number(tx, number)
        held = None if place is None else voice.board_of(tx, place.id)
        return held is not None and held.on


def shown(desk: Desk, number: str, page: int) -> BoardView:
    """Return a page of a board; one past the end is the first. Raises Refusal("board-unknown") unless it is on."""
    with desk.store.reading() as tx:
        place = organisations.by_number(tx, number)
        held = None if place is None else voice.board_of(tx, place.id)
        entry = registrations.by_number(tx, Kind.INSTITUTION, number)
        if held is None or not held.on or entry is None:
            raise Refusal("board-unknown")
        found = [one for kind in Kind if kind.is_person for one in _present(desk, tx, kind, number)]
        pages = max(1, -(-len(found) // PAGE))
        page = page if 1 <= page <= pages else 1
        kinds = [one.kind for one in found]
        return BoardView(
            institution=_shown(desk, tx, entry),
            counts=(kinds.count(Kind.PHYSICIAN), kinds.count(Kind.NURSE)),
            people=tuple(_shown(desk, tx, one) for one in found[(page - 1) * PAGE : page * PAGE]),
            page=page,
            pages=pages,
        )


def _present(desk: Desk, tx: Transaction, kind: Kind, number: str) -> tuple[Registration, ...]:
    """Those of a kind in the register; who has ended, or lapsed, is no longer at the institution."""
    on = civil_day(desk.clock())
    live = tuple(row.state for row in desk.rules.states if row.kind == kind and row.live)
    found = registrations.find(tx, kind=kind, institution=number, state=live)
    return tuple(one for one in found if one.valid_until is None or one.valid_until >= on)


def _shown(desk: Desk, tx: Transaction, entry: Registration) -> Shown:
    held = stored.current(tx, entry.id)
    link = "" if held is None or held.token is None else licences.link(held, desk.config.scan_url)
    return Shown(answer=public_answer(desk, tx, entry, civil_day(desk.clock())), link=link)


def _own(account: Account) -> OrganisationId:
    if account.kind is not AccountKind.INSTITUTION or account.organisation is None:
        raise Refusal("not-your-institution")
    return account.organisation
