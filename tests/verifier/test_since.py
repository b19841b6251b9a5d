"""A version that was right on the day and is replaced now: that day's list decides, the newer one is told beside it."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from click.testing import CliRunner, Result

from elicense import period
from tests import world as worlds
from tests.verifier.page.site import filled
from tests.world import DAY, HOSPITAL, T0, World
from verifier import Checker, Folder
from verifier.bulk import judging
from verifier.cli import cli
from verifier.web.app import Source, create_app

SERVICE: Final = period.civil_day(T0 - 5 * DAY)
BEFORE: Final = SERVICE - dt.timedelta(days=20)
_SCHEMAS: Final = Path(__file__).parents[2] / "schemas"
OLD: Final = worlds.physician(issued_at=T0 - 90 * DAY)
FACTS: Final = {"at": HOSPITAL.number, "holder_confirmed": True}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World) -> Folder:
    """The list of the day of service, and today's: a newer version has replaced the one that the insurer holds."""
    held = filled(tmp_path / "lists", world, status=False)
    trust, uri = held.load().trust, world.hainan.list_uri(1)
    held.put_status_list(world.status_token(period.day_ends(SERVICE) - 3600, seconds=DAY), uri, trust)
    world.values = {OLD.status.index: 3}
    held.put_status_list(world.status_token(T0), uri, trust)
    return held


@pytest.fixture
def code(world: World) -> str:
    return world.link(OLD)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def check(folder: Folder, code: str, day: dt.date) -> tuple[int, dict[str, Any]]:
    done = run("check", "--folder", str(folder.path), "--lang", "en", "--json", "--at", day.isoformat(), code)
    report: dict[str, Any] = json.loads(done.output)
    held = report.get("since")
    shape = json.loads((_SCHEMAS / "verifier-report.schema.json").read_bytes())["properties"]["since"]
    if held is not None:
        jsonschema.validate(held, shape)
    return done.exit_code, report


def test_the_command_line_says_valid_then_and_replaced_since(folder: Folder, code: str) -> None:
    status, report = check(folder, code, SERVICE)
    assert (status, report["outcome"], report["reasons"]) == (0, "valid", [])
    assert report["data"]["status_list"]["issued_at"] == period.day_ends(SERVICE) - 3600, "that day's list is named"
    assert (report["since"]["code"], report["since"]["list_issued_at"]) == ("superseded", T0)
    told = run("check", "--folder", str(folder.path), "--lang", "en", "--at", SERVICE.isoformat(), code)
    assert "a newer version has replaced this one" in told.output
    assert told.output.startswith("✔")


def test_today_the_same_code_is_replaced_and_nothing_is_added(folder: Folder, code: str) -> None:
    report = Checker(folder.load()).check_text(code, at=T0 + 60)
    assert (report.word, [reason.code for reason in report.reasons], report.since) == ("invalid", ["superseded"], None)
    assert "since" not in report.to_json()


def test_without_the_list_of_that_day_nothing_is_certain_and_the_command_to_fetch_it_is_named(
    folder: Folder, code: str
) -> None:
    status, report = check(folder, code, BEFORE)
    assert (status, report["outcome"], [why["code"] for why in report["reasons"]]) == (
        2, "undetermined", ["status-unknown"],
    )  # fmt: skip
    assert f"elicense-verifier history --from {BEFORE} --to {BEFORE}" in report["action"]
    assert report["since"]["code"] == "superseded"
    gap = SERVICE + dt.timedelta(days=3)
    status, report = check(folder, code, gap)
    assert (status, [why["code"] for why in report["reasons"]]) == (2, ["status-stale"])
    assert f"history --from {gap} --to {gap}" in report["action"]


def test_a_forged_code_learns_nothing_of_the_newer_list(folder: Folder, world: World) -> None:
    report = check(folder, world.link(OLD, worlds.signer("nobody")), SERVICE)[1]
    assert "since" not in report


def test_over_http_the_answer_is_the_same(folder: Folder, code: str) -> None:
    client = create_app(Source(checker=lambda at: Checker(folder.load(at)), clock=lambda: T0 + 60)).test_client()
    at = period.day_ends(SERVICE) - 1
    report = json.loads(client.post("/v1/check", json={"text": code, "at": at}).data)["reports"][0]
    assert (report["outcome"], report["since"]["code"]) == ("valid", "superseded")
    asked = {"profile": "patient", "person": code, "facts": FACTS, "on": SERVICE.isoformat()}
    answer = json.loads(client.post("/v1/may", json=asked).data)
    jsonschema.validate(answer, json.loads((_SCHEMAS / "answer.schema.json").read_bytes()))
    assert answer["decision"] == "yes"
    assert [(news["about"], news["code"]) for news in answer["since"]] == [("person", "superseded")]
    today = json.loads(client.post("/v1/may", json={**asked, "on": None}).data)
    assert (today["decision"], "since" in today) == ("no", False)


def test_may_on_the_command_line_adds_the_news_and_what_to_fetch(folder: Folder, code: str) -> None:
    base = ["may", "--folder", str(folder.path), "--lang", "en", "--profile", "patient", "--person", code]
    facts = [f"--fact=at={HOSPITAL.number}", "--fact=holder_confirmed=yes"]
    then = run(*base, *facts, "--on", SERVICE.isoformat())
    assert (then.exit_code, "✔ Yes" in then.output) == (0, True), then.output
    assert "a newer version has replaced this one" in then.output
    unknown = run(*base, *facts, "--on", BEFORE.isoformat())
    assert (unknown.exit_code, f"history --from {BEFORE}" in unknown.output) == (2, True), unknown.output


def test_a_million_rows_say_it_in_a_word(folder: Folder, code: str, tmp_path: Path) -> None:
    """Each row about its own day; the line names the list that was used and what is known since."""
    source = tmp_path / "claims.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([("code", "day"), (code, SERVICE), (code, BEFORE)])
    place = tmp_path / "job"
    words = ["--workers", "1", "--on-column", "day", "--job", str(place), str(source)]
    done = run("bulk", "--folder", str(folder.path), *words)
    assert done.exit_code == 2, done.output
    rows = [json.loads(line) for line in (place / "answers.jsonl").read_text("utf-8").splitlines()]
    assert [(row["outcome"], row["since"]) for row in rows] == [("valid", "superseded"), ("undetermined", "superseded")]
    assert rows[0]["list_issued_at"] == period.day_ends(SERVICE) - 3600
    own = judging.Judges(folder.path, judging.Question(at=T0 + 60, as_of=False))
    assert b"since" not in own.piece([judging.Asked(number=1, text=code)]).lines
