"""The register: entries, their history, and bars."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa

from issuer.domain.application import ApplicationId
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.domain.registration import Bar, Registration, RegistrationId, StandingChange
from issuer.storage import rows
from issuer.storage.tables import bar, registration, registration_change
from issuer.storage.transaction import Transaction


def add(tx: Transaction, value: Registration) -> None:
    """Insert an entry. Raises StorageFailed("storage-conflict") if its id, or its number for the kind, exists."""
    tx.insert(registration, rows.values(value))


def put(tx: Transaction, value: Registration, revision: int) -> None:
    """Replace an entry that still has this revision. Raises ChangedMeanwhile."""
    rows.put(tx, registration, rows.values(value), revision)


def get(tx: Transaction, id_: RegistrationId) -> Registration | None:
    """Return one entry, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(registration).where(registration.c.id == id_))
    return None if row is None else _value(row)


def of_holder(tx: Transaction, holder: str, kind: Kind) -> Registration | None:
    """Return the entry of a holder for a kind, ended or not. There is at most one."""
    row = tx.one(sa.select(registration).where(registration.c.holder == holder, registration.c.kind == kind.value))
    return None if row is None else _value(row)


def named(tx: Transaction, kind: Kind, name: str, limit: int) -> tuple[Registration, ...]:
    """Return entries with exactly that name."""
    return find(tx, kind=kind, name=name, limit=limit)


def until_before(tx: Transaction, on: datetime.date) -> tuple[Registration, ...]:
    """Return the entries whose suspension, deferral or pause had its last day before `on`."""
    found = tx.all(sa.select(registration).where(registration.c.until < on).order_by(registration.c.until))
    return tuple(map(_value, found))


def ending(
    tx: Transaction,
    column: str,
    last_day: datetime.date,
    *,
    kind: Kind,
    state: tuple[str, ...],
    authority: tuple[OrganisationId, ...],
    limit: int,
) -> tuple[Registration, ...]:
    """Return entries of which something ends on or before `last_day`, the earliest first.

    `column` is valid_until, verify_by or until.
    """
    end = {"valid_until": registration.c.valid_until, "verify_by": registration.c.verify_by}.get(
        column, registration.c.until
    )
    wanted = rows.where(registration, {"kind": kind, "state": state, "authority": authority})
    chosen = sa.select(registration).where(end <= last_day, *wanted).order_by(end, registration.c.id).limit(limit)
    return tuple(map(_value, tx.all(chosen)))


def filed_at(tx: Transaction, number: str, limit: int) -> tuple[Registration, ...]:
    """Return physicians' entries whose content names that institution beside the primary one, by number.

    A filing stands in the content, so this reads the entries of the kind; the caller looks at the filing itself.
    """
    named = registration.c.content.contains(f'"number":"{number}"', autoescape=True)
    wanted = (registration.c.kind == Kind.PHYSICIAN.value, registration.c.content.contains('"filings":'), named)
    return tuple(
        map(_value, tx.all(sa.select(registration).where(*wanted).order_by(registration.c.number).limit(limit)))
    )


def count(tx: Transaction, *, institution: str, kind: Kind) -> int:
    """Return how many entries of a kind have that primary institution."""
    wanted = rows.where(registration, {"kind": kind, "institution": institution})
    return int(tx.run(sa.select(sa.func.count()).select_from(registration).where(*wanted)).scalar_one())


def by_number(tx: Transaction, kind: Kind, number: str) -> Registration | None:
    """Return the entry with that licence number."""
    row = tx.one(sa.select(registration).where(registration.c.kind == kind.value, registration.c.number == number))
    return None if row is None else _value(row)


def find(
    tx: Transaction,
    *,
    kind: Kind | None = None,
    holder: str | None = None,
    name: str | None = None,
    authority: OrganisationId | tuple[OrganisationId, ...] | None = None,
    institution: str | None = None,
    state: str | tuple[str, ...] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[Registration, ...]:
    """Return all entries that have the given values, by kind and number. `institution` is its 22-character number."""
    wanted = rows.where(
        registration,
        {
            "kind": kind,
            "holder": holder,
            "name": name,
            "authority": authority,
            "institution": institution,
            "state": state,
        },
    )
    order = (registration.c.kind, registration.c.number)
    found = tx.all(sa.select(registration).where(*wanted).order_by(*order).limit(limit).offset(offset))
    return tuple(map(_value, found))


def add_change(tx: Transaction, value: StandingChange) -> None:
    """Add a line to the history of an entry. Its revision is that of the entry after the act; there is one each."""
    tx.insert(registration_change, _change_row(value))


def changes(tx: Transaction, id_: RegistrationId) -> tuple[StandingChange, ...]:
    """Return the history of an entry, oldest first."""
    chosen = sa.select(registration_change).where(registration_change.c.registration == id_)
    return tuple(map(_change, tx.all(chosen.order_by(registration_change.c.revision))))


def change_by(tx: Transaction, application: ApplicationId) -> StandingChange | None:
    """Return the newest line that an application wrote into the register."""
    chosen = sa.select(registration_change).where(registration_change.c.application == application)
    row = tx.run(chosen.order_by(registration_change.c.revision.desc()).limit(1)).one_or_none()
    return None if row is None else _change(row)


def add_bar(tx: Transaction, value: Bar) -> None:
    """Insert a bar."""
    tx.insert(bar, rows.values(value))


def bars_of(tx: Transaction, holder: str) -> tuple[Bar, ...]:
    """Return all bars of a holder, past ones too, by first day."""
    found = tx.all(sa.select(bar).where(bar.c.holder == holder).order_by(bar.c.first_day, bar.c.id))
    return tuple(_bar(row) for row in found)


def _value(row: sa.Row[Any]) -> Registration:
    held = rows.fields(row)
    return Registration(kind=Kind(held.pop("kind")), **held)


def _change_row(value: StandingChange) -> dict[str, Any]:
    return rows.values(value) | {"grounds": rows.to_json(value.grounds)}


def _change(row: sa.Row[Any]) -> StandingChange:
    held = rows.fields(row)
    return StandingChange(grounds=rows.texts(held.pop("grounds")), **held)


def _bar(row: sa.Row[Any]) -> Bar:
    held = rows.fields(row)
    kind = held.pop("kind")
    return Bar(kind=None if kind is None else Kind(kind), **held)
