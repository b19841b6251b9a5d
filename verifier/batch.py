"""Many codes in a row: CSV, JSON lines, or a folder of pictures; a stream of reports.

Rows are read and judged one at a time, so memory does not grow with the file (of a folder the names are kept, to go
through them in order). A row that cannot be read becomes a row of its own in the answer, with its number and what is
wrong with it; nothing is skipped silently. Texts are UTF-8, with or without a byte order mark; bytes that are not are
no reason to stop, for what counts in a row is ASCII.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from elicense.errors import ElicenseError
from verifier.checker import Checker
from verifier.limits import BATCH_LINE_CHARS_MAX, PICTURE_BYTES_MAX
from verifier.report import NO_FILE, ROW_BROKEN, Report, written
from verifier.texts import Lang

PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pdf"})
_TOO_LONG: Final = f"longer than {BATCH_LINE_CHARS_MAX} characters"


class BatchBad(ElicenseError):
    """The input as a whole cannot be read: it has no such column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One input: its number from 1, what it is called, and its text or, where it could not be read, why.

    `on` is the day that the row asks about, as it stands there; empty if rows ask about none.
    """

    number: int
    source: str
    text: str | None = None
    on: str = ""
    picture: Path | None = None
    fault: str | None = None


def csv_rows(lines: IO[str], column: str, on: str | None = None) -> Iterator[Row]:
    """Rows of a CSV file with a header; `column` holds the code, `on` the day. Raises `BatchBad` without them."""
    reader = csv.reader(_Lines(lines))
    try:
        header = next(reader, [])
    except (csv.Error, _LineTooLong):
        header = []
    for name in filter(None, (column, on)):
        if header.count(name) != 1:
            raise BatchBad(f"The header of the file does not have the column {name!r} once")
    place = header.index(column)
    day = None if on is None else header.index(on)
    number = 0
    while True:
        begins = reader.line_num + 1
        number += 1
        row = Row(number=number, source=f"row {number}", fault="the cell is empty")
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _LineTooLong:
            yield Row(number=number, source=row.source, fault=f"a line is {_TOO_LONG}")
            continue
        except csv.Error:
            fault = f"lines {begins} to {reader.line_num} are not a row of CSV; is a quotation mark missing?"
            yield Row(number=number, source=row.source, fault=fault)
            continue
        if cells:
            yield _csv_row(row, cells, place, day)
        else:  # an empty line is no row
            number -= 1


def _csv_row(row: Row, cells: list[str], place: int, day: int | None) -> Row:
    """The row with its cells, or with what is wrong with them; `row` says that the cell is empty."""
    if len(cells) <= max(place, day or 0):
        return Row(number=row.number, source=row.source, fault="the row has no such cell")
    if not cells[place].strip():
        return row
    on = "" if day is None else cells[day].strip()
    if day is not None and not on:
        return Row(number=row.number, source=row.source, fault="the day is missing")
    return Row(number=row.number, source=row.source, text=cells[place], on=on)


def json_rows(lines: IO[str], member: str) -> Iterator[Row]:
    """Rows of a JSON lines file; each line is a text, or an object whose `member` holds the text. Empty lines count."""
    numbered = _Lines(lines)
    while True:
        try:
            line = next(numbered)
        except StopIteration:
            return
        except _LineTooLong:
            yield Row(number=numbered.number, source=f"line {numbered.number}", fault=f"the line is {_TOO_LONG}")
            continue
        if line.strip():
            yield _json_row(line, numbered.number, member)


def picture_rows(folder: Path) -> Iterator[Row]:
    """The picture files in a folder, by name. Other files, and what lies in folders below, are not looked at."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    for number, name in enumerate(names, 1):
        yield Row(number=number, source=name, picture=folder / name)


def reports(checker: Checker, rows: Iterator[Row], *, at: int, as_of: bool = False) -> Iterator[tuple[Row, Report]]:
    """Judge row by row; a picture with several codes gives several reports for its row."""
    for row in rows:
        if row.picture is not None:
            for report in _picture(checker, row, row.picture, at=at, as_of=as_of):
                yield row, report
        elif row.text is None:
            yield row, Report(at=at, problem=ROW_BROKEN, source=row.source)
        else:
            yield row, checker.check_text(row.text.strip(), at=at, as_of=as_of, source=row.source)


def line_of(row: Row, report: Report, lang: Lang) -> tuple[Report, str]:
    """One answer as a JSON line: the row's number, what is wrong with the row, and the report."""
    more: dict[str, str | int] = {"row": row.number}
    if row.fault is not None:
        more["fault"] = row.fault
    return written(report, lambda one: one.to_line(lang, **more) + "\n")


def _json_row(line: str, number: int, member: str) -> Row:
    source = f"line {number}"
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Row(number=number, source=source, fault="the line is not JSON")
    text = value.get(member) if isinstance(value, dict) else value
    if isinstance(text, str):
        return Row(number=number, source=source, text=text)
    return Row(number=number, source=source, fault=f"the line is no text and has no text under {member!r}")


def _picture(checker: Checker, row: Row, path: Path, *, at: int, as_of: bool) -> tuple[Report, ...]:
    try:
        if not path.is_file():
            return (Report(at=at, problem=NO_FILE, source=row.source),)
        with path.open("rb") as file:
            data = file.read(PICTURE_BYTES_MAX + 1)
    except OSError:
        return (Report(at=at, problem=NO_FILE, source=row.source),)
    return checker.check_picture(data, at=at, as_of=as_of, source=row.source)


class _LineTooLong(Exception):
    """A line that is too long was passed over; reading can go on behind it."""


class _Lines:
    """The lines of a file, none of them ever in memory beyond the limit. After `_LineTooLong` it goes on."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(BATCH_LINE_CHARS_MAX + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) <= BATCH_LINE_CHARS_MAX:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._file.readline(BATCH_LINE_CHARS_MAX)
        raise _LineTooLong
