"""The witness: each answer of C2SP tlog-witness, never back whoever asks at once, whatever is sent over HTTP."""

from __future__ import annotations

import http.client
import itertools
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain import checkpoint, merkle, note
from issuer.domain.checkpoint import Submission
from issuer.domain.note import KeyType, Note, VerifierKey
from issuer.services import witness_client
from issuer.vault import KeyRefused
from issuer.witness import folder as folders
from issuer.witness.deciding import Answer, Witness, known_logs
from issuer.witness.folder import FolderBad
from issuer.witness.store import Latest, WitnessStore
from tests.issuer.log.parts import ORIGIN, START, PlainLog, made, plain, running

SIGNER = SoftwareSigner.generate(Algorithm.EDDSA)
KEY = VerifierKey(name="witness.example/w1", type=KeyType.WITNESS, key=SIGNER.public_key)
LOG = plain(40)
FORK = PlainLog(LOG.signer, [*LOG.leaves[:6], *plain(34, b"other").leaves])


def witness(path: Path, *logs: PlainLog) -> Witness:
    store = WitnessStore(path / "witness.db")
    return Witness(key=KEY, signer=SIGNER, store=store, logs=known_logs(one.key for one in logs or (LOG,)))


def good(answer: Answer, log: PlainLog, size: int) -> int | None:
    """The time that a witness signed; fails if the answer is not its cosignature of this checkpoint."""
    assert (answer.status, answer.media) == (200, "text/plain; charset=utf-8")
    held = Note(text=log.note(size).text, signatures=note.read_signatures(answer.body.decode()))
    [one] = note.signed_by(held, [KEY])
    return one.at


def test_it_signs_what_grows(tmp_path: Path) -> None:
    held = witness(tmp_path)
    for old, size in ((0, 3), (3, 3), (3, 7), (7, 40)):
        assert good(held.add_checkpoint(LOG.asked(old, size), START), LOG, size) == START
    assert held.store.latest(ORIGIN).size == 40


def test_each_refusal_has_its_status(tmp_path: Path) -> None:
    held = witness(tmp_path)
    held.add_checkpoint(LOG.asked(0, 10), START)
    stranger = plain(12)
    elsewhere = PlainLog(LOG.signer, LOG.leaves, "elsewhere.example/log")
    proof = LOG.asked(10, 12)
    wrong = proof.replace(proof.split(b"\n")[1], proof.split(b"\n")[2], 1)
    told = {
        "old size unknown": (LOG.asked(9, 12), 409, b"10\n"),
        "never seen": (LOG.asked(0, 12), 409, b"10\n"),
        "replayed": (LOG.asked(0, 10), 409, b"10\n"),
        "smaller": (LOG.asked(0, 4), 409, b"10\n"),
        "another root": (FORK.asked(10, 10), 409, b"10\n"),
        "another past": (FORK.asked(10, 20), 422, None),
        "a wrong proof": (wrong, 422, None),
        "no proof": (Submission(old=10, proof=(), note=LOG.note(12), checkpoint=LOG.said(12)).to_bytes(), 422, None),
        "another key": (stranger.asked(10, 12), 403, None),
        "unsigned": (LOG.asked(10, 12).rpartition("—".encode())[0] + "— a AAAABBBB\n".encode(), 403, None),
        "unknown log": (elsewhere.asked(0, 12), 404, None),
        "no request": (b"old\n\n", 400, None),
        "old beyond new": (b"old 13\n\n" + LOG.note(12).to_bytes(), 400, None),
    }
    for name, (data, status, body) in told.items():
        answer = held.add_checkpoint(data, START)
        assert answer.status == status, name
        assert body is None or (answer.body, answer.media) == (body, checkpoint.SIZE_MEDIA_TYPE), name
        assert KEY.name.encode() not in answer.body, "nothing that is refused is signed"
    assert held.store.latest(ORIGIN).size == 10
    [(refused, known)] = held.store.conflicts(ORIGIN)
    assert {refused, known} == {FORK.note(10).to_bytes(), LOG.note(10).to_bytes()}


