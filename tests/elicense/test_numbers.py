"""Numbers: every published and invented vector, hostile texts, wire integers, and no value in any exception."""

import datetime as dt
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from elicense import checkdigits, numbers
from elicense.numbers import Fault, LicenceIdentifier, NumberBad, NumberKind
from elicense.tables import DIVISIONS

FOLDER = Path(__file__).parent.parent / "vectors" / "numbers"
ON = dt.date(2026, 11, 23)
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"

PARSERS: dict[NumberKind, Callable[[str], object]] = {
    NumberKind.PHYSICIAN: numbers.parse_physician_number,
    NumberKind.NURSE: numbers.parse_nurse_number,
    NumberKind.REGISTRATION: numbers.parse_registration_number,
    NumberKind.IDENTITY: lambda text: numbers.parse_identity_number(text, on=ON),
    NumberKind.CREDIT: numbers.parse_credit_code,
    NumberKind.QUALIFICATION: lambda text: numbers.parse_qualification_number(text, on=ON),
    NumberKind.IDENTIFIER: LicenceIdentifier.parse,
}


def vectors() -> list[tuple[NumberKind, dict[str, Any]]]:
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    assert all(dt.date.fromisoformat(file.get("on", ON.isoformat())) == ON for file in files)
    return [(NumberKind(file["number"]), case) for file in files for case in file["cases"]]


def outcome(parse: Callable[[Any], object], text: object) -> tuple[str, NumberBad | None]:
    """Give the canonical text, or the refusal; anything else escapes and fails the test."""
    try:
        return str(parse(text)), None
    except NumberBad as bad:
        return "", bad


VECTORS = vectors()
accepted = [(kind, case) for kind, case in VECTORS if case["expect"] == "accepted"]
refused = [(kind, case) for kind, case in VECTORS if case["expect"] == "refused"]


def cases(kind: NumberKind) -> list[dict[str, Any]]:
    return [case for other, case in accepted if other is kind]


def test_every_kind_of_number_has_good_and_bad_vectors() -> None:
    assert {kind for kind, _ in accepted} == {kind for kind, _ in refused} == set(NumberKind) == set(PARSERS)
    assert len(accepted) + len(refused) == len(VECTORS)


@pytest.mark.parametrize(("kind", "case"), accepted)
def test_vector_is_accepted_in_its_canonical_form(kind: NumberKind, case: dict[str, Any]) -> None:
    assert str(PARSERS[kind](case["text"])) == case["value"]
    assert str(PARSERS[kind](case["value"])) == case["value"]


@pytest.mark.parametrize(("kind", "case"), refused)
def test_vector_is_refused_for_the_expected_reason(kind: NumberKind, case: dict[str, Any]) -> None:
    with pytest.raises(NumberBad) as caught:
        PARSERS[kind](case["text"])
    assert (caught.value.number, caught.value.reason) == (kind, case["reason"])


@pytest.mark.parametrize("case", cases(NumberKind.IDENTITY))
def test_an_identity_number_tells_birth_and_sex(case: dict[str, Any]) -> None:
    number = numbers.parse_identity_number(case["text"], on=ON)
    assert numbers.birth_date(number).isoformat() == case["birth"]
    assert numbers.sex_code(number) == case["sex"]


def test_odd_but_acceptable_numbers_carry_their_warnings() -> None:
    for case in cases(NumberKind.REGISTRATION):
        number = numbers.parse_registration_number(case["text"])
        assert list(numbers.registration_number_warnings(number)) == case["warnings"]
    for case in cases(NumberKind.CREDIT):
        assert list(numbers.credit_code_warnings(numbers.parse_credit_code(case["text"]))) == case["warnings"]


def test_a_registration_number_falls_into_its_parts() -> None:
    parts = numbers.registration_parts(numbers.parse_registration_number("MBT10008X46020015A5272"))
    assert parts == numbers.RegistrationParts(
        organisation="MBT10008X", division=460200, economic_type=15, category="A527", profit_class=2
    )


@pytest.mark.parametrize("digit", "0123456789")
def test_the_last_digit_of_a_registration_number_is_one_of_three_profit_classes(digit: str) -> None:
    value, bad = outcome(numbers.parse_registration_number, f"MBT10001246010011A100{digit}")
    assert bool(value) == (digit in {"1", "2", "9"})
    assert bad is None or bad.reason is Fault.PROFIT_CLASS_UNKNOWN


def test_a_qualification_number_belongs_to_one_identity_number() -> None:
    for case in cases(NumberKind.QUALIFICATION):
        number = numbers.parse_qualification_number(case["text"], on=ON)
        for other in cases(NumberKind.IDENTITY):
            identity = numbers.parse_identity_number(other["text"], on=ON)
            assert numbers.qualification_belongs_to(number, identity) == (case.get("identity") == identity)
    old = numbers.parse_qualification_number("199846110460000900101001", on=ON)
    assert numbers.qualification_belongs_to(old, numbers.IdentityNumber("460000199001010013"))
    # A person born in 2090 shares the fifteen digits but never had the old number.
    assert not numbers.qualification_belongs_to(old, numbers.IdentityNumber("46000020900101001X"))


