"""The past, asked of the issuer day by day: kept beside the present, judging only its own time."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from elicense import StatusRef, period
from elicense.errors import Rejected
from tests import world as worlds
from tests.verifier.site import Asked, Send, Site, answer, serving
from tests.world import DAY, T0, World
from verifier import Checker, Folder
from verifier.cli import cli
from verifier.history import HistoryBad, days, fill

TODAY = period.civil_day(T0)
INDEX = 101


@pytest.fixture
def past() -> Iterator[tuple[Site, World, dict[int, bytes]]]:
    """An issuer that keeps a list of each of the last ten days; the licence at 101 was suspended on days 4 to 6."""
    with serving() as site:
        world = World(host=site.url)
        lists: dict[int, bytes] = {}
        for ago in range(10, -1, -1):
            world.values = {INDEX: 2} if 4 <= ago <= 6 else {}
            lists[T0 - ago * DAY] = world.status_token(T0 - ago * DAY, seconds=3 * DAY)

        def stood(asked: Asked, send: Send) -> None:
            at = int(asked.path.partition("?time=")[2])
            known = [data for issued, data in lists.items() if issued <= at]
            answer(known[-1] if known else b"", status="200 OK" if known else "404 Not Found")(asked, send)

        for ago in range(1, 30):
            at = period.day_ends(TODAY - dt.timedelta(days=ago)) - 1
            site.behaviours[f"/status/1?time={at}"] = stood
        yield site, world, lists


@pytest.fixture
def filled_now(tmp_path: Path, past: tuple[Site, World, dict[int, bytes]]) -> Folder:
    _, world, lists = past
    folder = Folder(tmp_path / "lists")
    folder.create(world.anchor, f"{world.host}/trust")
    trust = folder.put_trust_list(world.signed_trust(world.trust(issued=T0 - 20 * DAY)))
    folder.put_status_list(lists[T0], world.hainan.list_uri(1), trust)
    return folder


def on(folder: Folder, world: World, ago: int) -> str:
    at = period.day_ends(TODAY - dt.timedelta(days=ago)) - 1
    code = world.link(worlds.physician(issued_at=T0 - 15 * DAY, status=StatusRef(list=1, index=INDEX)))
    report = Checker(folder.load(at)).check_text(code, at=at, as_of=True)
    return " ".join([report.word, *map(str, report.reasons)])


def test_each_day_is_judged_by_its_own_list(filled_now: Folder, past: tuple[Site, World, dict[int, bytes]]) -> None:
    _, world, _ = past
    assert on(filled_now, world, 5).startswith("undetermined")
    done = fill(
        filled_now, days(f"{TODAY - dt.timedelta(days=9)}", f"{TODAY - dt.timedelta(days=1)}", T0), time.monotonic
    )
    assert (done.days, done.failed) == (9, ())
    assert [on(filled_now, world, ago) for ago in (9, 7, 6, 5, 4, 3, 1)] == [
        "valid", "valid", "invalid suspended", "invalid suspended", "invalid suspended", "valid", "valid",
    ]  # fmt: skip
    code = world.link(worlds.physician(issued_at=T0 - 15 * DAY, status=StatusRef(list=1, index=INDEX)))
    assert Checker(filled_now.load()).check_text(code, at=T0).word == "valid"


def test_what_does_not_come_is_told_and_the_days_go_on(
    filled_now: Folder, past: tuple[Site, World, dict[int, bytes]]
) -> None:
    site, world, lists = past
    uri = world.hainan.list_uri(1)
    asked = days(f"{TODAY - dt.timedelta(days=14)}", f"{TODAY - dt.timedelta(days=8)}", T0)
    forged = World(host=site.url, status_key=worlds.signer("nobody")).status_token(T0 - 9 * DAY)
    at = period.day_ends(TODAY - dt.timedelta(days=9)) - 1
    site.behaviours[f"/status/1?time={at}"] = answer(forged)
    later = period.day_ends(TODAY - dt.timedelta(days=8)) - 1
    site.behaviours[f"/status/1?time={later}"] = answer(lists[T0])
    done = fill(filled_now, asked, time.monotonic)
    assert done.days == 7
    told = [why for _, why in done.failed]
    assert sum("answered 404" in why for why in told) == 4
    assert sum("status-bad" in why for why in told) == 2, told
    assert any("issued later" in why for why in told)
    assert {where for where, _ in done.failed} == {uri}
    assert on(filled_now, world, 12).startswith("undetermined")


def test_history_never_moves_the_present(filled_now: Folder, past: tuple[Site, World, dict[int, bytes]]) -> None:
    _, world, lists = past
    uri, before = world.hainan.list_uri(1), filled_now.marks()
    trust = filled_now.load().trust
    filled_now.put_history(lists[T0 - 3 * DAY], uri, trust, T0 - 2 * DAY)
    assert filled_now.marks() == before
    newer = world.status_token(T0 + DAY)
    with pytest.raises(Rejected, match="refresh first"):
        filled_now.put_history(newer, uri, trust, T0 + 2 * DAY)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-11-22", "2026-11-21"), ("2026-11-22", "2026-11-23"), ("x", "2026-11-22"), ("2020-01-01", "2026-11-22")],
)
def test_days_that_are_none_are_refused(first: str, last: str) -> None:
    with pytest.raises(HistoryBad):
        days(first, last, T0)


def test_the_command_says_what_came(filled_now: Folder) -> None:
    first, last = TODAY - dt.timedelta(days=3), TODAY - dt.timedelta(days=1)
    done = CliRunner().invoke(
        cli, ["history", "--folder", str(filled_now.path), "--from", f"{first}", "--to", f"{last}"]
    )
    assert (done.exit_code, "3 days, 3 lists kept" in done.output) == (0, True), done.output
    assert (
        CliRunner().invoke(cli, ["history", "--folder", str(filled_now.path), "--from", "x", "--to", "y"]).exit_code
        == 64
    )
