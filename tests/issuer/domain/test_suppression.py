"""What is hidden stays hidden: no reader of a table with its totals can tell that a count is a small one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from issuer.domain.suppression import THRESHOLD, TOTAL, Arrow, Cell, hidden, of_list, of_table

COUNT = st.one_of(st.integers(0, 6), st.integers(0, 40))


@st.composite
def tables(draw: st.DrawFn, most: int = 5) -> dict[Cell, int]:
    rows, columns = draw(st.integers(1, most)), draw(st.integers(2, most))
    return {(f"r{r}", f"c{c}"): draw(COUNT) for r in range(rows) for c in range(columns)}


def balances(arrows: Sequence[Arrow]) -> list[list[int]]:
    """One equation for each node: what comes in less what goes out, as factors of the cells."""
    nodes = dict.fromkeys(node for arrow in arrows for node in (arrow.tail, arrow.head))
    return [[(arrow.head == node) - (arrow.tail == node) for arrow in arrows] for node in nodes]


def rank(matrix: list[list[int]]) -> int:
    rows = [[Fraction(value) for value in row] for row in matrix]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in range(found, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for row in range(len(rows)):
            if row != found and rows[row][column]:
                factor = rows[row][column] / rows[found][column]
                rows[row] = [one - factor * other for one, other in zip(rows[row], rows[found], strict=True)]
        found += 1
    return found


def recomputed(arrows: Sequence[Arrow], closed: frozenset[Cell]) -> list[Cell]:
    """The hidden cells that follow from the shown ones by adding and subtracting, found by linear algebra."""
    unknown = [number for number, arrow in enumerate(arrows) if arrow.cell in closed]
    matrix = [[row[number] for number in unknown] for row in balances(arrows)]
    whole = rank(matrix)
    return [
        arrows[number].cell
        for place, number in enumerate(unknown)
        if rank([*matrix, [int(place == other) for other in range(len(unknown))]]) == whole
    ]


def readings(arrows: Sequence[Arrow], closed: frozenset[Cell], most: int) -> Iterator[dict[Cell, int]]:
    """Every table with counts up to `most` that a reader must hold for possible, tried one by one."""
    unknown = [number for number, arrow in enumerate(arrows) if arrow.cell in closed]
    equations = balances(arrows)
    for guess in itertools.product(range(1, most + 1), repeat=len(unknown)):
        flows = [arrow.value for arrow in arrows]
        for number, value in zip(unknown, guess, strict=True):
            flows[number] = value
        if all(sum(factor * flow for factor, flow in zip(row, flows, strict=True)) == 0 for row in equations):
            yield {arrow.cell: flow for arrow, flow in zip(arrows, flows, strict=True)}


@given(tables())
@example({("r0", "c0"): 1, ("r0", "c1"): 1, ("r1", "c0"): 9, ("r1", "c1"): 9})
@settings(max_examples=150, deadline=None)
def test_no_hidden_count_follows_from_the_shown_ones(counts: dict[Cell, int]) -> None:
    arrows = of_table(counts)
    closed = hidden(arrows)
    if closed is None:
        return
    small = {arrow.cell for arrow in arrows if 0 < arrow.value < THRESHOLD}
    assert small <= closed
    assert not closed & {arrow.cell for arrow in arrows if arrow.fixed or not arrow.value}
    assert not small & set(recomputed(arrows, closed))


@given(st.dictionaries(st.sampled_from("abcdefgh"), COUNT, min_size=1))
def test_no_hidden_count_of_a_list_follows_from_the_sum(counts: dict[str, int]) -> None:
    arrows = of_list(counts)
    closed = hidden(arrows)
    if closed is not None:
        assert not {arrow.cell for arrow in arrows if 0 < arrow.value < THRESHOLD} & set(recomputed(arrows, closed))


@given(
    st.lists(st.integers(0, 9), min_size=4, max_size=4).map(
        lambda values: dict(zip(itertools.product(("r0", "r1"), ("c0", "c1")), values, strict=True))
    )
)
@example({("r0", "c0"): 1, ("r0", "c1"): 1, ("r1", "c0"): 0, ("r1", "c1"): 7})
@settings(max_examples=60, deadline=None)
def test_each_small_count_could_as_well_be_a_larger_one(counts: dict[Cell, int]) -> None:
    """By trying every table that fits what is shown: knowing that hidden counts are at least one does not help."""
    arrows = of_table(counts)
    closed = hidden(arrows)
    if closed is None or len(closed) > 5:
        return
    small = {cell for cell in closed if 0 < {arrow.cell: arrow.value for arrow in arrows}[cell] < THRESHOLD}
    held = {arrow.cell: arrow.value for arrow in arrows}
    most = max(held.values()) + THRESHOLD
    could = dict.fromkeys(small, 0)
    for reading in readings(arrows, closed, min(most, 14)):
        could = {cell: max(value, reading[cell]) for cell, value in could.items()}
    assert all(value >= THRESHOLD for value in could.values())


def test_what_is_shown_when_nothing_is_small_and_when_all_is() -> None:
    assert hidden(of_table({("a", "x"): 5, ("a", "y"): 0, ("b", "x"): 70, ("b", "y"): 9})) == frozenset()
    assert hidden(of_list({})) == frozenset()
    assert hidden(of_list({"a": 4})) is None, "the sum itself is small"
    assert hidden(of_list({"a": 4, "b": 0, "c": 0})) is None, "nothing could hide it: it is the sum"
    assert hidden(of_list({"a": 4, "b": 1})) is None, "one of them would be at least four, neither could be five"
    assert hidden(of_list({"a": 4, "b": 9, "c": 30})) == frozenset({("a", TOTAL), ("b", TOTAL)}), "the smaller one"
