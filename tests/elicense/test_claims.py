"""A licence and its two forms: what goes in comes out, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Licence, Reason, Rejected, cbor, claims, issue
from elicense.cose import split_licence
from elicense.fields import BadValue
from elicense.licence import InstitutionLicence, NurseLicence, PhysicianLicence
from tests import strategies, world

LICENCE = claims.LICENCE


def _payload(licence: Licence | None = None, **inner: Any) -> dict[Any, Any]:
    wire = claims.to_wire(licence or world.physician())
    wire[LICENCE].update({int(label.removeprefix("_")): value for label, value in inner.items()})
    return wire


def _reason(payload: object, *, raw: bytes | None = None) -> Reason:
    with pytest.raises(Rejected) as caught:
        claims.from_payload(cbor.dumps(payload) if raw is None else raw)
    return caught.value.reason


@given(strategies.licences)
@settings(max_examples=150)
def test_a_licence_survives_both_forms(licence: Licence) -> None:
    payload = cbor.dumps(claims.to_wire(licence))
    assert claims.from_payload(payload) == (licence, ())
    assert claims.from_json(claims.to_json(licence)) == licence


@given(st.binary(max_size=120))
def test_any_payload_is_refused_with_a_reason_of_claims(data: bytes) -> None:
    assert _reason(None, raw=data) in (Reason.CLAIMS_BAD, Reason.CLAIMS_UNKNOWN)


@given(st.dictionaries(st.text(max_size=10), st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=6))
def test_any_json_object_is_refused_with_a_reason_of_claims(named: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        claims.from_json(named)
    assert caught.value.reason in (Reason.CLAIMS_BAD, Reason.CLAIMS_UNKNOWN)


_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**40), st.binary(max_size=3), st.text(max_size=3),
    st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.integers(0, 3), st.integers(-(2**64), 2**64 - 1), max_size=2),
)  # fmt: skip


@given(strategies.licences, st.integers(1, 63), _ODD)
@settings(max_examples=300)
def test_a_field_with_an_odd_value_is_refused_or_read_exactly(licence: Licence, label: int, value: object) -> None:
    wire = claims.to_wire(licence)
    wire[LICENCE][label] = value
    payload = cbor.dumps(wire)
    try:
        read, ignored = claims.from_payload(payload)
    except Rejected as refused:
        assert refused.reason in (Reason.CLAIMS_BAD, Reason.CLAIMS_UNKNOWN)
    else:
        assert not ignored
        assert cbor.dumps(claims.to_wire(read)) == payload


def test_labels_below_64_are_critical_and_those_above_are_ignored() -> None:
    assert _reason(_payload(_63=1)) is Reason.CLAIMS_UNKNOWN
    licence, ignored = claims.from_payload(cbor.dumps(_payload(_64=[1, {2: b"x"}], _1000="note")))
    assert (licence, ignored) == (world.physician(), (64, 1000))


def test_an_ignored_label_holds_only_what_the_format_has() -> None:
    good = cbor.dumps(_payload(_64=0))
    for odd in (b"\xf9\x00\x00", b"\xf7", b"\xa2\x02\x00\x01\x00", b"\xa1\xf5\x00"):
        assert _reason(None, raw=good[:-1] + odd) is Reason.CLAIMS_BAD


def test_keys_that_only_look_equal_are_refused() -> None:
    """True and 1.0 are equal to 1 in Python; as labels they are not."""
    good = cbor.dumps(claims.to_wire(world.physician()))
    inner = good.index(b"\x01\x01\x02\x1b")
    for odd in (b"\xf5", b"\xf9\x3c\x00"):
        assert _reason(None, raw=good[:inner] + odd + good[inner + 1 :]) is Reason.CLAIMS_BAD


@pytest.mark.parametrize("label", [1, 2, 3, 4, 5, 6, 7, 10, 11, 16, 17, 18])
def test_every_required_field_of_a_physician_is_required(label: int) -> None:
    wire = claims.to_wire(world.physician())
    del wire[LICENCE][label]
    assert _reason(wire) in (Reason.CLAIMS_BAD, Reason.CLAIMS_UNKNOWN)


@pytest.mark.parametrize(
    "name",
    [
        "", " 林", "林 ", "林\n知", "林\u202e知", "林\u200b知", "A\u0430", "\u2f00", "e\u0301", "Ａ", "林\ue000",
        "\U000f0000", "林" * 65, "\x00", "\u061c", "\u2066", "\ufeff", "αβ", "\U0002f800",
    ],
)  # fmt: skip
def test_names_with_disguises_are_refused(name: str) -> None:
    assert _reason(_payload(_4=name)) is Reason.CLAIMS_BAD
    with pytest.raises(BadValue):
        world.physician(name=name)


@pytest.mark.parametrize("name", ["林知远", "阿卜杜拉·示例", "㛃𬍛𰻞䶮", "John O'Neil-Smith", "Zoë Müller", "〇〇"])
def test_names_of_people_are_accepted(name: str) -> None:
    assert claims.from_payload(cbor.dumps(_payload(_4=name)))[0].name == name


def test_times_that_a_kind_may_not_have_are_refused() -> None:
    physician, nurse, clinic = (claims.to_wire(make()) for make in (world.physician, world.nurse, world.institution))
    assert _reason({claims.EXP: nurse[claims.EXP], **physician}) is Reason.CLAIMS_BAD
    for wire in (nurse, clinic):
        assert _reason({label: value for label, value in wire.items() if label != claims.EXP}) is Reason.CLAIMS_BAD
        for moved in (-1, 1, 3600):
            assert _reason({**wire, claims.EXP: wire[claims.EXP] + moved}) is Reason.CLAIMS_BAD
    too_long = {**nurse, claims.EXP: nurse[claims.EXP] + 86_400}
    assert _reason(too_long) is Reason.CLAIMS_BAD
    for iat in (0, -1, 2**33, True, 1.5e9, "1"):
        with pytest.raises((Rejected, ValueError)):
            claims.from_payload(cbor.dumps({**physician, claims.IAT: iat}))


def test_a_licence_without_a_kind_is_bad_and_one_of_an_unknown_kind_unknown() -> None:
    for kind, reason in ((4, Reason.CLAIMS_UNKNOWN), ("1", Reason.CLAIMS_BAD), (True, Reason.CLAIMS_BAD)):
        assert _reason(_payload(_1=kind)) is reason
    wire = _payload()
    del wire[LICENCE][1]
    assert _reason(wire) is Reason.CLAIMS_BAD


@pytest.mark.parametrize("day", ["2026-W48-1", "20261123", "2026-11-31", "２０２６-11-23", "2026-11-23 ", "1969-12-31"])
def test_a_day_in_json_has_one_form(day: str) -> None:
    named = claims.to_json(world.nurse())
    with pytest.raises(Rejected):
        claims.from_json({**named, "registered_on": day})


def test_unknown_claims_are_refused() -> None:
    assert _reason({**claims.to_wire(world.physician()), 2: "sub"}) is Reason.CLAIMS_UNKNOWN
    assert _reason({claims.LICENCE: {}}) is Reason.CLAIMS_BAD
    assert _reason({claims.IAT: world.T0, claims.LICENCE - 1: {1: 1}}) is Reason.CLAIMS_UNKNOWN  # a later format
    assert _reason({claims.IAT: world.T0}) is Reason.CLAIMS_BAD
    assert _reason({claims.IAT: world.T0, claims.LICENCE: {1: 9}}) is Reason.CLAIMS_UNKNOWN


def test_a_holder_key_has_one_form() -> None:
    key = world.signer("device").public_key
    wire = claims.to_wire(world.physician(holder_key=key))
    assert claims.from_payload(cbor.dumps(wire))[0].holder_key == key
    uncompressed = {1: 2, -1: 1, -2: key.x, -3: key.y}
    odd: object
    for odd in ({1: uncompressed}, {1: {**wire[claims.CNF][1], 3: -7}}, {2: {}}, {}, [], {1: {1: 2}}):
        assert _reason({**wire, claims.CNF: odd}) is Reason.CLAIMS_BAD


def test_labels_are_fixed_for_ever() -> None:
    """A label is never given another meaning: this list only grows."""
    found = {form.cls.__name__: {held.label: held.name for _, held, _ in form.fields} for form in claims.FORMS.values()}
    shared = {2: "number", 3: "version", 4: "name", 5: "authority", 6: "status"}
    person = {7: "place", 10: "sex", 11: "institution", 12: "filings"}
    assert found == {
        PhysicianLicence.__name__: {**shared, **person, 16: "level", 17: "category", 18: "scopes", 19: "scope_text"},
        NurseLicence.__name__: {**shared, **person, 8: "registered_on"},
        InstitutionLicence.__name__: {
            **shared, 8: "valid_from", 9: "verified_until", 20: "subjects", 21: "subjects_edition", 22: "address",
            23: "principal", 24: "legal_representative", 25: "statutory_type", 26: "grade", 27: "service_object",
            28: "service_modes", 29: "beds", 30: "dental_chairs", 31: "other_names", 32: "outpatient_only",
        },
    }  # fmt: skip


def test_nothing_sensitive_has_a_field() -> None:
    names = {held.name for form in claims.FORMS.values() for _, held, _ in form.fields}
    assert not {
        name for name in names if any(word in name for word in ("identity", "birth", "phone", "health", "qualif"))
    }


def test_subjects_travel_in_groups() -> None:
    codes = ("03", "03.01", "03.04", "04.01.01", "04", "12.01")
    licence = world.institution(subjects=codes, subjects_edition=2010)
    assert claims.to_wire(licence)[LICENCE][20] == [3, [3, 1, 4], [4, 101], 4, [12, 1]]
    for odd in ([], [[3]], [[3, 1], [3, 2]], [0], [[0, 1]], [100], [3, 3], [[3, 0]], [[3, 100]], [[3, 10_000]], ["03"]):
        assert _reason(_payload(licence, _20=odd)) is Reason.CLAIMS_BAD
    with pytest.raises(BadValue):
        world.institution(subjects=codes)


def test_a_hospital_with_a_hundred_subjects_fits() -> None:
    codes = tuple(
        f"{first:02d}.{second:02d}" for first in (3, 4, 5, 7, 9, 11, 15, 16, 30, 32) for second in range(1, 11)
    )
    token = issue(world.institution(subjects=codes), world.World().licence_key)
    assert len(token) < 456
    assert claims.from_payload(split_licence(token).payload)[0] == world.institution(subjects=codes)
