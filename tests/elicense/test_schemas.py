"""The schemas of a licence and the code say the same: whoever builds on one is not surprised by the other."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from elicense import Algorithm, Licence, Rejected, cbor, claims, cose, issue, verify
from elicense.fields import BadValue, Claim, Coder
from elicense.licence import Kind
from tests import make_schemas, strategies, world
from tests.made import bounds
from tests.made.against import SCHEMAS, accepts, errors, fits
from tests.made.basics import HOME, dump

SAMPLES: dict[str, Licence] = {
    "physician": world.physician(holder_key=world.signer("device").public_key),
    "nurse": world.nurse(holder_key=world.signer("device", Algorithm.EDDSA).public_key),
    "institution": world.institution(),
}
FIELDS = [(kind, name, held) for kind in Kind for name, held, _ in claims.form_of(kind).fields]
IDS = [f"{kind.text}-{name}" for kind, name, _ in FIELDS]
ARRAYS = [field for field in FIELDS if field[2].coder.schema["type"] == "array"]
SIGNER = world.World().licence_key
TRUST = world.World().opened()


def _accepted(wire: dict[Any, Any]) -> bool:
    try:
        claims.from_payload(cbor.dumps(wire))
    except Rejected:
        return False
    return True


def _with(kind: Kind, label: int, value: object) -> dict[Any, Any]:
    wire = claims.to_wire(SAMPLES[kind.text])
    wire[claims.LICENCE][label] = value
    return wire


def _takes(read: Any, value: object) -> bool:
    try:
        read(value)
    except BadValue:
        return False
    return True


# ---------------------------------------------------------------- the files themselves


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.schema.json")), ids=lambda path: path.name)
def test_a_schema_is_one_of_draft_2020_12_and_knows_its_name(path: Path) -> None:
    held = json.loads(path.read_bytes())
    Draft202012Validator.check_schema(held)
    assert held["$id"] == HOME + path.name
    assert held["title"]


def test_the_made_files_are_what_the_code_makes() -> None:
    """Write them anew with `make schemas`."""
    made = make_schemas.made()
    assert [name for name, value in made.items() if (SCHEMAS / name).read_bytes() != dump(value)] == []
    assert {path.name for path in SCHEMAS.glob("*.json")} == set(made)


@pytest.mark.parametrize("name", ["issuer.openapi.json", "verifier.openapi.json"])
def test_an_openapi_document_holds_schemas_of_draft_2020_12(name: str) -> None:
    held = json.loads((SCHEMAS / name).read_bytes())
    assert held["openapi"].startswith("3.1.")
    for schema in held["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


# ---------------------------------------------------------------- CDDL

_MEMBER = re.compile(r"^  (\? )?&\(([\w-]+): (-?\d+)\) \^?=> ", re.MULTILINE)


def _labels(rule: str) -> dict[int, tuple[str, bool]]:
    """Label, name, optional of a rule of licence.cddl, with the groups it names."""
    text = re.sub(r";.*", "", (SCHEMAS / "licence.cddl").read_text("utf-8"))
    found = re.search(rf"^{rule} = [({{]\n(.*?)^[)}}]", text, re.MULTILINE | re.DOTALL)
    assert found, rule
    labels = {int(label): (name, bool(optional)) for optional, name, label in _MEMBER.findall(found[1])}
    for group in re.findall(r"^  (common|person),$", found[1], re.MULTILINE):
        labels |= _labels(group)
    return labels


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.text)
def test_labels_and_names_are_those_of_the_code(kind: Kind) -> None:
    form = claims.form_of(kind)
    coded = {held.label: (held.name, default in (None, ())) for _, held, default in form.fields}
    assert _labels(kind.text) == {claims.KIND_LABEL: ("kind", False), **coded}
    top = {claims.EXP, claims.IAT, claims.CNF, claims.LICENCE} - ({claims.EXP} if kind is Kind.PHYSICIAN else set())
    assert _labels(f"{kind.text}-claims").keys() == top


@given(strategies.licences)
@settings(max_examples=100)
def test_every_licence_fits_both_schemas(licence: Licence) -> None:
    assert fits("licence", "claims", claims.to_wire(licence))
    assert errors("licence.schema.json", claims.to_json(licence)) == []


@pytest.mark.parametrize("licence", SAMPLES.values(), ids=list(SAMPLES))
@pytest.mark.parametrize("algorithm", Algorithm, ids=lambda each: each.jose)
def test_every_token_fits(licence: Licence, algorithm: Algorithm) -> None:
    held = world.signer("any", algorithm)
    token = issue(licence, held)
    payload = cose.split_licence(token).payload
    headers = cose.licence_headers(held.public_key)
    tokens = [cose.assemble(header, payload, held.sign(cose.sign1_tbs(header, payload))) for header in headers]
    assert token in tokens
    for each in tokens:
        assert fits("licence", "licence-token", each), each.hex()


@pytest.mark.parametrize(("kind", "name", "held"), FIELDS, ids=IDS)
def test_each_end_of_each_field_is_the_same_in_cddl(kind: Kind, name: str, held: Claim) -> None:
    assert bounds.inside(held.coder.wire)
    for value in bounds.inside(held.coder.wire):
        assert _takes(held.coder.from_wire, value), (name, value)
        assert fits("licence", "claims", _with(kind, held.label, value)), (name, value)
    for value in bounds.outside(held.coder.wire):
        assert not _accepted(_with(kind, held.label, value)), (name, value)
        assert not fits("licence", "claims", _with(kind, held.label, value)), (name, value)


@pytest.mark.parametrize(("kind", "name", "held"), FIELDS, ids=IDS)
def test_what_is_required_is_the_same_in_cddl(kind: Kind, name: str, held: Claim) -> None:
    wire = claims.to_wire(SAMPLES[kind.text])
    had = wire[claims.LICENCE].pop(held.label, None) is not None
    assert fits("licence", "claims", wire) == _accepted(wire), name
    assert had or _accepted(wire)


_PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**64), 2**64 - 1), st.binary(max_size=4), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.integers(0, 99), st.text(max_size=3)), inner, max_size=2),
    ),
    max_leaves=6,
)


@given(strategies.licences, st.one_of(st.integers(-3, 70), st.integers(64, 2**64 - 1)), _PLAIN)
@settings(max_examples=200)
def test_what_the_code_takes_the_cddl_takes(licence: Licence, label: int, value: object) -> None:
    wire = claims.to_wire(licence)
    wire[claims.LICENCE][label] = value
    if _accepted(wire):
        assert fits("licence", "claims", wire)
    if label >= claims.CRITICAL_BELOW:
        assert _accepted(wire)


@pytest.mark.parametrize("label", [0, 13, 63, -1, "64"])
def test_a_critical_label_is_refused_by_both(label: object) -> None:
    wire = claims.to_wire(world.physician())
    wire[claims.LICENCE][label] = 1
    assert not _accepted(wire)
    assert not fits("licence", "claims", wire)


@pytest.mark.parametrize("licence", SAMPLES.values(), ids=list(SAMPLES))
def test_a_device_key_is_never_needed(licence: Licence) -> None:
    for key in (None, world.signer("device").public_key):
        assert fits("licence", "claims", claims.to_wire(dataclasses.replace(licence, holder_key=key)))


@pytest.mark.parametrize("label", [64, 65, 2**64 - 1])
def test_a_label_that_may_be_ignored_is_taken_by_both(label: int) -> None:
    wire = claims.to_wire(world.physician())
    wire[claims.LICENCE][label] = [1, {"a": None}]
    assert _accepted(wire)
    assert fits("licence", "claims", wire)


@pytest.mark.parametrize("instant", [1_000_000_000, 2**33 - 1])
def test_each_end_of_an_instant_is_taken_by_both(instant: int) -> None:
    wire = {**claims.to_wire(world.physician()), claims.IAT: instant}
    assert _accepted(wire)
    assert fits("licence", "claims", wire)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("physician", {claims.EXP: world.T0}),
        ("nurse", {claims.EXP: ...}),
        ("institution", {claims.EXP: ...}),
        ("nurse", {claims.IAT: ...}),
        ("nurse", {claims.IAT: 999_999_999}),
        ("nurse", {claims.IAT: 2**33}),
        ("nurse", {claims.IAT: True}),
        ("nurse", {2: "sub"}),
        ("nurse", {claims.LICENCE: ...}),
        ("nurse", {claims.LICENCE: []}),
        ("physician", {claims.CNF: {}}),
        ("physician", {claims.CNF: {1: {1: 2, -1: 1, -2: b"x" * 31, -3: True}}}),
        ("physician", {claims.CNF: {1: {1: 2, -1: 1, -2: b"x" * 32, -3: b"y" * 32}}}),
        ("physician", {claims.CNF: {1: {1: 2, -1: 1, -2: b"x" * 32, -3: True, 3: -7}}}),
        ("physician", {claims.CNF: {1: {1: 1, -1: 6, -2: b"x" * 32}, 2: b"kid"}}),
    ],
)
def test_claims_that_are_refused_are_refused_by_both(name: str, change: dict[int, Any]) -> None:
    wire = {label: value for label, value in {**claims.to_wire(SAMPLES[name]), **change}.items() if value is not ...}
    assert not _accepted(wire)
    assert not fits("licence", "claims", wire)


PAYLOAD = cbor.dumps(claims.to_wire(world.physician()))
KID = SIGNER.public_key.kid
HEADER = {1: -7, 4: KID}


def _message(header: object, unprotected: object, payload: object, tag: int, length: int = 64) -> bytes:
    """A COSE message that the province really signed, however odd it is."""
    protected = cbor2.dumps(header)
    tbs = cbor2.dumps(["Signature1", protected, b"", payload or b""])
    signature = (SIGNER.sign(tbs) + b"x")[:length]
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected, payload, signature]))


@pytest.mark.parametrize(
    "data",
    [
        _message(HEADER, {4: KID}, PAYLOAD, 18),
        _message({1: -7, 4: KID[:7]}, {}, PAYLOAD, 18),
        _message({1: -7, 4: KID + b"x"}, {}, PAYLOAD, 18),
        _message({1: -7}, {}, PAYLOAD, 18),
        _message({4: KID}, {}, PAYLOAD, 18),
        _message({1: -35, 4: KID}, {}, PAYLOAD, 18),
        _message({1: "ES256", 4: KID}, {}, PAYLOAD, 18),
        _message({**HEADER, 16: "x"}, {}, PAYLOAD, 18),
        _message({1: -7, 3: 0, 4: KID}, {}, PAYLOAD, 18),
        _message(HEADER, {}, PAYLOAD, 18, 63),
        _message(HEADER, {}, PAYLOAD, 18, 65),
        _message(HEADER, {}, None, 18),
        _message(HEADER, {}, PAYLOAD + b"\0", 18),
        _message(HEADER, {}, b"", 18),
        _message(HEADER, {}, b"\xa0", 18),
        _message(HEADER, {}, PAYLOAD, 17),
        _message(HEADER, {}, PAYLOAD, 61),
    ],
)
def test_an_envelope_that_is_refused_is_refused_by_both(data: bytes) -> None:
    assert verify(_message(HEADER, {}, PAYLOAD, 18), TRUST, {}, world.T0).licence == world.physician()
    assert verify(data, TRUST, {}, world.T0).licence is None
    assert not fits("licence", "licence-token", data)


# ---------------------------------------------------------------- the named form

_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 2**34), st.text(max_size=6),
        st.from_regex(r"[0-9.]{2,8}", fullmatch=True),
        st.sampled_from(["2026-02-28", "2026-02-30", "2026-W09-6", "MBT10001246010011A1001",
                         "201946000456", "201910000456"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
        ["list", "index", "number", "name", "start", "end", "scopes", "kty"]), inner, max_size=5)),
    max_leaves=6,
)  # fmt: skip


def _ends_with_newline(value: object) -> bool:
    """`$` of Python's expressions stands before a last newline too; that of JSON Schema does not."""
    return isinstance(value, str) and value.endswith("\n")


