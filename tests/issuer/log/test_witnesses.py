"""The log with witnesses: real processes that sign or refuse, and answers that nobody may believe."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from issuer.app import create_app
from issuer.domain import merkle, note
from issuer.domain.checkpoint import read_checkpoint
from issuer.services import checkpoints, logbook, witness_client, witnessed
from issuer.services.desk import Desk
from issuer.services.witness_client import WitnessSilent
from issuer.storage import checkpoints as stored
from issuer.vault import MemoryVault
from issuer.witness import folder as folders
from tests.issuer.log.looking import alarms, file_of, refusal, rewrite, whole
from tests.issuer.log.parts import (
    ORIGIN,
    START,
    PlainLog,
    Running,
    answering,
    closed_port,
    happen,
    log_signer,
    made,
    running,
    watched,
)

# --- witnesses ---------------------------------------------------------------------------------------------------


def test_two_witnesses_sign_and_the_published_checkpoint_carries_both(lone: Desk, two: tuple[Running, Running]) -> None:
    seen = watched(lone, *(one.pair for one in two), quorum=2)
    for count in (1, 300, 7):
        happen(lone.store, count)
        done = checkpoints.advance(seen, START)
        assert done is not None
        assert (done.failed, done.signed) == ((), done.published)
    keys = [one.key for one in two]
    assert {one.key.name for one in note.signed_by(file_of(seen), keys)} == {"witness.example/w1", "witness.example/w2"}
    assert whole(seen) == 308
    assert refusal(seen, START + 100_000) is None


def test_without_a_quorum_nothing_is_published_and_after_ten_minutes_nothing_is_issued(
    lone: Desk, two: tuple[Running, Running], tmp_path: Path
) -> None:
    [key] = logbook.keys(lone)
    third = made(tmp_path / "w3", key, name="witness.example/w3")
    down = (third, f"http://127.0.0.1:{closed_port()}")
    seen = watched(lone, two[0].pair, down, quorum=2)
    happen(lone.store)
    done = checkpoints.advance(seen, START)
    assert done is not None
    assert (done.signed, done.published, done.failed) == (1, 0, (("witness.example/w3", "witness-silent"),))
    assert refusal(seen, START + witnessed.WINDOW) is None
    assert refusal(seen, START + witnessed.WINDOW + 1) == "log-not-witnessed"
    with running(tmp_path / "w3") as back:
        again = watched(lone, two[0].pair, back.pair, quorum=2)
        checkpoints.advance(again, START + 700)
        assert (whole(again), refusal(again, START + 700)) == (1, None)


def test_a_witness_that_missed_much_is_brought_up(lone: Desk, two: tuple[Running, Running]) -> None:
    first = watched(lone, two[0].pair, quorum=1)
    for _ in range(3):
        happen(lone.store, 100)
        checkpoints.advance(first, START)
    both = watched(lone, *(one.pair for one in two), quorum=2)
    checkpoints.advance(both, START)
    assert refusal(both, START + 100_000) is None
    assert len(file_of(both).signatures) == 3


def test_a_register_that_forgot_what_a_witness_knows_is_told_where_it_stands(
    lone: Desk, two: tuple[Running, Running]
) -> None:
    """The cosignature was lost between the witness and the database: the witness is asked again, and agrees."""
    seen = watched(lone, two[0].pair, quorum=1)
    happen(lone.store, 5)
    checkpoints.advance(lone, START)
    with lone.store.reading() as tx:
        known = stored.newest(tx, ORIGIN)
    assert known is not None
    answer = witness_client.ask(two[0].url, checkpoints._submission(seen, known, 0).to_bytes())  # noqa: SLF001
    assert answer.status == 200
    happen(lone.store, 5)
    done = checkpoints.advance(seen, START)
    assert done is not None
    assert (done.failed, done.published) == ((), 10)


def test_a_second_history_finds_no_witness_and_stops_the_issuer(
    lone: Desk, two: tuple[Running, Running], sqlite_url: str
) -> None:
    """Who holds the database, the files and the key of the log can sign another past; the witness does not."""
    seen = watched(lone, two[0].pair, quorum=1)
    happen(lone.store, 5)
    checkpoints.advance(seen, START)
    lone.store.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    rewrite(path, events=6)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM cosignature")
        database.execute("DELETE FROM checkpoint")
    database.close()
    shutil.rmtree(logbook.folder(lone))
    done = checkpoints.advance(seen, START)
    assert done is not None
    assert (done.published, done.failed) == (0, (("witness.example/w1", "log-forked"),))
    assert alarms(seen) == [("witness.example/w1", "log-forked")]
    assert refusal(seen, START) == "log-forked"
    assert refusal(lone, START) is None, "a witness that no longer counts stops nobody"


def test_a_fork_that_is_shown_to_two_witnesses_gets_no_quorum_of_both(lone: Desk, two: tuple[Running, Running]) -> None:
    assert isinstance(lone.vault, MemoryVault)
    thief = log_signer(lone.vault)
    one, other = (PlainLog(thief, [merkle.leaf_hash(mark + b"%d" % n) for n in range(9)]) for mark in (b"a", b"b"))
    assert witness_client.ask(two[0].url, one.asked(0, 9)).status == 200
    assert witness_client.ask(two[1].url, other.asked(0, 9)).status == 200
    assert witness_client.ask(two[1].url, one.asked(9, 9)).status == 409
    assert witness_client.ask(two[0].url, other.asked(9, 9)).status == 409
    store = folders.open_witness(two[0].folder).store
    [(refused, known)] = store.conflicts(ORIGIN)
    roots = {read_checkpoint(note.read_note(shown).text).root for shown in (refused, known)}
    assert len(roots) == 2, "the witness keeps both, signed by the log: proof against it"


def test_another_process_that_was_at_the_witness_with_more_is_no_alarm(lone: Desk, tmp_path: Path) -> None:
    """Between our reading and the witness's answer the log grew: what it knows is what we signed meanwhile."""
    key = made(tmp_path / "w", *logbook.keys(lone))
    witness = folders.open_witness(tmp_path / "w")
    turns: list[int] = []

    def answer(data: bytes) -> tuple[int, bytes]:
        turns.append(1)
        if len(turns) == 1:
            happen(lone.store, 2)
            checkpoints.advance(held, START)
        found = witness.add_checkpoint(data, START)
        return found.status, found.body

    with answering(answer) as url:
        held = watched(lone, (key, url), quorum=1)
        happen(lone.store, 3)
        done = checkpoints.advance(held, START)
    assert done is not None
    assert (done.failed, done.published, alarms(held)) == ((), 5, [])