# ---------------------------------------------------------------- hostile input

shaped = st.one_of(
    st.text(),
    st.text("0123456789Xx", min_size=11, max_size=28),
    st.text("0123456789ABCxyz.-²\uff11\u0663\n", min_size=10, max_size=30),
    st.sampled_from([case["text"] for _, case in VECTORS]).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.characters()).map(
            lambda cut: text[: cut[0]] + cut[1] + text[cut[0] + 1 :]
        )
    ),
)


@given(st.sampled_from(NumberKind), shaped)
@example(NumberKind.PHYSICIAN, "²" * 15)
@example(NumberKind.PHYSICIAN, "\u0661" * 15)
@example(NumberKind.CREDIT, "\ud800" * 18)
@example(NumberKind.IDENTIFIER, "\ufdfa" * 100)
@example(NumberKind.IDENTIFIER, "1" * 1_000_000)
def test_any_text_is_a_number_or_number_bad(kind: NumberKind, text: str) -> None:
    value, bad = outcome(PARSERS[kind], text)
    if bad is None:
        assert value.isascii()
        assert outcome(PARSERS[kind], value) == (value, None)
    else:
        assert bad.number is kind
        assert str(bad) == f"{kind}: {bad.reason}"
        assert bad.__cause__ is None
        assert bad.__context__ is None


@pytest.mark.parametrize(("kind", "case"), refused)
def test_a_refusal_never_repeats_the_value_nor_chains_an_error_that_does(
    kind: NumberKind, case: dict[str, Any]
) -> None:
    with pytest.raises(NumberBad) as caught:
        PARSERS[kind](case["text"])
    told = f"{caught.value!s} {caught.value!r}"
    pieces = {case["text"][at : at + 4] for at in range(len(case["text"]) - 3)}
    assert not any(piece in told for piece in pieces)
    assert caught.value.__context__ is None
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes; batch workers send it home
    assert (again.number, again.reason) == (caught.value.number, caught.value.reason)


# ---------------------------------------------------------------- what the check characters buy


@given(st.sampled_from(cases(NumberKind.IDENTITY)), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_wrong_character_in_an_identity_number_is_caught(case: dict[str, Any], at: int, new: str) -> None:
    text = case["value"]
    assume(text[at] != new)
    with pytest.raises(NumberBad):
        numbers.parse_identity_number(text[:at] + new + text[at + 1 :], on=ON)


@given(st.sampled_from(cases(NumberKind.IDENTITY)), st.integers(0, 16))
def test_every_transposition_in_an_identity_number_is_caught(case: dict[str, Any], at: int) -> None:
    text = case["value"]
    assume(text[at] != text[at + 1])
    with pytest.raises(NumberBad):
        numbers.parse_identity_number(text[:at] + text[at + 1] + text[at] + text[at + 2 :], on=ON)


@given(st.sampled_from(cases(NumberKind.CREDIT)), st.integers(0, 17), st.sampled_from(CREDIT))
def test_every_single_wrong_character_in_a_credit_code_is_caught(case: dict[str, Any], at: int, new: str) -> None:
    text = case["value"]
    assume(text[at] != new)
    with pytest.raises(NumberBad):
        numbers.parse_credit_code(text[:at] + new + text[at + 1 :])


@given(st.sampled_from(cases(NumberKind.CREDIT)), st.integers(0, 16))
def test_every_transposition_in_a_credit_code_is_caught(case: dict[str, Any], at: int) -> None:
    text = case["value"]
    assume(text[at] != text[at + 1])
    with pytest.raises(NumberBad):
        numbers.parse_credit_code(text[:at] + text[at + 1] + text[at] + text[at + 2 :])


def test_a_birth_date_is_judged_on_the_day_that_is_asked() -> None:
    born = "460000199001010013"
    assert numbers.parse_identity_number(born, on=dt.date(1990, 1, 1)) == born
    with pytest.raises(NumberBad) as caught:
        numbers.parse_identity_number(born, on=dt.date(1989, 12, 31))
    assert caught.value.reason is Fault.FUTURE_DATE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("46000018991231001", Fault.EARLY_DATE),
        ("46000019000101001", None),
        ("46000000000101001", Fault.IMPOSSIBLE_DATE),
    ],
)
def test_nobody_was_born_before_1900(body: str, reason: Fault | None) -> None:
    text = body + checkdigits.mod_11_2(body)
    if reason is None:
        assert numbers.parse_identity_number(text, on=ON) == text
        return
    with pytest.raises(NumberBad) as caught:
        numbers.parse_identity_number(text, on=ON)
    assert caught.value.reason is reason


# ---------------------------------------------------------------- the wire


