"""Proofs about the trail that a stranger can check: an event is in it, and a later trail contains an earlier one.

The trail is a Merkle tree (RFC 9162) whose leaves are the hashes of its rows. A `Head` says how many events there were
and what the root over them was; whoever keeps one needs nothing else of this issuer to check a proof. A head is not
signed: it is worth what the way was worth on which it came, and it binds the issuer only where somebody else keeps it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from issuer.domain import merkle
from issuer.domain.account import AccountId
from issuer.domain.audit import GENESIS, AuditRow, Event, row_hash


class ProofBad(ValueError):
    """What was brought is no proof of what it is brought for. The text is a code in lower case with hyphens."""


_MOST: Final = 2**63
_EVENT: Final = frozenset({"seq", "at", "tag", "target", "actor", "key", "act", "proof", "detail", "noted", "prev"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How many events a trail held, the hash of the newest (32 zero bytes for none), and the root over all."""

    size: int
    hash: bytes
    root: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the head as it is kept."""
        return {"seq": self.size, "hash": self.hash.hex(), "root": self.root.hex()}


def head_of(rows: Sequence[AuditRow]) -> Head:
    """Return the head of a trail."""
    return Head(size=len(rows), hash=rows[-1].hash if rows else GENESIS, root=merkle.root_of(map(leaf, rows)))


def read_head(value: dict[str, Any]) -> Head:
    """Return a head that was kept. Raises ProofBad("malformed")."""
    match value:
        case {"seq": int() as seq, "hash": str() as digest, "root": str() as root} if 0 <= seq < _MOST:
            return Head(size=seq, hash=_hex(digest), root=_hex(root))
    raise ProofBad("malformed")


def leaf(row: AuditRow) -> bytes:
    """Return the hash of a row as a leaf of the tree."""
    return merkle.leaf_hash(row.hash)


def prove(rows: Sequence[AuditRow], seq: int) -> dict[str, Any]:
    """Return the proof that event `seq` is in this trail, with the event itself. Raises ProofBad("event-unknown")."""
    if not 1 <= seq <= len(rows):
        raise ProofBad("event-unknown")
    row = rows[seq - 1]
    path = merkle.inclusion(merkle.nodes([leaf(one) for one in rows]), seq - 1, len(rows))
    return shown(row, len(rows), path)


def shown(row: AuditRow, size: int, path: Sequence[bytes]) -> dict[str, Any]:
    """Return a proof as it is handed over: the event, the size of the tree, the hashes beside its way up."""
    return {"event": _shown(row), "size": size, "path": [one.hex() for one in path]}


def prove_growth(rows: Sequence[AuditRow], earlier: int) -> dict[str, Any]:
    """Return the proof that the trail of `earlier` events begins this one. Raises ProofBad("trail-shorter")."""
    if not 0 <= earlier <= len(rows):
        raise ProofBad("trail-shorter")
    path = merkle.consistency(merkle.nodes([leaf(one) for one in rows]), earlier, len(rows))
    return {"from": earlier, "size": len(rows), "path": [one.hex() for one in path]}


def check(proof: dict[str, Any], head: Head) -> AuditRow:
    """Return the event that a proof holds, if it was in the trail with that head. Which rows it changed is not in it.

    Raises ProofBad: malformed, proof-of-another-head, proof-does-not-hold.
    """
    size, path = _path(proof, {"event", "size", "path"})
    row = _row(proof["event"])
    if size != head.size:
        raise ProofBad("proof-of-another-head")
    if not merkle.included(leaf(row), row.seq - 1, size, path, head.root):
        raise ProofBad("proof-does-not-hold")
    return row


def check_growth(proof: dict[str, Any], earlier: Head, later: Head) -> None:
    """Check that the trail with the later head contains the one with the earlier. Raises what `check` raises."""
    size, path = _path(proof, {"from", "size", "path"})
    if (proof["from"], size) != (earlier.size, later.size):
        raise ProofBad("proof-of-another-head")
    if not merkle.consistent(earlier.size, size, path, earlier.root, later.root):
        raise ProofBad("proof-does-not-hold")


def _shown(row: AuditRow) -> dict[str, Any]:
    event = row.event
    return {
        "seq": row.seq,
        "at": event.at,
        "tag": event.tag,
        "target": event.target,
        "actor": event.actor,
        "key": event.key,
        "act": None if event.act is None else event.act.hex(),
        "proof": None if event.proof is None else event.proof.hex(),
        "detail": [list(item) for item in event.detail],
        "noted": None if row.note is None else hashlib.sha256(row.note).hexdigest(),
        "prev": row.prev.hex(),
    }


def _row(value: object) -> AuditRow:
    """The row of a shown event, with the hash that follows from it. Raises ProofBad("malformed")."""
    match value:
        case {
            "seq": int() as seq,
            "at": int() as at,
            "tag": str() as tag,
            "target": str() as target,
            "actor": str() | None as actor,
            "key": str() | None as key,
            "act": str() | None as act,
            "proof": str() | None as proof,
            "detail": list() as detail,
            "noted": str() | None as noted,
            "prev": str() as prev,
        } if _whole(value) and max(abs(seq), abs(at)) < _MOST:
            event = Event(
                at=at,
                tag=tag,
                target=target,
                actor=None if actor is None else AccountId(actor),
                key=key,
                act=None if act is None else _hex(act),
                proof=None if proof is None else _hex(proof),
                detail=tuple(map(_pair, detail)),
            )
            before, told = _hex(prev), None if noted is None else _hex(noted)
            try:
                digest = row_hash(seq, event, before, told)
            except ValueError:  # half of a character
                raise ProofBad("malformed") from None
            return AuditRow(seq=seq, event=event, note=None, prev=before, hash=digest)
    raise ProofBad("malformed")


def _whole(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == _EVENT


def _pair(value: object) -> tuple[str, str]:
    match value:
        case [str() as name, str() as held]:
            return name, held
    raise ProofBad("malformed")


def _path(proof: dict[str, Any], members: set[str]) -> tuple[int, list[bytes]]:
    match proof:
        case {"size": int() as size, "path": list() as path} if (
            proof.keys() == members and len(path) <= merkle.PROOF_MAX
        ):
            return size, [_hex(one) for one in path]
    raise ProofBad("malformed")


def _hex(value: object) -> bytes:
    try:
        if isinstance(value, str):
            return bytes.fromhex(value)
    except ValueError:
        pass
    raise ProofBad("malformed")
