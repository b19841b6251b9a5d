"""Statistics 统计 for anybody: tables with a chart each, the same as CSV; and how long each authority takes.

Counted once a day (about 5 s for 200,000 entries), however many ask, and so that two readings of one day cannot be
subtracted from each other. What is small is hidden before it comes here (`issuer.services.statistics`). Charts are
drawn without script and without style.
"""

from __future__ import annotations

import csv
import datetime
import io
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template

from elicense import tables
from issuer.domain.act import civil_day
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.suppression import THRESHOLD, TOTAL
from issuer.services import rules, statistics
from issuer.services.desk import Desk
from issuer.services.statistics import Office, Statistics, Table
from issuer.web.pages import frame, language

HIDDEN: Final = "*"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table in words. `lines` are a label and its cells, of which the last is the total of the line.

    `instead` is the sentence that the page says where no cell has a number to show; "" where one has.
    """

    id: str
    title: str
    head: Sequence[str]
    lines: Sequence[tuple[str, Sequence[str]]]
    bars: Sequence[tuple[str, int | None]]
    withheld: bool
    instead: str


def blueprint(desk: Desk) -> Blueprint:
    """The page and its files."""
    made = frame.pages("statistics")
    today = Daily(lambda: statistics.publish(desk), lambda: civil_day(desk.clock()))

    @made.get("/statistics")
    def page() -> str:
        found = today()
        return render_template(
            "statistics.html",
            at=found.at,
            parts=[
                (kind, [_shown(one) for one in found.tables if one.kind is kind and (one.rows or one.withheld)])
                for kind in Kind
            ],
            offices=[(one.authority, _office(one)) for one in found.offices],
            instead=_instead(count for one in found.offices for count in (one.decided, one.stars)),
            threshold=THRESHOLD,
            months=statistics.MONTHS,
        )

    @made.get("/statistics/<id_>.csv")
    def file(id_: str) -> Response:
        found = today()
        if id_ == "offices":
            return _csv(id_, _office_head(), [[one.authority, *_office(one)] for one in found.offices])
        for one in found.tables:
            shown = _shown(one)
            if shown.id == id_ and not one.withheld:
                return _csv(id_, [shown.title, *shown.head], [[label, *cells] for label, cells in shown.lines])
        raise Refusal("not-found")

    return made


class Daily:
    """The statistics of today: counted by the first who asks on a day, while others still read those of the day before.

    `count` counts, `today` says which day it is.
    """

    __slots__ = ("_count", "_held", "_lock", "_today")

    def __init__(self, count: Callable[[], Statistics], today: Callable[[], datetime.date]) -> None:
        self._count, self._today = count, today
        self._held: tuple[datetime.date, Statistics] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Statistics:
        """Return the newest there are; wait only if there are none yet."""
        on, held = self._today(), self._held
        if held is not None and held[0] == on:
            return held[1]
        if not self._lock.acquire(blocking=held is None):
            return self._newest()
        try:
            if self._held is None or self._held[0] != on:
                self._held = (on, self._count())
        finally:
            self._lock.release()
        return self._newest()

    def _newest(self) -> Statistics:
        if self._held is None:
            raise Refusal("unavailable")
        return self._held[1]


def _shown(table: Table) -> Shown:
    columns = [*table.columns, TOTAL]
    lines = [
        (label(table, table.by[0], row), [_cell(table.cells.get((row, column), 0)) for column in columns])
        for row in table.rows
    ]
    if (TOTAL, TOTAL) in table.cells:
        lines.append((language.gettext("合计"), [_cell(table.cells[TOTAL, column]) for column in columns]))
    return Shown(
        id=f"{table.kind}-{table.name}",
        title=_title(table),
        head=[
            *(label(table, table.by[-1], column) for column in table.columns),
            language.gettext("合计") if table.columns else language.gettext("数量"),
        ],
        lines=lines,
        bars=[(label(table, table.by[0], row), table.cells.get((row, TOTAL))) for row in table.rows],
        withheld=table.withheld,
        instead=_instead(table.cells.values(), withheld=table.withheld),
    )


def _instead(counts: Iterable[object], *, withheld: bool = False) -> str:
    """What is said instead of a table of nothing but zeros and stars; "" if there is a number to show."""
    _ = language.gettext
    found = set(counts)
    if withheld or (None in found and found <= {0, None}):
        return _("数量太少，不公开。")
    return "" if found - {0, None} else _("没有。")


def _state(kind: Kind, code: str) -> str:
    rows = [one for one in rules.load().states if one.kind == kind and one.state == code]
    return language.two(rows[0].zh, rows[0].en) if rows else code


def label(table: Table, what: str, code: str) -> str:
    """The name of a row or a column."""
    _ = language.gettext
    if not code:
        return _("未填")
    if what == "month":
        return _("此前") if code == statistics.EARLIER else code
    if what == "state":
        return _state(table.kind, code)
    if what == "division":
        place = tables.DIVISIONS.by_code(code)
        return code if place is None else language.two(place.zh, place.en)
    named = {"category": tables.CATEGORIES, "type": tables.INSTITUTION_TYPES, "scope": tables.SCOPES}[what]
    return named.label(int(code), "en" if language.current() == "en" else "zh")


def _title(table: Table) -> str:
    _ = language.gettext
    return {
        "state": _("在册，按状态"),
        "ended": _("已经终止，按原因"),
        "month": _("在册，按首次登记的月份"),
        "division": _("在册，按登记机关所在地"),
        "scope": _("在册，按执业范围（有两个范围的各计一次）"),
    }[table.name]


def _cell(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


def _office_head() -> list[str]:
    _ = language.gettext
    return [_("主管部门"), _("决定件数"), _("中位数（工作日）"), _("九成在几个工作日内"), _("逾期"), _("评价")]


def _office(one: Office) -> list[str]:
    overdue = HIDDEN if one.overdue is None else f"{one.overdue}%"
    return [_cell(one.decided), _cell(one.median), _cell(one.ninth), overdue, one.stars or HIDDEN]


def _csv(name: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> Response:
    """A file that spreadsheets open: with a mark for UTF-8, and no cell that one would take for a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[plain(cell) for cell in line] for line in (head, *lines)])
    answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def plain(cell: str) -> str:
    """A cell that no spreadsheet calculates."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
