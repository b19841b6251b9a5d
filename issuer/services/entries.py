"""The register as officers see it: look an entry up, what may be done to it, and what is due 校验、到期提醒.

Reads only. Which acts lead on from a standing, on which grounds, is asked of the rules; the acts themselves are
`issuer.services.registrations`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from issuer.domain.account import Account, Role, same_person
from issuer.domain.act import civil_day
from issuer.domain.calendar import add_months
from issuer.domain.kind import Kind
from issuer.domain.organisation import Level, OrganisationId
from issuer.domain.path import office
from issuer.domain.prechecks import same_name
from issuer.domain.proposal import Proposal
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Bar, Registration, RegistrationId
from issuer.domain.rulebook import ActionRow, GroundRow, held
from issuer.domain.standing import acts_from
from issuer.services import area, fetch, proposals, query
from issuer.services.desk import Desk, tree
from issuer.services.query import RegistrationView, entry_of
from issuer.services.registrations import high_enough
from issuer.storage import Transaction, organisations, registrations

MOST: Final = 200
"""Entries of one list."""
_SOON_MONTHS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOffer:
    """An act that leads on from how the entry stands: to which state (`ends`: one that is final), on which grounds.

    `years` are the bars whose length the officer chooses: code of the ground, fewest years, most (None: for life).
    """

    action: ActionRow
    target: str
    ends: bool
    grounds: tuple[GroundRow, ...]
    years: tuple[tuple[str, int, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFile:
    """A register entry with all that an officer needs to act on it. `against`: why this reader decides nothing here."""

    view: RegistrationView
    authority: str
    institution: str
    bars: tuple[Bar, ...]
    proposals: tuple[Proposal, ...]
    offers: tuple[StandingOffer, ...]
    against: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One entry of which something ends: when, and how many days that is from today (negative: past)."""

    view: RegistrationView
    day: datetime.date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueList:
    """What will end soon or has ended and waits for an act. Each list has at most `MOST` entries."""

    verification: tuple[Due, ...]
    validity: tuple[Due, ...]
    ended: tuple[Due, ...]
    stopped: tuple[Due, ...]


def look_up(desk: Desk, account: Account, words: str, kind: Kind | None = None) -> tuple[RegistrationView, ...]:
    """Return entries of the officer's area by licence number, full name, or number or full name of the institution."""
    wanted = words.strip()
    if len(wanted) < query.NAME_MIN:
        raise Refusal("query-malformed")
    with desk.store.reading() as tx:
        inside = area.authorities(tx, account)
        found: dict[RegistrationId, Registration] = {}
        for one in [kind] if kind else list(Kind):
            numbered = registrations.by_number(tx, one, wanted)
            hits = [] if numbered is None else [numbered]
            hits += registrations.find(tx, kind=one, name=wanted, authority=inside, limit=MOST)
            hits += registrations.find(tx, kind=one, institution=_number(tx, wanted), authority=inside, limit=MOST)
            found |= {hit.id: hit for hit in hits if hit.authority in inside}
        return tuple(entry_of(desk, tx, one) for one in list(found.values())[:MOST])


def open_file(desk: Desk, account: Account, id_: RegistrationId) -> EntryFile:
    """Return an entry to an officer of its area. Raises Refusal("registration-unknown") for anybody else."""
    on = civil_day(desk.clock())
    with desk.store.reading() as tx:
        entry = fetch.registration(tx, id_)
        if entry.authority not in area.authorities(tx, account):
            raise Refusal("registration-unknown")
        view = entry_of(desk, tx, entry, tuple(registrations.changes(tx, id_)))
        level = tree(tx).get(account.organisation).level
        place = organisations.by_number(tx, entry.institution) if entry.institution else None
        return EntryFile(
            view=view,
            authority=fetch.organisation(tx, entry.authority).name,
            institution="" if place is None else place.name,
            bars=registrations.bars_of(tx, entry.holder),
            proposals=proposals.of_entry(tx, entry),
            offers=tuple(
                _offer(desk, entry, view.standing.state, row, level, on)
                for row in acts_from(desk.rules, entry.kind, view.standing.state, on)
            ),
            against=_against(tx, account, entry),
        )


