"""Signed checkpoints of the log, what its witnesses signed, what was found against it; and the hashes of the trail.

Rows are added and nothing else. Every row belongs to one log by its origin; a register may have had several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from issuer.storage import rows
from issuer.storage.tables import audit, metadata
from issuer.storage.transaction import Transaction

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("origin", sa.Text(), primary_key=True),
    sa.Column("size", sa.BigInteger(), primary_key=True),
    sa.Column("root", sa.LargeBinary(), nullable=False),
    sa.Column("note", sa.LargeBinary(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
)
cosignature = sa.Table(
    "cosignature",
    metadata,
    sa.Column("origin", sa.Text(), primary_key=True),
    sa.Column("size", sa.BigInteger(), primary_key=True),
    sa.Column("witness", sa.Text(), primary_key=True),
    sa.Column("line", sa.Text(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(
        ["origin", "size"], ["checkpoint.origin", "checkpoint.size"], deferrable=True, initially="DEFERRED"
    ),
)
log_alarm = sa.Table(
    "log_alarm",
    metadata,
    sa.Column("origin", sa.Text(), primary_key=True),
    sa.Column("witness", sa.Text(), primary_key=True),
    sa.Column("code", sa.Text(), primary_key=True),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One signed checkpoint: `note` is the bytes that go out, with the log's own signature."""

    origin: str
    size: int
    root: bytes
    note: bytes
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What was found against a log, by a witness (its key as text) or by the issuer itself (empty). It stays."""

    origin: str
    witness: str
    code: str
    size: int
    at: int


def add(tx: Transaction, value: Stored) -> None:
    """Keep a checkpoint, before anybody gets it. Raises StorageFailed if there is one of this size."""
    tx.insert(checkpoint, rows.values(value))


def newest(tx: Transaction, origin: str) -> Stored | None:
    """Return the largest checkpoint of a log."""
    chosen = sa.select(checkpoint).where(checkpoint.c.origin == origin).order_by(checkpoint.c.size.desc()).limit(1)
    row = tx.run(chosen).one_or_none()
    return None if row is None else Stored(**rows.fields(row))


def get(tx: Transaction, origin: str, size: int) -> Stored | None:
    """Return the checkpoint of a log that has this size."""
    row = tx.run(sa.select(checkpoint).where(*rows.where(checkpoint, {"origin": origin, "size": size}))).one_or_none()
    return None if row is None else Stored(**rows.fields(row))


def cosign(tx: Transaction, value: Stored, witness: str, line: str, at: int) -> None:
    """Keep what a witness signed, unless it is there."""
    row = {"origin": value.origin, "size": value.size, "witness": witness, "line": line, "at": at}
    tx.insert_if_absent(cosignature, row)


def lines(tx: Transaction, value: Stored) -> dict[str, str]:
    """Return what witnesses signed of a checkpoint: the line of each, by its key."""
    found = sa.select(cosignature.c.witness, cosignature.c.line)
    found = found.where(*rows.where(cosignature, {"origin": value.origin, "size": value.size}))
    return {row.witness: row.line for row in tx.all(found)}


def signed_size(tx: Transaction, origin: str, witness: str) -> int:
    """Return the size of the largest checkpoint that a witness signed, 0 for none."""
    chosen = sa.select(sa.func.max(cosignature.c.size))
    found = tx.run(chosen.where(*rows.where(cosignature, {"origin": origin, "witness": witness}))).scalar()
    return int(found or 0)


def witnessed(tx: Transaction, origin: str, witnesses: Sequence[str], quorum: int) -> Stored | None:
    """Return the largest checkpoint that `quorum` of these witnesses signed."""
    if not quorum:
        return newest(tx, origin)
    signed = sa.select(cosignature.c.size).where(*rows.where(cosignature, {"origin": origin, "witness": witnesses}))
    chosen = signed.group_by(cosignature.c.size).having(sa.func.count() >= quorum)
    size = tx.run(chosen.order_by(cosignature.c.size.desc()).limit(1)).scalar()
    return None if size is None else get(tx, origin, size)


def alarm(tx: Transaction, value: Alarm) -> bool:
    """Keep what was found, unless it is known; say whether it is new."""
    return tx.insert_if_absent(log_alarm, rows.values(value))


def alarms(tx: Transaction, origin: str, witnesses: Sequence[str]) -> tuple[Alarm, ...]:
    """Return what the issuer and these witnesses found against a log, oldest first."""
    wanted = rows.where(log_alarm, {"origin": origin, "witness": ["", *witnesses]})
    chosen = sa.select(log_alarm).where(*wanted).order_by(log_alarm.c.at, log_alarm.c.code)
    return tuple(Alarm(**rows.fields(row)) for row in tx.all(chosen))


# --- the trail -----------------------------------------------------------------------------------------------


def size(tx: Transaction) -> int:
    """Return the number of the newest event, 0 for none."""
    return int(tx.run(sa.select(sa.func.max(audit.c.seq))).scalar() or 0)


def entries(tx: Transaction, first: int, last: int) -> tuple[bytes, ...]:
    """Return the hashes of the events from number `first` to number `last`, as they are stored."""
    chosen = sa.select(audit.c.hash).where(audit.c.seq >= first, audit.c.seq <= last).order_by(audit.c.seq)
    return tuple(tx.run(chosen).scalars())


def time_of(tx: Transaction, seq: int) -> int | None:
    """Return when an event was written, None if there is no such one."""
    found = tx.run(sa.select(audit.c.at).where(audit.c.seq == seq)).scalar()
    return None if found is None else int(found)
