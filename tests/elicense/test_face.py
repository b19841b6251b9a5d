"""The face in words: the same lines in both languages, every code by its name, nothing that is not public."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Filing, Kind, Licence, StatusRef, face, tables
from tests import strategies
from tests.world import World, institution, nurse, physician, signer

ISSUER = World().hainan
HAN = re.compile("[\u3400-\u9fff]")
FILING = Filing(number="MBT10002X46010011A1001", name="海口市示例社区卫生服务中心", start=dt.date(2026, 12, 1))
FULL = [
    physician(filings=(FILING,), scope_text="骨伤"),
    nurse(filings=(FILING,)),
    institution(
        grade="三级甲等", service_object=1, dental_chairs=12, other_names=("示例大学附属医院", "示例互联网医院"),
        subjects=("03", "03.01", "12.01"), subjects_edition=2010, outpatient_only=("03.01",),
    ),
]  # fmt: skip


def shown(licence: Licence, lang: str = "zh") -> dict[str, str]:
    """The lines by their names."""
    rows = face.rows(licence, ISSUER, "en" if lang == "en" else "zh")
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row.value for row in rows}


@pytest.mark.parametrize("licence", FULL, ids=lambda licence: licence.kind.text)
def test_both_languages_have_the_same_lines_and_every_label(licence: Licence) -> None:
    chinese, english = face.rows(licence, ISSUER, "zh"), face.rows(licence, ISSUER, "en")
    assert [row.name for row in chinese] == [row.name for row in english]
    for row in chinese:
        assert HAN.search(row.label), row
    for row in english:
        assert row.label
        assert row.label != row.name
        assert not HAN.search(row.label), row


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_title(kind: Kind) -> None:
    assert HAN.search(face.title(kind))
    assert face.title(kind, "en").isascii()


def test_a_physicians_codes_are_shown_by_their_names() -> None:
    lines = shown(physician(scopes=(11, 12), filings=(FILING,)))
    assert (lines["name"], lines["sex"], lines["level"], lines["category"]) == ("林知远", "男", "执业医师", "临床")
    assert lines["scopes"] == "内科专业、外科专业"
    assert (lines["place"], lines["valid_until"], lines["issued_on"], lines["version"]) == (
        "海南省", "长期", "2026-11-23", "001",
    )  # fmt: skip
    assert lines["filings"] == "海口市示例社区卫生服务中心 2026-12-01–"
    assert (lines["authority"], lines["issuer"]) == ("海口市卫生健康委员会(示例)", "海南省卫生健康委员会(示例)")
    assert "scope_text" not in lines


def test_a_nurses_licence_shows_its_end() -> None:
    lines = shown(nurse())
    assert (lines["registered_on"], lines["valid_until"]) == ("2026-11-23", "2031-11-23")


def test_what_an_institutions_number_says_is_shown() -> None:
    lines = shown(FULL[2])
    assert (lines["profit_class"], lines["beds"], lines["dental_chairs"]) == ("非营利性", "600", "12")
    assert lines["subjects"].startswith("03 内科、03.01 呼吸内科专业 (")
    assert lines["other_names"] == "示例大学附属医院、示例互联网医院"


def test_parts_of_a_list_stay_apart() -> None:
    """A name may hold the sign that stands between names: 医学检验、病理专业 is one scope."""
    rows = {row.name: row for row in face.rows(physician(scopes=(11, 20)), ISSUER)}
    assert rows["scopes"].items == ("内科专业", "医学检验、病理专业")
    assert rows["scopes"].value == "、".join(rows["scopes"].items)
    assert rows["name"].items == ()


def test_names_of_group_12_follow_the_edition_of_the_licence() -> None:
    names = {
        edition: face.subject(institution(subjects=("12.01",), subjects_edition=edition), "12.01")
        for edition in (1994, 2010)
    }
    assert names[1994] != names[2010]
    assert all(name.startswith("12.01 ") for name in names.values())


def test_a_code_that_no_table_has_is_shown_as_such() -> None:
    for lang, mark in (("zh", "未知代码"), ("en", "unknown code")):
        lines = shown(physician(scopes=(998,), level=8, place=829_999), lang)
        assert mark in lines["scopes"]
        assert mark in lines["level"]
        assert "998" in lines["scopes"]
    assert "未知代码" in shown(institution(subjects=("99.99",)))["subjects"]
    assert shown(physician(authority=77))["authority"] == "#77"


@pytest.mark.parametrize("licence", FULL, ids=lambda licence: licence.kind.text)
def test_what_is_for_machines_is_not_on_the_face(licence: Licence) -> None:
    held = signer("device a").public_key
    made = dataclasses.replace(licence, status=StatusRef(list=7654, index=7_654_321), holder_key=held)
    values = " ".join(row.value for lang in ("zh", "en") for row in face.rows(made, ISSUER, lang))
    assert "7654" not in values
    assert held.kid.hex() not in values


@given(strategies.licences, st.sampled_from(["zh", "en"]))
@settings(max_examples=60)
def test_every_licence_has_a_face_without_holes(licence: Licence, lang: str) -> None:
    for row in face.rows(licence, ISSUER, "en" if lang == "en" else "zh"):
        assert row.value
        assert "None" not in row.value


def test_every_label_is_used_or_a_title() -> None:
    used = {row.name for licence in FULL for row in face.rows(licence, ISSUER)}
    used |= {f"kind.{kind.text}" for kind in Kind} | {"no_end", "outpatient", "identifier"}  # the last for reports
    assert set(face.labels()) == used
    assert tables.SCOPES.by_wire(20) is not None
