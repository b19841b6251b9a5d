"""Where the rows of a job come from, cut into pieces whose borders depend on the file alone.

CSV and JSON lines are read once, in order, by the process that leads the job; of Parquet the workers read whole row
groups themselves. A piece has a number from 0; the same file gives the same pieces each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from verifier.batch import BatchBad, csv_rows, json_rows
from verifier.bulk.judging import Asked

ROWS_IN_PIECE: Final = 2_000
PARQUET: Final = ".parquet"
_LINES: Final = frozenset({".jsonl", ".ndjson", ".json"})
_HEAD: Final = 1 << 20

Read = Callable[[], list[Asked]]
"""Gives the rows of one piece, wherever it is called."""


class Source(Protocol):
    """A file of rows."""

    def pieces(self, done: Callable[[int], bool]) -> Iterator[tuple[int, Read | list[Asked]]]:
        """Number and rows of each piece that is not `done`, in order; rows as a list, or as what reads them."""

    def total(self) -> int | None:
        """How many pieces there are, if that is known before they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A CSV or JSON lines file. `on` names the column of the day that a row asks about, if there is one."""

    path: Path
    column: str
    on: str = ""

    def pieces(self, done: Callable[[int], bool]) -> Iterator[tuple[int, Read | list[Asked]]]:
        """Read on and on; what is done is passed over."""
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = self._rows(file)
            number = 0
            while piece := list(islice(rows, ROWS_IN_PIECE)):
                if not done(number):
                    yield number, piece
                number += 1

    def total(self) -> int | None:
        """Not known before the file is read."""
        return None

    def _rows(self, file: Any) -> Iterator[Asked]:  # noqa: ANN401 - an open text file
        if self.path.suffix.lower() in _LINES:
            for row in json_rows(file, self.column):
                yield Asked(number=row.number, text=row.text, fault=row.fault)
        else:
            for row in csv_rows(file, self.column, self.on or None):
                yield Asked(number=row.number, text=row.text, on=row.on, fault=row.fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """A Parquet file; its row groups are the pieces."""

    path: Path
    column: str
    on: str = ""

    def pieces(self, done: Callable[[int], bool]) -> Iterator[tuple[int, Read | list[Asked]]]:
        """Name the row groups; nothing is read here."""
        first = 1
        for number, size in enumerate(self._sizes()):
            if not done(number):
                yield number, Group(path=self.path, group=number, first=first, column=self.column, on=self.on)
            first += size

    def total(self) -> int | None:
        """As many as there are row groups."""
        return len(self._sizes())

    def _sizes(self) -> list[int]:
        parquet = _parquet()
        try:
            held = parquet.ParquetFile(self.path)
        except Exception:  # noqa: BLE001 - a third-party reader on a file from anywhere: any failure is one answer
            raise BatchBad("The file is not Parquet") from None
        for name in filter(None, (self.column, self.on)):
            if name not in held.schema_arrow.names:
                raise BatchBad(f"The file does not have the column {name!r}")
        return [held.metadata.row_group(group).num_rows for group in range(held.metadata.num_row_groups)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One row group, to be read by whoever judges it. `first` is the number of its first row."""

    path: Path
    group: int
    first: int
    column: str
    on: str

    def __call__(self) -> list[Asked]:
        """Read it. A value of another type is no row."""
        columns = [self.column, *filter(None, [self.on])]
        table = _parquet().ParquetFile(self.path).read_row_group(self.group, columns=columns)
        texts = table[self.column].to_pylist()
        days = table[self.on].to_pylist() if self.on else [""] * len(texts)
        return [
            _asked(number, text, day, wanted=bool(self.on))
            for number, (text, day) in enumerate(zip(texts, days, strict=True), self.first)
        ]


def open_source(path: Path, column: str, on: str = "") -> Source:
    """The source that belongs to the ending of the name: Parquet, JSON lines (.jsonl), else CSV."""
    if path.suffix.lower() == PARQUET:
        return Groups(path=path, column=column, on=on)
    if on and path.suffix.lower() in _LINES:
        raise BatchBad("Days of their own are for the rows of CSV and Parquet files")
    return Lines(path=path, column=column, on=on)


def fingerprint(path: Path) -> str:
    """Tells one file from another without reading all of it: size, time of change, and the first megabyte."""
    held = path.stat()
    with path.open("rb") as file:
        head = hashlib.sha256(file.read(_HEAD)).hexdigest()
    return f"{held.st_size}-{held.st_mtime_ns}-{head[:32]}"


def _asked(number: int, text: object, day: object, *, wanted: bool) -> Asked:
    if not isinstance(text, str) or not text.strip():
        return Asked(number=number, text=None, fault="the cell is empty or no text")
    if not wanted:
        return Asked(number=number, text=text)
    on = day.isoformat()[:10] if hasattr(day, "isoformat") else day
    if not isinstance(on, str) or not on:
        return Asked(number=number, text=None, fault="the day is missing or no day")
    return Asked(number=number, text=text, on=on)


def _parquet() -> Any:  # noqa: ANN401 - pyarrow has no types of its own
    try:
        import pyarrow.parquet  # noqa: PLC0415 - only for those who have Parquet files
    except ImportError:
        raise BatchBad("Parquet files need pyarrow: pip install 'elicense[bulk]'") from None
    return pyarrow.parquet