@pytest.mark.parametrize(("kind", "name", "held"), FIELDS, ids=IDS)
def test_each_end_of_each_field_is_the_same_in_json(kind: Kind, name: str, held: Claim) -> None:
    named = claims.to_json(SAMPLES[kind.text])
    for value in bounds.inside(held.coder.wire):
        as_json = held.coder.to_json(held.coder.from_wire(value))
        assert errors("licence.schema.json", {**named, held.name: as_json}) == [], name
    for value in bounds.outside(held.coder.wire):
        if isinstance(value, bytes | dict) or _ends_with_newline(value) or not _json_like(value):
            continue
        if _takes(held.coder.from_json, value):
            continue
        assert not accepts("licence.schema.json", {**named, held.name: value}), (name, value)


@pytest.mark.parametrize(("kind", "name", "held"), ARRAYS, ids=lambda value: value if isinstance(value, str) else "")
def test_an_item_twice_is_refused_by_both(kind: Kind, name: str, held: Claim) -> None:
    once = held.coder.to_json(held.coder.from_wire(bounds.inside(held.coder.wire)[0]))
    assert _takes(held.coder.from_json, once)
    assert not _takes(held.coder.from_json, once * 2)
    assert not accepts("licence.schema.json", {**claims.to_json(SAMPLES[kind.text]), name: once * 2})


