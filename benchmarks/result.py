"""What a benchmark hands back, as a table for people and as JSON for machines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.timing import Timing

Row = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is wanted, what was found, and whether the one reaches the other."""

    what: str
    wanted: str
    found: str
    met: bool
    timed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with the same columns; a line of explanation beneath them."""

    title: str
    rows: Sequence[Row]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Tables, targets, and what was left out, with the reason."""

    name: str
    tables: Sequence[Table]
    targets: Sequence[Target] = ()
    skipped: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dictionaries."""
        return asdict(self)


def timing_rows(timings: Iterable[Timing], **more: str | int) -> list[Row]:
    """One row a candidate: microseconds, ratio to the baseline, its quartiles."""
    return [
        {
            **more,
            "candidate": one.name,
            "us": round(one.micros, 1),
            "ratio": round(one.ratio, 2),
            "quartiles": f"{one.low:.2f}-{one.high:.2f}",
        }
        for one in timings
    ]


def at_least(what: str, wanted: float, found: float) -> Target:
    """A ratio that shall not be lower; compared as it is shown, with two digits."""
    return Target(what=what, wanted=f">= {wanted:.2f}", found=f"{found:.2f}", met=round(found, 2) >= wanted)


def at_most(what: str, wanted: float, found: float) -> Target:
    """A size or number that shall not be higher."""
    return Target(what=what, wanted=f"<= {wanted:g}", found=f"{found:g}", met=found <= wanted, timed=False)


def render(result: Result) -> str:
    """The result as text."""
    parts = [f"== {result.name}"]
    for table in result.tables:
        parts += ["", table.title, *_table(table.rows)]
        if table.note:
            parts.append(f"   {table.note}")
    if result.targets:
        parts += ["", "Targets"]
        parts += [
            f"  {'reached' if one.met else 'MISSED '}  {one.what}: {one.found} (wanted {one.wanted})"
            for one in result.targets
        ]
    parts += [f"  SKIPPED  {reason}" for reason in result.skipped]
    return "\n".join(parts) + "\n"


def _table(rows: Sequence[Row]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_shown(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(_width(line[column]) for line in cells) for column in range(len(names))]
    right = [all(isinstance(row.get(name, 0), int | float) for row in rows) for name in names]
    return ["  " + "  ".join(map(_pad, line, widths, right)).rstrip() for line in cells]


def _shown(value: str | float) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _pad(text: str, width: int, right: bool) -> str:  # noqa: FBT001 - used with map
    space = " " * (width - _width(text))
    return space + text if right else text + space
