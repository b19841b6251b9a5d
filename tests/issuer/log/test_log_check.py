"""A stranger checks the published log, from a folder and over HTTP, with the keys that they trust and nothing else."""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from issuer.app import create_app
from issuer.cli import main
from issuer.cli.serving import Server
from issuer.domain import note, trail_proof
from issuer.domain.checkpoint import Checkpoint
from issuer.domain.note import Note
from issuer.services import checkpoints, logbook
from issuer.services.desk import Desk
from issuer.storage import audit
from issuer.vault import MemoryVault
from issuer.witness import folder as folders
from tests.issuer.log.looking import file_of
from tests.issuer.log.parts import START, answering, desk, happen, log_signer, made, watched


@pytest.fixture
def seen(lone: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A published log of 300 events that a witness signed."""
    key = made(tmp_path / "w", *logbook.keys(lone))
    witness = folders.open_witness(tmp_path / "w")

    def answer(data: bytes) -> tuple[int, bytes]:
        found = witness.add_checkpoint(data, START)
        return found.status, found.body

    with answering(answer) as url:
        held = watched(lone, (key, url), quorum=1)
        for _ in range(3):
            happen(lone.store, 100)
            checkpoints.advance(held, START)
        yield held


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def checked(capsys: pytest.CaptureFixture[str], held: Desk, *more: object) -> tuple[int, str, str]:
    [key] = logbook.keys(held)
    return ran(capsys, "log", "check", logbook.folder(held), "--key", key.text, *more)


@contextmanager
def served(held: Desk) -> Iterator[str]:
    server = Server(create_app(held), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/log"
    finally:
        server.stop()
        thread.join(20)


def test_it_is_checked_from_a_copy_of_its_folder_and_over_http(
    seen: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = seen.config.known_witnesses[0].key.text
    shutil.copytree(logbook.folder(seen), tmp_path / "copy")
    [key] = logbook.keys(seen)
    trusted = ("--key", key.text, "--witness", witness)
    with served(seen) as url:
        for source in (tmp_path / "copy", url, url + "/"):
            status, out, err = ran(capsys, "log", "check", source, *trusted)
            assert (status, err) == (0, "")
            assert out.splitlines()[0].startswith("licence.example/log: 300 events, root ")
            assert out.splitlines()[1] == f"  witnessed by witness.example/w1 at {START}"
        assert ran(capsys, "log", "check", f"{url}-none", *trusted)[0] == 1


def test_an_event_that_is_shown_is_found_in_it(seen: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with seen.store.reading() as tx:
        rows = list(audit.read(tx))
    proof = tmp_path / "proof.json"
    for size, seq in ((300, 300), (300, 1), (257, 120)):
        proof.write_text(json.dumps(trail_proof.prove(rows[:size], seq)), encoding="utf-8")
        status, out, _ = checked(capsys, seen, "--proof", proof)
        assert (status, out.splitlines()[-1]) == (
            0,
            f"event {seq} is in the log: test.happened t-{(seq - 1) % 100} at {START}",
        )
    happen(seen.store)
    with seen.store.reading() as tx:
        rows = list(audit.read(tx))
    for made_up, told in (
        (trail_proof.prove(rows, 301), "proof-of-another-head"),
        (trail_proof.prove(rows, 5) | {"size": 300}, "proof-does-not-hold"),
        ({"size": "300"}, "malformed"),
    ):
        proof.write_text(json.dumps(made_up), encoding="utf-8")
        status, _, err = checked(capsys, seen, "--proof", proof)
        assert (status, err.strip()) == (1, told)


def test_what_was_changed_in_it_is_told(seen: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    folder = logbook.folder(seen)
    for path, told in (
        ("tile/entries/000", "tile-differs tile/0/000"),
        ("tile/0/001.p/44", "tile-differs tile/0/001.p/44"),
        ("tile/1/000.p/1", "tile-differs tile/1/000.p/1"),
        ("checkpoint", "signature-bad"),
    ):
        kept = (folder / path).read_bytes()
        place = kept.index(b"300") if path == "checkpoint" else len(kept) - 1
        (folder / path).write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
        status, _, err = checked(capsys, seen)
        assert (status, err.strip()) == (1, told)
        (folder / path).write_bytes(kept)
    (folder / "tile/0/000").unlink()
    assert checked(capsys, seen)[0] == 1


def test_whom_to_believe_is_said_by_who_checks(seen: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = made(tmp_path / "other", *logbook.keys(seen), name="witness.example/other")
    witness = seen.config.known_witnesses[0].key.text
    assert checked(capsys, seen, "--witness", other.text)[2].strip() == "quorum-missing"
    assert checked(capsys, seen, "--witness", other.text, "--witness", witness)[2].strip() == "quorum-missing"
    assert checked(capsys, seen, "--witness", other.text, "--witness", witness, "--quorum", "1")[0] == 0
    [stranger] = logbook.keys(desk(seen.store, tmp_path))
    assert ran(capsys, "log", "check", logbook.folder(seen), "--key", stranger.text)[2].strip() == "not-signed"
    assert ran(capsys, "log", "check", logbook.folder(seen), "--key", "no key")[0] == 64


def test_a_checkpoint_with_lines_that_nobody_can_check_is_refused(
    seen: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(seen.vault, MemoryVault)
    [key] = logbook.keys(seen)
    value = dataclasses.replace(logbook.published(seen) or Checkpoint(origin="", size=0, root=b""), extensions=("x",))
    held = Note(text=value.text, signatures=(note.sign(value.text, key, log_signer(seen.vault)),))
    (logbook.folder(seen) / "checkpoint").write_bytes(held.to_bytes())
    assert checked(capsys, seen)[2].strip() == "extension-line"


def test_the_files_are_served_as_the_text_wants_and_nothing_beside_them(seen: Desk) -> None:
    client = create_app(seen).test_client()
    fresh = client.get("/log/checkpoint")
    assert (fresh.status_code, fresh.data) == (200, file_of(seen).to_bytes())
    assert (fresh.content_type, fresh.cache_control.max_age) == ("text/plain; charset=utf-8", 5)
    tile = client.get("/log/tile/0/000")
    assert (len(tile.data), tile.content_type) == (8_192, "application/octet-stream")
    assert (tile.cache_control.max_age, tile.cache_control.immutable) == (31_536_000, True)
    assert tile.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/log/tile/entries/001.p/44").status_code == 200
    [key] = logbook.keys(seen)
    assert client.get("/log/keys").text == f"{key.text}\n"
    (logbook.folder(seen) / "tile" / "0" / "secret").write_bytes(b"x")
    for path in (
        "/log/.lock", "/log/", "/log/tile/0/secret", "/log/tile/0/../0/000", "/log/tile/00/000", "/log/tile/64/000",
        "/log/tile/0/000.p/0", "/log/tile/0/001.p/45", "/log/checkpoint/x", "/log-2/checkpoint",
        "/log/%2e%2e/trust-list",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    anew = dataclasses.replace(seen, config=dataclasses.replace(seen.config, log_name="log-2"))
    both = create_app(anew).test_client()
    assert both.get("/log/checkpoint").data == fresh.data, "a log that ended stays to be read"
    assert both.get("/log-2/checkpoint").status_code == 404
