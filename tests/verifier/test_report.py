"""What people are told: every code has its words in both languages, and nothing from outside rules a terminal."""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Finding, Outcome, Reason, Verdict, check_text, qr
from elicense.notes import UNKNOWN_AUTHORITY, UNKNOWN_CODE, UNKNOWN_LABEL
from elicense.numbers import NumberWarning
from elicense.reason import Shown
from tests import hostile, strategies
from tests.world import BASE, DAY, HOUR, T0, World, physician, signer
from verifier import texts
from verifier.report import PROBLEMS, Report, clean, instant, written
from verifier.texts import LANGS, TEXTS, Lang

WORLD = World(values={1: 1, 2: 2, 3: 3})
TRUST = WORLD.opened()
LISTS = WORLD.statuses()
GOOD = check_text(WORLD.link(), TRUST, LISTS, T0)
FACTS: dict[str, str | int] = {
    "issued_at": T0, "list_issued_at": T0, "next_update": T0, "newest": T0, "shown_at": T0,
    "valid_from": "2026-11-23", "valid_until": "2026-11-23", "verified_until": "2026-11-23", "list": "https://h/1",
}  # fmt: skip
HAN = re.compile("[\u4e00-\u9fff]")


def report_of(*reasons: Reason, facts: dict[str, str | int] | None = None) -> Report:
    findings = tuple(Finding(reason, FACTS if facts is None else facts) for reason in reasons)
    return Report(at=T0, verdict=dataclasses.replace(GOOD, findings=findings))


# ---------------------------------------------------------------- every code has its words


@pytest.mark.parametrize("lang", LANGS)
def test_no_code_is_without_words_and_no_words_without_code(lang: Lang) -> None:
    held = TEXTS[lang]
    assert held["reasons"].keys() == {reason.code for reason in Reason}
    assert held["problems"].keys() == set(PROBLEMS)
    assert held["shown"].keys() == {shown.value for shown in Shown}
    assert held["notes"].keys() == {UNKNOWN_CODE, UNKNOWN_LABEL, UNKNOWN_AUTHORITY, *map(str, NumberWarning)}
    assert held["heading"].keys() == {*(outcome.value for outcome in Outcome), "unreadable"}
    assert held["headings"].keys() <= held["reasons"].keys()


def test_both_languages_have_the_same_texts_with_the_same_facts() -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(each) for name, each in value.items()}
        if isinstance(value, list):
            return [shape(each) for each in value]
        return sorted(re.findall(r"\{([a-z_]+)\}", str(value)))

    assert shape(TEXTS["zh"]) == shape(TEXTS["en"])


def told(report: Report, lang: Lang) -> list[str]:
    made = report.to_json(lang)
    return [made["heading"], made["sentence"], made["action"]]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("facts", [{}, FACTS], ids=["without facts", "with facts"])
@pytest.mark.parametrize("reason", Reason, ids=str)
def test_each_reason_says_one_word_one_sentence_and_what_to_do(
    reason: Reason, facts: dict[str, str | int], lang: Lang
) -> None:
    report = report_of(reason, facts=facts)
    heading, sentence, action = told(report, lang)
    assert len(heading) <= 36
    for text in (sentence, action):
        assert text.endswith("。" if lang == "zh" else ".")
        assert not re.search(r"[{}\[\]]|\(\s*\)|（\s*）|\s\s| [.,;]|^\s", text)
    assert bool(HAN.search(heading + sentence + action)) == (lang == "zh")
    assert len({heading, sentence, action}) == 3
    lines = report.to_text(lang)
    assert heading in lines
    assert sentence in lines
    assert action in lines


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_problem_says_the_same(problem: str, lang: Lang) -> None:
    report = Report(at=T0, problem=problem)
    heading, sentence, action = told(report, lang)
    assert sentence.endswith("。" if lang == "zh" else ".")
    assert action in report.to_text(lang)
    assert bool(HAN.search(heading + sentence + action)) == (lang == "zh")
    assert report.word == ("undetermined" if problem == "internal" else "unreadable")