@given(st.integers(0, 10**15 - 1))
def test_a_physician_number_survives_the_wire(wire: int) -> None:
    number = numbers.physician_from_wire(wire)
    assert len(number) == 15
    assert numbers.parse_physician_number(number) == number
    assert numbers.physician_to_wire(number) == wire


@given(st.integers(1900, 2099), st.integers(0, 99), st.integers(0, 999_999))
def test_a_nurse_number_is_judged_alike_as_text_and_on_the_wire(year: int, province: int, serial: int) -> None:
    text = f"{year}{province:02d}{serial:06d}"
    value, bad = outcome(numbers.parse_nurse_number, text)
    again, also_bad = outcome(numbers.nurse_from_wire, int(text))
    assert value == again
    assert str(bad) == str(also_bad)
    if bad is None:
        assert numbers.nurse_to_wire(numbers.NurseNumber(value)) == int(text)
    else:
        assert bad.reason is Fault.PROVINCE_UNKNOWN


@pytest.mark.parametrize("case", cases(NumberKind.PHYSICIAN) + cases(NumberKind.NURSE))
def test_vector_travels_as_its_integer(case: dict[str, Any]) -> None:
    back = numbers.physician_from_wire if len(case["value"]) == 15 else numbers.nurse_from_wire
    assert back(case["wire"]) == case["value"]


@pytest.mark.parametrize(
    "wire", [-1, 10**15, 2**64, pytest.param(10**5000, id="huge"), True, False, 1.0, "110460100000123", None]
)
def test_only_integers_of_the_right_size_come_from_the_wire(wire: Any) -> None:
    for back in (numbers.physician_from_wire, numbers.nurse_from_wire):
        with pytest.raises(NumberBad):
            back(wire)


def test_nurses_are_registered_in_every_province_of_the_mainland() -> None:
    mainland = [row for row in DIVISIONS if row.level == "province" and row.code[0] not in "78"]
    assert len(mainland) == 31
    for row in mainland:
        assert numbers.parse_nurse_number(f"2019{row.code[:2]}000001")


# ---------------------------------------------------------------- the licence identifier

capitals = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=32)


@given(
    st.builds(
        LicenceIdentifier,
        type_code=st.from_regex(r"[0-9A-Z]{18}[0-9]{3}", fullmatch=True, alphabet=st.characters(codec="ascii")),
        issuer=capitals,
        serial=capitals,
        version=st.integers(1, 999),
    ),
    st.data(),
)
def test_an_identifier_survives_its_text_and_no_single_wrong_character_does(
    identifier: LicenceIdentifier, data: st.DataObject
) -> None:
    text = str(identifier)
    assert LicenceIdentifier.parse(text) == identifier
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ."))
    assume(text[at] != new)
    with pytest.raises(NumberBad):
        LicenceIdentifier.parse(text[:at] + new + text[at + 1 :])


@pytest.mark.parametrize(
    ("part", "value"),
    [
        *[
            (part, text)
            for part in ("type_code", "issuer", "serial")
            for text in ("", "a", "A.B", "²", "A" * 65, "A\n")
        ],
        *[("version", value) for value in (0, -1, 1000, True, "001")],
    ],
)
def test_an_identifier_cannot_be_built_from_parts_that_cannot_be(part: str, value: object) -> None:
    parts: dict[str, Any] = {
        "type_code": "11460000MBT000011R001",
        "issuer": "11460100MBT000038N",
        "serial": "110460100000123",
        "version": 1,
    }
    with pytest.raises(NumberBad):
        LicenceIdentifier(**{**parts, part: value})


# ---------------------------------------------------------------- areas


@pytest.mark.parametrize(
    ("prefix", "place", "answer"),
    [
        (460000, 460105, True),
        (460000, 469002, True),
        (460000, 460000, True),
        (460100, 460105, True),
        (460100, 460100, True),
        (460105, 460105, True),
        (469000, 469002, True),
        (460100, 460200, False),
        (460100, 460000, False),
        (460105, 460100, False),
        (460105, 460106, False),
        (469002, 469021, False),
        (410000, 460105, False),
        (460000, 450105, False),
        (46, 460105, False),  # no short forms: 4600 would be a prefecture or a province
        (4601, 460105, False),
        (460000, 4601050, False),
        (0, 460105, False),  # empty means no
        (460000, 0, False),
        (-460000, -460105, False),
    ],
)
def test_an_area_covers_whole_groups_only(prefix: int, place: int, *, answer: bool) -> None:
    assert numbers.covers(prefix, place) is answer


@given(st.integers(100_000, 999_999), st.integers(100_000, 999_999))
def test_covering_is_the_equality_of_whole_groups(prefix: int, place: int) -> None:
    groups = [str(prefix)[at : at + 2] for at in (0, 2, 4)]
    while groups[-1] == "00":
        groups.pop()
    expected = [str(place)[at : at + 2] for at in (0, 2, 4)][: len(groups)] == groups
    assert numbers.covers(prefix, place) is expected
