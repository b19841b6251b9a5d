"""The strict CBOR: only deterministic bytes of the format's types come through, whatever cbor2 would accept."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import Reason, Rejected, cbor
from elicense.limits import PAYLOAD_DEPTH_MAX

_KEYS = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(max_size=8))
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**64), 2**64 - 1), st.binary(max_size=40), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(_VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    try:
        data = cbor.dumps(value)
    except ValueError:
        return
    assert cbor.loads(data) == value
    assert cbor.dumps(cbor.loads(data)) == data


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused_and_what_is_read_is_deterministic(data: bytes) -> None:
    try:
        value = cbor.loads(data)
    except Rejected as refused:
        assert refused.reason is Reason.MALFORMED
    else:
        assert cbor.dumps(value) == data


def _encoded_again(data: bytes) -> object:
    """The proof that `decode_ordered` shortens: decode, encode, compare. `Rejected` where it does not hold."""
    try:
        value: object = cbor2.loads(
            data, max_depth=PAYLOAD_DEPTH_MAX, allow_indefinite=False, allow_duplicate_keys=False
        )
        same = cbor2.dumps(value) == data
    except Exception:  # noqa: BLE001 - as there: any failure is one answer
        same = False
    return value if same else Rejected


def _decoded(data: bytes) -> object:
    try:
        return cbor.decode_ordered(data)
    except Rejected:
        return Rejected


def test_the_short_proof_says_what_encoding_again_says_of_every_head() -> None:
    """Every head of one and two bytes with every first byte behind it, alone, followed, and as part of an array."""
    for first in (*range(0xC0), *range(0xE0, 0xF9)):
        for second in range(256):
            for data in (
                bytes((first,)), bytes((first, second)), bytes((0x82, first, second)), bytes((first, second, 0, 0)),
                bytes((first, 0, second)) + bytes(first & 7), bytes((first, 0, 0, second)) + bytes(second),
                bytes((first, second)) + b"a" * second, bytes((0x81, first)) + b"a" * (first & 31),
            ):  # fmt: skip
                assert _agree(data), data.hex()


@given(_VALUES, st.data())
def test_the_short_proof_says_what_encoding_again_says_of_damaged_messages(value: object, draw: st.DataObject) -> None:
    """Bytes changed, put in, cut off, put behind: whatever one accepts, the other does, and reads it alike."""
    data = bytearray(cbor2.dumps(value))
    for _ in range(draw.draw(st.integers(0, 3))):
        at = draw.draw(st.integers(0, len(data)))
        data[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=3))
    assert _agree(bytes(data)), data.hex()


def _agree(data: bytes) -> bool:
    """Both read the same or refuse; a tag is refused by one alone, since here cbor2 makes something of it."""
    found, expected = _decoded(data), _encoded_again(data)
    return repr(found) == repr(expected) or (found is Rejected and _has_what_formats_do_not(expected))


def _has_what_formats_do_not(value: object) -> bool:
    """Tags that cbor2 made objects of, whatever they are in."""
    if isinstance(value, list | tuple):
        return any(map(_has_what_formats_do_not, value))
    if isinstance(value, dict):
        return any(map(_has_what_formats_do_not, (*value.keys(), *value.values())))
    return not isinstance(value, int | str | bytes | None) or abs(value if isinstance(value, int) else 0) >= 2**64


@pytest.mark.parametrize("length", [0, 1, 23, 24, 98, 99, 100, 255, 256, 65_535, 65_536])
def test_strings_of_every_length_of_head(length: int) -> None:
    """Where the short proof ends the long one takes over."""
    for value in ("a" * length, b"a" * length, ["a" * length, 1], {1: b"a" * length}):
        data = cbor.dumps(value)
        assert cbor.loads(data) == value
        for behind in (b"\x00", b"\xf7", b"\x80"):
            with pytest.raises(Rejected):
                cbor.decode_ordered(data + behind)


@pytest.mark.parametrize("depth", [PAYLOAD_DEPTH_MAX - 1, PAYLOAD_DEPTH_MAX, PAYLOAD_DEPTH_MAX + 1])
def test_both_proofs_stop_at_the_same_depth(depth: int) -> None:
    for inner in (b"\x00", b"\x58\x64" + b"a" * 100):
        data = b"\x81" * depth + inner
        assert repr(_decoded(data)) == repr(_encoded_again(data))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "ff",
        "f7",
        "f820",
        "f97e00",
        "fb3ff0000000000000",
        "0000",
        "1800",
        "190001",
        "1a00000001",
        "1b0000000000000001",
        "3800",
        "5801aa",
        "780161",
        "9800",
        "b800",
        "5f41004100ff",
        "7f6161ff",
        "9fff",
        "bfff",
        "a201000100",
        "a202000100",
        "a2616200616100",
        "a1f500",
        "a1f9000000",
        "a14100" + "00",
        "c000",
        "c100",
        "c2420100",
        "c4820101",
        "d81c80",
        "d81d00",
        "d82360",
        "d9d9f700",
        "61ff",
        "62c328",
        "5b7fffffffffffffff",
        "9b00000000ffffffff",
        "bb0000000000ffffff",
        "81" * 60 + "00",
        "d81e820102",
        "d8256040",
        "d9010280",
    ],
)
def test_lax_cbor_is_refused(data: str) -> None:
    with pytest.raises(Rejected):
        cbor.loads(bytes.fromhex(data))


def test_no_tag_ever_becomes_an_object() -> None:
    bodies = (b"\x00", b"\x40", b"\x60", b"\x80", b"\x82\x00\x01", b"\xc2\x41\x01")
    for tag in (*range(0x180), 1000, 1004, 43000, 55799, 65535, 70000):
        head = cbor2.dumps(cbor2.CBORTag(tag, None))[:-1] if tag not in (0, 1) else bytes([0xC0 + tag])
        for body in bodies:
            for read in (cbor.loads, cbor.loads_any, cbor.decode_ordered):
                with pytest.raises(Rejected):
                    read(head + body)


def test_equal_keys_of_other_types_are_not_one_key() -> None:
    for data in ("a2010001f5", "a20100f500", "a2f5000100", "a201000100"):
        with pytest.raises(Rejected):
            cbor.loads(bytes.fromhex(data))


@pytest.mark.parametrize(
    "value", [1.5, {1.0: 1}, {True: 1}, {b"k": 1}, {(1,): 1}, 2**64, -(2**64) - 1, {1, 2}, object()]
)
def test_values_the_format_does_not_have_are_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"integer|map key|type"):
        cbor.dumps(value)


def test_deep_nesting_is_refused_quickly() -> None:
    for data in (b"\x81" * 100_000 + b"\x00", b"\xa1\x00" * 100_000 + b"\x00"):
        for read in (cbor.loads, cbor.loads_any):
            with pytest.raises(Rejected):
                read(data)