@pytest.mark.parametrize("lang", LANGS)
def test_valid_names_its_limits(lang: Lang) -> None:
    """A photograph of a code proves that a licence exists, not who holds it; a live code says more."""
    static = Report(at=T0, verdict=GOOD).told(lang)
    live = Report(at=T0, verdict=dataclasses.replace(GOOD, shown=Shown.LIVE, shown_at=T0)).told(lang)
    assert len(static) == len(live) == 1
    assert static != live
    assert ("不说明眼前的人" if lang == "zh" else "not who stands before you") in static[0][0]


# ---------------------------------------------------------------- undetermined is not valid


@given(st.lists(st.sampled_from(Reason), min_size=1, max_size=4), st.sampled_from(LANGS))
@settings(max_examples=60)
def test_what_is_not_valid_never_looks_valid(reasons: list[Reason], lang: Lang) -> None:
    report = report_of(*reasons)
    assert report.word in ("invalid", "undetermined")
    lines = report.to_text(lang)
    assert lines.startswith("✘" if report.word == "invalid" else "▲")
    assert "✔" not in lines
    assert report.heading(lang) != texts.heading("valid", lang)
    assert TEXTS[lang]["valid"]["sentence"] not in lines
    assert report.to_json(lang)["outcome"] == report.word


@pytest.mark.parametrize("lang", LANGS)
def test_the_gravest_reason_speaks_first(lang: Lang) -> None:
    report = report_of(Reason.STATUS_STALE, Reason.SUSPENDED, Reason.TRUST_STALE)
    assert report.heading(lang) == TEXTS[lang]["headings"]["suspended"]
    assert [pair[1] for pair in report.told(lang)] == [
        TEXTS[lang]["reasons"][code][1] for code in ("suspended", "status-stale", "trust-stale")
    ]
    assert [one["code"] for one in report.to_json(lang)["reasons"]] == ["status-stale", "suspended", "trust-stale"]


def test_a_word_of_its_own_has_only_what_makes_a_licence_invalid() -> None:
    """So that no heading says more than the outcome."""
    special = {reason for reason in Reason if reason.code in TEXTS["zh"]["headings"]}
    assert {reason.outcome for reason in special} == {Outcome.INVALID}