def due(desk: Desk, account: Account) -> DueList:
    """Return what is due in an officer's area."""
    on = civil_day(desk.clock())
    soon = add_months(on, _SOON_MONTHS)
    with desk.store.reading() as tx:
        inside = area.authorities(tx, account)

        def ending(column: str, last_day: datetime.date) -> tuple[Due, ...]:
            found = [
                one
                for kind in Kind
                for one in registrations.ending(
                    tx, column, last_day, kind=kind, state=_live(desk, kind), authority=inside, limit=MOST
                )
            ]
            return tuple(sorted((_due(desk, tx, one, column, on) for one in found), key=lambda one: one.day)[:MOST])

        return DueList(
            verification=ending("verify_by", soon),
            validity=ending("valid_until", soon),
            ended=ending("until", on - datetime.timedelta(days=1)),
            stopped=_stopped(desk, tx, inside, on),
        )


def _number(tx: Transaction, words: str) -> str:
    """The number of the institution with that number or full name; what is neither finds nothing."""
    if organisations.by_number(tx, words) is not None:
        return words
    named = registrations.find(tx, kind=Kind.INSTITUTION, name=words, limit=1)
    return named[0].number if named and same_name(named[0].name, words) else words


def _offer(
    desk: Desk, entry: Registration, state: str, row: ActionRow, level: Level, on: datetime.date
) -> StandingOffer:
    grounds = tuple(
        one
        for one in held(desk.rules.grounds, on)
        if one.action == row.action and one.kind in {entry.kind, "*"} and high_enough(level, one)
    )
    target = desk.rules.transition(entry.kind, state, row.action, on).target
    bars = [(one.code, desk.rules.bar(one.bar, entry.kind, on)) for one in grounds if one.bar]
    return StandingOffer(
        action=row,
        target=target,
        ends=not desk.rules.state(entry.kind, target).live,
        grounds=grounds,
        years=tuple((code, bar.min_years, bar.max_years) for code, bar in bars if bar.min_years != bar.max_years),
    )


def _against(tx: Transaction, account: Account, entry: Registration) -> Refusal | None:
    try:
        office(tree(tx), account, Role.DECISION, entry.authority)
    except Refusal as refusal:
        return refusal
    if entry.kind.is_person and same_person(fetch.account(tx, entry.holder), account):
        return Refusal("own-case")
    return None


def _live(desk: Desk, kind: Kind) -> tuple[str, ...]:
    return tuple(row.state for row in desk.rules.states if row.kind == kind and row.live and not row.derived)


def _due(desk: Desk, tx: Transaction, entry: Registration, column: str, on: datetime.date) -> Due:
    ends: dict[str, datetime.date | None] = {
        "verify_by": entry.verify_by,
        "valid_until": entry.valid_until,
        "until": entry.until,
    }
    day = ends[column] or on
    return Due(view=entry_of(desk, tx, entry), day=day, days=(day - on).days)


def _stopped(desk: Desk, tx: Transaction, inside: tuple[OrganisationId, ...], on: datetime.date) -> tuple[Due, ...]:
    """Physicians who left and have not come back for so long that the entry is to be closed (医师法 17(5))."""
    limit = desk.rules.limit("stopped_practice", Kind.PHYSICIAN, "cancel_registration", on)
    found: list[Due] = []
    for entry in registrations.find(tx, kind=Kind.PHYSICIAN, state="left_filed", authority=inside, limit=MOST):
        left = civil_day(registrations.changes(tx, entry.id)[-1].at)
        day = left if limit is None else add_months(left, limit.value)
        if limit is not None and day <= on:
            found.append(Due(view=entry_of(desk, tx, entry), day=day, days=(day - on).days))
    return tuple(sorted(found, key=lambda one: one.day))
