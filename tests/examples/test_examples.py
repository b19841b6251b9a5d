"""The examples run as their readers will run them: programs, on files and over HTTP, with good codes and bad ones."""

from __future__ import annotations

import csv
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from elicense import InstitutionRef, StatusRef, qr
from tests import world as worlds
from tests.world import BASE, DAY, HOSPITAL, World
from verifier import Checker, Folder
from verifier.web.app import Source, create_app

NOW = int(time.time())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A folder of lists that are fresh today, in which one physician's licence has ended."""
    world = World(values={666: 1})
    folder = Folder(tmp_path_factory.mktemp("examples") / "lists")
    folder.create(world.anchor, f"{world.host}/trust")
    trust = folder.put_trust_list(world.signed_trust(world.trust(issued=NOW - DAY, next_update=NOW + DAY)))
    folder.put_status_list(world.status_token(NOW - 60), world.hainan.list_uri(1), trust)
    return world, folder.path


@pytest.fixture(scope="module")
def codes(made: tuple[World, Path]) -> dict[str, str]:
    """A good code, an ended one, one of another hospital, and one that nobody signed."""
    world, _ = made
    good = worlds.physician(issued_at=NOW - DAY)
    ended = worlds.physician(issued_at=NOW - DAY, status=StatusRef(list=1, index=666))
    place = InstitutionRef(number="MBT10002046900217D1521", name="白塘示例口腔门诊部")
    other = worlds.physician(issued_at=NOW - DAY, institution=place)
    forged = world.link(good, worlds.signer("nobody"))
    return {"good": world.link(good), "ended": world.link(ended), "other": world.link(other), "forged": forged}


def run(module: str, *words: str) -> tuple[int, str]:
    """Run an example as a program; its status and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{module}", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_a_library_user_judges_a_code(made: tuple[World, Path], codes: dict[str, str]) -> None:
    lists = str(made[1])
    assert run("library_user", "--lists", lists, codes["good"]) == (0, "valid\nphysician 110460100000123 林知远\n")
    assert run("library_user", "--lists", lists, codes["ended"]) == (1, "invalid revoked\n")
    assert run("library_user", "--lists", lists, codes["forged"]) == (1, "invalid issuer-unknown\n")


@pytest.fixture
def served(made: tuple[World, Path]) -> Iterator[str]:
    """A verifier on loopback."""
    checker = Checker(Folder(made[1]).load())
    app = create_app(Source(checker=lambda _: checker, clock=lambda: NOW))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)


def test_a_hospital_system_lets_in_its_own_and_nobody_else(served: str, codes: dict[str, str]) -> None:
    words = ("--verifier", served, "--institution", HOSPITAL.number)
    assert run("hospital_system", *words, codes["good"])[0] == 0
    status, printed = run("hospital_system", *words, *codes.values())
    assert status == 1
    assert [line.split(" - ")[0] for line in printed.splitlines()] == ["access", "NO ACCESS", "NO ACCESS", "NO ACCESS"]
    assert run("hospital_system", *words, *(["1"] * 1_001))[0] == 1


def test_a_ward_works_from_a_stick_and_keeps_what_it_knows(
    made: tuple[World, Path], codes: dict[str, str], tmp_path: Path
) -> None:
    pictures = {}
    for name in ("good", "ended"):
        pictures[name] = tmp_path / f"{name}.png"
        pictures[name].write_bytes(qr.png(codes[name]))
    words = ("--stick", str(made[1]), "--here", str(tmp_path / "ward"))
    assert run("offline_ward", *words, str(pictures["good"]))[0] == 0
    status, printed = run("offline_ward", *words, *map(str, pictures.values()))
    assert status == 1
    assert "trust list 7, 1 status lists" in printed
    old = World()
    stick = Folder(tmp_path / "old")
    stick.create(old.anchor, "http://127.0.0.1/trust")
    trust = stick.put_trust_list(old.signed_trust(old.trust(issued=NOW - DAY, next_update=NOW + DAY)))
    stick.put_status_list(old.status_token(NOW - 3_600), old.hainan.list_uri(1), trust)
    status, printed = run(
        "offline_ward", "--stick", str(stick.path), "--here", str(tmp_path / "ward"), str(pictures["ended"])
    )
    assert status == 1
    assert "not taken: status-rolled-back" in printed


def test_a_roster_tells_who_may_not_work(made: tuple[World, Path], codes: dict[str, str], tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    with roster.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["shift", "person", "code"])
        out.writerows([["早", "甲", codes["good"]], ["晚", "=乙", codes["ended"]], ["夜", "丙", "not a code"]])
    status, printed = run("roster", "--lists", str(made[1]), str(roster))
    rows = list(csv.DictReader(printed.splitlines()))
    assert status == 1
    assert [(row["person"], row["outcome"], row["reasons"]) for row in rows] == [
        ("'=乙", "invalid", "revoked"),
        ("丙", "invalid", "malformed"),
    ]
    assert all(row["zh"] and row["en"] for row in rows)
    assert BASE not in printed