@pytest.mark.parametrize(
    "wrong",
    [{}, {"problem": "made-up"}, {"problem": None}, {"verdict": GOOD, "problem": "no-code"}],
    ids=["nothing", "made up", "none", "both"],
)
def test_a_report_has_a_verdict_or_a_problem(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a verdict or a problem"):
        Report(at=T0, **wrong)  # type: ignore[arg-type]


# ---------------------------------------------------------------- whose data is shown


def every_text(report: Report) -> str:
    return "".join(report.to_text(lang) + report.to_line(lang) for lang in LANGS)


@given(strategies.licences, st.sampled_from(["signature", "stranger", "cut"]))
@settings(max_examples=40)
def test_nothing_of_a_holder_is_shown_unless_it_is_certain_who_wrote_it(licence: object, how: str) -> None:
    token = WORLD.token(licence, signer("stranger") if how == "stranger" else None)  # type: ignore[arg-type]
    token = {"signature": token[:-1] + bytes([token[-1] ^ 1]), "stranger": token, "cut": token[:-9]}[how]
    report = Report(at=T0, verdict=check_text(BASE + str(int.from_bytes(token, "big")), TRUST, LISTS, T0))
    assert report.outcome is Outcome.INVALID
    assert report.to_json()["licence"] is None
    shown = every_text(report)
    names = [getattr(licence, "name", ""), getattr(licence, "number", ""), getattr(licence, "address", "")]
    assert not any(name and len(name) > 3 and name in shown for name in names)


def test_the_holder_of_an_ended_licence_is_named() -> None:
    """It is public, and an inspector needs it."""
    status = dataclasses.replace(physician().status, index=1)
    report = Report(at=T0, verdict=check_text(WORLD.link(physician(status=status)), TRUST, LISTS, T0))
    assert report.reasons == (Reason.REVOKED,)
    assert "林知远" in report.to_text("zh")


# ---------------------------------------------------------------- terminals

HOSTILE = [
    "\x1b[2J\x1b[1;1H✔ 证书有效", "\x9b2J", "a\nb", "a\r✔ valid", "\u202egnp.exe", "\u2066x\u2069", "a\x00b",
    "a\x08\x08", "\ud800", "\ufeff", "\u200b", "<script>alert(1)</script>", "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07",
    "\u2028", "\U000e0041", "\u115f", "\x7f", "a\tb", *hostile.HOSTILE,
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_file_name_cannot_rule_a_terminal(name: str) -> None:
    report = Report(at=T0, verdict=GOOD, source=name)
    plain = Report(at=T0, verdict=GOOD, source="x")
    for lang in LANGS:
        assert report.to_text(lang).count("\n") == plain.to_text(lang).count("\n")
        assert "\n" not in report.to_line(lang)
        for text in (report.to_text(lang).replace("\n", ""), report.to_line(lang)):
            text.encode("utf-8")
            assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]


@given(st.text())
def test_what_is_cleaned_has_no_control_left(text: str) -> None:
    kept = clean(text)
    assert len(kept) == len(text)
    assert not [char for char in kept if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert turns.isdisjoint(map(unicodedata.bidirectional, kept))


def test_an_address_of_a_list_cannot_rule_a_terminal_either() -> None:
    """A trust list may say what it likes between its scheme and its end."""
    listed = dataclasses.replace(next(iter(LISTS.values())), uri="https://h/\x1b[2J\x9b\u202e1")
    verdict = dataclasses.replace(GOOD, status_list=listed, findings=(Finding(Reason.REVOKED, {"list": listed.uri}),))
    report = Report(at=T0, verdict=verdict)
    assert not re.search("[\x1b\x9b\u202e]", every_text(report))


@given(strategies.licences, st.sampled_from(LANGS))
@settings(max_examples=40)
def test_every_licence_fits_on_a_terminal(licence: object, lang: Lang) -> None:
    token = WORLD.token(licence)  # type: ignore[arg-type]
    report = Report(at=T0, verdict=check_text(qr.to_digits(token) if len(token) < 450 else "", TRUST, LISTS, T0))
    _, text = written(report, lambda one: one.to_text(lang))
    assert all(char == "\n" or unicodedata.category(char)[0] != "C" for char in text)
    assert json.loads(report.to_line(lang))["outcome"] == report.word


# ---------------------------------------------------------------- times and ages


def test_times_are_civil() -> None:
    assert instant(T0) == "2026-11-23 16:00:00 +08:00"
    assert instant(0) == "1970-01-01 08:00:00 +08:00"
    assert instant(2**33 - 1) == "2242-03-16 20:56:31 +08:00"
    assert "2026-11-23 16:00:00 +08:00" in Report(at=T0, verdict=GOOD).to_text("en")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (-121, "时间在将来", "in the future"),
        (-1, "0 秒前", "0 seconds ago"),
        (0, "0 秒前", "0 seconds ago"),
        (119, "119 秒前", "119 seconds ago"),
        (120, "2 分钟前", "2 minutes ago"),
        (23 * 60, "23 分钟前", "23 minutes ago"),
        (2 * HOUR, "2 小时前", "2 hours ago"),
        (47 * HOUR, "47 小时前", "47 hours ago"),
        (9 * DAY, "9 天前", "9 days ago"),
    ],
)
def test_the_age_of_the_data_is_said_in_words(seconds: int, zh: str, en: str) -> None:
    report = Report(at=T0 + seconds, verdict=GOOD)
    assert f"（{zh}）" in report.to_text("zh")
    assert f"({en})" in report.to_text("en")
    assert report.to_json()["data"]["status_list"]["age_seconds"] == max(0, seconds)


def test_where_no_list_was_read_that_is_said() -> None:
    verdict = check_text(WORLD.link(), TRUST, {}, T0)
    for lang in LANGS:
        assert TEXTS[lang]["words"]["no_list"] in Report(at=T0, verdict=verdict).to_text(lang)
    refused = Report(at=T0, verdict=Verdict(at=T0, findings=(Finding(Reason.MALFORMED),), trust_sequence=7))
    assert "7" in refused.to_text("zh")
