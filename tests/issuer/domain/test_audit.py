"""The audit chain: every change, removal and swap inside it shows, and what cannot show is named."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.account import AccountId
from issuer.domain.audit import GENESIS, AuditRow, Event, chain, verify_chain

events = st.builds(
    Event,
    at=st.integers(0, 2**40),
    tag=st.sampled_from(["application.accepted", "key.suspended"]),
    target=st.text(max_size=8),
    actor=st.none() | st.text(max_size=8).map(AccountId),
    key=st.none() | st.just("0" * 16),
    act=st.none() | st.binary(max_size=8),
    proof=st.none() | st.binary(max_size=8),
    detail=st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), max_size=2).map(tuple),
)


def chained(held: list[Event]) -> list[AuditRow]:
    rows: list[AuditRow] = []
    prev = GENESIS
    for number, event in enumerate(held, start=1):
        rows.append(chain(number, event, prev))
        prev = rows[-1].hash
    return rows


@given(st.lists(events, max_size=6))
def test_an_untouched_chain_is_whole(held: list[Event]) -> None:
    rows = chained(held)
    assert verify_chain(rows) == ()
    if rows:
        assert verify_chain(rows[1:], after=rows[0]) == ()


@given(st.lists(events, min_size=2, max_size=6), st.data())
def test_a_changed_event_shows(held: list[Event], data: st.DataObject) -> None:
    rows = chained(held)
    place = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(events.filter(lambda event: event != rows[place].event))
    rows[place] = dataclasses.replace(rows[place], event=other)
    assert verify_chain(rows)


@given(st.lists(events, min_size=3, max_size=6), st.data())
def test_a_removed_or_swapped_row_shows(held: list[Event], data: st.DataObject) -> None:
    rows = chained(held)
    place = data.draw(st.integers(0, len(rows) - 2))
    assert verify_chain(rows[:place] + rows[place + 1 :])
    rows[place], rows[place + 1] = rows[place + 1], rows[place]
    assert verify_chain(rows)


def test_a_row_rehashed_in_place_breaks_the_next_one() -> None:
    rows = chained([Event(at=1, tag="a.b", target="x"), Event(at=2, tag="a.b", target="y")])
    rows[0] = chain(1, Event(at=1, tag="a.b", target="z"), GENESIS)
    assert [finding.code for finding in verify_chain(rows)] == ["prev-differs"]


def test_a_cut_tail_does_not_show_and_needs_a_head_kept_elsewhere() -> None:
    rows = chained([Event(at=1, tag="a.b", target="x"), Event(at=2, tag="a.b", target="y")])
    assert verify_chain(rows[:1]) == ()
