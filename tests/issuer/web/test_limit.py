"""The limit of the public query: a sliding minute, bounded memory, whatever is asked from wherever."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.refusal import Refusal
from issuer.web.limit import IN_ALL, PER_SOURCE, WINDOW_SECONDS, Limit, network


def admitted(limit: Limit, source: str) -> bool:
    try:
        limit.take(source)
    except Refusal as refusal:
        assert refusal.code == "too-many-requests"
        return False
    return True


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=200))
def test_no_window_ever_holds_more_than_the_limit(asked: list[tuple[int, int]]) -> None:
    now = 1_000
    limit = Limit(lambda: now)
    taken: list[tuple[int, str]] = []
    for wait, source in asked:
        now += wait
        address = f"192.0.2.{source}"
        inside = [one for at, one in taken if at > now - WINDOW_SECONDS]
        expected = len(inside) < IN_ALL and Counter(inside)[address] < PER_SOURCE
        assert admitted(limit, address) is expected
        taken += [(now, address)] if expected else []
        assert len(limit) <= IN_ALL


def test_one_source_is_stopped_and_another_is_not() -> None:
    limit = Limit(lambda: 1_000)
    assert [admitted(limit, "192.0.2.1") for _ in range(PER_SOURCE + 5)].count(True) == PER_SOURCE
    assert admitted(limit, "192.0.2.2")


def test_a_flood_from_everywhere_is_bounded_in_number_and_in_memory() -> None:
    now = 1_000
    limit = Limit(lambda: now)
    flood = [admitted(limit, f"198.51.{number // 250}.{number % 250}") for number in range(20 * IN_ALL)]
    assert flood.count(True) == IN_ALL
    assert len(limit) == IN_ALL
    now += WINDOW_SECONDS
    assert admitted(limit, "192.0.2.1")
    assert len(limit) == 1, "what is past is forgotten"


def test_a_clock_that_goes_back_shuts_nobody_out_for_long() -> None:
    now = 1_000_000
    limit = Limit(lambda: now)
    while admitted(limit, "192.0.2.1"):
        pass
    now = 1_000
    assert admitted(limit, "192.0.2.1")


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("not an address", ""),
    ],
)
def test_what_counts_as_one_source(address: str, source: str) -> None:
    assert network(address) == source
