"""Which rows the trail accounts for, and their digests.

Whatever a transaction changes in a noted table is written beside its event: table, key, the digest of the row before
and after. From the trail alone follows then what every row of these tables must be (`issuer.domain.noted`), and a row
that somebody changed with a database client differs from it. A digest covers every column that holds something, so that
a later schema may add columns that are empty; it says nothing of what stands there.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from elicense import cbor
from issuer.domain.noted import Change, Key
from issuer.storage.tables import metadata

if TYPE_CHECKING:
    from issuer.storage.transaction import Transaction

NOTED: Final = frozenset({
    "account", "appeal", "application", "application_step", "bar", "board", "electronic_key", "key_alert",
    "key_announcement", "key_change", "licence", "licence_copy", "organisation", "paper", "proposal", "rating",
    "registration", "registration_change", "status_entry", "wallet_copy",
})  # fmt: skip

FREE: Final = {
    "audit": "is the trail, which has its own chain",
    "checkpoint": "holds signed checkpoints, which are judged by their signature",
    "content_mark": "is made from noted rows, for the watch over keys",
    "cosignature": "holds signatures of witnesses, which are judged by their keys",
    "counter": "numbers that were given out stand in noted rows",
    "key_event": "is made from the trail, for the watch over keys",
    "key_use": "when a key was used last is told by the trail",
    "log_alarm": "says why minting stops; who removes a row meets the witness again",
    "outbox": "says what waits to be published",
    "publication": "holds signed lists, which are judged by their signature",
    "publish_failure": "says what could not be published",
    "session": "ends by itself",
    "signed_act": "digests of acts, which stand in the trail",
    "status_list": "how full a list is; its entries are noted",
    "wallet_nonce": "lives for minutes",
    "wallet_offer": "lives for minutes; what is made from it is noted",
}
"""The tables that are not noted, and why not."""

_LEFT_OUT: Final = {"paper": frozenset({"sealed"})}
"""Columns that would be megabytes; their content is held by the column `sha256`."""


def columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns of a noted table that a digest covers."""
    return [column for column in table.c if column.name not in _LEFT_OUT.get(table.name, ())]


def key_of(table: sa.Table, row: Mapping[str, Any]) -> Key:
    """Return the primary key of a row."""
    return tuple(row[column.name] for column in table.primary_key)


def counts(table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Whether the trail accounts for this row: entries of status lists that belong to nobody are moved at random."""
    return table.name != "status_entry" or row["licence"] is not None


def digest(table: sa.Table, row: Mapping[str, Any]) -> bytes:
    """Return SHA-256 over the table's name and every column that holds something. Raises ValueError, TypeError."""
    held = {str(name): _plain(value) for name, value in row.items() if value is not None}
    return hashlib.sha256(cbor.dumps([str(table.name), held])).digest()


def _plain(value: object) -> object:
    match value:
        case datetime.date():
            return value.isoformat()
        case memoryview():
            return bytes(value)
        case _:
            return value


class Changes:
    """What a transaction changed so far: of each row its digest before the first change and after the last."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[str, Key], tuple[bytes | None, bytes | None]] = {}

    def note(self, table: sa.Table, before: Iterable[sa.Row[Any]], after: Iterable[sa.Row[Any]]) -> None:
        """Note rows as they were and as they are; a row of the one that is not in the other was made or removed."""
        name, old, new = str(table.name), dict(_digests(table, before)), dict(_digests(table, after))
        for key in {**old, **new}:
            first, _ = self._found.get((name, key), (old.get(key), None))
            self._found[name, key] = (first, new.get(key))

    def take(self) -> tuple[Change, ...]:
        """Return the changes in the order of table and key, and forget them."""
        found = sorted(self._found.items(), key=lambda item: (item[0][0], tuple(map(str, item[0][1]))))
        self._found = {}
        return tuple(
            Change(table=table, key=key, before=before, after=after)
            for (table, key), (before, after) in found
            if before != after
        )


def _digests(table: sa.Table, found: Iterable[sa.Row[Any]]) -> Iterator[tuple[Key, bytes]]:
    for row in found:
        held = row._asdict()
        if counts(table, held):
            yield key_of(table, held), digest(table, held)


def present(tx: Transaction) -> Iterator[tuple[str, Key, bytes | None]]:
    """Yield table, key and digest of every noted row that is there; the digest is None if the row cannot be read."""
    for name in sorted(NOTED):
        table = metadata.tables[name]
        chosen = sa.select(*columns(table)).order_by(*table.primary_key)
        seen = 0
        try:
            for row in tx.run(chosen.execution_options(yield_per=1_000)):
                seen += 1
                yield from _told(table, row)
        except (TypeError, ValueError):  # SQLite keeps whatever somebody wrote there, a day that is none too
            keys = sa.select(*table.primary_key).order_by(*table.primary_key).offset(seen)
            for key in tx.all(keys):
                yield from _alone(tx, table, tuple(key))


def _alone(tx: Transaction, table: sa.Table, key: Key) -> Iterator[tuple[str, Key, bytes | None]]:
    same = [column == held for column, held in zip(table.primary_key, key, strict=True)]
    try:
        yield from _told(table, tx.run(sa.select(*columns(table)).where(*same)).one())
    except (TypeError, ValueError):
        yield str(table.name), key, None


def _told(table: sa.Table, row: sa.Row[Any]) -> Iterator[tuple[str, Key, bytes | None]]:
    held = row._asdict()
    if counts(table, held):
        try:
            found = digest(table, held)
        except (TypeError, ValueError):
            found = None
        yield str(table.name), key_of(table, held), found