def test_a_log_that_changes_its_key_has_two_for_a_while(tmp_path: Path) -> None:
    new = PlainLog(SoftwareSigner.generate(Algorithm.EDDSA), LOG.leaves)
    held = witness(tmp_path, LOG, new)
    good(held.add_checkpoint(LOG.asked(0, 4), START), LOG, 4)
    good(held.add_checkpoint(new.asked(4, 6), START), new, 6)


def test_its_time_never_goes_back(tmp_path: Path) -> None:
    held = witness(tmp_path)
    held.add_checkpoint(LOG.asked(0, 4), START)
    assert good(held.add_checkpoint(LOG.asked(4, 6), START - 500), LOG, 6) == START


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 40)), max_size=12))
@settings(deadline=None, max_examples=30)
def test_whatever_it_is_asked_in_whatever_order_it_signs_one_history(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[bool, int, int]]
) -> None:
    held = witness(tmp_path_factory.mktemp("w"))
    signed: list[tuple[int, bytes]] = []
    for fork, one, other in asked:
        log, (old, size) = FORK if fork else LOG, sorted((one, other))
        if held.add_checkpoint(log.asked(old, size), START).status == 200:
            signed.append((size, merkle.root_of(log.leaves[:size])))
    assert [size for size, _ in signed] == sorted(size for size, _ in signed), "never a smaller one"
    for log in (LOG, FORK):
        if all(root == merkle.root_of(log.leaves[:size]) for size, root in signed):
            return
    pytest.fail("two histories were signed")


def test_of_racing_requests_one_wins_and_the_size_never_falls(tmp_path: Path) -> None:
    """The race of the text: two threads on one store, many times over."""
    held = witness(tmp_path)
    at, turns = 0, iter(range(0, 36, 3))
    with ThreadPoolExecutor(4) as pool:
        for old in turns:
            gate = threading.Barrier(4)

            def ask(size: int, old: int = old, gate: threading.Barrier = gate) -> int:
                data = LOG.asked(old, size)
                gate.wait(10)
                return held.add_checkpoint(data, START).status

            statuses = list(pool.map(ask, (old + 1, old + 2, old + 3, old + 3)))
            grown = held.store.latest(ORIGIN).size
            assert (statuses.count(200), statuses.count(409)) == (1, 3)
            assert grown > at
            good(held.add_checkpoint(LOG.asked(grown, old + 3), START), LOG, old + 3)
            at = old + 3


def test_of_two_processes_on_one_store_one_wins(tmp_path: Path) -> None:
    made(tmp_path / "w", LOG.key)
    with running(tmp_path / "w") as one, running(tmp_path / "w") as other, ThreadPoolExecutor(2) as pool:
        for old in range(0, 20, 2):
            asked = ((one.url, LOG.asked(old, old + 1)), (other.url, LOG.asked(old, old + 2)))
            statuses = sorted(pool.map(lambda pair: witness_client.ask(*pair).status, asked))
            assert statuses == [200, 409]
            store = WitnessStore(tmp_path / "w" / folders.STORE)
            grown = store.latest(ORIGIN).size
            assert grown in {old + 1, old + 2}
            assert witness_client.ask(one.url, LOG.asked(grown, old + 2)).status == 200


def test_the_store_itself_refuses_to_go_back(tmp_path: Path) -> None:
    held = witness(tmp_path)
    held.add_checkpoint(LOG.asked(0, 9), START)
    known = held.store.latest(ORIGIN)
    for worse in (
        Latest(origin=ORIGIN, size=8, root=known.root, note=b"", at=START),
        Latest(origin=ORIGIN, size=9, root=bytes(32), note=b"", at=START),
        Latest(origin=ORIGIN, size=9, root=known.root, note=b"", at=START - 1),
    ):
        with pytest.raises(sqlite3.IntegrityError):
            held.store.swap(known, worse)
    assert not held.store.swap(Latest(origin=ORIGIN), known), "what is swapped is what was read"
    assert held.store.latest(ORIGIN) == known


