"""What a folder hands on to those who judge by themselves: chosen by what was signed, never by the name of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from elicense import period
from tests.verifier.page.site import filled
from tests.world import DAY, HOUR, T0, World
from verifier import Folder
from verifier.web.pages import Shelf


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World) -> Folder:
    return filled(tmp_path / "lists", world)


def _place(folder: Folder) -> Path:
    [held] = (folder.path / "status").glob("*")
    return held


@pytest.mark.parametrize("junk", [b"", b"junk", b"\xd2\x84"])
@pytest.mark.parametrize("name", [f"{T0 + DAY}.cwt", f"{2**62}.jwt", "9" * 200 + ".cwt"])
def test_junk_with_a_newer_name_hides_no_list(folder: Folder, world: World, name: str, junk: bytes) -> None:
    """Whoever may write into the folder could else take the list away from every page that this host serves."""
    uri = world.hainan.list_uri(1)
    before = dict(folder.signed().status_lists)
    (_place(folder) / name).write_bytes(junk)
    assert folder.signed().status_lists == before == {uri: world.status_token(T0)}


def test_a_genuine_list_under_another_name_is_not_taken_for_newer(folder: Folder, world: World) -> None:
    (_place(folder) / f"{T0 + DAY}.cwt").write_bytes(World(values={101: 0}).status_token(T0 - HOUR))
    assert list(folder.signed().status_lists.values()) == [world.status_token(T0)]


def test_a_list_of_somebody_else_or_an_older_one_than_was_seen_is_not_handed_on(folder: Folder, world: World) -> None:
    held = _place(folder)
    (held / f"{T0}.cwt").unlink()
    (held / f"{T0 - HOUR}.cwt").write_bytes(world.status_token(T0 - HOUR))
    assert folder.signed().status_lists == {}, "the mark says that there was a newer one"
    (held / f"{T0 + HOUR}.cwt").write_bytes(World(status_key=world.other_status_key).status_token(T0 + HOUR))
    assert folder.signed().status_lists == {}


def test_without_a_believable_trust_list_no_list_is(folder: Folder) -> None:
    (folder.path / "trust-list.json").write_bytes(b"junk")
    signed = folder.signed()
    assert (signed.trust_list, signed.status_lists) == (b"junk", {})


def test_the_lists_of_a_day_are_those_in_force_at_its_end(folder: Folder, world: World) -> None:
    uri, trust = world.hainan.list_uri(1), folder.load().trust
    older = world.status_token(T0 - 3 * DAY, seconds=DAY)
    folder.put_history(older, uri, trust, T0 - 2 * DAY)
    day = period.civil_day(T0 - 3 * DAY)
    ends = period.day_ends(day) - 1
    assert folder.signed(ends).status_lists == {uri: older}
    assert folder.signed(T0 - 9 * DAY).status_lists == {}
    shelf = Shelf(folder)
    found = shelf.on(day.isoformat())
    assert found is not None
    [digest] = found["status_lists"].values()
    assert shelf.get(digest) == older
    for text in ("", "x", "2026-02-30", "0001-01-01", "9999-12-31", "2026-11-23\n", "../index", "１２"):
        answer = shelf.on(text)
        assert answer is None or set(answer) == {"status_lists"}


def test_asking_for_many_days_keeps_few(folder: Folder) -> None:
    shelf = Shelf(folder)
    for number in range(200):
        shelf.on(period.civil_day(T0 - number * DAY).isoformat())
    assert len(shelf._days) <= 32  # noqa: SLF001 - what is kept is not told by any answer
