"""Every report fits its schema, and the schema lets nothing else pass: neither a member more nor an outcome made up."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Finding, Licence, Outcome, Reason, Verdict, check_text, qr
from elicense.notes import Note
from elicense.reason import Shown
from elicense.status import StatusArray
from tests import strategies
from tests.made.against import accepts, errors
from tests.made.reports import NAME, report_schema
from tests.verifier.test_report import FACTS, GOOD, LISTS, TRUST, WORLD
from tests.world import BASE, DAY, T0, institution, nurse, physician, signer
from verifier.report import Report
from verifier.texts import LANGS, TEXTS


def _judged(text: str, at: int = T0, **changes: Any) -> dict[str, Any]:
    return Report(at=at, verdict=check_text(text, TRUST, changes.get("lists", LISTS), at)).to_json("en")


def _at(index: int) -> str:
    status = dataclasses.replace(physician().status, index=index)
    return WORLD.link(physician(status=status, version=2, scopes=(998,), authority=9))


REPORTS: dict[str, dict[str, Any]] = {
    "valid": _judged(WORLD.link()),
    "nurse": _judged(WORLD.link(nurse())),
    "institution": _judged(WORLD.link(institution())),
    "revoked": _judged(_at(1)),
    "suspended": _judged(_at(2)),
    "superseded": _judged(_at(3)),
    "outside": _judged(_at(999_999)),
    "expired": _judged(WORLD.link(nurse(valid_until=dt.date(2026, 11, 24))), T0 + 3 * DAY),
    "early": _judged(WORLD.link(nurse()), T0 - 5 * DAY),
    "overdue": _judged(WORLD.link(institution(verified_until=dt.date(2026, 11, 22)))),
    "no list": _judged(WORLD.link(), lists={}),
    "bad list": _judged(WORLD.link(), lists={WORLD.hainan.list_uri(1): Reason.STATUS_ROLLED_BACK}),
    "stale": _judged(WORLD.link(), T0 + 99 * DAY),
    "stranger": _judged(WORLD.link(None, signer("stranger"))),
    "forged": _judged(BASE + qr.to_digits(WORLD.token()[:-1] + b"x")),
    "text": _judged("hello"),
    "long": _judged("1" * 5000),
    **{
        name: Report(at=T0, problem=name, source="a\u202eb.png").to_json("zh")
        for name in sorted(TEXTS["en"]["problems"])
    },
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_fits_and_nothing_can_be_added_to_it(name: str) -> None:
    report = REPORTS[name]
    assert errors(NAME, report) == []
    assert not accepts(NAME, {**report, "extra": 1})
    for member in report.keys() - {"source"}:
        assert not accepts(NAME, {key: value for key, value in report.items() if key != member}), member
    for place in ("licence", "issuer", "authority", "data", "shown"):
        if report[place] is not None:
            assert not accepts(NAME, {**report, place: {**report[place], "birth_date": "1990-01-01"}}), place


def test_the_situations_are_those_that_they_are_called() -> None:
    """So that the test above is about what it says."""
    found = {
        name: (report["outcome"], *(reason["code"] for reason in report["reasons"])) for name, report in REPORTS.items()
    }
    assert found["valid"] == found["nurse"] == found["institution"] == ("valid",)
    assert found["revoked"] == ("invalid", "revoked")
    assert found["stale"] == ("undetermined", "trust-stale", "status-stale")
    assert found["outside"] == ("undetermined", "status-unknown")
    assert found["early"] == ("invalid", "issued-later", "not-yet-valid", "status-unknown")
    assert found["overdue"] == ("undetermined", "verification-overdue")
    assert found["bad list"] == ("undetermined", "status-rolled-back")
    assert found["stranger"] == ("invalid", "issuer-unknown")
    assert found["forged"] == ("invalid", "signature-bad")
    assert found["no-code"] == ("unreadable",)
    assert REPORTS["revoked"]["notes"]


@pytest.mark.parametrize("reason", Reason, ids=str)
@pytest.mark.parametrize("lang", LANGS)
def test_every_reason_fits_with_its_own_check_and_outcome_only(reason: Reason, lang: Any) -> None:
    verdict = dataclasses.replace(GOOD, findings=(Finding(reason, FACTS),))
    report = Report(at=T0, verdict=verdict).to_json(lang)
    assert errors(NAME, report) == []
    for member, other in (("check", 99), ("outcome", "valid"), ("code", "made-up"), ("detail", {"name": "x"})):
        changed = copy.deepcopy(report)
        changed["reasons"][0][member] = other
        assert not accepts(NAME, changed), member


def test_the_reasons_are_exactly_those_of_the_code() -> None:
    listed = report_schema()["$defs"]["reason"]["oneOf"]
    found = {tuple(held["const"] for held in row["properties"].values()) for row in listed}
    assert found == {(each.code, int(each.check), each.outcome.value) for each in Reason}
    assert len(listed) == len(Reason)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "valid"},
        {"outcome": "unreadable"},
        {"outcome": "maybe"},
        {"lang": "fr"},
        {"at": "now"},
        {"problem": "no-code"},
        {"licence": None},
        {"data": None},
        {"shown": None},
    ],
    ids=str,
)
def test_a_report_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    """A revoked licence that is called valid, one of which nothing is known but the issuer, and so on."""
    assert not accepts(NAME, {**REPORTS["revoked"], **change})


@given(
    strategies.licences,
    st.lists(st.builds(Finding, st.sampled_from(Reason), st.sampled_from([{}, FACTS])), max_size=3),
    st.sampled_from(Shown),
    st.sampled_from(LANGS),
)
@settings(max_examples=60)
def test_whatever_is_judged_fits(licence: Licence, findings: list[Finding], shown: Shown, lang: Any) -> None:
    listed = dataclasses.replace(next(iter(LISTS.values())), entries=StatusArray(2, b"\0"))
    verdict = Verdict(
        at=T0,
        findings=tuple(findings),
        trust_sequence=7,
        licence=licence,
        issuer=WORLD.hainan,
        status_list=listed,
        ignored_labels=(64, 99),
        shown=shown,
        shown_at=None if shown is Shown.STATIC else T0,
    )
    report = Report(at=T0, verdict=verdict).to_json(lang)
    assert errors(NAME, report) == []
    assert (verdict.outcome is Outcome.VALID) == (not findings)
    assert Note("unknown-label", "64") in verdict.notes
