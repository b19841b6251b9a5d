"""Exchange over HTTP: the example of a system that follows, killed on its way, comes to what the register holds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from examples import mirror
from issuer.client import Client, make_key
from issuer.domain.account import Role
from tests.issuer.services.test_exchange import SYSTEM, register
from tests.issuer.services.world import NURSE, NURSE_2
from tests.issuer.web.api.api import Api

ROOT = Path(__file__).parents[4]


@pytest.fixture
def sharing(both: Api) -> Api:
    """A server with two nurses in the register and a system that follows it."""
    both.world.officer(SYSTEM, "haikou", Role.EXCHANGE)
    for who, person in (("nurse", NURSE), ("nurse-2", NURSE_2)):
        both.world.granted(who, person)
    return both


def held(path: Path) -> dict[str, tuple[str, str]]:
    """Number and state of what a mirror holds."""
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT id, number, state FROM entry").fetchall()
    return {id_: (number, state) for id_, number, state in found}


def wanted(api: Api) -> dict[str, tuple[str, str]]:
    return {id_: (one.number, one.standing.state) for id_, one in register(api.world).items()}


class Cut(Client):
    """A connection that is lost after some answers."""

    left = 1

    def get(self, path: str, **query: str) -> dict[str, Any]:
        if not Cut.left:
            raise ConnectionResetError
        Cut.left -= 1
        return Client.get(self, path, **{**query, "limit": "1"})


def test_a_mirror_that_is_cut_off_goes_on_where_it_was(sharing: Api, tmp_path: Path) -> None:
    client, path = sharing.client(SYSTEM), tmp_path / "mirror.db"
    Cut.left = 1
    cut = Cut(base_url=client.base_url, signer=client.signer, clock=client.clock, account=client.account)
    with pytest.raises(ConnectionResetError):
        mirror.follow(cut, path)
    assert len(held(path)) == 1
    assert mirror.follow(client, path) == len(wanted(sharing)) - 1, "what was taken is not taken again"
    assert held(path) == wanted(sharing)
    assert mirror.follow(client, path) == 0


def test_refusals_are_told_with_their_codes(sharing: Api) -> None:
    client = sharing.client(SYSTEM)
    assert client.refused(client.get, "share/registrations", since="999999").code == "position-unknown"
    for bad in ("-1", "x", "", "9" * 20, "1.0", "²"):
        assert client.refused(client.get, "share/registrations", since=bad).code == "query-malformed"
    officer = sharing.client("decide")
    assert officer.refused(officer.get, "share/registrations").code == "role-missing"
    assert sharing.ask("GET", "/api/v1/share/registrations").status == 401


def test_the_example_runs_as_its_reader_runs_it(sharing: Api, tmp_path: Path) -> None:
    """By a clock that is not today's the server refuses its token, and says so; nothing is left half done."""
    make_key(tmp_path / "key.pem", b"example")
    words = ["--url", sharing.url, "--account", sharing.world.people[SYSTEM].id, "--key", str(tmp_path / "key.pem")]
    done = subprocess.run(
        [sys.executable, "-m", "examples.mirror", *words, "--passphrase", "env:PHRASE", str(tmp_path / "mirror.db")],
        cwd=ROOT, env={**os.environ, "PHRASE": "example"}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr.partition(":")[0]) == (1, "access-bad")
    assert held(tmp_path / "mirror.db") == {}
