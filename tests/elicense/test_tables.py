"""Code tables: what must be in the files, what must not, and that bad files stop the import."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import tables
from elicense.tables import SUBJECTS, Row, Table, TableBad

FOLDER = Path(tables.__file__).parent / "data" / "tables"
ALL = [value for value in vars(tables).values() if isinstance(value, Table)]
HEADER = "code,wire,zh,en,parent,edition,valid_from,valid_to,confidence,source,note"


def test_every_file_is_loaded_and_every_table_has_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == {table.name for table in ALL}
    assert len(ALL) == 18


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_table_holds_only_rows_that_are_sure_and_have_a_source(table: Table) -> None:
    assert len(table) > 1
    assert table.wires == {row.wire for row in table}
    for row in table:
        assert row.confidence in {"found", "high"}
        assert row.source.strip() == row.source != ""
        assert re.search(r"[\u4e00-\u9fff]", row.zh)
        assert row.en.isascii()
        assert table.by_code(row.code, row.edition) is row
        assert table.by_wire(row.wire, row.edition) is row


def test_doubtful_rows_stayed_out() -> None:
    # Known from memory only, or contradicted by another source; a rule must not rest on them.
    for code in ("12.11", "12.12", "12.13", "14.01", "14.02", "14.03", "14.04", "29", "33"):
        assert SUBJECTS.by_code(code) is None
    for code in ("460302", "460303", "660000"):
        assert tables.DIVISIONS.by_code(code) is None


def test_the_catalogue_has_165_subjects_and_both_editions_of_stomatology() -> None:
    common = [row for row in SUBJECTS if row.edition is None]
    assert len(common) == 165
    assert [sum(row.edition == edition for row in SUBJECTS) for edition in ("1994", "2010")] == [6, 10]
    assert SUBJECTS.editions == ("1994", "2010")
    assert {row.code[:2] for row in SUBJECTS if row.edition} == {"12"}


def test_a_subject_travels_as_its_digits() -> None:
    for row in SUBJECTS:
        assert row.wire == int(row.code.replace(".", ""))
        assert row.parent == (row.code[:-3] or None)
    wires = {row.code: row.wire for row in SUBJECTS}
    assert (wires["03"], wires["03.01"], wires["04.01.01"]) == (3, 301, 40101)


def test_the_same_code_means_two_things_in_two_editions() -> None:
    def name(row: Row | None) -> str:
        assert row is not None
        return row.zh

    assert name(SUBJECTS.by_code("12.01", "1994")) == name(SUBJECTS.by_wire(1201, "1994")) == "口腔内科专业"
    assert name(SUBJECTS.by_code("12.01", "2010")) == name(SUBJECTS.by_code("12.01")) == "牙体牙髓病专业"
    assert name(SUBJECTS.by_code("12.01", on=dt.date(2005, 1, 1))) == "口腔内科专业"
    assert name(SUBJECTS.by_code("12.01", on=dt.date(2026, 1, 1))) == "牙体牙髓病专业"
    assert SUBJECTS.by_code("12.10", "1994") is None
    assert SUBJECTS.by_code("12.01", "2030") is None
    assert name(SUBJECTS.by_code("03", "1994")) == name(SUBJECTS.by_code("03", "2010")) == "内科"
    assert SUBJECTS.label(1201, "zh", "1994") == "口腔内科专业"


def test_a_code_is_in_force_from_its_first_day_on() -> None:
    first = dt.date(2009, 1, 19)
    for table, code in ((SUBJECTS, "28"), (tables.SCOPES, "901")):
        assert table.by_code(code, on=first) is not None
        assert table.by_code(code, on=first - dt.timedelta(days=1)) is None


def test_critical_care_has_a_code_of_this_project() -> None:
    row = tables.SCOPES.by_wire(901)
    assert row is not None
    assert row.zh == "重症医学科"
    assert row.parent == "1"
    assert "of this project" in row.note
    assert [other.wire for other in tables.SCOPES if "of this project" in other.note] == [901]


@pytest.mark.parametrize(
    ("table", "permits"),
    [
        (tables.PHYSICIAN_STATES, {"registered"}),
        (tables.NURSE_STATES, {"registered"}),
        (tables.INSTITUTION_STATES, {"active"}),
    ],
)
def test_only_the_state_in_good_standing_permits_practice(table: Table, permits: set[str]) -> None:
    assert {row.code for row in table if row.permits_practice} == permits
    assert permits <= {row.code for row in table if row.live}
    assert not any(row.live for row in table if row.code in {"revoked", "rescinded", "cancelled"})
    depends = {row.code for row in table if row.permits_practice is None}
    assert depends == ({"verification_deferred"} if table is tables.INSTITUTION_STATES else set())


def test_the_values_of_the_status_list_are_the_four_of_the_format() -> None:
    assert [(row.wire, row.code) for row in tables.LICENCE_STATUSES] == [
        (0, "valid"),
        (1, "invalid"),
        (2, "suspended"),
        (3, "superseded"),
    ]


def test_divisions_hang_together() -> None:
    provinces = [row for row in tables.DIVISIONS if row.level == "province"]
    assert len(provinces) == 34
    for row in tables.DIVISIONS:
        assert row.wire == int(row.code)
        assert (row.parent is None) == (row.level == "province")
    under_province = [row for row in tables.DIVISIONS if row.code.startswith("4690")]
    assert len(under_province) == 15
    assert {(row.parent, row.level) for row in under_province} == {("460000", "county")}


def test_a_class_code_travels_as_letter_and_digits() -> None:
    row = tables.INSTITUTION_CLASSES.by_code("P100")
    assert row is not None
    assert row.wire == 16_100
    assert len(tables.INSTITUTION_CLASSES) == 85


# ---------------------------------------------------------------- totality


@given(st.sampled_from(ALL), st.integers(), st.sampled_from(["zh", "en"]), st.none() | st.text(max_size=5))
def test_a_label_is_always_a_text_and_marked_if_unknown(
    table: Table, wire: int, lang: str, edition: str | None
) -> None:
    label = table.label(wire, "en" if lang == "en" else "zh", edition)
    assert label
    if wire not in table.wires:
        assert label.startswith("unknown code" if lang == "en" else "未知代码")


def test_an_unknown_code_is_shown_as_such() -> None:
    assert tables.SCOPES.label(99) == "未知代码 99"
    assert tables.SCOPES.label(99, "en") == "unknown code 99"
    assert tables.SCOPES.label(11) == "内科专业"
    assert tables.SCOPES.label(11, "en") == "internal medicine"
    # Python refuses to write out numbers of more than 4300 digits; the mark stands alone then.
    assert tables.SCOPES.label(10**5000) == "未知代码"


# ---------------------------------------------------------------- bad files

GOOD = ["1,1,甲,a,,,2001-01-01,2002-01-01,found,source,"]


def parsed(*lines: str, header: str = HEADER) -> Table:
    return tables.parse("t", "\n".join((header, *lines)))


def test_a_good_file_is_read() -> None:
    table = parsed(*GOOD, "2,2,乙,b,1,,,,high,source,note", "3,3,丙,c,,1994,,,high,s,", "3,3,丁,d,,2010,,,high,s,")
    assert [row.code for row in table] == ["1", "2", "3", "3"]
    assert table.by_code("1", on=dt.date(2002, 1, 1)) is not None
    assert table.by_code("1", on=dt.date(2002, 1, 2)) is None


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("1,2,乙,b,,,,,found,source,", "stands twice"),
        ("2,1,乙,b,,,,,found,source,", "stands twice"),
        ("1,1,乙,b,,2010,,,found,source,", "stands twice"),
        ("2,02,乙,b,,,,,found,source,", "wire"),
        ("2,-2,乙,b,,,,,found,source,", "wire"),
        ("2,²,乙,b,,,,,found,source,", "wire"),
        ("2,,乙,b,,,,,found,source,", "wire"),
        ("2,2,,b,,,,,found,source,", "empty"),
        ("2,2,乙,b,,,,,found,,", "empty"),
        ("2,2,乙,b,,,,,medium,source,", "confidence"),
        ("2,2,乙,b,,,,,low,source,", "confidence"),
        ("2,2,乙,b,,,2023-02-29,,found,source,", "day"),
        ("2,2,乙,b,,,2023-02-02,2023-02-01,found,source,", "before"),
        ("2,2,乙,b,,old,,,found,source,", "edition"),
        ("2,2,乙,b,9,,,,found,source,", "parent"),
        ("2,2,乙,b,,,,,found,source", "cells"),
        ("2,2,乙,b,,,,,found,source,,", "cells"),
        ('2,2,乙,b,,,,,found,"source,', "end of data"),
    ],
)
def test_a_bad_row_stops_the_file(bad: str, why: str) -> None:
    with pytest.raises(TableBad, match=why):
        parsed(*GOOD, bad)


@pytest.mark.parametrize(
    "header", ["", "code,wire", HEADER + ",colour", HEADER + ",level,level", HEADER.replace("zh,en", "en,zh")]
)
def test_unknown_columns_stop_the_file(header: str) -> None:
    with pytest.raises(TableBad, match="columns"):
        parsed(header=header)


def test_a_flag_is_yes_no_or_depends() -> None:
    header = HEADER + ",permits_practice"
    table = parsed(GOOD[0] + ",depends", header=header)
    assert table.rows[0].permits_practice is None
    with pytest.raises(TableBad, match="flag"):
        parsed(GOOD[0] + ",maybe", header=header)


def test_judging_opens_no_file() -> None:
    # A lookup after the import must not go back to the disk: a verifier runs in a sandbox, or from a zip file.
    code = """
import sys
from elicense import tables
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
for table in (tables.SUBJECTS, tables.SCOPES, tables.DIVISIONS):
    for wire in (*table.wires, 99999):
        table.label(wire), table.label(wire, "en"), table.by_wire(wire)
sys.exit(1 if opened else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parents[2], check=False, timeout=60)
    assert done.returncode == 0
