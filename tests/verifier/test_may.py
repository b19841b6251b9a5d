"""May this person do this, here, today: from codes to yes, no or ask, by the command line and over HTTP."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from elicense import period
from elicense.fields import BadValue
from elicense.presentation import Replays, present
from elicense.reason import Reason
from elicense.scope.question import FACTS
from tests import world as worlds
from tests.world import BASE, HOSPITAL, T0, World
from verifier import Checker, Folder, scoping
from verifier.cli import cli
from verifier.web.app import Source, create_app

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "answer.schema.json").read_bytes())
ON = period.civil_day(T0)


@pytest.fixture
def client(checker: Checker) -> FlaskClient:
    return create_app(Source(checker=lambda _: checker, clock=lambda: T0)).test_client()


def ask(client: FlaskClient, **asked: object) -> dict[str, object]:
    answer = client.post("/v1/may", json=asked)
    assert answer.status_code == 200, answer.json
    found: dict[str, object] = json.loads(answer.data)
    jsonschema.validate(found, SCHEMA)
    return found


def codes(answer: dict[str, object]) -> list[str]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    return [why["code"] for why in reasons]


def test_a_patient_asks_about_the_physician_in_front_of_them(client: FlaskClient, world: World) -> None:
    facts = {"at": HOSPITAL.number, "holder_confirmed": True}
    code = world.link(worlds.physician())
    assert ask(client, profile="patient", person=code, facts=facts)["decision"] == "yes"
    elsewhere = {**facts, "at": "MBT10002046900217D1521"}
    assert ask(client, profile="patient", person=code, facts=elsewhere)["decision"] != "yes"
    assert ask(client, profile="patient", person=code)["decision"] == "ask"
    assert ask(client, profile="patient")["decision"] == "ask"
    forged = world.link(worlds.physician(), worlds.signer("nobody"))
    refused = ask(client, profile="patient", person=forged, facts=facts)
    assert (refused["decision"], codes(refused)[0]) == ("no", "issuer-unknown")
    assert ask(client, profile="no-such-profile", person=code)["decision"] == "ask"


def test_another_day_is_judged_as_of_its_end(folder: Folder, world: World) -> None:
    asked: list[int | None] = []

    def checkers(at: int | None) -> Checker:
        asked.append(at)
        return Checker(folder.load(at))

    source = create_app(Source(checker=checkers, clock=lambda: T0)).test_client()
    code = world.link(worlds.physician(issued_at=T0 - worlds.DAY))
    facts = {"at": HOSPITAL.number, "holder_confirmed": True}
    yesterday = ON - dt.timedelta(days=1)
    ask(source, profile="patient", person=code, on=yesterday.isoformat(), facts=facts)
    ask(source, profile="patient", person=code, on=ON.isoformat(), facts=facts)
    assert asked == [period.day_ends(yesterday) - 1, None]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"profile": 1}, {"profile": "patient", "more": 1}, {"profile": "patient", "on": "tomorrow"},
        {"profile": "patient", "facts": {"diagnosis": "x"}}, {"profile": "patient", "facts": {"consent": "yes"}},
        {"profile": "patient", "person": ""}, [], "patient",
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_question_is_refused_and_not_repeated(client: FlaskClient, body: object) -> None:
    answer = client.post("/v1/may", json=body)
    assert (answer.status_code, json.loads(answer.data)["code"]) == (422, "body-malformed")
    assert "diagnosis" not in answer.get_data(as_text=True)


def test_the_command_line_answers_with_its_status(folder: Folder, world: World) -> None:
    """The folder's lists are of another day than the clock's: a good code gives ask, a forged one no, nothing 64."""
    code, forged = world.link(worlds.physician()), world.link(worlds.physician(), worlds.signer("nobody"))
    facts = [f"--fact=at={HOSPITAL.number}", "--fact=holder_confirmed=yes"]
    base = ["may", "--folder", str(folder.path), "--lang", "en", "--profile", "patient"]
    run = CliRunner().invoke
    on = ["--on", ON.isoformat()]
    assert run(cli, [*base, *on, "--person", forged, *facts]).exit_code == 1
    answered = run(cli, [*base, *on, "--person", code, "--json", *facts])
    jsonschema.validate(json.loads(answered.output), SCHEMA)
    assert answered.exit_code in {0, 2}
    assert run(cli, [*base, "--fact=colour=blue"]).exit_code == 64
    assert run(cli, [*base, "--person", "no such file"]).exit_code == 64
    listed = run(cli, ["may", "--list", "--lang", "zh"])
    assert (listed.exit_code, "telemedicine-physician" in listed.output) == (0, True)


@given(st.lists(st.text(max_size=40)))
def test_any_words_are_facts_or_refused(words: list[str]) -> None:
    try:
        found = scoping.facts_from_words(words)
    except BadValue:
        return
    assert found.keys() <= FACTS.keys()


def test_a_live_code_shown_twice_is_told_by_who_remembers(folder: Folder, world: World) -> None:
    device = worlds.signer("device")
    token = world.token(worlds.physician(holder_key=device.public_key))
    shown = f"{BASE.removesuffix('#')}#{int.from_bytes(present(token, device, T0), 'big')}"
    forgets, remembers = Checker(folder.load()), Checker(folder.load(), replays=Replays())
    assert [forgets.check_text(shown, at=T0).word for _ in range(2)] == ["valid", "valid"]
    assert [remembers.check_text(shown, at=T0 + n).reasons for n in range(2)] == [(), (Reason.REPLAYED,)]
    assert remembers.check_text(shown, at=T0 + 2, as_of=True).word == "valid"
