"""The log as its operators have it: two witnesses by their own commands, a new key, a fork, a restored backup."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.issuer.cli.office import Office, run
from tests.issuer.log.parts import Running, running


def set_up(folder: Path, name: str, *logs: str) -> str:
    """Make a witness as its operator does; return its key."""
    folder.mkdir()
    (folder / "words").touch(0o600)
    (folder / "words").write_text(f"the words of {name}", encoding="ascii")
    given = [part for log in logs for part in ("--log", log)]
    ran = run("witness", "init", "--name", name, "--passphrase", "file:words", *given, folder)
    assert ran.status == 0, ran
    return ran.out.strip()


@pytest.fixture
def two(begun: Office) -> Iterator[tuple[Running, Running]]:
    """An office whose settings name two running witnesses, both needed."""
    key = begun.done("log", "key").strip()
    with ExitStack() as held:
        found: list[Running] = []
        for number in (1, 2):
            folder = begun.folder / f"w{number}"
            set_up(folder, f"witness{number}.example/w", key)
            found.append(held.enter_context(running(folder)))
        name(begun, *found)
        yield found[0], found[1]


def name(office: Office, *witnesses: Running, log: str = "log") -> None:
    """Name witnesses and log in the settings."""
    kept = [line for line in office.settings.read_text().splitlines() if not line.startswith(("witness", "log_name"))]
    named = " ".join(f"{one.key.text} {one.url}" for one in witnesses)
    more = [f"witnesses = {json.dumps(named)}", f"witness_quorum = {len(witnesses)}", f"log_name = {json.dumps(log)}"]
    office.settings.write_text("\n".join([*kept, *more, ""]), encoding="utf-8")


def checked(office: Office, *witnesses: Running, log: str = "log") -> list[str]:
    """Check the published log as somebody who was given all keys."""
    keys = office.done("log", "key").splitlines()
    trusted = [part for one in keys for part in ("--key", one)]
    trusted += [part for one in witnesses for part in ("--witness", one.key.text)]
    ran = run("log", "check", office.lists / log, *trusted)
    assert ran.status == 0, ran
    return ran.out.splitlines()


def happen(office: Office) -> None:
    """Let something stand in the trail."""
    office.done("ceremony", "document")
    with office.serving():
        office.people()


def test_two_witnesses_sign_and_a_stranger_sees_both(begun: Office, two: tuple[Running, Running]) -> None:
    assert "events signed" in begun.done("publish")
    told = checked(begun, *two)
    assert [line.split(" at ")[0].strip() for line in told[1:]] == [
        "witnessed by witness1.example/w",
        "witnessed by witness2.example/w",
    ]
    assert "with 2 witnesses" in begun.cli("health").out
    shown = run("witness", "show", two[0].folder)
    assert (shown.status, json.loads(shown.out)["signed"][0]["conflicts"]) == (0, 0)


def test_a_new_key_of_the_log_is_told_to_the_witnesses(begun: Office, two: tuple[Running, Running]) -> None:
    begun.done("publish")
    assert begun.done("ceremony", "log").startswith("log key ")
    old, new = begun.done("log", "key").splitlines()
    assert old.split("+")[0] == new.split("+")[0]
    happen(begun)
    ran = begun.cli("publish")
    assert (ran.status, ran.err.count("witness-refuses")) == (2, 2), "403: they do not know it yet"
    for one in two:
        settings = one.folder / "witness.toml"
        settings.write_text(settings.read_text().replace("logs = [", f"logs = [\n  {json.dumps(new)},"))
        one.process.terminate()
        one.process.wait(20)
    with running(two[0].folder) as first, running(two[1].folder) as second:
        name(begun, first, second)
        begun.done("publish")
        checked(begun, first, second)


def test_a_restored_register_begins_another_log(begun: Office, two: tuple[Running, Running]) -> None:
    begun.done("publish")
    copy = begun.folder / "backup.db"
    begun.done("backup", copy)
    happen(begun)
    begun.done("publish")
    for left in (begun.folder / "issuer").glob("issuer.db*"):
        left.unlink()
    copy.rename(begun.folder / "issuer" / "issuer.db")
    for command in ("serve", "resume"):
        ran = begun.cli(command)
        assert (ran.status, ran.err.partition(":")[0]) == (1, "register-behind")
    begun.done("recover")
    assert begun.cli("resume").err.partition(":")[0] == "register-behind", "the log itself is ahead, and stays so"
    assert "register-behind" in begun.cli("publish").err
    health = begun.cli("health")
    assert (health.status, "ALARM: register-behind, found by the issuer itself" in health.err) == (2, True)
    name(begun, *two, log="log-2")
    new = begun.done("log", "key").strip()
    for one in two:
        settings = one.folder / "witness.toml"
        settings.write_text(settings.read_text().replace("logs = [", f"logs = [\n  {json.dumps(new)},"))
        one.process.terminate()
        one.process.wait(20)
    with running(two[0].folder) as first, running(two[1].folder) as second:
        name(begun, first, second, log="log-2")
        begun.done("resume")
        begun.done("publish")
        assert checked(begun, first, second, log="log-2")[0].startswith("127.0.0.1:8080/log-2: ")
        assert (begun.lists / "log" / "checkpoint").exists(), "the old one stays to be seen"


def test_what_a_witness_found_is_shown_with_what_to_do(begun: Office, two: tuple[Running, Running]) -> None:
    begun.done("publish")
    with closing(sqlite3.connect(begun.folder / "issuer" / "issuer.db")) as database:
        row = ("127.0.0.1:8080/log", two[0].key.text, "log-forked", 3, 1_780_000_000)
        database.execute("INSERT INTO log_alarm VALUES (?, ?, ?, ?, ?)", row)
        database.commit()
    ran = begun.cli("health")
    assert (ran.status, "ALARM: log-forked, found by witness1.example/w" in ran.err) == (2, True)
    name(begun, two[1])
    assert "ALARM" not in begun.cli("health").err, "who is no witness any more raises no alarm"


def test_wrong_use_is_told_in_a_line(begun: Office) -> None:
    key = begun.done("log", "key").strip()
    first = set_up(begun.folder / "w", "witness.example/w", key)
    assert run("witness", "show", begun.folder / "w").out.count(first) == 1
    again = run("witness", "init", "--name", "a", "--passphrase", "file:words", begun.folder / "w")
    assert (again.status, "made once" in again.err) == (64, True)
    for folder in (begun.folder, begun.folder / "nowhere"):
        assert run("witness", "serve", folder).status == 64
        assert run("witness", "show", folder).status == 64
    assert run("log", "check", begun.folder / "nowhere", "--key", key).status == 1
    assert run("log", "check", "http://127.0.0.1:9/log", "--key", key).err.startswith("no-answer:")
