"""What a worker does: one piece of rows in, its answers out, as bytes that are written down as they are.

A worker opens the folder of lists once. Rows may each ask about a day of their own; then the lists in force at the end
of that day are used, and the newest few hundred days are kept open. Whatever goes wrong with a row is a line of its
own and never *valid*.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from elicense import period
from elicense.verdict import Verdict
from verifier.checker import Checker
from verifier.folder import Folder, FolderBad
from verifier.report import ROW_BROKEN, Report

_DAYS_OPEN: Final = 400
_DAY_CHARS: Final = len("2026-01-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One row of a job: its number, the code, the day it asks about (ISO, empty: none), and why it is no row."""

    number: int
    text: str | None
    on: str = ""
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What came of a piece: lines of all its rows, lines of those that are not valid, and the counts of outcomes."""

    lines: bytes
    others: bytes
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a job asks of every row that asks about no day of its own: at which instant, and whether that is now."""

    at: int
    as_of: bool


class Judges:
    """The checkers of a worker: one for the instant of the job, and one for each day that rows ask about."""

    def __init__(self, folder: Path, question: Question) -> None:
        self._folder = Folder(folder)
        self._question = question
        self._own = Checker(self._folder.load(question.at if question.as_of else None))
        self._on = lru_cache(_DAYS_OPEN)(self._load)

    def piece(self, rows: Iterable[Asked]) -> Piece:
        """Judge a piece."""
        lines: list[str] = []
        others: list[str] = []
        counts: Counter[str] = Counter()
        for row in rows:
            report = self._report(row)
            word = report.word
            line = line_of(row, report, word)
            lines.append(line)
            if word != "valid":
                others.append(line)
            counts[word] += 1
        return Piece(lines="".join(lines).encode("utf-8"), others="".join(others).encode("utf-8"), counts=dict(counts))

    def _report(self, row: Asked) -> Report:
        if row.text is None:
            return Report(at=self._question.at, problem=ROW_BROKEN)
        if not row.on:
            return self._own.check_text(row.text.strip(), at=self._question.at, as_of=self._question.as_of)
        at = end_of(row.on)
        if at is None:
            return Report(at=self._question.at, problem=ROW_BROKEN)
        checker = self._on(at)
        if checker is None:
            return Report(at=at, problem=ROW_BROKEN)
        return checker.check_text(row.text.strip(), at=at, as_of=True)

    def _load(self, at: int) -> Checker | None:
        try:
            return Checker(self._folder.load(at))
        except FolderBad:
            return None


def end_of(day: str) -> int | None:
    """The last second of a civil day at UTC+8; None for a text that is no ISO date."""
    try:
        return period.day_ends(dt.date.fromisoformat(day)) - 1 if len(day) == _DAY_CHARS else None
    except ValueError:
        return None


def line_of(row: Asked, report: Report, word: str) -> str:
    """One answer: row, outcome (`word`), reasons, and what a genuine licence is: kind, number, version, list read.

    `since` is what a newer list says where the row asks about another time; it decides nothing.

    Every value that is written is a number, one of our own words, or a licence number that its coder has read.
    """
    verdict = report.verdict
    reasons = "" if word == "valid" else ",".join([f'"{reason.code}"' for reason in report.reasons])
    more = "" if verdict is None else _of_licence(verdict)
    if row.fault is not None:
        more += f',"fault":{json.dumps(row.fault)}'
    elif report.problem is not None:
        more += f',"fault":"{report.problem}"'
    if report.since is not None:
        more += f',"since":"{report.since.reason.code}"'
    return f'{{"row":{row.number},"outcome":"{word}","at":{report.at},"reasons":[{reasons}]{more}}}\n'


def _of_licence(verdict: Verdict) -> str:
    licence = verdict.licence
    if licence is None:
        return ""
    listed = "" if verdict.status_list is None else f',"list_issued_at":{verdict.status_list.issued_at}'
    return f',"kind":"{licence.kind.text}","number":"{licence.number}","version":{licence.version}{listed}'
