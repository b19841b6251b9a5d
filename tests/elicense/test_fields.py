"""Coders that read the wire by a shorter way than they write it: what they accept is exactly what is written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from elicense import InstitutionRef, StatusRef, fields, numbers
from elicense.fields import BadValue
from elicense.licence.base import INSTITUTION_REF, NURSE_NUMBER, STATUS_REF
from tests import strategies
from tests.world import institution

SUBJECTS = fields.subjects(180)

_parts = st.one_of(
    st.integers(-2, 102), st.sampled_from([-101, 199, 200, 999, 9_900, 9_999, 10_000, 10_001]), st.none()
)
_wire = st.lists(
    st.one_of(
        st.integers(-1, 101), st.lists(st.one_of(_parts, st.booleans()), max_size=4), st.booleans(), st.text(max_size=2)
    ),
    max_size=6,
)


@given(strategies.subject_codes)
@example(("03.01", "03", "03.02"))
def test_subjects_come_back_as_they_went(codes: tuple[str, ...]) -> None:
    assert SUBJECTS.from_wire(SUBJECTS.to_wire(codes)) == codes
    assert SUBJECTS.from_json(list(codes)) == codes


@given(_wire)
@example([[3, 1], [3, 2]])
@example([[3, 1], 3, [3, 2]])
@example([[True, 1]])
@example([[3, -1]])
@example([[3, []]])
@example([[0, 1]])
@example([[100, 1]])
@settings(max_examples=1_000)
def test_subjects_have_one_form_on_the_wire(wire: list[Any]) -> None:
    """A second form of the same subjects would be a second signed licence."""
    try:
        codes = SUBJECTS.from_wire(wire)
    except BadValue:
        return
    written = SUBJECTS.to_wire(codes)
    assert (written, repr(written)) == (wire, repr(wire))  # True is 1 for ==, not for repr
    assert SUBJECTS.from_json(list(codes)) == codes


@pytest.mark.parametrize("code", ["00", "00.01", "-1.05", "0.1", "03.00", "3", "03.1", "03.01.00", "03.04.01.02", ""])
def test_a_code_that_is_none_is_refused_when_a_licence_is_made(code: str) -> None:
    with pytest.raises(BadValue):
        institution(subjects=(code,))


@pytest.mark.parametrize("count", [180, 181])
def test_subjects_are_counted_by_code_and_not_by_group(count: int) -> None:
    wire: list[Any] = [[first, *range(1, 91)] for first in (3, 4)] + [5] * (count - 180)
    if count <= 180:
        assert len(SUBJECTS.from_wire(wire)) == count
    else:
        with pytest.raises(BadValue):
            SUBJECTS.from_wire(wire)


_pairs = st.lists(st.one_of(st.none(), st.integers(-1, 2**24), st.booleans(), st.text(max_size=30)), max_size=3)


@given(_pairs)
@example(["MBT10001246010011A1001", "海口市示例综合医院"])
@example([1, 101])
@example([1, 101, None])
@example([True, 101])
def test_a_pair_is_two_good_members_and_nothing_else(wire: list[Any]) -> None:
    for coder, cls in ((STATUS_REF, StatusRef), (INSTITUTION_REF, InstitutionRef)):
        try:
            made = coder.from_wire(wire)
        except BadValue:
            continue
        assert type(made) is cls
        written = coder.to_wire(made)
        assert (written, repr(written)) == (wire, repr(wire))


@given(st.integers(-1, 10**12 + 1))
@example(201946000456)
@example(201900000456)
@example(2019460004)
def test_a_nurse_number_on_the_wire_is_one_that_parses(wire: int) -> None:
    try:
        expected: str | None = numbers.nurse_from_wire(wire)
    except numbers.NumberBad:
        expected = None
    try:
        found: str | None = NURSE_NUMBER.from_wire(wire)
    except BadValue:
        found = None
    assert found == expected
