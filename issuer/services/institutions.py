"""An institution's own desk 机构端: its licence, its practitioners, filings at it, what it must do and by when.

Reads only, and only what concerns the institution of the account. Its reports are `issuer.services.proposals`, its
confirmations and applications `issuer.services.applications`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from issuer.domain.account import Account, AccountKind
from issuer.domain.act import civil_day
from issuer.domain.application import Stage
from issuer.domain.calendar import add_months
from issuer.domain.content import Public
from issuer.domain.kind import Kind
from issuer.domain.organisation import Organisation
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.domain.rulebook import GroundRow, held
from issuer.services import casework, fetch, proposals
from issuer.services.desk import Desk
from issuer.services.query import RegistrationView, entry_of
from issuer.storage import Transaction, applications, registrations

PAGE: Final = 50
_FILINGS_MOST: Final = 500
_SOON_MONTHS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the institution must do: `code` verification or renewal, until when, from when it may be asked."""

    code: str
    last_day: datetime.date
    from_day: datetime.date
    days: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The institution's front page. `entry` is None before its first registration."""

    organisation: Organisation
    authority: str
    entry: RegistrationView | None
    practitioners: Mapping[Kind, int]
    to_confirm: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """Somebody whose primary institution this is. `reported`: a departure is reported and not dealt with yet."""

    view: RegistrationView
    public: Public
    reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A physician of another institution who filed practice here, from when until when."""

    view: RegistrationView
    primary: str
    start: datetime.date | None
    end: datetime.date | None


def home(desk: Desk, account: Account) -> Home:
    """Return the front page of the account's institution. Raises Refusal("not-your-institution") for others."""
    on = civil_day(desk.clock())
    with desk.store.reading() as tx:
        own = _own(tx, account)
        entry = registrations.of_holder(tx, own.id, Kind.INSTITUTION)
        waiting = applications.find(tx, stage=Stage.INSTITUTION_CONFIRM, institution=own.id)
        return Home(
            organisation=own,
            authority="" if own.parent is None else fetch.organisation(tx, own.parent).name,
            entry=None if entry is None else entry_of(desk, tx, entry),
            practitioners={
                kind: 0 if own.number is None else registrations.count(tx, institution=own.number, kind=kind)
                for kind in Kind
                if kind.is_person
            },
            to_confirm=len(waiting),
            notices=() if entry is None else _notices(desk, entry, on),
        )


def practitioners(
    desk: Desk, account: Account, kind: Kind, *, name: str = "", page: int = 1
) -> tuple[tuple[Practitioner, ...], int]:
    """Return one page of the institution's physicians or nurses, and how many there are. `name` is a full name."""
    with desk.store.reading() as tx:
        own = _own(tx, account)
        if own.number is None:
            return (), 0
        found = registrations.find(
            tx, kind=kind, institution=own.number, name=name.strip() or None, limit=PAGE, offset=(page - 1) * PAGE
        )
        reported = proposals.reported(tx, tuple(str(one.id) for one in found), account)
        total = len(found) if name.strip() else registrations.count(tx, institution=own.number, kind=kind)
        return (
            tuple(
                Practitioner(
                    view=entry_of(desk, tx, one),
                    public=casework.public_of(one.content),
                    reported=str(one.id) in reported,
                )
                for one in found
            ),
            total,
        )


def practitioner(desk: Desk, account: Account, id_: str) -> Practitioner:
    """Return one of the institution's own practitioners. Raises Refusal("registration-unknown") for any other."""
    with desk.store.reading() as tx:
        own, found = _own(tx, account), fetch.registration(tx, id_)
        if own.number is None or found.institution != own.number or not found.kind.is_person:
            raise Refusal("registration-unknown")
        reported = proposals.reported(tx, (str(found.id),), account)
        return Practitioner(
            view=entry_of(desk, tx, found), public=casework.public_of(found.content), reported=bool(reported)
        )


def filings(desk: Desk, account: Account) -> tuple[Filed, ...]:
    """Return the physicians of other institutions who filed practice at this one, those still running first."""
    with desk.store.reading() as tx:
        own = _own(tx, account)
        if own.number is None:
            return ()
        found = [
            _filed(desk, tx, entry, filing)
            for entry in registrations.filed_at(tx, own.number, _FILINGS_MOST)
            for filing in _filings_of(entry)
            if filing.get("number") == own.number
        ]
        return tuple(sorted(found, key=lambda one: one.end or datetime.date.max, reverse=True))


def departure_grounds(desk: Desk) -> tuple[GroundRow, ...]:
    """Return the grounds on which a departure is reported."""
    on = civil_day(desk.clock())
    return tuple(row for row in held(desk.rules.grounds, on) if row.action == "departure_filing")


def _own(tx: Transaction, account: Account) -> Organisation:
    if account.kind is not AccountKind.INSTITUTION or account.organisation is None:
        raise Refusal("not-your-institution")
    return fetch.organisation(tx, account.organisation)


def _notices(desk: Desk, entry: Registration, on: datetime.date) -> tuple[Notice, ...]:
    found: list[Notice] = []
    verification = desk.rules.limit("verification_notice", Kind.INSTITUTION, "verification", on)
    if entry.verify_by is not None and verification is not None:
        start = add_months(entry.verify_by, -verification.value)
        found.append(_notice("verification", entry.verify_by, start, on, verification.basis))
    renewal = desk.rules.limit("renewal_notice", Kind.INSTITUTION, "renewal", on)
    if entry.valid_until is not None and renewal is not None:
        start = add_months(entry.valid_until, -_SOON_MONTHS)
        last = entry.valid_until - datetime.timedelta(days=renewal.value)
        found.append(_notice("renewal", last, start, on, renewal.basis))
    return tuple(one for one in found if one.from_day <= on)


def _notice(code: str, last_day: datetime.date, start: datetime.date, on: datetime.date, basis: str) -> Notice:
    return Notice(code=code, last_day=last_day, from_day=start, days=(last_day - on).days, basis=basis)


def _filings_of(entry: Registration) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", casework.public_of(entry.content).get("filings", []))


def _filed(desk: Desk, tx: Transaction, entry: Registration, filing: dict[str, str]) -> Filed:
    primary = casework.public_of(entry.content).get("institution")
    start, end = filing.get("start"), filing.get("end")
    return Filed(
        view=entry_of(desk, tx, entry),
        primary=str(primary["name"]) if isinstance(primary, dict) else "",
        start=None if start is None else datetime.date.fromisoformat(start),
        end=None if end is None else datetime.date.fromisoformat(end),
    )
