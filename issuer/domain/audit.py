"""The audit trail: events, the hash chain over their rows, and its check.

Each row's hash covers the deterministic CBOR of all its fields and the hash before it, so that a change, a removal
or a swap inside the chain shows. It cannot show a cut tail or a chain written anew by somebody with full rights:
that takes a checkpoint kept elsewhere (`head` of the last row is what to keep). `detail` carries no personal data;
the act bytes may, and their column is restricted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elicense import cbor
from issuer.domain.noted import commitment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from issuer.domain.account import AccountId

GENESIS = bytes(32)
"""`prev` of the first row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, before it is a row. `tag` is a dotted lower-case word such as `application.accepted`.

    `actor` and `key` are None for an effect of the law or of the system itself; `key` is the kid.
    """

    at: int
    tag: str
    target: str
    actor: AccountId | None = None
    key: str | None = None
    act: bytes | None = None
    proof: bytes | None = None
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row of the trail. `seq` starts at 1 and has no gaps; `note` is what `issuer.domain.noted` reads."""

    seq: int
    event: Event
    note: bytes | None
    prev: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFinding:
    """One thing wrong with the chain at row `seq`: `gap`, `prev-differs` or `hash-differs`."""

    seq: int
    code: str


def chain(seq: int, event: Event, prev: bytes, note: bytes | None = None) -> AuditRow:
    """Return the row that follows the row whose hash is `prev` (`GENESIS` for the first)."""
    return AuditRow(seq=seq, event=event, note=note, prev=prev, hash=row_hash(seq, event, prev, commitment(note)))


def row_hash(seq: int, event: Event, prev: bytes, noted: bytes | None) -> bytes:
    """Return SHA-256 over deterministic CBOR of every field of the row and the hash before it.

    `noted` is the commitment to its note, which is left out where there is none.
    """
    fields = [
        seq,
        event.at,
        event.tag,
        event.target,
        event.actor,
        event.key,
        event.act,
        event.proof,
        [[str(name), str(value)] for name, value in event.detail],
        prev,
    ]
    return hashlib.sha256(cbor.dumps(fields if noted is None else [*fields, noted])).digest()


def verify_chain(rows: Iterable[AuditRow], after: AuditRow | None = None) -> tuple[ChainFinding, ...]:
    """Check rows in ascending order, from the first or from the one after `after`; an empty answer means whole."""
    seq, prev = (after.seq, after.hash) if after else (0, GENESIS)
    findings: list[ChainFinding] = []
    for row in rows:
        if row.seq != seq + 1:
            findings.append(ChainFinding(seq=row.seq, code="gap"))
        if row.prev != prev:
            findings.append(ChainFinding(seq=row.seq, code="prev-differs"))
        if row.hash != row_hash(row.seq, row.event, row.prev, commitment(row.note)):
            findings.append(ChainFinding(seq=row.seq, code="hash-differs"))
        seq, prev = row.seq, row.hash
    return tuple(findings)
