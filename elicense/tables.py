"""The code tables of licences, read once from `elicense/data/tables/*.csv`.

Each row names its source and how sure it is (`found`: read in the source; `high`: known from several
places); weaker rows are not in the files. The English names are this project's translations and carry
no legal weight. What a row means in law is not decided here, and an unknown code is not an error: a
verifier is often older than the issuer, so lookups answer None and `Table.label` answers a marked text.

The files are read and checked when this module is imported, so that judging a licence does no I/O. A
file that breaks its own rules stops the import with `TableBad`. `pkgutil` reads them because
`importlib.resources` alone would triple the time of the import.
"""

from __future__ import annotations

import csv
import datetime as dt
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Lang = Literal["zh", "en"]

_COLUMNS: Final = (
    *("code", "wire", "zh", "en", "parent", "edition", "valid_from", "valid_to"),
    *("confidence", "source", "note"),
)
_EXTRA: Final = frozenset({"level", "permits_practice", "derived", "live"})
_CONFIDENCE: Final = frozenset({"found", "high"})
_YES_NO: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "depends": None}
_LARGEST_SHOWN: Final = 2**64


class TableBad(ValueError):
    """A table file breaks its rules. The text names the file and the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table.

    `wire` is the integer that travels in a licence. `edition` is the year of a list that gave the code
    another meaning in another year, or None if the row belongs to every edition. `valid_from` and
    `valid_to` are inclusive civil days, None where the source gives none. `permits_practice` and the two
    after it belong to the tables of states; there None means that the law makes it depend on more (see
    `note`), elsewhere that the column does not exist: treat None as no. `live` is False after the end.
    """

    code: str
    wire: int
    zh: str
    en: str
    parent: str | None = None
    edition: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    confidence: str
    source: str
    note: str = ""
    level: str | None = None
    permits_practice: bool | None = None
    derived: bool | None = None
    live: bool | None = None

    def name(self, lang: Lang = "zh") -> str:
        """Give the name of the row in Chinese or English."""
        return self.en if lang == "en" else self.zh

    def in_force(self, on: dt.date) -> bool:
        """Say whether the row is in force on the civil day; an edition never before its year begins."""
        if self.valid_from is not None and on < self.valid_from:
            return False
        if self.valid_to is not None and on > self.valid_to:
            return False
        return self.edition is None or int(self.edition) <= on.year


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A code table. Lookups are total: what is not in the table gives None.

    `edition` keeps the rows of that edition and those that belong to every edition; `on` keeps the rows
    in force on that civil day; of what is left the newest edition answers.
    """

    name: str
    rows: tuple[Row, ...]
    wires: frozenset[int]
    _by_code: Mapping[str, tuple[Row, ...]] = field(repr=False)
    _by_wire: Mapping[int, tuple[Row, ...]] = field(repr=False)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions that occur, oldest first; empty for a table that has none."""
        return tuple(sorted({row.edition for row in self.rows if row.edition is not None}))

    def by_code(self, code: str, edition: str | None = None, on: dt.date | None = None) -> Row | None:
        """Give the row with this code, or None."""
        return _newest(self._by_code.get(code, ()), edition, on)

    def by_wire(self, wire: int, edition: str | None = None, on: dt.date | None = None) -> Row | None:
        """Give the row that travels as this integer, or None."""
        return _newest(self._by_wire.get(wire, ()), edition, on)

    def label(self, wire: int, lang: Lang = "zh", edition: str | None = None) -> str:
        """Give the name to show for an integer from a licence; a marked text if unknown, never an exception."""
        row = self.by_wire(wire, edition)
        if row is not None:
            return row.name(lang)
        mark = "unknown code" if lang == "en" else "未知代码"
        return f"{mark} {wire}" if 0 <= wire < _LARGEST_SHOWN else mark


def _newest(rows: Iterable[Row], edition: str | None, on: dt.date | None) -> Row | None:
    best: Row | None = None
    for row in rows:
        if edition is not None and row.edition not in {None, edition}:
            continue
        if on is not None and not row.in_force(on):
            continue
        if best is None or (row.edition or "") > (best.edition or ""):
            best = row
    return best


