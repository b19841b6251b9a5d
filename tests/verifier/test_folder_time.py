"""The offline folder and time: questions about other days, clocks that are wrong."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Outcome, Reason
from tests.verifier.test_folder import asked, files_of_lists, later
from tests.world import DAY, HOUR, T0, World, physician, signer
from verifier import Checker, Folder


def history(folder: Folder, world: World) -> None:
    """Valid at first, suspended on day 1, valid again on day 2, revoked on day 3."""
    uri, trust = world.hainan.list_uri(1), folder.load().trust
    for day, value in ((1, 2), (2, 0), (3, 1)):
        world.values[101] = value
        folder.put_status_list(world.status_token(T0 + day * DAY), uri, trust)


@pytest.mark.parametrize(
    ("at", "reasons"),
    [
        (T0 - HOUR, (Reason.STATUS_UNKNOWN,)),
        (T0 + HOUR, ()),
        (T0 + DAY - 1, ()),
        (T0 + DAY, (Reason.SUSPENDED,)),
        (T0 + DAY + HOUR, (Reason.SUSPENDED,)),
        (T0 + 2 * DAY + HOUR, ()),
        (T0 + 3 * DAY + HOUR, (Reason.REVOKED,)),
        (T0 + 5 * DAY, (Reason.STATUS_STALE, Reason.REVOKED)),
    ],
)
def test_another_time_is_judged_by_the_list_of_that_time(
    folder: Folder, world: World, at: int, reasons: tuple[Reason, ...]
) -> None:
    history(folder, world)
    text = world.link(physician(issued_at=T0 - DAY))
    assert Checker(folder.load(at)).check_text(text, at=at, as_of=True).reasons == reasons


@pytest.fixture(scope="module")
def remembering(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = shutil.copytree(filled, tmp_path_factory.mktemp("remembering") / "lists")
    history(Folder(path), World())
    return path


@given(st.integers(-DAY, 6 * DAY), st.sets(st.integers(0, 3)))
@settings(max_examples=30)
def test_a_lost_history_makes_nothing_valid(
    remembering: Path, tmp_path_factory: pytest.TempPathFactory, offset: int, lost: set[int]
) -> None:
    """Files are deleted at random. A list that has run out may still say that a licence was suspended, no more."""
    folder = Folder(shutil.copytree(remembering, tmp_path_factory.mktemp("history") / "lists"))
    at, text = T0 + offset, World().link(physician(issued_at=T0 - DAY))
    whole = Checker(folder.load(at)).check_text(text, at=at, as_of=True)
    for number, path in enumerate(files_of_lists(folder)):
        if number in lost:
            path.unlink()
    left = Checker(folder.load(at)).check_text(text, at=at, as_of=True)
    assert left.outcome is not Outcome.VALID or whole.outcome is Outcome.VALID
    if left.outcome is not whole.outcome:
        assert {"status-stale", "status-bad", "status-rolled-back", "status-unknown"} & set(map(str, left.reasons))


def test_now_is_not_a_way_around_the_mark(folder: Folder, world: World) -> None:
    """Asked as of an instant after the newest list seen, an older one does not do."""
    history(folder, world)
    files_of_lists(folder)[-1].unlink()
    at = T0 + 3 * DAY
    report = Checker(folder.load(at)).check_text(world.link(), at=at, as_of=True)
    assert report.reasons[0] is Reason.STATUS_ROLLED_BACK


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(("early", "outcome"), [(120, Outcome.VALID), (121, Outcome.UNDETERMINED)])
def test_a_clock_before_signed_data_gives_no_answer(folder: Folder, world: World, early: int, outcome: Outcome) -> None:
    text = world.link(physician(issued_at=T0 - DAY))
    report = Checker(folder.load()).check_text(text, at=T0 - early)
    assert report.outcome is outcome
    assert (Reason.CLOCK_BAD in report.reasons) == (outcome is Outcome.UNDETERMINED)


def test_a_clock_set_back_does_not_revive_a_stale_list(folder: Folder, world: World) -> None:
    """The trust list is newer than the clock shows: so the list that would be fresh by this clock is not."""
    folder.put_trust_list(world.signed_trust(dataclasses.replace(later(world), issued=T0 + 3 * DAY)))
    assert asked(folder, world, T0 + HOUR) == (Outcome.UNDETERMINED, (Reason.CLOCK_BAD,))
    report = Checker(folder.load()).check_text(world.link(), at=T0 + HOUR, as_of=True)
    assert report.outcome is Outcome.VALID


def test_what_does_not_depend_on_the_clock_is_said_all_the_same(folder: Folder, world: World) -> None:
    world.values[101] = 1
    folder.put_status_list(world.status_token(T0 + 1), world.hainan.list_uri(1), folder.load().trust)
    folder.put_trust_list(world.signed_trust(dataclasses.replace(later(world), issued=T0 + 3 * DAY)))
    assert asked(folder, world, T0 + 1) == (Outcome.INVALID, (Reason.REVOKED, Reason.CLOCK_BAD))
    forged = Checker(folder.load()).check_text(world.link(None, signer("nobody")), at=T0)
    assert forged.outcome is Outcome.INVALID


def test_loading_changes_nothing_and_writing_changes_the_stamp(folder: Folder, world: World) -> None:
    before = folder.stamp()
    folder.load()
    asked(folder, world)
    assert folder.stamp() == before
    (held,) = files_of_lists(folder)
    held.unlink()
    folder.put_status_list(world.status_token(T0), world.hainan.list_uri(1), folder.load().trust)
    assert folder.stamp() != before
    shutil.rmtree(folder.path)
    assert folder.stamp() == ()
