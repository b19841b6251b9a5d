"""What a witness decides: which answer a request gets, and that it never signs against what it signed before.

C2SP tlog-witness, `add-checkpoint`. The answer is made from the request, the store and the time; HTTP is in `serving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from elicense.keys import Signer
from issuer.domain import merkle, note
from issuer.domain.checkpoint import SIZE_MEDIA_TYPE, Checkpoint, Submission, read_submission
from issuer.domain.note import NoteBad, VerifierKey
from issuer.witness.store import Latest, WitnessStore

_TEXT: Final = "text/plain; charset=utf-8"
_RACES: Final = 8
"""How often a request begins anew because another one was first: each time the log has grown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    media: str = _TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One witness: its key, its store, the keys of the logs that it knows (by their name, which is the origin)."""

    key: VerifierKey
    signer: Signer
    store: WitnessStore
    logs: Mapping[str, tuple[VerifierKey, ...]]

    def add_checkpoint(self, data: bytes, at: int) -> Answer:
        """Sign a checkpoint, or say why not: 400, 403, 404, 409 with the size that is known, 422."""
        try:
            asked = read_submission(data)
        except NoteBad as bad:
            return _told(400, str(bad))
        keys = self.logs.get(asked.checkpoint.origin)
        if keys is None:
            return _told(404, "this log is not known here")
        try:
            note.signed_by(asked.note, keys)
        except NoteBad as bad:
            return _told(403, str(bad))
        for _ in range(_RACES):
            answer = self._decide(asked, at)
            if answer is not None:
                return answer
        return _told(503, "busy")

    def _decide(self, asked: Submission, at: int) -> Answer | None:
        """Judge a request whose log is known against what was signed last; None if that changed meanwhile."""
        new = asked.checkpoint
        known = self.store.latest(new.origin)
        if asked.old != known.size:
            return _size(known)
        if new.size == known.size and new.root != known.root:
            self.store.keep_conflict(known, asked.note.to_bytes(), at)
            return _size(known)
        if not merkle.consistent(known.size, new.size, asked.proof, known.root, new.root):
            return _told(422, "the proof does not hold")
        time = max(at, known.at)
        if not self.store.swap(known, _latest(new, asked, time)):
            return None
        line = note.sign(asked.note.text, self.key, self.signer, time).line
        return Answer(status=200, body=f"{line}\n".encode())


def known_logs(keys: Iterable[VerifierKey]) -> dict[str, tuple[VerifierKey, ...]]:
    """Return the keys of logs by name; a log that changes its key has two for a while."""
    found: dict[str, tuple[VerifierKey, ...]] = {}
    for one in keys:
        found[one.name] = (*found.get(one.name, ()), one)
    return found


def _latest(new: Checkpoint, asked: Submission, at: int) -> Latest:
    return Latest(origin=new.origin, size=new.size, root=new.root, note=asked.note.to_bytes(), at=at)


def _size(known: Latest) -> Answer:
    return Answer(status=409, body=b"%d\n" % known.size, media=SIZE_MEDIA_TYPE)


def _told(status: int, text: str) -> Answer:
    return Answer(status=status, body=f"{text}\n".encode())
