"""Which cells of a published table are hidden, so that nobody learns that a count is a small one.

A table with totals is a circulation: each count is the flow of an arrow, and at each node what comes in goes out
(`of_table`). Small counts are hidden. Others are hidden with them until, for each small one, the published numbers
leave room for `threshold` or more: a reader who knows that hidden counts are at least one cannot tell it from a
larger count. Which others is chosen by the least sum. Zeros and what is `fixed` are always shown.

It protects one table at a time. Tables that share only a fixed total do not undo each other; what somebody knows from
elsewhere, or from the same table on another day, is not guarded against.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

THRESHOLD: Final = 5
TOTAL: Final = ""
"""The name of the row and of the column of totals."""
Cell = tuple[str, str]
"""Row and column."""
_START: Final = "start"
_END: Final = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A count as a flow from `tail` to `head`. `fixed` ones are never hidden to protect another."""

    cell: Cell
    tail: Hashable
    head: Hashable
    value: int
    fixed: bool = False


def of_list(counts: Mapping[str, int], column: str = TOTAL) -> list[Arrow]:
    """Return the arrows of a list of counts whose sum is published, in the given column."""
    cells = [Arrow(cell=(row, column), tail=_START, head=_END, value=value) for row, value in counts.items()]
    return [
        *cells,
        Arrow(cell=(TOTAL, column), tail=_END, head=_START, value=sum(counts.values()), fixed=True),
    ]


def of_table(counts: Mapping[Cell, int]) -> list[Arrow]:
    """Return the arrows of a table of rows and columns with all its totals; only the grand total is fixed."""
    rows = dict.fromkeys(row for row, _ in counts)
    columns = dict.fromkeys(column for _, column in counts)
    sums = {row: sum(value for cell, value in counts.items() if cell[0] == row) for row in rows}
    below = {column: sum(value for cell, value in counts.items() if cell[1] == column) for column in columns}
    return [
        *(
            Arrow(cell=(r, c), tail=("row", r), head=("column", c), value=counts.get((r, c), 0))
            for r in rows
            for c in columns
        ),
        *(Arrow(cell=(r, TOTAL), tail=_START, head=("row", r), value=value) for r, value in sums.items()),
        *(Arrow(cell=(TOTAL, c), tail=("column", c), head=_END, value=value) for c, value in below.items()),
        Arrow(cell=(TOTAL, TOTAL), tail=_END, head=_START, value=sum(sums.values()), fixed=True),
    ]


def hidden(arrows: Sequence[Arrow], threshold: int = THRESHOLD) -> frozenset[Cell] | None:
    """Return the cells to hide, or None if the whole table must be withheld."""
    small = [number for number, arrow in enumerate(arrows) if 0 < arrow.value < threshold]
    if any(arrows[number].fixed for number in small):
        return None
    closed = set(small)
    for number in small:
        room = _make_room(arrows, closed, number, threshold - arrows[number].value)
        if room is None:
            return None
        closed |= room
    return frozenset(arrows[number].cell for number in closed)


def _make_room(arrows: Sequence[Arrow], closed: set[int], wanted: int, more: int) -> set[int] | None:
    """Return what must be hidden too, so that the count `wanted` could be `more` larger; None if nothing helps.

    One after the other, units of flow go around from the head of the arrow back to its tail, by the way that hides
    least: with hidden arrows for nothing, with shown ones at the price of their count, against an arrow as far as it
    keeps a flow of one.
    """
    flows = [arrow.value for arrow in arrows]
    held = set(closed)
    for _ in range(more):
        way = _cheapest(arrows, flows, held, wanted)
        if way is None:
            return None
        for number, forward in way:
            flows[number] += 1 if forward else -1
            held.add(number)
    return held


def _cheapest(
    arrows: Sequence[Arrow], flows: Sequence[int], held: set[int], wanted: int
) -> list[tuple[int, bool]] | None:
    """Dijkstra's shortest way from the head of `wanted` to its tail, as arrows with or against their direction."""
    out: dict[Hashable, list[tuple[Hashable, int, int, bool]]] = {}
    for number, arrow in enumerate(arrows):
        if number == wanted or arrow.fixed or not arrow.value:
            continue
        price = 0 if number in held else arrow.value
        out.setdefault(arrow.tail, []).append((arrow.head, price, number, True))
        if flows[number] > 1:
            out.setdefault(arrow.head, []).append((arrow.tail, price, number, False))
    begin, end = arrows[wanted].head, arrows[wanted].tail
    best: dict[Hashable, int] = {begin: 0}
    came: dict[Hashable, tuple[Hashable, int, bool]] = {}
    queue: list[tuple[int, int, Hashable]] = [(0, 0, begin)]
    count = 0
    while queue:
        price, _, node = heapq.heappop(queue)
        if price > best[node]:
            continue
        for target, step, number, forward in out.get(node, ()):
            if target not in best or price + step < best[target]:
                best[target] = price + step
                came[target] = (node, number, forward)
                count += 1
                heapq.heappush(queue, (price + step, count, target))
    if end not in came:
        return None
    way: list[tuple[int, bool]] = []
    place = end
    while place != begin:
        place, number, forward = came[place]
        way.append((number, forward))
    return way
