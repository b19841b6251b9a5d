"""Notes of events about rows: whatever was changed without one shows, and whatever stands there is read or refused."""

from __future__ import annotations

import contextlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.noted import Change, Replay, commitment, note_bytes, read_note

TABLES: Final = ("licence", "registration")
KEYS: Final = st.tuples(st.text("abc", min_size=1, max_size=2)) | st.tuples(st.integers(0, 3), st.binary(max_size=2))
DIGESTS: Final = st.binary(min_size=32, max_size=32)
SALT: Final = b"s" * 16
PLACES: Final = st.tuples(st.sampled_from(TABLES), KEYS)
CHANGES: Final = st.builds(
    Change, table=st.sampled_from(TABLES), key=KEYS, before=st.none() | DIGESTS, after=st.none() | DIGESTS
)
NOTE: Final = note_bytes(SALT, (Change(table="licence", key=("a", 1), before=None, after=bytes(32)),))

Rows = dict[tuple[str, tuple[str | int | bytes, ...]], bytes]


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[tuple[Change, ...]], Rows]:
    """Events that each change some rows, and the rows as they are afterwards."""
    rows: Rows = {}
    events: list[tuple[Change, ...]] = []
    for _ in range(draw(st.integers(1, 6))):
        made: list[Change] = []
        for table, key in draw(st.lists(PLACES, max_size=3, unique=True)):
            before, after = rows.pop((table, key), None), draw(st.none() | DIGESTS)
            made.append(Change(table=table, key=key, before=before, after=after))
            if after is not None:
                rows[table, key] = after
        events.append(tuple(made))
    return events, rows


def found(events: list[tuple[Change, ...]], rows: Rows) -> list[str]:
    replay = Replay()
    for seq, changes in enumerate(events, start=1):
        replay.follow(seq, note_bytes(SALT, changes) if changes else None, TABLES)
    for (table, key), digest in rows.items():
        replay.compare(table, key, digest)
    return [one.code for one in replay.finish()]


@given(lives())
def test_what_events_did_is_what_is_there(life: tuple[list[tuple[Change, ...]], Rows]) -> None:
    assert found(*life) == []


@given(lives(), PLACES, st.none() | DIGESTS)
def test_whatever_else_is_there_shows(
    life: tuple[list[tuple[Change, ...]], Rows], place: tuple[str, tuple[str | int | bytes, ...]], other: bytes | None
) -> None:
    events, rows = life
    before = rows.pop(place, None)
    if other is not None:
        rows[place] = other
    expected = {(False, True): "row-unknown", (True, False): "row-missing", (True, True): "row-differs"}
    wanted = [] if before == other else [expected[before is not None, other is not None]]
    assert found(events, rows) == wanted


@given(lives(), PLACES, DIGESTS, DIGESTS)
def test_a_change_that_a_later_event_covers_shows_too(
    life: tuple[list[tuple[Change, ...]], Rows],
    place: tuple[str, tuple[str | int | bytes, ...]],
    planted: bytes,
    last: bytes,
) -> None:
    """Somebody changes a row, and an officer's act then changes it again, in good faith."""
    events, rows = life
    if rows.get(place) == planted:
        return
    rows[place] = last
    later = Change(table=place[0], key=place[1], before=planted, after=last)
    assert found([*events, (later,)], rows) == ["row-changed-outside"]


def test_an_event_changes_only_what_such_an_event_may() -> None:
    replay = Replay()
    replay.follow(4, NOTE, {"registration"})
    replay.compare("licence", ("a", 1), bytes(32))
    assert [str(one) for one in replay.finish()] == ["event 4: row-beyond licence a 1"]


@given(st.binary(max_size=80))
def test_any_bytes_are_a_note_or_refused(data: bytes) -> None:
    replay = Replay()
    replay.follow(3, data, TABLES)
    with contextlib.suppress(ValueError):
        read_note(data)
        return
    assert [str(one) for one in replay.finish()] == ["event 3: note-unreadable"]


@pytest.mark.parametrize("place", range(len(NOTE)))
def test_no_byte_of_a_note_can_be_changed(place: int) -> None:
    changed = NOTE[:place] + bytes([NOTE[place] ^ 1]) + NOTE[place + 1 :]
    assert commitment(changed) != commitment(NOTE)


@given(st.lists(CHANGES, max_size=4), st.binary(min_size=16, max_size=16))
def test_a_note_is_read_as_it_was_written(changes: list[Change], salt: bytes) -> None:
    assert read_note(note_bytes(salt, tuple(changes))) == tuple(changes)


def test_a_note_tells_a_stranger_nothing() -> None:
    """The hash of an event covers the commitment only; the salt keeps the same change from being guessed from it."""
    change = (Change(table="licence", key=("a",), before=None, after=bytes(32)),)
    assert commitment(note_bytes(b"0" * 16, change)) != commitment(note_bytes(b"1" * 16, change))
    assert commitment(None) is None
