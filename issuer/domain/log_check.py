"""Checking a published log as a stranger: signatures of its checkpoint, every file against its root, proofs against it.

Pure: files come through a function. Whom to believe (the log's keys, the witnesses' keys, how many) is said by whoever
checks. What the events say is not in the log, only their hashes; an event that somebody shows can be found in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from issuer.domain import merkle, note, tiles, trail_proof
from issuer.domain.audit import GENESIS, AuditRow
from issuer.domain.checkpoint import Checkpoint, read_checkpoint
from issuer.domain.merkle import Node
from issuer.domain.note import Note, NoteBad, Signed, VerifierKey
from issuer.domain.tiles import TileBad
from issuer.domain.trail_proof import Head, ProofBad


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A log whose files all agree with its signed checkpoint, and which witnesses signed that."""

    checkpoint: Checkpoint
    witnessed: tuple[Signed, ...]
    node: Node

    def event(self, proof: dict[str, Any]) -> AuditRow:
        """Return the event that a proof of `audit prove` holds, if it is in this log.

        The proof may be older than the checkpoint. Raises ProofBad: malformed, proof-of-another-head (a larger log),
        proof-does-not-hold.
        """
        size = proof.get("size")
        if not isinstance(size, int) or not 0 <= size <= self.checkpoint.size:
            raise ProofBad("proof-of-another-head" if isinstance(size, int) else "malformed")
        return trail_proof.check(proof, Head(size=size, hash=GENESIS, root=merkle.root(self.node, size)))


def check(
    read: Callable[[str], bytes], keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey], quorum: int
) -> Checked:
    """Check a whole log; `read` returns the file of a path below it.

    Raises NoteBad (what `note.read_note` and `signed` raise), TileBad for the first file that is not what it must be,
    and whatever `read` raises.
    """
    said, seen = signed(note.read_note(read(tiles.CHECKPOINT)), keys, witnesses, quorum)
    if tiles.check_all(read, said.size) != said.root:
        raise TileBad(f"root-differs {tiles.CHECKPOINT}")
    return Checked(checkpoint=said, witnessed=seen, node=tiles.from_tiles(lambda tile: read(tile.path), said.size))


def signed(
    held: Note, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey], quorum: int
) -> tuple[Checkpoint, tuple[Signed, ...]]:
    """Return the checkpoint in a note that the log signed, and which of the witnesses signed it, at least `quorum`.

    Raises NoteBad: what `note.signed_by` raises, checkpoint-malformed, extension-line, other-origin, quorum-missing.
    """
    note.signed_by(held, keys)
    said = read_checkpoint(held.text)
    if said.extensions:
        raise NoteBad("extension-line")
    if said.origin not in {one.name for one in keys}:
        raise NoteBad("other-origin")
    present = {(one.name, one.id) for one in held.signatures}
    mine = [one for one in witnesses if (one.name, one.id) in present]
    seen = note.signed_by(held, mine) if mine else ()
    if len({one.key.key for one in seen}) < quorum:
        raise NoteBad("quorum-missing")
    return said, seen
