"""The audit table: append only, hash-chained, without gaps.

`append` collects an event of the transaction at hand; the rows are written by `write` when the transaction ends. Who
reads the chain reads it inside a reading transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from issuer.domain.account import AccountId
from issuer.domain.audit import GENESIS, AuditRow, Event, chain
from issuer.domain.noted import SALT_BYTES, note_bytes
from issuer.domain.refusal import Refusal
from issuer.storage import rows
from issuer.storage.errors import FAILED, FORBIDDEN, StorageFailed
from issuer.storage.tables import audit, signed_act
from issuer.storage.transaction import Transaction

_HEAD = "audit"
_SOME = 500
"""Rows that are read at a time."""


def append(tx: Transaction, event: Event) -> None:
    """Record an event with this transaction; it is written when the transaction commits, or never."""
    tx.events.append(event)


def remember(tx: Transaction, digest: bytes, actor: AccountId, nonce: str, at: int) -> None:
    """Keep the digest of a signed act for ever. Raises Refusal("act-replayed") if it, or its nonce, was used before."""
    row = {"digest": digest, "actor": actor, "nonce": nonce, "at": at}
    if not tx.insert_if_absent(signed_act, row):
        raise Refusal("act-replayed")


def write(tx: Transaction) -> None:
    """Write the collected events, and beside the one that says why, which rows changed.

    Called by the store as the last thing of a transaction. Raises StorageFailed("storage-forbidden") if rows that the
    trail accounts for were changed and no event says so.
    """
    changes = tx.changes.take()
    if not tx.events:
        if changes:
            raise StorageFailed(FORBIDDEN, f"{changes[0].table} changed without an event")
        return
    tx.lock(_HEAD)
    last = head(tx)
    seq, prev = (last.seq, last.hash) if last else (0, GENESIS)
    note = note_bytes(secrets.token_bytes(SALT_BYTES), changes) if changes else None
    told = next((place for place, event in enumerate(tx.events) if event.act is not None), len(tx.events) - 1)
    made: list[dict[str, Any]] = []
    for place, event in enumerate(tx.events):
        row = chain(seq + 1, event, prev, note if place == told else None)
        seq, prev = row.seq, row.hash
        detail = rows.to_json([list(item) for item in event.detail])
        made.append(
            rows.values(event)
            | {"detail": detail, "seq": row.seq, "note": row.note, "prev": row.prev, "hash": row.hash}
        )
    tx.insert_all(audit, made)
    tx.events.clear()


def head(tx: Transaction) -> AuditRow | None:
    """Return the last row: what a checkpoint elsewhere should keep."""
    row = tx.run(sa.select(audit).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else _row(row)


def read(tx: Transaction, *, after: int = 0, limit: int | None = None) -> Iterator[AuditRow]:
    """Return rows in ascending order, from the one after `after`.

    Raises StorageFailed at a row that cannot be read, because somebody put something else into it.
    """
    statement = sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    try:
        for row in tx.run(statement):
            yield _row(row)
    except (TypeError, ValueError, IndexError):
        raise StorageFailed(FAILED, "a row of the trail cannot be read") from None


def notes(tx: Transaction, *, after: int) -> Iterator[tuple[int, bytes]]:
    """Yield number and note of the events after `after` that changed rows, in ascending order."""
    chosen = sa.select(audit.c.seq, audit.c.note).where(audit.c.note.is_not(None)).order_by(audit.c.seq).limit(_SOME)
    while found := tx.all(chosen.where(audit.c.seq > after)):
        for row in found:
            yield int(row.seq), bytes(row.note)
        after = int(found[-1].seq)


def find(
    tx: Transaction,
    *,
    tag: str | None = None,
    target: str | None = None,
    actor: AccountId | None = None,
    key: str | None = None,
    since: int = 0,
) -> tuple[AuditRow, ...]:
    """Return the rows that have all the given values, in ascending order. `key` is a kid, `since` an instant."""
    wanted = rows.where(audit, {"tag": tag, "target": target, "actor": actor, "key": key})
    if since:
        wanted.append(audit.c.at >= since)
    return tuple(_row(row) for row in tx.all(sa.select(audit).where(*wanted).order_by(audit.c.seq)))


def newest(
    tx: Transaction,
    limit: int,
    *,
    before: int | None = None,
    area: str = "",
    about: str = "",
    since: int | None = None,
    until: int | None = None,
) -> tuple[AuditRow, ...]:
    """Return the newest rows first, from the one before `before`.

    `area` is the first word of the tag; `about` the target, the actor or the kid; `since` and `until` instants, the
    latter not included.
    """
    wanted: list[sa.ColumnElement[bool]] = []
    if before is not None:
        wanted.append(audit.c.seq < before)
    if area:
        wanted += [audit.c.tag >= f"{area}.", audit.c.tag < f"{area}/"]  # "/" follows "."
    if about:
        wanted.append(sa.or_(audit.c.target == about, audit.c.actor == about, audit.c.key == about))
    if since is not None:
        wanted.append(audit.c.at >= since)
    if until is not None:
        wanted.append(audit.c.at < until)
    chosen = sa.select(audit).where(*wanted).order_by(audit.c.seq.desc()).limit(limit)
    return tuple(map(_row, tx.all(chosen)))


def _row(row: sa.Row[Any]) -> AuditRow:
    held = rows.fields(row)
    if not all(isinstance(held[name], bytes | None) for name in ("act", "proof", "note", "prev", "hash")):
        raise TypeError  # SQLite keeps whatever type somebody wrote there
    seq, note, prev, hash_ = (held.pop(name) for name in ("seq", "note", "prev", "hash"))
    detail = tuple((item[0], item[1]) for item in rows.from_json(held.pop("detail")))
    return AuditRow(seq=seq, event=Event(detail=detail, **held), note=note, prev=prev, hash=hash_)
