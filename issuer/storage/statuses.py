"""Status lists and their entries: indexes drawn at random, each used once, for ever.

Every change of a value notes its list in the outbox, in the same transaction: what is written is published.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from issuer.domain.licence_copy import CopyId
from issuer.domain.licence_record import LicenceId, StatusEntry
from issuer.domain.offer import WalletCopyId
from issuer.domain.registration import RegistrationId
from issuer.storage import rows
from issuer.storage.errors import FULL, StorageFailed
from issuer.storage.tables import licence, licence_copy, outbox, status_entry, status_list
from issuer.storage.transaction import Transaction
from issuer.storage.wallets import wallet_copy

_DRAWS = 200
"""With a list at most half full, 200 misses in a row do not happen (2^-200)."""

_LISTS = "status_list"

Draw = Callable[[int], int]
"""A random integer in [0, n)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One status list: how many entries it has and how many are used."""

    number: int
    size: int
    used: int
    opened_at: int


def open_list(tx: Transaction, *, size: int, at: int) -> ListRow:
    """Open the next list, empty. It is noted for publishing."""
    tx.lock(_LISTS)
    number = (tx.run(sa.select(sa.func.max(status_list.c.number))).scalar() or 0) + 1
    made = ListRow(number=number, size=size, used=0, opened_at=at)
    tx.insert(status_list, rows.values(made))
    note(tx, number, at)
    return made


def add_list(tx: Transaction, number: int, *, size: int, at: int) -> ListRow:
    """Enter a list that exists outside, under the number that it has there."""
    made = ListRow(number=number, size=size, used=0, opened_at=at)
    tx.insert(status_list, rows.values(made))
    return made


def close_all(tx: Transaction) -> None:
    """Let no list that is there give out an index any more; the next licence opens a new one."""
    tx.run(sa.update(status_list).values(used=status_list.c.size))


def list_with_room(tx: Transaction, *, size: int, at: int) -> tuple[ListRow, bool]:
    """Return the newest list if it is less than half full, else the next one, and whether it was opened just now."""
    tx.lock(_LISTS)
    last = newest_list(tx)
    if last is not None and last.used * 2 < last.size:
        return last, False
    return open_list(tx, size=size, at=at), True


def newest_list(tx: Transaction) -> ListRow | None:
    """Return the list that was opened last, locked until the end of a write transaction."""
    row = tx.one(sa.select(status_list).order_by(status_list.c.number.desc()).limit(1))
    return None if row is None else ListRow(**rows.fields(row))


def get_list(tx: Transaction, number: int) -> ListRow | None:
    """Return one list, or None. It stays locked until the end of a write transaction."""
    row = tx.one(sa.select(status_list).where(status_list.c.number == number))
    return None if row is None else ListRow(**rows.fields(row))


def lists(tx: Transaction) -> tuple[ListRow, ...]:
    """Return all lists by number."""
    return tuple(ListRow(**rows.fields(row)) for row in tx.all(sa.select(status_list).order_by(status_list.c.number)))


def allocate(
    tx: Transaction,
    within: ListRow,
    draw: Draw,
    *,
    licence_id: LicenceId | CopyId | WalletCopyId | None,
    value: int,
    at: int,
) -> StatusEntry:
    """Take an index of a list at random, never used before; without a licence it is a decoy.

    Raises StorageFailed("storage-full") if no free one is found.
    """
    for _ in range(_DRAWS):
        entry = StatusEntry(list=within.number, index=draw(within.size), value=value, licence=licence_id, changed_at=at)
        if tx.insert_if_absent(status_entry, rows.values(entry)):
            counted = sa.update(status_list).where(status_list.c.number == within.number)
            tx.run(counted.values(used=status_list.c.used + 1))
            if value:
                note(tx, within.number, at)
            return entry
    raise StorageFailed(FULL, "no free status index found")


def entry_at(tx: Transaction, number: int, index: int) -> StatusEntry | None:
    """Return the entry at an index, None if the index was never taken."""
    row = tx.one(sa.select(status_entry).where(status_entry.c.list == number, status_entry.c.index == index))
    return None if row is None else StatusEntry(**rows.fields(row))


def take(tx: Transaction, within: ListRow, index: int, value: int, at: int) -> None:
    """Take a certain index, which belongs to no licence that is known here."""
    entry = StatusEntry(list=within.number, index=index, value=value, licence=None, changed_at=at)
    tx.insert(status_entry, rows.values(entry))


def add_decoys(tx: Transaction, within: ListRow, values: dict[int, int], at: int) -> None:
    """Add many decoys to a list that was opened in this transaction and is still empty."""
    made = [
        rows.values(StatusEntry(list=within.number, index=index, value=value, licence=None, changed_at=at))
        for index, value in values.items()
    ]
    tx.insert_all(status_entry, made)
    counted = sa.update(status_list).where(status_list.c.number == within.number)
    tx.run(counted.values(used=status_list.c.used + len(made)))


def entry_of(tx: Transaction, licence_id: LicenceId | CopyId | WalletCopyId) -> StatusEntry | None:
    """Return the status entry of a licence or of a copy, or None."""
    row = tx.one(sa.select(status_entry).where(status_entry.c.licence == licence_id))
    return None if row is None else StatusEntry(**rows.fields(row))


def set_value(tx: Transaction, entry: StatusEntry, value: int, at: int) -> bool:
    """Set the value of an entry and note its list for publishing. False if nothing changed: it was so, or was 1.

    An ending (1) is final; a licence that is granted anew gets a new index.
    """
    same = (
        status_entry.c.list == entry.list,
        status_entry.c.index == entry.index,
        status_entry.c.value.not_in([1, value]),
    )
    changed = tx.update(status_entry, same, {"value": value, "changed_at": at}) == 1
    if changed:
        note(tx, entry.list, at)
    return changed


def set_current(tx: Transaction, id_: RegistrationId, value: int, at: int) -> int:
    """Set the value of every licence and copy of a registration that is active or about to be; return how many changed.

    Retired ones keep theirs: that a newer version exists stays true whatever becomes of it.
    """
    current = sa.union_all(
        *(
            sa.select(table.c.id).where(table.c.registration == id_, table.c.state.in_(["intended", "active"]))
            for table in (licence, licence_copy, wallet_copy)
        )
    )
    found = tx.all(sa.select(status_entry).where(status_entry.c.licence.in_(current)))
    return sum(set_value(tx, StatusEntry(**rows.fields(row)), value, at) for row in found)


def shown(tx: Transaction, number: int) -> dict[int, int]:
    """Return index and value of every entry of a list that is not 0."""
    chosen = sa.select(status_entry.c.index.label("place"), status_entry.c.value).where(status_entry.c.list == number)
    return {row.place: row.value for row in tx.run(chosen.where(status_entry.c.value != 0))}


def decoys(tx: Transaction, number: int) -> tuple[StatusEntry, ...]:
    """Return the entries of a list that belong to no licence, by index."""
    chosen = sa.select(status_entry).where(status_entry.c.list == number, status_entry.c.licence.is_(None))
    return tuple(StatusEntry(**rows.fields(row)) for row in tx.all(chosen.order_by(status_entry.c.index)))


def note(tx: Transaction, number: int, at: int) -> None:
    """Note in the outbox that a list must be published."""
    tx.insert(outbox, {"list": number, "at": at})


def noted(tx: Transaction) -> dict[int, tuple[int, ...]]:
    """Return what waits in the outbox: the ids of the notes of each list."""
    waiting: dict[int, tuple[int, ...]] = {}
    for row in tx.all(sa.select(outbox.c.id, outbox.c.list).order_by(outbox.c.id)):
        waiting[row.list] = (*waiting.get(row.list, ()), row.id)
    return waiting


def oldest_note(tx: Transaction) -> int | None:
    """Return the time of the oldest note that waits."""
    found: Any = tx.run(sa.select(sa.func.min(outbox.c.at))).scalar()
    return None if found is None else int(found)


def take_notes(tx: Transaction, number: int) -> int:
    """Remove the notes of a list that this transaction sees, because it publishes it; return how many."""
    seen = tx.run(sa.select(outbox.c.id).where(outbox.c.list == number)).scalars().all()
    if seen:
        tx.run(sa.delete(outbox).where(outbox.c.id.in_(seen)))
    return len(seen)
