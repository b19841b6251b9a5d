"""The programs as they are started: serving and ending, acting over HTTP, and a defect that shows nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples import world
from issuer.cli import cli, main
from issuer.client import Client, load_key
from tests.issuer.cli.office import Office, run

WAIT = 60


def program(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "issuer.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=WAIT, env={**os.environ, **variables},
    )  # fmt: skip


@contextmanager
def served(office: Office) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The real `serve`, on a free port; ended by SIGTERM, with status 0."""
    command = [sys.executable, "-m", "issuer.cli", "serve", "--settings", str(office.settings), "--port", "0"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    try:
        line = ""
        while not (found := re.search(r"serving on (http://\S+)", line)):
            line = running.stderr.readline()
            assert line, "it ended"
        yield found[1], running
        running.send_signal(signal.SIGTERM)
        assert running.wait(WAIT) == 0
    finally:
        running.kill()
        running.wait(WAIT)
        running.stderr.close()


def test_the_program_serves_and_ends_when_it_is_told_to(lived: Office) -> None:
    with served(lived) as (url, running):
        client = Client(base_url=url, signer=lived.signers["nurse"], clock=lambda: 0)
        status, body = client.exchange("GET", "/healthz", {}, None)
        assert (status, json.loads(body)["status"]) == (200, "ok")
        assert client.exchange("GET", "/status/1", {"Accept": "*/*"}, None)[0] == 200
        busy = program("serve", "--settings", lived.settings, "--port", url.rpartition(":")[2])
        assert (busy.returncode, busy.stderr.count("\n")) == (1, 1)
        assert "in use" in busy.stderr
        assert running.poll() is None


def test_acting_from_the_command_line(lived: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key file, an account opened with evidence, a draft with a restricted part, and reading it back."""
    monkeypatch.setenv("WORDS", "the words of the key file")
    key = tmp_path / "keys" / "my.pem"
    with lived.serving():
        monkeypatch.setenv("ELICENSE_URL", lived.url)
        monkeypatch.setenv("ELICENSE_KEY", str(key))
        monkeypatch.setenv("ELICENSE_KEY_PASSPHRASE", "env:WORDS")
        made = run("keygen", key)
        jwk = json.loads(made.out)
        assert load_key(key, b"the words of the key file").public_key.to_jwk() == jwk
        again = run("keygen", key)
        assert (again.status, again.err) == (1, f"file: ({key}: File exists)\n")
        evidence = tmp_path / "evidence"
        evidence.write_text('{"id_number":"460000199203140019","name":"何星野"}', encoding="utf-8")
        account = run("act", "account.activate", "--body", json.dumps({"jwk": jwk}), "--attachment", evidence)
        assert account.status == 0, account
        monkeypatch.setenv("ELICENSE_ACCOUNT", json.loads(account.out)["id"])
        secret = tmp_path / "restricted.json"
        secret.write_text(json.dumps({**world.NURSE_RESTRICTED, "id_number": "460000199203140019"}))
        body = {"kind": "nurse", "action": "first_registration", "content": {"name": "何星野", "sex": 1}}
        draft = run("act", "application.open", "--body", json.dumps(body), "--restricted", secret)
        case = json.loads(draft.out)
        assert (case["stage"], case["has_restricted"]) == ("draft", True)
        read = run("get", f"applications/{case['id']}/restricted")
        assert json.loads(read.out) == json.loads(secret.read_text())
        refused = run("act", "application.submit", "--target", case["id"], "--revision", "0")
        assert (refused.status, refused.err.partition(":")[0]) == (1, "precheck-failed")
        assert refused.err.count("\n") > 1, "each finding has its line"
        stale = run("act", "application.submit", "--target", case["id"], "--revision", "9")
        assert (stale.status, "Read it again" in stale.err) == (1, True)
        monkeypatch.setenv("WORDS", "other words")
        wrong = run("get", "me")
        assert (wrong.status, wrong.err) == (1, "refused: (not a key file, or not its passphrase)\n")
    monkeypatch.setenv("WORDS", "the words of the key file")
    silent = run("get", "me")
    assert (silent.status, silent.err.partition(":")[0]) == (1, "no-answer")
    assert run("get", "me", "--url", "ftp://example.org").status == 64
    assert run("act", "x.y", "--body", "[]").status == 64


def test_a_defect_of_ours_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    @cli.command("broken")
    def broken() -> None:
        raise KeyError("460000199203140019")

    try:
        with pytest.raises(SystemExit) as ended:
            main(["broken"])
    finally:
        del cli.commands["broken"]
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (70, "")
    assert shown.err == "defect: KeyError. Nothing more was done; please report it.\n"


def test_the_program_as_it_is_started(begun: Office) -> None:
    version = program("--version")
    assert (version.returncode, version.stdout.partition(",")[0]) == (0, "elicense-issuer")
    assert program("nothing").returncode == 64
    found = program("audit", "verify", ELICENSE_SETTINGS=str(begun.settings))
    assert (found.returncode, found.stderr) == (0, "")


def test_a_port_below_is_refused_in_a_line(begun: Office) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = begun.cli("serve", "--port", str(taken.getsockname()[1]))
    assert (ran.status, ran.err.count("\n")) == (1, 1)
