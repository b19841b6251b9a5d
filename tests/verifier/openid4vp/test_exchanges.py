"""What is kept of a request: answered once, told only to whoever began it, gone after some minutes."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from verifier.openid4vp.exchanges import ANSWERABLE_SECONDS, KEPT_SECONDS, Begun, Exchanges, State, TooMany

_NOW = 1_795_500_000
_KEY = {"kty": "EC", "d": "private"}


@pytest.fixture
def kept(tmp_path: Path) -> Exchanges:
    return Exchanges(tmp_path / "wallet.sqlite")


def _begin(kept: Exchanges, *, same_device: bool = False, now: int = _NOW) -> Begun:
    return kept.begin(query="patient", encrypted=True, same_device=same_device, key=_KEY, now=now)


def test_it_is_answered_once_and_told_to_whoever_began(kept: Exchanges) -> None:
    begun = _begin(kept)
    asked = kept.asked(begun.request_id, _NOW + 1)
    assert asked is not None
    assert (asked.query, asked.encrypted, asked.key, asked.state) == ("patient", True, _KEY, State.WAITING)
    assert kept.end(begun.request_id, State.ANSWERED, {"a": 1}, _NOW + 2) is not None
    assert kept.end(begun.request_id, State.ANSWERED, {"a": 2}, _NOW + 2) is None
    assert kept.asked(begun.request_id, _NOW + 3) is None
    found = kept.result(begun.transaction_id, None, _NOW + 3)
    assert found is not None
    assert (found.state, found.result) == (State.ANSWERED, {"a": 1})
    assert found.key == {}, "the key that opened the answer is gone with it"
    assert kept.result(begun.request_id, None, _NOW + 3) is None, "what the wallet knows does not open the result"
    assert kept.asked(begun.transaction_id, _NOW + 3) is None


def test_on_one_device_the_result_needs_the_code_that_the_wallet_brought(kept: Exchanges) -> None:
    begun = _begin(kept, same_device=True)
    waiting = kept.result(begun.transaction_id, None, _NOW)
    assert waiting is not None
    assert waiting.state is State.WAITING
    code = kept.end(begun.request_id, State.ANSWERED, {}, _NOW)
    assert kept.result(begun.transaction_id, None, _NOW) is None
    assert kept.result(begun.transaction_id, "wrong", _NOW) is None
    other = _begin(kept, same_device=True)
    strange = kept.end(other.request_id, State.ANSWERED, {}, _NOW)
    assert kept.result(begun.transaction_id, strange, _NOW) is None, "a code of another exchange"
    assert kept.result(begun.transaction_id, code, _NOW) is not None


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_the_time_to_answer_ends(kept: Exchanges, late: int) -> None:
    begun = _begin(kept)
    at = _NOW + ANSWERABLE_SECONDS + late
    assert (kept.asked(begun.request_id, at) is not None) == (late < 0)
    assert (kept.end(begun.request_id, State.ANSWERED, {}, at) is not None) == (late < 0)
    found = kept.result(begun.transaction_id, None, at)
    assert found is not None
    assert found.state is (State.ANSWERED if late < 0 else State.EXPIRED)


def test_nothing_is_left_after_some_minutes(kept: Exchanges, tmp_path: Path) -> None:
    begun = _begin(kept)
    kept.end(begun.request_id, State.ANSWERED, {"name": "林知远"}, _NOW)
    assert kept.result(begun.transaction_id, None, _NOW + KEPT_SECONDS) is None
    _begin(kept, now=_NOW + KEPT_SECONDS)
    with sqlite3.connect(tmp_path / "wallet.sqlite") as file:
        assert file.execute("SELECT count(*) FROM exchange").fetchone() == (1,)


def test_the_file_holds_none_of_the_secret_names(kept: Exchanges, tmp_path: Path) -> None:
    begun = _begin(kept, same_device=True)
    code = kept.end(begun.request_id, State.ANSWERED, {}, _NOW)
    assert code is not None
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (begun.request_id, begun.transaction_id, code):
        assert secret.encode() not in raw


def test_there_is_an_end_of_room(tmp_path: Path) -> None:
    kept = Exchanges(tmp_path / "small.sqlite", open_max=3)
    for _ in range(3):
        _begin(kept)
    with pytest.raises(TooMany):
        _begin(kept)
    _begin(kept, now=_NOW + KEPT_SECONDS)


def test_of_many_answers_at_once_one_is_kept(kept: Exchanges) -> None:
    begun = _begin(kept)
    codes: list[str | None] = []
    ready = threading.Barrier(16)

    def answer(number: int) -> None:
        ready.wait()
        codes.append(kept.end(begun.request_id, State.ANSWERED, {"number": number}, _NOW))

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(code is not None for code in codes) == 1
    assert len(codes) == 16


def test_another_process_and_a_restart_see_the_same(kept: Exchanges, tmp_path: Path) -> None:
    begun = _begin(kept)
    again = Exchanges(tmp_path / "wallet.sqlite")
    assert again.asked(begun.request_id, _NOW) == kept.asked(begun.request_id, _NOW)
    assert (tmp_path / "wallet.sqlite").stat().st_mode & 0o077 == 0