def _flag(text: str) -> bool | None:
    if text not in _YES_NO:
        raise ValueError("a flag is yes, no or depends")
    return _YES_NO[text]


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _row(cells: list[str], extra: tuple[str, ...]) -> Row:
    if len(cells) != len(_COLUMNS) + len(extra):
        raise ValueError("too few or too many cells")
    code, wire, zh, en, parent, edition, valid_from, valid_to, confidence, source, note = cells[: len(_COLUMNS)]
    if not (wire.isascii() and wire.isdigit()) or (wire[0] == "0" and wire != "0"):
        raise ValueError("wire is a whole number without leading zeros")
    if not (code and zh and en and source):
        raise ValueError("code, zh, en and source must not be empty")
    if confidence not in _CONFIDENCE:
        raise ValueError("confidence is found or high")
    if edition and not (len(edition) == len("2010") and edition.isascii() and edition.isdigit()):
        raise ValueError("edition is a year")
    more = dict(zip(extra, cells[len(_COLUMNS) :], strict=True))
    level = more.pop("level", None)
    row = Row(
        code=code,
        wire=int(wire),
        zh=zh,
        en=en,
        parent=parent or None,
        edition=edition or None,
        valid_from=_day(valid_from),
        valid_to=_day(valid_to),
        confidence=confidence,
        source=source,
        note=note,
        level=level,
        **{column: _flag(cell) for column, cell in more.items()},
    )
    if row.valid_from is not None and row.valid_to is not None and row.valid_to < row.valid_from:
        raise ValueError("valid_to lies before valid_from")
    return row


def _index(rows: Iterable[Row]) -> tuple[dict[str, tuple[Row, ...]], dict[int, tuple[Row, ...]]]:
    by_code: dict[str, tuple[Row, ...]] = {}
    by_wire: dict[int, tuple[Row, ...]] = {}
    for row in rows:
        for other in (*by_code.get(row.code, ()), *by_wire.get(row.wire, ())):
            # A row for every edition beside a row of one edition would make the answer a matter of taste.
            if row.edition is None or other.edition in {None, row.edition}:
                raise ValueError(f"code {row.code} or wire {row.wire} stands twice")
        by_code[row.code] = (*by_code.get(row.code, ()), row)
        by_wire[row.wire] = (*by_wire.get(row.wire, ()), row)
    return by_code, by_wire


def _header(cells: list[str]) -> tuple[str, ...]:
    """Give the names of the columns that only some tables have."""
    extra = tuple(cells[len(_COLUMNS) :])
    if tuple(cells[: len(_COLUMNS)]) != _COLUMNS or not _EXTRA.issuperset(extra) or len(set(extra)) != len(extra):
        raise ValueError("unknown or missing columns")
    return extra


def parse(name: str, text: str, parents: Table | None = None) -> Table:
    """Read and check one table from CSV text. `TableBad` if it breaks a rule of this module.

    `parents` is the table in which `parent` must be found; without it, the table itself.
    """
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        extra = _header(next(reader, []))
        rows = tuple(_row(cells, extra) for cells in reader)
        by_code, by_wire = _index(rows)
    except (ValueError, csv.Error) as problem:
        raise TableBad(f"{name}, line {reader.line_num}: {problem}") from problem
    known = by_code if parents is None else {row.code for row in parents}
    if any(row.parent is not None and row.parent not in known for row in rows):
        raise TableBad(f"{name}: a parent is not in the table")
    return Table(name, rows, frozenset(by_wire), by_code, by_wire)


def _load(name: str, parents: Table | None = None) -> Table:
    data = pkgutil.get_data("elicense", f"data/tables/{name}.csv")
    if data is None:
        raise TableBad(f"{name}: the package has no such table")
    return parse(name, data.decode("utf-8"), parents)


LICENCE_KINDS: Final = _load("licence_kinds")
LICENCE_STATUSES: Final = _load("licence_statuses")
PHYSICIAN_STATES: Final = _load("physician_states")
NURSE_STATES: Final = _load("nurse_states")
INSTITUTION_STATES: Final = _load("institution_states")
LEVELS: Final = _load("physician_levels")
CATEGORIES: Final = _load("physician_categories")
SCOPES: Final = _load("physician_scopes", parents=CATEGORIES)
SUBJECTS: Final = _load("subjects")
INSTITUTION_TYPES: Final = _load("institution_types")
INSTITUTION_CLASSES: Final = _load("institution_classes")
PROFIT_CLASSES: Final = _load("profit_classes")
ECONOMIC_TYPES: Final = _load("economic_types")
SERVICE_MODES: Final = _load("service_modes")
SERVICE_OBJECTS: Final = _load("service_objects")
SEXES: Final = _load("sexes")
DIVISIONS: Final = _load("divisions")
NAME_ENDINGS: Final = _load("institution_name_endings")
