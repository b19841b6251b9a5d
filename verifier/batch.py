"""Many codes in a row: CSV, JSON lines, or a folder of pictures; a stream of reports.

Rows are read and judged one at a time, so memory does not grow with the file. A row that cannot be read becomes a
row of its own in the answer, with its number; nothing is skipped silently.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from elicense.errors import ElicenseError
from verifier.checker import Checker
from verifier.limits import BATCH_LINE_CHARS_MAX, PICTURE_BYTES_MAX
from verifier.report import Report

PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pdf"})


class BatchBad(ElicenseError):
    """The input as a whole cannot be read: no such column, not a text file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One input: its number from 1, what it is called, and its text or, where it could not be read, why."""

    number: int
    source: str
    text: str | None = None
    picture: Path | None = None
    fault: str | None = None


def csv_rows(lines: Iterable[str], column: str) -> Iterator[Row]:
    """Rows of a CSV file with a header; `column` holds the code's text. Raises `BatchBad` if it has no such column."""
    reader = csv.DictReader(_bounded(lines))
    if reader.fieldnames is None or column not in reader.fieldnames:
        raise BatchBad(f"the file has no column {column!r}")
    for number, row in enumerate(_rows(reader), 1):
        text = row.get(column) if isinstance(row, dict) else None
        fault = row if isinstance(row, str) else ("no such cell" if not text else None)
        yield Row(number=number, source=f"row {number}", text=text or None, fault=fault)


def json_rows(lines: Iterable[str], member: str) -> Iterator[Row]:
    """Rows of a JSON lines file; each line is a text, or an object whose `member` holds the text."""
    for number, line in enumerate(_bounded(lines), 1):
        source = f"line {number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield Row(number=number, source=source, fault="not JSON")
            continue
        text = value.get(member) if isinstance(value, dict) else value
        if isinstance(text, str):
            yield Row(number=number, source=source, text=text)
        else:
            yield Row(number=number, source=source, fault=f"no text under {member!r}")


def picture_rows(folder: Path) -> Iterator[Row]:
    """The picture files in a folder, by name."""
    pictures = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURE_SUFFIXES)
    for number, path in enumerate(pictures, 1):
        yield Row(number=number, source=path.name, picture=path)


def reports(checker: Checker, rows: Iterable[Row], *, at: int, as_of: bool = False) -> Iterator[tuple[Row, Report]]:
    """Judge row by row; a picture with several codes gives several reports for its row."""
    for row in rows:
        if row.picture is not None:
            for report in _picture(checker, row, row.picture, at=at, as_of=as_of):
                yield row, report
        elif row.text is None:
            yield row, Report(at=at, problem="not-a-picture", source=row.source)
        else:
            yield row, checker.check_text(row.text.strip(), at=at, as_of=as_of, source=row.source)


def write_json(out: IO[str], row: Row, report: Report, lang: str) -> None:
    """One answer as a JSON line: the row's number and the report."""
    answer = {"row": row.number, **report.to_json("en" if lang == "en" else "zh")}
    out.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")


def _picture(checker: Checker, row: Row, path: Path, *, at: int, as_of: bool) -> tuple[Report, ...]:
    try:
        if path.stat().st_size > PICTURE_BYTES_MAX:
            return (Report(at=at, problem="too-large", source=row.source),)
        return checker.check_picture(path.read_bytes(), at=at, as_of=as_of, source=row.source)
    except OSError:
        return (Report(at=at, problem="damaged", source=row.source),)


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if len(line) > BATCH_LINE_CHARS_MAX:
            raise BatchBad("a line is longer than allowed")
        if line.strip():
            yield line


def _rows(reader: Iterator[dict[str, str]]) -> Iterator[dict[str, str] | str]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield "not a row of CSV"