def test_a_witness_that_lost_its_memory_does_not_start(tmp_path: Path) -> None:
    made(tmp_path / "w", LOG.key)
    (tmp_path / "w" / folders.STORE).unlink()
    with pytest.raises(FolderBad, match="is gone"):
        folders.open_witness(tmp_path / "w")


def test_a_witness_from_an_old_copy_is_brought_up_and_tells_nothing_false(tmp_path: Path) -> None:
    """It must not be done; if it is, an honest log goes on, and only a log with the key could use it to fork."""
    made(tmp_path / "w", LOG.key)
    held = folders.open_witness(tmp_path / "w")
    held.add_checkpoint(LOG.asked(0, 5), START)
    shutil.copytree(tmp_path / "w", tmp_path / "old")
    held.add_checkpoint(LOG.asked(5, 9), START)
    old = folders.open_witness(tmp_path / "old")
    assert old.add_checkpoint(LOG.asked(9, 12), START).body == b"5\n"
    assert old.add_checkpoint(LOG.asked(5, 12), START).status == 200


def test_a_folder_is_made_once_and_read_strictly(tmp_path: Path) -> None:
    made(tmp_path / "w", LOG.key)
    with pytest.raises(FolderBad, match="made once"):
        made(tmp_path / "w", LOG.key)
    with pytest.raises(FolderBad, match="name-bad"):
        made(tmp_path / "other", LOG.key, name="a b")
    settings_file = tmp_path / "w" / folders.SETTINGS
    for text in ("", "name = 1", settings_file.read_text() + "more = 1\n", settings_file.read_text().replace("+", "-")):
        kept = settings_file.read_text()
        settings_file.write_text(text)
        with pytest.raises(FolderBad):
            folders.settings(tmp_path / "w")
        settings_file.write_text(kept)


def test_its_key_signs_cosignatures_and_nothing_else(tmp_path: Path) -> None:
    made(tmp_path / "w", LOG.key)
    signer = folders.open_witness(tmp_path / "w").signer
    text = LOG.note(3).text
    assert len(signer.sign(f"cosignature/v1\ntime 1\n{text}".encode())) == 64
    for data in (
        text,
        f"cosignature/v1\ntime 01\n{text}",
        "cosignature/v1\ntime 1\n",
        f"cosignature/v2\ntime 1\n{text}",
    ):
        with pytest.raises(KeyRefused):
            signer.sign(data.encode())


# --- over HTTP -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("witness") / "w"
    made(folder, LOG.key)
    with running(folder) as served:
        yield served.port


def asked(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Content-Type")
    finally:
        connection.close()


def test_only_one_address_takes_only_one_method(port: int) -> None:
    assert asked(port, "GET", "/add-checkpoint")[0] == 405
    assert asked(port, "POST", "/")[0] == 404
    assert asked(port, "GET", "/")[0] == 404
    assert asked(port, "POST", "/add-checkpoint", b"x")[0] == 400
    assert asked(port, "POST", "/add-checkpoint", b"")[0] == 400
    assert asked(port, "POST", "/add-checkpoint", b"old 0\n\n" + b"x" * checkpoint.REQUEST_MAX)[0] in {400, 413}


def test_many_requests_go_over_one_connection(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    size = 0
    for old, new in itertools.pairwise((0, 2, 5, 5, 8)):
        connection.request("POST", "/add-checkpoint", LOG.asked(old, new))
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:3]) == (200, "—".encode())
        size = new
    connection.request("POST", "/add-checkpoint", LOG.asked(2, size))
    answer = connection.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Content-Type")) == (409, b"8\n", "text/x.tlog.size")
    connection.close()
