"""Acts: what is signed is what is done. Against second readings of one text, and against bytes that crash a parser."""

from __future__ import annotations

import contextlib
import dataclasses
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain import act as acts
from issuer.domain import canonical
from issuer.domain.account import AccountId
from issuer.domain.act import Act, Es256Proof, SignedAct
from issuer.domain.refusal import Refusal
from tests.issuer.domain.made import AT

ACT = Act(name="application.review", actor=AccountId("acc-1"), target="app-1", revision=3, at=AT, nonce="0" * 32)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=300))
@example(b"")
@example(b"[" * 70_000)
@example(b'{"v":1}')
@example(b"NaN")
@example(b"1" * 5000)
def test_any_bytes_are_one_act_or_a_refusal(data: bytes) -> None:
    code = ""
    try:
        assert acts.parse(data).to_bytes() == data
    except Refusal as refusal:
        code = refusal.code
    assert code in {"", "act-malformed"}


@given(st.data())
def test_a_changed_byte_never_gives_the_same_act(data: st.DataObject) -> None:
    good = ACT.to_bytes()
    position = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(Refusal):
        assert acts.parse(bytes(changed)) != ACT


@given(JSON)
def test_canonical_json_reads_what_it_writes(value: canonical.Json) -> None:
    try:
        data = canonical.dumps(value)
    except Refusal:
        return  # too deep or too long
    assert canonical.loads(data) == value
    assert canonical.dumps(canonical.loads(data)) == data


@given(JSON)
def test_any_other_spelling_of_the_same_value_is_refused(value: canonical.Json) -> None:
    spaced = json.dumps(value, indent=1, ensure_ascii=True).encode()
    if spaced != canonical.dumps(value):
        with pytest.raises(Refusal):
            canonical.loads(spaced)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"b":1,"a":2}',
        '{"a":1.0}',
        '{"a":1e3}',
        '{"a":-0}',
        '{"a":Infinity}',
        '{"a":9007199254740992}',
        '{"ä":1}',
        ' {"a":1}',
        '{"a":1}\n',
        '{"a":"\\u0061"}',
        '{"a":"\\ud800"}',
        '\ufeff{"a":1}',
        "[" * 17 + "]" * 17,
        '"' + "x" * 70_000 + '"',
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        canonical.loads(text.encode("utf-8"))
    assert refused.value.code == "json-malformed"


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"v": "1"},
        {"revision": -1},
        {"revision": True},
        {"revision": "3"},
        {"at": "2026-11-23T08:00:00+00:00"},
        {"at": "2026-13-23T08:00:00Z"},
        {"at": "2026-11-23T08:00:60Z"},
        {"nonce": "0" * 31},
        {"nonce": "A" * 32},
        {"act": "review"},
        {"act": "application.review\n"},
        {"actor": ""},
        {"target": "a b"},
        {"body": []},
        {"extra": 1},
    ],
)
def test_an_act_with_one_member_out_of_form_is_refused(change: dict[str, canonical.Json]) -> None:
    value = canonical.loads(ACT.to_bytes())
    assert isinstance(value, dict)
    with pytest.raises(Refusal) as refused:
        acts.parse(canonical.dumps({**value, **change}))
    assert refused.value.code == "act-malformed"


def test_a_proof_holds_for_these_bytes_and_this_key_only() -> None:
    key, other = SoftwareSigner.generate(Algorithm.ES256), SoftwareSigner.generate(Algorithm.ES256)
    data = ACT.to_bytes()
    signed = SignedAct(act_bytes=data, key_id=key.public_key.kid.hex(), proof=Es256Proof(signature=key.sign(data)))
    assert acts.verify_proof(signed, key.public_key)
    assert not acts.verify_proof(signed, other.public_key)
    changed = dataclasses.replace(ACT, revision=4).to_bytes()
    assert not acts.verify_proof(dataclasses.replace(signed, act_bytes=changed), key.public_key)
    for signature in (b"", signed.proof.signature[:-1], signed.proof.signature + b"\0"):
        proof = Es256Proof(signature=signature)
        assert not acts.verify_proof(dataclasses.replace(signed, proof=proof), key.public_key)


def test_a_proof_travels_as_tagged_json() -> None:
    proof = Es256Proof(signature=bytes(range(64)))
    value = canonical.loads(acts.proof_to_bytes(proof))
    assert acts.proof_from_json(value) == proof
    bad_ones: tuple[object, ...] = (
        None,
        [],
        {},
        {"type": "es256"},
        {"type": "none", "signature": "A" * 86},
        {"type": "es256", "signature": "A"},
    )
    for bad in bad_ones:
        with pytest.raises(Refusal):
            acts.proof_from_json(bad)


@pytest.mark.parametrize(("offset", "inside"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_an_act_counts_for_five_minutes_either_way(offset: int, inside: bool) -> None:
    assert acts.in_time(ACT, AT + offset) is inside


def test_the_civil_day_is_that_of_utc_plus_eight() -> None:
    midnight = AT + 8 * 3600  # 2026-11-23 16:00 UTC
    assert acts.civil_day(midnight - 1).isoformat() == "2026-11-23"
    assert acts.civil_day(midnight).isoformat() == "2026-11-24"
