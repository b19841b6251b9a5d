"""The ways to run workers: processes on this machine, or a Dask cluster. Both take the same pieces and give the same.

A worker that dies is replaced, and its pieces are judged again; a piece that kills its workers three times ends the
job with an error, and what was written down stays. Only a bounded number of pieces is under way, so that memory does
not grow with the file.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from elicense.errors import ElicenseError
from verifier.bulk.judging import Asked, Judges, Piece, Question
from verifier.bulk.sources import Read

DEATHS_MAX: Final = 3
"""How often the workers of one piece may die."""

Rows = Read | list[Asked]

_JUDGES: dict[str, Judges] = {}
"""The judges of this process: it is a worker, and holds the lists of one job."""


class WorkersDied(ElicenseError):
    """The workers of a piece died again and again. What is written down stays; the job can be started again."""


class Engine(Protocol):
    """Something that judges pieces, in whatever order they are finished."""

    def run(self, pieces: Iterator[tuple[int, Rows]]) -> Iterator[tuple[int, Piece]]:
        """Judge every piece. Raises `WorkersDied`."""


def begin(folder: Path, question: Question) -> None:
    """Open the lists in a worker."""
    _JUDGES["own"] = Judges(folder, question)


def judge(rows: Rows) -> Piece:
    """Judge a piece in a worker."""
    return _JUDGES["own"].piece(rows if isinstance(rows, list) else rows())


@dataclass(slots=True, kw_only=True)
class Processes:
    """Worker processes on this machine, one for each core if no number is given."""

    folder: Path
    question: Question
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)

    def run(self, pieces: Iterator[tuple[int, Rows]]) -> Iterator[tuple[int, Piece]]:
        """Judge every piece. Raises `WorkersDied`."""
        waiting: dict[int, Rows] = {}
        deaths = 0
        more = True
        while more or waiting:
            try:
                with self._pool() as pool:
                    futures = {pool.submit(judge, rows): number for number, rows in waiting.items()}
                    while True:
                        while more and len(futures) < 2 * self.workers + 1:
                            found = next(pieces, None)
                            if found is None:
                                more = False
                                break
                            waiting[found[0]] = found[1]
                            futures[pool.submit(judge, found[1])] = found[0]
                        if not futures:
                            return
                        for future in wait(futures, return_when=FIRST_COMPLETED).done:
                            number = futures.pop(future)
                            piece = future.result()
                            del waiting[number]
                            deaths = 0
                            yield number, piece
            except BrokenProcessPool:
                deaths += 1
                if deaths >= DEATHS_MAX:
                    raise WorkersDied(f"workers died {deaths} times in a row") from None

    def _pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.workers, multiprocessing.get_context("spawn"), initializer=begin, initargs=(self.folder, self.question)
        )


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A Dask cluster, by the address of its scheduler. The folder of lists is sent once to each worker.

    Files of rows in Parquet must lie where the workers see them under the same name; other rows are sent.
    """

    folder: Path
    question: Question
    scheduler: str

    def run(self, pieces: Iterator[tuple[int, Rows]]) -> Iterator[tuple[int, Piece]]:
        """Judge every piece. Raises `WorkersDied`."""
        distributed = _distributed()
        with distributed.Client(self.scheduler) as client:
            client.register_plugin(_lists(distributed, packed(self.folder), self.question), name="elicense-lists")
            under_way: dict[Any, int] = {}
            room = 2 * max(1, len(client.scheduler_info()["workers"])) + 1
            more = True
            while more or under_way:
                while more and len(under_way) < room:
                    found = next(pieces, None)
                    if found is None:
                        more = False
                        break
                    number, rows = found
                    future = client.submit(
                        judge, rows, key=f"elicense-piece-{number}-{os.urandom(4).hex()}", pure=False
                    )
                    under_way[future] = number
                if not under_way:
                    return
                for future in distributed.wait(list(under_way), return_when="FIRST_COMPLETED").done:
                    number = under_way.pop(future)
                    if future.status == "error" and isinstance(future.exception(), distributed.KilledWorker):
                        raise WorkersDied("the workers of a piece died again and again")
                    yield number, future.result()


def packed(folder: Path) -> bytes:
    """A folder of lists as bytes, to be opened elsewhere: every file is signed, so the way does not matter."""
    with tempfile.TemporaryDirectory() as held:
        return Path(shutil.make_archive(f"{held}/lists", "tar", folder)).read_bytes()


def unpacked(data: bytes, place: Path) -> Path:
    """The folder that `packed` packed, below `place`."""
    archive, folder = place / "lists.tar", place / "lists"
    archive.write_bytes(data)
    shutil.unpack_archive(archive, folder, "tar", filter="data")
    archive.unlink()
    return folder


def _lists(distributed: Any, data: bytes, question: Question) -> Any:  # noqa: ANN401 - classes of a package without types
    class Lists(distributed.WorkerPlugin):  # type: ignore[misc]
        """Opens the lists once in each worker, also in one that comes later."""

        def setup(self, worker: Any) -> None:  # noqa: ANN401
            begin(unpacked(data, Path(tempfile.mkdtemp(dir=worker.local_directory))), question)

    return Lists()


def _distributed() -> Any:  # noqa: ANN401
    try:
        import distributed  # noqa: PLC0415 - only for those who have a cluster
    except ImportError:
        raise WorkersDied("a cluster needs dask: pip install 'elicense[cluster]'") from None
    return distributed


__all__ = ["Cluster", "Engine", "Future", "Processes", "WorkersDied"]
