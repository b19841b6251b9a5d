"""The pre-checks one by one: what they find, that weak knowledge only warns, that nothing is corrected."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import tables
from issuer.domain import content, prechecks
from issuer.domain.account import Role
from issuer.domain.kind import Kind
from issuer.domain.organisation import Level, Organisation
from issuer.domain.prechecks import Case, check
from issuer.domain.refusal import Refusal
from tests.issuer.domain.made import RULES, org

ON = datetime.date(2026, 11, 23)
HOSPITAL = {"number": "MBT10001246010011A1001", "name": "海口市示例综合医院"}
FAR = {"number": "MBT10001211010011A1001", "name": "北京示例医院"}


def registered(named: dict[str, str]) -> Organisation:
    return Organisation(
        id=org("x", None, Level.NONE, "460100").id,
        kind=org("x", None, Level.NONE, "460100").kind,
        name=named["name"],
        division="460100",
        parent=None,
        number=named["number"],
    )


def codes(
    kind: Kind,
    action: str,
    submitted: dict[str, Any],
    current: dict[str, Any] | None = None,
    restricted: dict[str, Any] | None = None,
) -> set[str]:
    case = Case(
        kind=kind,
        action=action,
        on=ON,
        holder_name="林知远",
        identity_proven=True,
        institutions=(registered(HOSPITAL), registered(FAR)),
        applicant_organisation=None,
    )
    found = check(RULES, case, submitted, current or {}, restricted or {})
    for finding in found:
        assert finding.zh
        assert finding.en
        assert finding.basis
    return {finding.code for finding in found} - {"requirement-missing"}


PHYSICIAN: dict[str, Any] = {
    "name": "林知远", "sex": 1, "institution": HOSPITAL, "place": 460000, "level": 1, "category": 1, "scopes": [11],
}  # fmt: skip
SECRET: dict[str, Any] = {
    "id_number": "460000199001010013", "birth_date": "1990-01-01", "qualified_on": "2026-01-05",
    "qualification_number": "201546110460000199001010013",
}  # fmt: skip


def first(public: dict[str, Any] | None = None, secret: dict[str, Any] | None = None) -> set[str]:
    return codes(
        Kind.PHYSICIAN, "first_registration", {**PHYSICIAN, **(public or {})}, {}, {**SECRET, **(secret or {})}
    )


def test_a_clean_application_has_no_finding() -> None:
    assert first() == set()


@pytest.mark.parametrize(
    ("public", "secret", "code"),
    [
        ({"level": 7}, {}, "code-unknown"),
        ({"category": 9}, {}, "code-unknown"),
        ({"sex": 3}, {}, "code-unknown"),
        ({"category": 2}, {}, "scope-category"),
        ({"scopes": [11, 51]}, {}, "scope-category"),
        ({"scopes": [999]}, {}, "scope-unlisted"),
        ({"scopes": [57]}, {}, "scope-unlisted"),
        ({"place": 460100}, {}, "place-not-of-institution"),
        ({"place": 110000}, {}, "place-not-of-institution"),
        ({"level": 2}, {}, "place-not-of-institution"),
        ({}, {"qualified_on": "2015-12-01"}, "assessment-missing"),
        ({}, {"qualification_number": "20144612046000019900101003X"}, "qualification-mismatch"),
        ({}, {"qualification_number": "201546110460000199001010014"}, "qualification-mismatch"),
        ({"institution": {**HOSPITAL, "name": "示例综合医院"}}, {}, "name-not-normative"),
    ],
)
def test_what_does_not_fit_is_found(public: dict[str, Any], secret: dict[str, Any], code: str) -> None:
    assert code in first(public, secret)


def test_words_make_an_unlisted_scope_acceptable() -> None:
    assert first({"scopes": [57], "scope_text": "疼痛科专业"}) == set()


def test_brackets_and_width_do_not_make_another_name() -> None:
    assert prechecks.same_name("示例医院（北院）", "示例医院(北院)")
    assert not prechecks.same_name("示例医院", "示例医院北院")


@given(st.text(max_size=12))
def test_a_name_is_itself_and_never_an_abbreviation(name: str) -> None:
    assert prechecks.same_name(name, name)
    assert not prechecks.same_name(name, name + "院")


def test_an_assistant_has_one_place_and_others_file_inside_theirs() -> None:
    near = {"filing": {**HOSPITAL, "start": "2026-12-01"}}
    far = {"filing": {**FAR, "start": "2026-12-01"}}
    assistant = {**PHYSICIAN, "level": 2, "place": 460100}
    assert codes(Kind.PHYSICIAN, "add_location_registration", far, assistant) == {"assistant-no-further-location"}
    assert codes(Kind.PHYSICIAN, "add_location_registration", far, PHYSICIAN) == set()
    assert codes(Kind.PHYSICIAN, "add_location_registration", near, PHYSICIAN) == {"inside-place"}
    assert codes(Kind.PHYSICIAN, "multi_site_filing", near, PHYSICIAN) == set()
    assert codes(Kind.PHYSICIAN, "multi_site_filing", far, PHYSICIAN) == {"outside-place"}


def test_a_level_only_rises() -> None:
    up = {"level": 1, "place": 460000}
    assert codes(Kind.PHYSICIAN, "upgrade_level", up, {**PHYSICIAN, "level": 2, "place": 460100}) == set()
    assert "level-not-raised" in codes(Kind.PHYSICIAN, "upgrade_level", up, PHYSICIAN)


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("海口市示例综合医院", True),
        ("示例社区卫生服务站", True),
        ("示例医学检验实验室", True),
        ("示例互联网医院", True),
        ("海口一院", False),
        ("省人医", False),
        ("医院", False),
        ("示例美容院有限公司", False),
    ],
)
def test_a_name_ends_as_the_rules_name_it(name: str, fine: bool) -> None:
    found = codes(Kind.INSTITUTION, "change_registration", {"name": name})
    assert ("name-not-normative" in found) is not fine


@pytest.mark.parametrize(
    ("code", "name", "edition", "fine"),
    [
        ("03", "内科", None, True),
        ("04", "普外", None, False),
        ("28", "ICU", None, False),
        ("04.03", "骨科", None, False),
        ("04.03", "骨科专业", None, True),
        ("12.02", "口腔颌面外科专业", 1994, True),
        ("12.02", "牙周病专业", 1994, False),
        ("12.02", "牙周病专业", 2010, True),
        ("12.02", "口腔颌面外科专业", 2010, False),
        ("33", "内科", None, False),
    ],
)
def test_subjects_are_exact_entries_of_their_edition(
    code: str,
    name: str,
    edition: int | None,
    fine: bool,
) -> None:
    submitted: dict[str, Any] = {"subjects": [{"code": code, "name": name}]}
    if edition is not None:
        submitted["subjects_edition"] = edition
    assert ("subject-not-normative" in codes(Kind.INSTITUTION, "change_registration", submitted)) is not fine


def test_every_entry_of_the_catalogue_passes() -> None:
    for row in tables.SUBJECTS:
        rows = [{"code": row.code, "name": row.zh}]
        assert list(prechecks.subject_findings(rows, row.edition, ON)) == [], row.code


@pytest.mark.parametrize(
    ("passed", "level", "roles", "expected"),
    [
        ("2008-09-30", Level.PROVINCE, {Role.DESIGNATED_VERIFIER}, set()),
        ("2008-10-01", Level.PROVINCE, {Role.DESIGNATED_VERIFIER}, {"nurse-exam-date"}),
        (None, Level.PROVINCE, {Role.DESIGNATED_VERIFIER}, {"nurse-exam-date"}),
        ("2008-09-30", Level.PREFECTURE, {Role.DESIGNATED_VERIFIER}, {"route-province"}),
        ("2008-09-30", Level.PROVINCE, {Role.REVIEW}, {"not-designated"}),
    ],
)
def test_back_entry_of_nurses(passed: str | None, level: Level, roles: set[Role], expected: set[str]) -> None:
    found = prechecks.back_entry(
        RULES,
        Kind.NURSE,
        passed_on=None if passed is None else datetime.date.fromisoformat(passed),
        route="",
        level=level,
        roles=frozenset(roles),
    )
    assert {finding.code for finding in found} == expected
    assert all(finding.blocking for finding in found)


@pytest.mark.parametrize(("day", "expected"), [("2004-05-31", set()), ("2004-06-01", {"manual-review"})])
def test_recognition_after_the_cut_off_is_for_a_person_to_judge(day: str, expected: set[str]) -> None:
    found = prechecks.back_entry(
        RULES,
        Kind.PHYSICIAN,
        passed_on=datetime.date.fromisoformat(day),
        route="recognition",
        level=Level.PROVINCE,
        roles=frozenset({Role.DESIGNATED_VERIFIER}),
    )
    assert {finding.code for finding in found} == expected
    assert not any(finding.blocking for finding in found), "the notice is silent: it warns"


def test_every_missing_entry_is_named_at_once() -> None:
    case = Case(kind=Kind.NURSE, action="first_registration", on=ON)
    found = check(RULES, case, {}, {}, {})
    assert [finding.field for finding in found] == [
        "name", "sex", "institution", "place", "id_number", "birth_date", "exam_passed_on", "health"
    ]  # fmt: skip
    assert {finding.code for finding in found} == {"requirement-missing"}


def test_merging_keeps_what_is_not_named_and_replaces_a_filing_at_the_same_place() -> None:
    near: dict[str, Any] = {**FAR, "start": "2026-12-01"}
    once = content.merge(Kind.PHYSICIAN, PHYSICIAN, {"filing": near})
    twice = content.merge(Kind.PHYSICIAN, once, {"filing": {**near, "start": "2027-01-01"}})
    assert [filing["start"] for filing in twice["filings"]] == ["2027-01-01"]  # type: ignore[index,union-attr,call-overload]
    ended = content.merge(Kind.PHYSICIAN, twice, {"filing_end": {"number": FAR["number"], "end": "2027-06-30"}})
    assert ended["filings"][0]["end"] == "2027-06-30"  # type: ignore[index,call-overload]
    with pytest.raises(Refusal) as refused:
        content.merge(Kind.PHYSICIAN, PHYSICIAN, {"filing_end": {"number": FAR["number"], "end": "2027-06-30"}})
    assert refused.value.code == "filing-unknown"


@given(
    st.sampled_from(Kind),
    st.dictionaries(
        st.sampled_from(["name", "sex", "beds", "subjects", "filing", "x"]),
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    ),
)
def test_any_content_is_read_or_refused(kind: Kind, public: dict[str, Any]) -> None:
    for row in RULES.actions:
        if row.kind != kind or row.channel != "application":
            continue
        refusal = ""
        try:
            content.check_public(RULES, kind, row.action, public, ON)
        except Refusal as refused:
            refusal = refused.code
        assert refusal in {"", "content-malformed"}
