"""A receipt 存证: one event, the way from it up to the root of the log, and the checkpoint that was signed.

Whoever has it and trusts a key of the log (and of witnesses) needs nothing else to know that this event, with the act
in it, was in the trail when that checkpoint was signed: no network, no issuer, no account. It is JSON:

    {"event": {...}, "size": 1202, "path": ["hex, 32 bytes", ...], "checkpoint": "a signed note"}

`event`, `size` and `path` are a proof as in `trail_proof`; the checkpoint is of the same size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from issuer.domain import log_check, merkle, note, trail_proof
from issuer.domain.audit import GENESIS, AuditRow
from issuer.domain.checkpoint import Checkpoint
from issuer.domain.merkle import Node
from issuer.domain.note import NoteBad, Signed, VerifierKey
from issuer.domain.trail_proof import Head, ProofBad

_MEMBERS = frozenset({"event", "size", "path", "checkpoint"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says once it was checked: the event, the checkpoint, and which witnesses signed that."""

    row: AuditRow
    checkpoint: Checkpoint
    witnessed: tuple[Signed, ...]


def make(row: AuditRow, node: Node, size: int, checkpoint: bytes) -> dict[str, Any]:
    """Return the receipt of an event of the log with these nodes; the checkpoint is the signed note of that size."""
    path = merkle.inclusion(node, row.seq - 1, size)
    return {**trail_proof.shown(row, size, path), "checkpoint": checkpoint.decode("utf-8")}


def check(value: dict[str, Any], keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey], quorum: int) -> Receipt:
    """Check a receipt against the keys of the log and of witnesses, `quorum` of whom must have signed.

    Raises NoteBad (what `log_check.signed` raises) and ProofBad: malformed, proof-of-another-head, proof-does-not-hold.
    """
    held = value.get("checkpoint")
    if value.keys() != _MEMBERS or not isinstance(held, str):
        raise ProofBad("malformed")
    try:
        data = held.encode("utf-8")
    except UnicodeEncodeError:
        raise NoteBad("note-malformed") from None
    said, seen = log_check.signed(note.read_note(data), keys, witnesses, quorum)
    proof = {name: part for name, part in value.items() if name != "checkpoint"}
    row = trail_proof.check(proof, Head(size=said.size, hash=GENESIS, root=said.root))
    return Receipt(row=row, checkpoint=said, witnessed=seen)
