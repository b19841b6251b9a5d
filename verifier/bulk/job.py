"""A job: a folder in which the answers of each piece are written down, and from which a killed job goes on.

    job.json            what was asked of which file, so that a folder is never continued with something else
    pieces/000012.jsonl answers of one piece, written whole or not at all
    answers.jsonl       all answers in the order of the rows, when every piece is there; `not-valid.jsonl` beside it

A piece counts once its file is in its place: whatever dies, no row is lost and none is there twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from elicense.errors import ElicenseError
from verifier.bulk.engines import Engine
from verifier.bulk.judging import Piece, Question
from verifier.bulk.sources import Source, fingerprint
from verifier.folder import Folder

_JOB: Final = "job.json"
_PIECES: Final = "pieces"
_NAME: Final = re.compile(r"(\d{6,})\.jsonl")
ANSWERS: Final = "answers.jsonl"
OTHERS: Final = "not-valid.jsonl"


class JobBad(ElicenseError):
    """The folder belongs to another job, or another process is at work in it."""


def question(place: Path, at: int, *, as_of: bool) -> Question:
    """The question of a job: as it was asked first, so that all its rows are judged at one instant, or as it is now."""
    try:
        said = json.loads((place / _JOB).read_bytes())["question"]
    except (OSError, ValueError, KeyError, TypeError):
        return Question(at=at, as_of=as_of)
    return Question(at=at, as_of=as_of) if as_of else Question(**said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job has come: rows judged in all, by outcome, pieces done, and of how many if that is known."""

    counts: dict[str, int]
    pieces: int
    total: int | None

    @property
    def rows(self) -> int:
        """Rows judged so far, those of earlier runs too."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One question about one file of rows, judged by the lists of one folder, answered below `place`."""

    place: Path
    path: Path
    source: Source
    lists: Path
    question: Question

    def run(self, engine: Engine, tell: Callable[[Progress], object]) -> Progress:
        """Judge what is not judged yet, then put the answers together. Raises `JobBad`, `WorkersDied`, `BatchBad`."""
        with self._own():
            done = self._done()
            counts: Counter[str] = Counter()
            for piece in done.values():
                counts.update(piece)
            finished = len(done)
            progress = Progress(counts=dict(counts), pieces=finished, total=self.source.total())
            tell(progress)
            for number, answered in engine.run(self.source.pieces(lambda number: number in done)):
                self._write_down(number, answered)
                counts.update(answered.counts)
                finished += 1
                progress = Progress(counts=dict(counts), pieces=finished, total=self.source.total())
                tell(progress)
            self._put_together()
        return progress

    @contextmanager
    def _own(self) -> Iterator[None]:
        """Be alone in the folder, and in the right one."""
        (self.place / _PIECES).mkdir(parents=True, exist_ok=True)
        with (self.place / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise JobBad(f"Another process is at work in {self.place}") from None
            said = self.place / _JOB
            asked = self._asked()
            if not said.exists():
                _write(said, json.dumps(asked, indent=1).encode("utf-8"))
            elif json.loads(said.read_bytes()) != asked:
                raise JobBad(f"{self.place} holds the answers of another job; choose another folder")
            yield

    def _asked(self) -> dict[str, Any]:
        lists = Folder(self.lists).marks()
        return {
            "file": self.path.name,
            "fingerprint": fingerprint(self.path),
            "question": asdict(self.question),
            "trust_sequence": lists.sequence,
            "newest_list": lists.newest,
            "source": {key: value for key, value in asdict(self.source).items() if key != "path"},  # type: ignore[call-overload]
        }

    def _done(self) -> dict[int, dict[str, int]]:
        """The pieces that are written down, with their counts; temporary files of a killed run are removed."""
        found: dict[int, dict[str, int]] = {}
        for path in (self.place / _PIECES).iterdir():
            if match := _NAME.fullmatch(path.name):
                found[int(match[1])] = json.loads(path.with_suffix(".counts").read_bytes())
            elif path.name.startswith(".new-"):
                path.unlink()
        return found

    def _write_down(self, number: int, piece: Piece) -> None:
        """The lines of those that are not valid and the counts first: the piece counts when its answers are there."""
        base = self.place / _PIECES / f"{number:06d}"
        _write(base.with_suffix(".others"), piece.others)
        _write(base.with_suffix(".counts"), json.dumps(piece.counts).encode("ascii"))
        _write(base.with_suffix(".jsonl"), piece.lines)

    def _put_together(self) -> None:
        for name, suffix in ((OTHERS, ".others"), (ANSWERS, ".jsonl")):
            pieces = sorted((self.place / _PIECES).glob(f"*{suffix}"), key=lambda path: int(path.stem))
            handle, temporary = tempfile.mkstemp(dir=self.place, prefix=".new-")
            with os.fdopen(handle, "wb") as out:
                for path in pieces:
                    with path.open("rb") as part:
                        shutil.copyfileobj(part, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(self.place / name)


def _write(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
