"""The files of rules are whole and honest, and a file that is not is refused before it can answer anybody."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
from collections.abc import Callable

import pytest

from elicense import tables
from elicense.scope import RULES, Decision, Rules, RulesBad, may, parse
from elicense.scope import checks as registry
from elicense.scope.files import CHECKS, FILES
from elicense.scope.rules import ANY
from tests.elicense.scope.vectors import FOLDER, vectors
from tests.project.tree import ROOT

TEXTS = {name: (ROOT / "elicense" / "data" / "rules" / f"{name}.csv").read_text("utf-8") for name in FILES}
LAW_FILES = ("profiles", "steps", "values", "attributes", "scope_subjects")
FIRST_RULES = dt.date(2022, 5, 1)

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    return list(csv.DictReader(TEXTS[name].splitlines()))


def written(held: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, held[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(held)
    return text.getvalue()


def changed(name: str, which: Callable[[Row], bool], **cells: str) -> dict[str, str]:
    """The files with cells of one row changed: the first that `which` picks."""
    held = rows(name)
    next(row for row in held if which(row)).update(cells)
    return {**TEXTS, name: written(held)}


def first(_: Row) -> bool:
    return True


# ---------------------------------------------------------------- what stands in the files


@pytest.mark.parametrize("name", LAW_FILES)
def test_each_row_says_its_law_its_source_how_sure_and_since_when(name: str) -> None:
    for row in rows(name):
        assert row["basis"], row
        assert row["source"], row
        assert row["confidence"] in {"found", "high", "medium"}, row
        assert dt.date.fromisoformat(row["effective_from"]) <= dt.date(2026, 11, 23), row


def test_what_is_not_firm_can_only_ask() -> None:
    """A rule that nobody has read may make people look twice, and no more."""
    weak = [pair.reason for pair in RULES.pairs if not pair.firm]
    weak += [value.reason for value in RULES.values if not value.firm]
    assert {RULES.sentences[reason].decision for reason in weak} == {Decision.ASK}
    assert all(step.firm or step.effect is Decision.ASK for step in RULES.steps)
    assert all(row.firm for row in (*RULES.profiles, *RULES.attributes))


def test_codes_are_those_of_the_tables() -> None:
    """A misspelt code would be a rule for nobody."""
    for pair in RULES.pairs:
        assert pair.scope == ANY or tables.SCOPES.by_code(pair.scope), pair
        assert tables.SUBJECTS.by_code(pair.subject), pair
    held = {
        "physician_levels": tables.LEVELS,
        "physician_categories": tables.CATEGORIES,
        "service_modes": tables.SERVICE_MODES,
    }
    for row in RULES.attributes:
        assert row.table == "name_endings" or held[row.table].by_code(row.code), row


def test_every_scope_of_the_tables_has_a_subject() -> None:
    """Except the one that is set by provinces, in words."""
    with_subject = {pair.scope for pair in RULES.pairs}
    assert {row.code for row in tables.SCOPES} - with_subject == {row.code for row in tables.SCOPES if not row.parent}


@pytest.mark.parametrize(
    ("fact", "states"),
    [
        ("person_standing", (tables.PHYSICIAN_STATES, tables.NURSE_STATES)),
        ("institution_standing", (tables.INSTITUTION_STATES,)),
    ],
)
def test_every_standing_weighs_as_the_table_of_states_says(fact: str, states: tuple[tables.Table, ...]) -> None:
    known = {row.code: row.permits_practice for table in states for row in table}
    values = {value.value: value for value in RULES.values if value.fact == fact}
    assert values.keys() == known.keys()
    for code, permits in known.items():
        assert (not values[code].reason) is (permits is True), code
        assert bool(values[code].without_beds) is (permits is None), code


def test_each_check_that_a_step_may_name_exists_and_is_used() -> None:
    assert registry.CHECKS.keys() == CHECKS == {step.check for step in RULES.steps}


def test_sentences_are_there_in_both_languages_and_fill_only_what_exists() -> None:
    for sentence in RULES.sentences.values():
        assert re.search("[\u4e00-\u9fff]", sentence.zh)
        assert sentence.zh.endswith("。")
        assert sentence.en.isascii()
        assert sentence.en.endswith(".")
        blanks = set(re.findall(r"{\w*}", sentence.zh))
        assert blanks == set(re.findall(r"{\w*}", sentence.en)) <= {"{fact}", "{subject}"}
    for label in RULES.labels.values():
        assert re.search("[\u4e00-\u9fff]", label.zh)
        assert label.en.isascii()


def test_a_sentence_names_what_it_is_about_whenever_it_has_a_blank() -> None:
    """`Not stated: .` would help nobody."""
    for vector in vectors():
        for why in vector.answer(RULES).reasons:
            said = RULES.sentences[why.code]
            assert "{fact}" not in said.zh or why.fact
            assert "{subject}" not in said.zh or why.subject


def test_no_sentence_tells_of_a_penalty_beyond_the_standing() -> None:
    """Who is told no needs to know that practice is suspended, not for what or for how long."""
    for sentence in RULES.sentences.values():
        assert not re.search("处罚|罚款|记分|违法|违规|刑事|penalt|fine\\b|points|offence", sentence.zh + sentence.en)


def test_the_edition_names_the_content() -> None:
    """An insurer writes it down with the answer; other rules must have another name."""
    other = parse({**TEXTS, "facts": TEXTS["facts"].replace("whether it is a first visit", "whether it is the first")})
    assert parse(TEXTS) == RULES
    assert other.edition != RULES.edition
    assert re.fullmatch("[0-9a-f]{16}", RULES.edition)


def test_the_document_has_every_reason_every_profile_and_every_fact() -> None:
    text = (ROOT / "docs" / "scope.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_-]+)`", text))
    assert not {profile.profile for profile in RULES.profiles} - named
    assert not set(RULES.labels) - named
    assert not set(RULES.sentences) - named
    assert not {step.step for step in RULES.steps} - named
    assert f"{FOLDER.relative_to(ROOT)}" in text


# ---------------------------------------------------------------- files that are refused

BAD = {
    "no basis": changed("steps", first, basis=""),
    "no source": changed("values", first, source=""),
    "an unknown confidence": changed("values", first, confidence="low"),
    "no first day": changed("steps", first, effective_from=""),
    "ends before it begins": changed("values", first, effective_to="2022-04-30"),
    "a weak step that says no": changed("steps", lambda row: row["effect"] == "no", confidence="medium"),
    "a weak value that says no": changed("values", lambda row: row["reason"] == "first-visit", confidence="medium"),
    "a weak value that lets pass": changed("values", lambda row: not row["reason"], confidence="medium"),
    "a weak pair that covers": changed("scope_subjects", lambda row: not row["reason"], confidence="medium"),
    "a weak profile": changed("profiles", first, confidence="medium"),
    "a weak attribute": changed("attributes", first, confidence="medium"),
    "a step that says yes": changed("steps", first, effect="yes"),
    "a reason to say yes": changed("reasons", first, decision="yes"),
    "a reason without a sentence": changed("reasons", first, zh=""),
    "an unknown reason": changed("values", lambda row: bool(row["reason"]), reason="because"),
    "an unknown reason without beds": changed("values", lambda row: bool(row["without_beds"]), without_beds="because"),
    "an unknown check": changed("steps", first, check="guess"),
    "a check of a fact without a fact": changed("steps", lambda row: row["check"] == "stated", facts=""),
    "an unknown fact of a step": changed("steps", first, facts="weather"),
    "an unknown condition of a step": changed("steps", first, given="weather"),
    "an unknown fact of a value": changed("values", first, fact="weather"),
    "an unknown excuse": changed("values", lambda row: bool(row["unless"]), unless="weather"),
    "an unknown mark": changed("values", first, nothing="perhaps"),
    "about nobody": changed("steps", first, about="weather"),
    "an unknown kind": changed("steps", first, kinds="dentist"),
    "a profile of an unknown kind": changed("profiles", first, person="dentist"),
    "a profile of no licence": changed("profiles", first, person="", institution="optional"),
    "an unknown need of the institution": changed("profiles", first, institution="perhaps"),
    "a number of years that overflows": changed("steps", lambda row: bool(row["number"]), number="9999"),
    "a step of no profile": changed("steps", first, profile="astrology"),
    "a step that begins too late": changed("steps", first, effective_from="2023-01-01"),
    "a step that ends too soon": changed("steps", first, effective_to="2030-01-01"),
    "a profile twice for one day": {
        **TEXTS,
        "profiles": written([*rows("profiles"), {**rows("profiles")[0], "effective_from": "2027-01-01"}]),
    },
    "a row twice": {**TEXTS, "values": written([*rows("values"), rows("values")[0]])},
    "a fact without a label": {**TEXTS, "facts": written(rows("facts")[:-1])},
    "a label of no fact": {
        **TEXTS,
        "facts": written([*rows("facts"), {"fact": "weather", "zh": "天气", "en": "weather"}]),
    },
    "other columns": {**TEXTS, "steps": TEXTS["steps"].replace("profile,step", "step,profile", 1)},
    "a cell too many": {**TEXTS, "facts": TEXTS["facts"] + "a,b,c,d\n"},
    "a cell too few": {**TEXTS, "facts": TEXTS["facts"] + "a,b\n"},
    "a broken quote": {**TEXTS, "facts": TEXTS["facts"] + 'a,"b"c,d\n'},
    "nothing": {**TEXTS, "steps": ""},
    "no such file": {name: text for name, text in TEXTS.items() if name != "facts"},
}


@pytest.mark.parametrize("texts", BAD.values(), ids=BAD)
def test_a_file_that_breaks_its_own_rules_is_refused(texts: dict[str, str]) -> None:
    with pytest.raises(RulesBad):
        parse(texts)


def test_what_is_written_again_is_read_again() -> None:
    """Otherwise the files above might be refused for the way they were written."""
    assert parse({name: written(rows(name)) for name in FILES}).steps == RULES.steps


# ---------------------------------------------------------------- a change of the law is a change of data


def amended() -> Rules:
    """As if from 2027 on two years of experience were enough: the profile and the step have a row for each time."""
    name = "telemedicine-physician"
    until, since = {"effective_to": "2026-12-31"}, {"effective_from": "2027-01-01"}
    profiles, steps = rows("profiles"), rows("steps")
    old = next(row for row in profiles if row["profile"] == name)
    profiles = [*(row for row in profiles if row is not old), {**old, **until}, {**old, **since}]
    at = next(index for index, row in enumerate(steps) if row["profile"] == name and row["number"])
    steps[at : at + 1] = [{**steps[at], **until}, {**steps[at], **since, "number": "2"}]
    return parse({**TEXTS, "profiles": written(profiles), "steps": written(steps)})


def test_a_rule_that_changes_holds_from_its_day_on() -> None:
    """And the day before is still answered as it was, for claims about it."""
    rules = amended()
    asked = next(v.question for v in vectors() if v.profile == "telemedicine-physician")
    for on, short in ((dt.date(2026, 12, 31), True), (dt.date(2027, 1, 1), False)):
        at = int(dt.datetime.combine(on, dt.time(12), dt.timezone(dt.timedelta(hours=8))).timestamp())
        person, institution = asked.person, asked.institution
        assert person is not None
        assert institution is not None
        question = dataclasses.replace(
            asked,
            independent_since=dt.date(2024, 6, 1),
            person=dataclasses.replace(person, at=at),
            institution=dataclasses.replace(institution, at=at),
        )
        answer = may("telemedicine-physician", question, rules, on)
        assert [why.code for why in answer.reasons] == (["experience-short"] if short else [])


@pytest.mark.parametrize("profile", [profile.profile for profile in RULES.profiles])
def test_no_profile_answers_for_days_before_its_rules(profile: str) -> None:
    """Empty means no: the law of earlier days is not in these files."""
    asked = next(v.question for v in vectors() if v.profile == profile)
    before = may(profile, asked, RULES, FIRST_RULES - dt.timedelta(days=1))
    assert [why.code for why in before.reasons] == ["day-without-rules"]
    assert "day-without-rules" not in {why.code for why in may(profile, asked, RULES, FIRST_RULES).reasons}
