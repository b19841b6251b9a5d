"""The checker: every text and every bytes get an answer, and nothing that goes wrong inside looks like one."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Outcome, Reason, Verdict, check_text, present, qr
from elicense.limits import TEXT_CHARS_MAX
from elicense.reason import Shown
from elicense.status import StatusList
from elicense.verify import Statuses
from tests.verifier.pictures import code, saved, sheet
from tests.world import BASE, DAY, HOUR, T0, World, physician, signer
from verifier import Checker, Folder, Lists
from verifier.limits import CODES_MAX, TEXT_BYTES_MAX
from verifier.report import Report, written
from verifier.scan import Reader

WORLD = World()
LINK = WORLD.link()
LISTS = Lists(trust=WORLD.opened(), statuses=WORLD.statuses(), newest=T0)
DEVICE = signer("device")
SHOWN = physician(holder_key=DEVICE.public_key)


def lists(**changes: Any) -> Lists:
    return dataclasses.replace(LISTS, **changes)


# ---------------------------------------------------------------- answers for everything


@given(st.one_of(st.text(max_size=200), st.text(max_size=50).map(lambda text: LINK + text), st.just("9" * 10_000)))
@settings(max_examples=200)
def test_any_text_gets_an_answer_and_only_ours_is_valid(text: str) -> None:
    report = Checker(lists()).check_text(text, at=T0)
    assert report.outcome in (Outcome.INVALID, Outcome.VALID)
    if report.outcome is Outcome.VALID:
        assert text.rpartition("#")[2] == LINK.rpartition("#")[2]
    assert report.to_text("en")
    assert report.to_line("zh")


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_get_answers(reader: Reader, data: bytes) -> None:
    reports = Checker(lists(), reader=reader).check(data, at=T0)
    assert reports
    assert all(report.word in ("invalid", "unreadable") for report in reports)


@given(st.integers(0, 2**33 - 1), st.booleans())
@settings(max_examples=100)
def test_any_time_gets_an_answer(at: int, as_of: bool) -> None:
    report = Checker(lists()).check_text(LINK, at=at, as_of=as_of)
    assert (report.outcome is Outcome.VALID) == (T0 - 120 <= at < T0 + DAY)
    assert report.to_text("zh")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["unreadable"]),
        (b" \r\n\t ", ["unreadable"]),
        (LINK.encode(), ["valid"]),
        (b"\xef\xbb\xbf" + LINK.encode() + b"\r\n", ["valid"]),
        (f"{LINK}\n\n{LINK[:-1]}\n".encode(), ["valid", "invalid"]),
        (LINK.encode("utf-16"), ["unreadable"]),
        (b"hello", ["invalid"]),
        ((LINK + "\n").encode() * CODES_MAX, ["valid"] * CODES_MAX),
        ((LINK + "\n").encode() * (CODES_MAX + 1), ["valid"] * CODES_MAX + ["unreadable"]),
        (b"1" * (TEXT_BYTES_MAX + 1), ["unreadable"]),
    ],
    ids=["empty", "blank", "link", "mark", "two lines", "UTF-16", "other text", "many", "too many", "too long"],
)
def test_a_text_has_one_code_a_line(reader: Reader, data: bytes, words: list[str]) -> None:
    """The line before is not passed over because the last one has digits, too."""
    assert [report.word for report in Checker(lists(), reader=reader).check(data, at=T0)] == words


def test_each_code_in_a_picture_has_its_verdict(reader: Reader) -> None:
    forged = BASE + qr.to_digits(WORLD.token()[:-1] + b"x")
    picture = saved(sheet([code(LINK), code(forged), code("https://u.example.com/x")], 1))
    reports = Checker(lists(), reader=reader).check(picture, at=T0, source="door.png")
    assert [report.word for report in reports] == ["valid", "invalid", "invalid"]
    assert [report.reasons for report in reports[1:]] == [(Reason.SIGNATURE_BAD,), (Reason.MALFORMED,)]
    assert {report.source for report in reports} == {"door.png"}


def test_a_text_is_cut_before_it_is_judged() -> None:
    """A judge never sees more than one character above the limit."""
    seen: list[int] = []

    def judge(text: str, at: int) -> Verdict:
        seen.append(len(text))
        return check_text(text, LISTS.trust, {}, at)

    report = Checker(lists(), judge).check_text("1" * 10_000_000, at=T0)
    assert report.reasons == (Reason.TOO_LARGE,)
    assert seen == [TEXT_CHARS_MAX + 1]


# ---------------------------------------------------------------- faults inside

SECRET = "canary-林知远"


class Broken(Exception):
    """A fault with something in it that must not get out."""


FAULTS = [Broken(SECRET), ValueError(SECRET), KeyError(SECRET), RecursionError(), MemoryError(), AssertionError(SECRET)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_the_judge_is_never_valid(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def judge(_text: str, _at: int) -> Verdict:
        raise fault

    report = Checker(lists(), judge).check_text(LINK, at=T0)
    assert report.word == "undetermined"
    assert report.problem == "internal"
    assert SECRET not in report.to_text("zh") + report.to_line("en") + caplog.text
    assert type(fault).__name__ in caplog.text


ANSWERS = [None, True, "valid", Outcome.VALID, {"outcome": "valid"}, Report(at=T0, problem="empty")]


@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_what_is_no_verdict_is_no_answer(answer: object) -> None:
    report = Checker(lists(), lambda _text, _at: cast("Verdict", answer)).check_text(LINK, at=T0)
    assert report.word == "undetermined"


def test_a_verdict_of_nothing_is_not_valid() -> None:
    """No finding and no licence either: a judge that did nothing."""
    empty = Verdict(at=T0, findings=(), trust_sequence=1)
    report = Checker(lists(), lambda _text, _at: empty).check_text(LINK, at=T0)
    told, text = written(report, lambda one: one.to_text("en"))
    assert told.word == report.word == "undetermined"
    assert "valid" not in text.replace("do not treat it as valid", "")


class Trap(dict[str, StatusList]):
    """Statuses that raise when they are asked."""

    def get(self, _uri: str, _default: Any = None) -> Any:
        raise Broken(SECRET)


def test_a_fault_in_the_lists_is_never_valid() -> None:
    report = Checker(lists(statuses=cast("Statuses", Trap()))).check_text(LINK, at=T0)
    assert report.problem == "internal"


def test_a_fault_in_writing_takes_the_outcome_back() -> None:
    """A damaged table shows only when the report is written; the exit status must not say 0 for it."""
    report = Checker(lists()).check_text(LINK, at=T0)
    assert report.word == "valid"
    assert report.verdict is not None
    assert report.verdict.licence is not None
    damaged = dataclasses.replace(report.verdict, licence=object.__new__(type(report.verdict.licence)))
    for write in (lambda one: one.to_text("zh"), lambda one: one.to_line("en")):
        told, text = written(dataclasses.replace(report, verdict=damaged), write)
        assert told.word == "undetermined"
        assert '"outcome":"valid"' not in text
        assert "✔" not in text


def test_a_reader_that_fails_is_never_valid(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Reader):
        def read(self, data: bytes) -> Any:
            del data
            raise OSError(SECRET)

    (report,) = Checker(lists(), reader=Failing()).check_picture(saved(code(LINK)), at=T0)
    assert report.problem == "internal"
    assert SECRET not in caplog.text


# ---------------------------------------------------------------- live codes


def live(at: int) -> str:
    return BASE + qr.to_digits(present(WORLD.token(SHOWN), DEVICE, at))


@pytest.mark.parametrize(
    ("at", "word", "how"),
    [
        (T0 + 10, "valid", Shown.LIVE),
        (T0 + 200, "valid", Shown.CLOCKS_DIFFER),
        (T0 + HOUR, "undetermined", Shown.OLD_COPY),
    ],
)
def test_a_live_code_says_how_it_was_shown(at: int, word: str, how: Shown) -> None:
    report = Checker(lists()).check_text(live(T0), at=at)
    assert (report.word, report.to_json()["shown"]) == (word, {"how": how.value, "at": T0})


def test_asked_about_another_time_the_licence_alone_is_judged() -> None:
    """Whoever showed it when, a minute ago or last week, says nothing about that day."""
    checker = Checker(lists())
    report = checker.check_text(live(T0 + HOUR), at=T0, as_of=True)
    assert report.word == "valid"
    assert report.to_json()["shown"] == {"how": "static", "at": None}
    broken = BASE + qr.to_digits(present(WORLD.token(SHOWN), DEVICE, T0)[:40])
    assert checker.check_text(broken, at=T0, as_of=True).reasons == (Reason.MALFORMED,)


def test_what_was_old_by_a_wrong_clock_is_not_called_so_twice() -> None:
    report = Checker(lists(newest=T0 + DAY)).check_text(live(T0 + 5_000), at=T0)
    assert report.reasons.count(Reason.CLOCK_BAD) == 1
    assert report.outcome is Outcome.UNDETERMINED


def test_the_world_is_as_it_is_called(checker: Checker, folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    """The folder on disk and the lists in memory are the same; nothing was logged about a good licence."""
    with caplog.at_level(logging.DEBUG):
        assert checker.check_text(LINK, at=T0).word == Checker(lists()).check_text(LINK, at=T0).word == "valid"
    assert folder.load().trust == lists().trust
    assert caplog.text == ""
