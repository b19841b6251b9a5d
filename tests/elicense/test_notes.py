"""Notes: what an older verifier does not know is told and fails nothing."""

from __future__ import annotations

import pytest

from elicense import Licence, notes
from tests.world import HOSPITAL, World, institution, nurse, physician

ISSUER = World().hainan


def about(licence: Licence, *ignored: int) -> list[tuple[str, str]]:
    """The notes as pairs."""
    return [(note.code, note.field) for note in notes.about(licence, ISSUER, ignored)]


@pytest.mark.parametrize("licence", [physician(), nurse(), institution()], ids=lambda licence: licence.kind.text)
def test_an_ordinary_licence_has_none(licence: Licence) -> None:
    assert about(licence) == []


@pytest.mark.parametrize(
    ("licence", "field"),
    [
        (physician(sex=8), "sex"), (physician(level=8), "level"), (physician(category=8), "category"),
        (physician(scopes=(11, 998)), "scopes"), (nurse(sex=8), "sex"), (institution(subjects=("98",)), "subjects"),
        (institution(statutory_type=9998), "statutory_type"), (institution(service_object=8), "service_object"),
        (institution(service_modes=(1, 998)), "service_modes"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.kind.text,
)  # fmt: skip
def test_a_code_that_no_table_has_is_a_note_about_its_field(licence: Licence, field: str) -> None:
    assert about(licence) == [("unknown-code", field)]


def test_what_an_institution_does_not_say_is_no_unknown_code() -> None:
    assert about(institution(statutory_type=None, service_object=None, service_modes=())) == []


def test_an_authority_that_the_trust_list_does_not_name_is_a_note() -> None:
    assert about(physician(authority=77)) == [("unknown-authority", "authority")]


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        (HOSPITAL.number, []),
        ("0" * 8 + "1" + HOSPITAL.number[9:], ["organisation-check"]),
        (HOSPITAL.number[:15] + "99" + HOSPITAL.number[17:], ["economic-type-unknown"]),
        (HOSPITAL.number[:17] + "Z999" + HOSPITAL.number[21:], ["category-unknown"]),
        ("0" * 8 + "1" + HOSPITAL.number[9:15] + "99Z9991",
         ["organisation-check", "economic-type-unknown", "category-unknown"]),
    ],
)  # fmt: skip
def test_what_is_odd_in_a_registration_number_is_a_note(number: str, codes: list[str]) -> None:
    """Organisation codes that statistics offices gave out do not have the check of GB 11714."""
    assert about(institution(number=number)) == [(code, "number") for code in codes]


def test_ignored_labels_come_first_and_everything_is_told() -> None:
    assert about(physician(authority=77, sex=8, scopes=(998,)), 64, 70) == [
        ("unknown-label", "64"), ("unknown-label", "70"), ("unknown-authority", "authority"),
        ("unknown-code", "sex"), ("unknown-code", "scopes"),
    ]  # fmt: skip