def _json_like(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_json_like, value))
    return isinstance(value, str | int | None) and not _ends_with_newline(value)


def _has_days(coder: Coder) -> bool:
    return '"date"' in json.dumps(coder.schema)


@given(st.sampled_from(FIELDS), _JSON)
@settings(max_examples=600)
def test_a_field_in_json_is_taken_by_both_or_by_neither(field: tuple[Kind, str, Claim], value: object) -> None:
    _, _, held = field
    taken, valid = _takes(held.coder.from_json, value), Draft202012Validator(held.coder.schema).is_valid(value)
    assert taken <= valid
    if not _has_days(held.coder) and not _ends_with_newline(value):
        assert taken == valid


@given(strategies.licences, st.sampled_from([held.name for _, _, held in FIELDS] + ["kind", "issued_at", "x"]), _JSON)
@settings(max_examples=200)
def test_what_the_code_takes_as_json_the_schema_takes(licence: Licence, member: str, value: object) -> None:
    named = claims.to_json(licence) | {member: value}
    try:
        claims.from_json(named)
    except Rejected:
        return
    assert errors("licence.schema.json", named) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_member_more_or_less_is_refused_by_both(name: str) -> None:
    named = claims.to_json(SAMPLES[name])
    for change in ({"identity_number": "x"}, {"kind": "dentist"}, {"holder_key": {"kty": "EC"}}):
        assert not accepts("licence.schema.json", named | change)
        with pytest.raises(Rejected):
            claims.from_json(named | change)
    for member in named:
        rest = {key: value for key, value in named.items() if key != member}
        try:
            claims.from_json(rest)
        except Rejected:
            assert not accepts("licence.schema.json", rest), member
        else:
            assert accepts("licence.schema.json", rest), member


@pytest.mark.parametrize("kind", [Kind.PHYSICIAN, Kind.NURSE], ids=lambda kind: kind.text)
def test_a_member_more_inside_is_refused_by_both(kind: Kind) -> None:
    filing = {"number": "MBT10001246010011A1001", "name": "海口市示例综合医院", "start": "2026-12-01"}
    named = claims.to_json(SAMPLES[kind.text]) | {"filings": [filing]}
    assert errors("licence.schema.json", named) == []
    more = {"phone": "1"}
    for changed in (
        {"status": named["status"] | more},
        {"institution": named["institution"] | more},
        {"filings": [filing | more]},
    ):
        assert not accepts("licence.schema.json", named | changed)
        with pytest.raises(Rejected):
            claims.from_json(named | changed)


def test_only_some_kinds_have_an_end() -> None:
    end = {"valid_until": "2030-01-01"}
    assert not accepts("licence.schema.json", claims.to_json(world.physician()) | end)
    assert accepts("licence.schema.json", claims.to_json(world.institution()) | end)
