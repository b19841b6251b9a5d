"""Checkpoints: how large a log is and what its root is, as the text of a signed note. C2SP tlog-checkpoint.

Also the one request that a witness answers (C2SP tlog-witness, `add-checkpoint`), since log and witness must read it
alike. Pure; what a witness decides is in `issuer.witness`, what a log may sign in `issuer.services.checkpoints`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final

from issuer.domain.merkle import EMPTY, HASH_BYTES, PROOF_MAX
from issuer.domain.note import NOTE_MAX, Note, NoteBad, decode64, read_note

SIZE_MAX: Final = 2**63 - 1
REQUEST_MAX: Final = NOTE_MAX + 64 * (PROOF_MAX + 1)
"""Bytes of the longest request to a witness."""
SIZE_MEDIA_TYPE: Final = "text/x.tlog.size"
EXTENSIONS_MAX: Final = 16

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_OLD: Final = "old "
_COSIGNED: Final = re.compile(rb"cosignature/v1\ntime (?:0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it has, the Merkle root over them.

    `extensions` are lines that nobody can check from the log; ours have none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of the note."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a witness is asked: to sign `checkpoint`, which by `proof` contains the tree of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    def to_bytes(self) -> bytes:
        """Return the body of the request."""
        hashes = "".join(f"{base64.b64encode(one).decode('ascii')}\n" for one in self.proof)
        return f"{_OLD}{self.old}\n{hashes}\n".encode("ascii") + self.note.to_bytes()


def empty(origin: str) -> Checkpoint:
    """Return the checkpoint of a log without entries: it agrees with every later one, and so gives nothing away."""
    return Checkpoint(origin=origin, size=0, root=EMPTY)


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint in the text of a note. Raises NoteBad("checkpoint-malformed")."""
    *lines, rest = text.split("\n")
    if rest or not 3 <= len(lines) <= 3 + EXTENSIONS_MAX or not all(lines):
        raise NoteBad("checkpoint-malformed")
    origin, size, root, *extensions = lines
    try:
        held = decode64(root)
    except NoteBad:
        raise NoteBad("checkpoint-malformed") from None
    count = read_size(size)
    if count is None or len(held) != HASH_BYTES or (count == 0 and held != EMPTY):
        raise NoteBad("checkpoint-malformed")
    return Checkpoint(origin=origin, size=count, root=held, extensions=tuple(extensions))


def read_size(text: str) -> int | None:
    """Return a size in decimal, None if it is none: no sign, no leading zero, below 2^63."""
    return int(text) if _SIZE.fullmatch(text) and int(text) <= SIZE_MAX else None


def read_submission(data: bytes) -> Submission:
    """Return what a witness is asked. Raises NoteBad: request-malformed, note-malformed, checkpoint-malformed."""
    head, blank, below = data.partition(b"\n\n")
    if not blank or len(data) > REQUEST_MAX or not head.isascii():
        raise NoteBad("request-malformed")
    first, *hashes = head.decode("ascii").split("\n")
    old = read_size(first.removeprefix(_OLD))
    if not first.startswith(_OLD) or old is None or len(hashes) > PROOF_MAX:
        raise NoteBad("request-malformed")
    proof = tuple(map(decode64, hashes))
    note = read_note(below)
    found = read_checkpoint(note.text)
    if any(len(one) != HASH_BYTES for one in proof) or old > found.size or (not old and proof):
        raise NoteBad("request-malformed")
    return Submission(old=old, proof=proof, note=note, checkpoint=found)


def is_checkpoint(data: bytes) -> bool:
    """Say whether bytes are what a log signs: a checkpoint without extensions. Never raises."""
    try:
        return not read_checkpoint(data.decode("utf-8")).extensions
    except (NoteBad, UnicodeDecodeError):
        return False


def is_cosigned(data: bytes) -> bool:
    """Say whether bytes are what a witness signs: a time, and a checkpoint. Never raises."""
    head = _COSIGNED.match(data)
    try:
        return head is not None and bool(read_checkpoint(data[head.end() :].decode("utf-8")).origin)
    except (NoteBad, UnicodeDecodeError):
        return False
