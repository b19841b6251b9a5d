"""That every benchmark runs and that what it compares is equal. Times are never asserted: the machine is shared."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import document, formats
from benchmarks.__main__ import main
from benchmarks.check import full_candidate
from benchmarks.peers import environment
from benchmarks.peers.compare import task_of
from benchmarks.pool import make, wrong
from benchmarks.registry import REGISTERED
from benchmarks.timing import FULL, REFUSED, Candidate, Disagreement, Effort, compare
from elicense import Algorithm, Kind
from tests.project.tree import ROOT, read


@pytest.mark.slow
@pytest.mark.parametrize("name", REGISTERED)
def test_each_benchmark_runs_and_its_candidates_agree(name: str, tmp_path: Path) -> None:
    """A benchmark that no longer runs, or compares two things that answer differently, is found here."""
    path = tmp_path / "results.json"
    assert main([name, "--quick", "--json", str(path)]) == 0
    result = json.loads(path.read_text(encoding="utf-8"))["results"][name]
    assert result["machine"]["python"]
    assert all(table["rows"] for table in result["tables"])
    assert all(target["met"] for target in result["targets"])  # only sizes are left in a quick run
    if result["skipped"]:
        pytest.skip("; ".join(result["skipped"]))


def test_the_benchmarks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`make bench ARGS=--list` names what ARGS can be."""
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(REGISTERED)


def test_peers_that_cannot_be_installed_are_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table without a peer must not look as if there were none."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    nobody = environment.Peers(
        name="nobody", module="benchmarks.peers.task", requirements=("elicense-no-such-peer==1",)
    )
    with pytest.raises(environment.Unavailable, match=r"uv pip: .*elicense-no-such-peer"):
        environment.python(nobody)


def test_peers_that_answer_otherwise_stop_the_run() -> None:
    """Not skipped: a wrong answer is not a missing package."""
    held = make(Kind.PHYSICIAN, Algorithm.ES256, 2)
    task = dataclasses.replace(task_of(held, Effort(rounds=1, seconds=0)), names=["somebody", "somebody else"])
    try:
        environment.python(environment.CWT)
    except environment.Unavailable as reason:
        pytest.skip(str(reason))
    with pytest.raises(Disagreement, match="python-cwt"):
        environment.run(environment.CWT, task.to_text())


def _candidate(name: str, answers: list[object], bad: object = REFUSED) -> Candidate:
    def give(value: object) -> Callable[[], object]:
        return lambda: value

    return Candidate(name=name, items=[give(one) for one in answers], bad=[give(bad)], answer=lambda value: value)


@pytest.mark.parametrize(
    "other",
    [_candidate("b", ["x", "z"]), _candidate("b", ["x"]), _candidate("b", ["x", "y"], bad="x")],
    ids=["says another thing", "has fewer things", "accepts what is bad"],
)
def test_who_answers_differently_is_not_measured(other: Candidate) -> None:
    """The quickest way to check a signature is not to check it."""
    expected = ["x", "y"]
    assert compare([_candidate("a", ["x", "y"])], expected, Effort(rounds=1, seconds=0))
    with pytest.raises(Disagreement):
        compare([_candidate("a", ["x", "y"]), other], expected, Effort(rounds=1, seconds=0))


def test_an_exception_that_is_no_refusal_is_no_answer() -> None:
    """A candidate that fails for another reason must not pass for one that refuses."""

    def fail() -> None:
        raise KeyError

    one = Candidate(name="a", items=[lambda: None], bad=[fail], refusals=(ValueError,))
    with pytest.raises(KeyError):
        compare([one], [None], Effort(rounds=1, seconds=0))


def test_ratios_are_formed_within_a_round() -> None:
    """A machine that becomes three times slower from round to round changes no ratio."""
    calls, nanoseconds = 0, 0

    def work(units: int) -> Callable[[], None]:
        def run() -> None:
            nonlocal calls, nanoseconds
            nanoseconds += units * 3 ** (calls // 2)
            calls += 1

        return run

    candidates = [Candidate(name=str(units), items=[work(units)]) for units in (1, 2)]
    one, two = compare(candidates, [None], Effort(rounds=3, seconds=0), clock=lambda: nanoseconds)
    assert (one.low, one.ratio, one.high) == (1.0, 1.0, 1.0)
    assert (two.low, two.ratio, two.high) == (0.5, 0.5, 0.5)
    assert two.micros == 2 * 3**3 / 1e3  # the middle round of three, after agreeing and warming up


def test_the_medians_come_from_enough_rounds() -> None:
    """Fewer than nine say little on a shared machine."""
    assert FULL.rounds >= 9


def test_a_pool_is_the_same_in_every_run_and_no_two_things_in_it_are() -> None:
    """A loop over one licence would measure warm caches, a random one could not be repeated."""
    one, again = (make(Kind.NURSE, Algorithm.ES256, 16) for _ in range(2))
    assert one.texts == again.texts
    assert len(set(one.texts)) == 16
    assert all(wrong(token) != token for token in one.tokens)
    checked = full_candidate(one)
    assert {checked.answer(call()) for call in checked.bad} == {REFUSED}


@given(st.binary(max_size=60))
def test_base45_has_a_way_back(data: bytes) -> None:
    """The peers' formats are written here, so they are tested here."""
    assert formats.base45_decode(formats.base45(data)) == data


@pytest.mark.parametrize(("text", "coded"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")])
def test_base45_is_that_of_the_rfc(text: bytes, coded: str) -> None:
    """RFC 9285, section 4.3."""
    assert formats.base45(text) == coded


def test_the_document_shows_the_reference_results() -> None:
    """A figure that is copied by hand is wrong after the next run."""
    results = document.reference()
    assert results.keys() == REGISTERED.keys()
    texts = [read(path.relative_to(ROOT)) for path in document.DOCUMENTS]
    assert [document.written(text, results) for text in texts] == texts
    assert all(sum(f"<!-- made: {name} -->" in text for text in texts) == 1 for name in REGISTERED)