# --- witnesses that misbehave ------------------------------------------------------------------------------------


def judged(lone: Desk, tmp_path: Path, status: int, body: bytes) -> tuple[tuple[str, str], ...]:
    """What the log makes of an answer."""
    [key] = logbook.keys(lone)
    who = made(tmp_path / "false", key, name="witness.example/false")
    happen(lone.store, 3)
    with answering(lambda _asked: (status, body)) as url:
        done = checkpoints.advance(watched(lone, (who, url), quorum=1), START)
    assert done is not None
    assert done.published == 0
    return done.failed


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"", "witness-refuses"),
        (200, b"\xff\xfe\n", "witness-refuses"),
        (200, "— witness.example/false AAAA\n".encode(), "witness-refuses"),
        (200, b"x" * 20_000, "witness-silent"),
        (403, b"not you\n", "witness-refuses"),
        (404, b"", "witness-refuses"),
        (409, b"", "witness-refuses"),
        (409, b"-1\n", "witness-refuses"),
        (409, b"007\n", "witness-refuses"),
        (409, b"0\n", "log-forked"),
        (409, b"4\n", "register-behind"),
        (409, b"99999999999999999999\n", "witness-refuses"),
        (422, b"", "log-forked"),
        (500, b"", "witness-refuses"),
        (302, b"", "witness-refuses"),
    ],
)
def test_each_wrong_answer_of_a_witness_has_its_meaning(
    lone: Desk, tmp_path: Path, status: int, body: bytes, code: str
) -> None:
    assert judged(lone, tmp_path, status, body) == (("witness.example/false", code),)


def test_a_cosignature_of_another_checkpoint_is_not_kept(lone: Desk, tmp_path: Path) -> None:
    """A replayed answer: right key, right witness, another text."""
    [key] = logbook.keys(lone)
    who = made(tmp_path / "w", key)
    witness = folders.open_witness(tmp_path / "w")
    assert isinstance(lone.vault, MemoryVault)
    other = PlainLog(log_signer(lone.vault), [merkle.leaf_hash(b"x")])
    replayed = witness.add_checkpoint(other.asked(0, 1), START).body
    happen(lone.store, 3)
    with answering(lambda _asked: (200, replayed)) as url:
        done = checkpoints.advance(watched(lone, (who, url), quorum=1), START)
    assert done is not None
    assert (done.published, done.failed) == (0, (("witness.example/w1", "witness-refuses"),))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"])
def test_a_witness_that_sends_a_byte_now_and_then_is_cut_off(head: bytes) -> None:
    """Each byte comes in time; the whole does not."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            held, _ = listening.accept()
            with held, contextlib.suppress(OSError):
                held.sendall(head)
                for _ in range(600):  # half a minute, if nobody cuts it off
                    if ended.wait(0.05):
                        break
                    held.sendall(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(WitnessSilent):
            witness_client.ask(f"http://127.0.0.1:{listening.getsockname()[1]}", b"old 0\n", seconds=0.5)
        assert time.monotonic() - begun < 20, "without the limit it would take as long as the witness likes"
        ended.set()
        thread.join(10)


def test_an_alarm_is_told_by_the_health_answer(lone: Desk, tmp_path: Path) -> None:
    client = create_app(lone).test_client()
    happen(lone.store, 3)
    checkpoints.advance(lone, START)
    fine = client.get("/healthz").get_json()["log"]
    assert (fine["events"], fine["signed"], fine["witnessed"], fine["alarms"]) == (3, 3, 3, [])
    [key] = logbook.keys(lone)
    who = made(tmp_path / "false", key, name="witness.example/false")
    with answering(lambda _asked: (409, b"900\n")) as url:
        held = watched(lone, (who, url), quorum=1)
        checkpoints.advance(held, START)
    answer = create_app(held).test_client().get("/healthz")
    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (503, "failing")
    assert told["log"]["alarms"] == [
        {"witness": "witness.example/false", "code": "register-behind", "size": 900, "since": START}
    ]


def test_show_tells_what_a_witness_signed(lone: Desk, two: tuple[Running, Running], capsys: object) -> None:
    from issuer.cli import main  # noqa: PLC0415 - the program

    assert isinstance(capsys, pytest.CaptureFixture)
    happen(lone.store, 4)
    checkpoints.advance(watched(lone, two[0].pair, quorum=1), START)
    with pytest.raises(SystemExit) as ended:
        main(["witness", "show", str(two[0].folder)])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0
    assert (told["key"], told["signed"][0]["size"]) == (two[0].key.text, 4)
