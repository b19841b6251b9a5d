"""COSE_Sign1: the open door for other people's messages, the narrow one for licences."""

from __future__ import annotations

import tracemalloc

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import Algorithm, PublicKey, Reason, Rejected, cbor, cose
from elicense.limits import COSE_BYTES_MAX
from tests.world import World, signer

WORLD = World()
KEY = WORLD.licence_key
TOKEN = WORLD.token()


def _message(
    header: object, unprotected: object, payload: object, signature: object = None, *, tag: bytes = b"\xd2"
) -> bytes:
    protected = header if isinstance(header, bytes) else cbor2.dumps(header)
    body = payload if isinstance(payload, bytes) else b""
    tbs = cbor2.dumps(["Signature1", protected, b"", body])
    signed = KEY.sign(tbs) if signature is None else signature
    return tag + cbor2.dumps([protected, unprotected, payload, signed])


def _reason(data: bytes, key: PublicKey = KEY.public_key) -> Reason:
    with pytest.raises(Rejected) as caught:
        cose.open_sign1(data, key)
    return caught.value.reason


@pytest.mark.parametrize("tag", [b"\xd2", b"\xd8\x12", b""])
def test_tagged_and_untagged_messages_open(tag: bytes) -> None:
    opened = cose.open_sign1(_message({1: -7}, {4: b"11", "x": [1.5]}, b"any payload", tag=tag), KEY.public_key)
    assert (opened.payload, opened.protected[1], opened.unprotected[4]) == (b"any payload", -7, b"11")


def test_rfc_8032_key_and_both_numbers_of_eddsa_open() -> None:
    edwards = signer("ed", Algorithm.EDDSA)
    for number in (-8, -19):
        header = cbor.dumps({1: number})
        data = cose.assemble(header, b"p", edwards.sign(cose.sign1_tbs(header, b"p")))
        assert cose.open_sign1(data, edwards.public_key).payload == b"p"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_message(b"", {1: -7}, b"p"), Reason.ALGORITHM_BAD),
        (_message({1: -8}, {}, b"p"), Reason.ALGORITHM_BAD),
        (_message({1: -35}, {}, b"p"), Reason.ALGORITHM_BAD),
        (_message({1: "ES256"}, {}, b"p"), Reason.ALGORITHM_BAD),
        (_message({1: True}, {}, b"p"), Reason.ALGORITHM_BAD),
        (_message({1: -7, 2: [99], 99: 1}, {}, b"p"), Reason.HEADER_UNKNOWN),
        (_message({1: -7, 2: []}, {}, b"p"), Reason.MALFORMED),
        (_message({1: -7, 2: [99]}, {}, b"p"), Reason.MALFORMED),
        (_message({1: -7}, {2: [1]}, b"p"), Reason.MALFORMED),
        (_message({1: -7}, {1: -7}, b"p"), Reason.MALFORMED),
        (_message({1: -7}, {}, None), Reason.MALFORMED),
        (_message({1: -7}, [], b"p"), Reason.MALFORMED),
        (_message([1, -7], {}, b"p"), Reason.MALFORMED),
        (_message({1: -7}, {}, b"p", b"\0" * 64), Reason.SIGNATURE_BAD),
        (_message({1: -7}, {}, b"p", b""), Reason.SIGNATURE_BAD),
        (_message({1: -7}, {}, b"p") + b"\0", Reason.MALFORMED),
        (_message({1: -7}, {}, b"p", tag=b"\xd1"), Reason.MALFORMED),
        (b"\xd2\xd2" + _message({1: -7}, {}, b"p", tag=b""), Reason.MALFORMED),
    ],
)
def test_what_does_not_open_says_why(data: bytes, reason: Reason) -> None:
    assert _reason(data) is reason


def test_a_signature_of_63_65_or_der_bytes_is_bad() -> None:
    header, payload = cbor.dumps({1: -7}), b"p"
    raw = KEY.sign(cose.sign1_tbs(header, payload))
    for signature in (
        raw[:-1],
        raw + b"\0",
        b"\0" + raw,
        raw[:32],
        b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:],
    ):
        assert _reason(_message({1: -7}, {}, payload, signature)) is Reason.SIGNATURE_BAD


@pytest.mark.parametrize("zeros", [slice(0, 32), slice(32, 64), slice(0, 64)])
def test_r_or_s_of_zero_is_bad(zeros: slice) -> None:
    signature = bytearray(KEY.sign(b"x"))
    signature[zeros] = bytes(len(signature[zeros]))
    assert not KEY.public_key.verify(b"x", bytes(signature))


def test_both_halves_of_s_are_accepted() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = KEY.sign(b"x")
    other = signature[:32] + (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    assert KEY.public_key.verify(b"x", other)


def test_a_licence_token_opens_by_the_open_door_too() -> None:
    opened = cose.open_sign1(TOKEN, KEY.public_key)
    assert opened.payload == cose.split_licence(TOKEN).payload


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_apart_or_refused(data: bytes) -> None:
    for door in (lambda: cose.split_licence(data), lambda: cose.open_sign1(data, KEY.public_key)):
        with pytest.raises(Rejected):
            door()


@given(st.integers(0, len(TOKEN) - 1), st.binary(max_size=6), st.booleans())
def test_a_token_with_a_changed_place_is_never_the_same_message(place: int, new: bytes, insert: bool) -> None:
    changed = TOKEN[:place] + new + TOKEN[place + (0 if insert else len(new)) :]
    if changed == TOKEN:
        return
    try:
        parts = cose.split_licence(changed)
    except Rejected:
        return
    assert not KEY.public_key.verify(parts.tbs, parts.signature)


@pytest.mark.parametrize(
    ("header", "unprotected", "reason"),
    [
        ({1: -7, 4: KEY.public_key.kid, 16: "application/statuslist+cwt"}, {}, Reason.TYPE_WRONG),
        ({1: -7, 3: 0, 4: KEY.public_key.kid}, {}, Reason.HEADER_UNKNOWN),
        ({4: KEY.public_key.kid}, {1: -7}, Reason.ALGORITHM_BAD),
        ({1: -7}, {4: KEY.public_key.kid}, Reason.MALFORMED),
        ({1: -7, 4: KEY.public_key.kid}, {4: b"x"}, Reason.HEADER_UNKNOWN),
        ({1: -7, 4: KEY.public_key.kid[:7]}, {}, Reason.MALFORMED),
    ],
)
def test_the_licence_profile_names_what_it_refuses(header: object, unprotected: object, reason: Reason) -> None:
    data = _message(header, unprotected, cose.split_licence(TOKEN).payload)
    with pytest.raises(Rejected) as caught:
        cose.split_licence(data)
    assert caught.value.reason is reason


def test_an_algorithm_number_of_several_bytes_is_a_bad_algorithm() -> None:
    for number in (-257, -70_001, 99):
        data = _message({1: number, 4: KEY.public_key.kid}, {}, cose.split_licence(TOKEN).payload)
        with pytest.raises(Rejected) as caught:
            cose.split_licence(data)
        assert caught.value.reason is Reason.ALGORITHM_BAD


def test_structures_that_nobody_signed_stay_small() -> None:
    """Eight million empty arrays would take a gigabyte before any signature is looked at."""
    million = b"\x9a\x00\x0f\x42\x40" + b"\x80" * 1_000_000
    protected = cbor2.dumps(cbor2.dumps({1: -7}))
    tail = cbor2.dumps(b"p") + cbor2.dumps(bytes(64))
    for data in (
        b"\xd2" + million,
        b"\xd2\x84" + million + b"\xa0" + tail,
        b"\xd2\x84" + cbor2.dumps(b"\xa1\x03" + million) + b"\xa0" + tail,
        b"\xd2\x84" + protected + b"\xa1\x03" + million + tail,
        b"\xd2\x84" + protected + b"\xa0" + million + tail,
        b"\xd2\x84" + protected + b"\xa0" + cbor2.dumps(b"p") + million,
        b"\xd2\x84" + protected,
        b"\xd2\x84",
    ):
        tracemalloc.start()
        try:
            assert _reason(data) is Reason.MALFORMED
            assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        finally:
            tracemalloc.stop()


def test_a_token_larger_than_the_limit_is_not_looked_at() -> None:
    with pytest.raises(Rejected) as caught:
        cose.split_licence(TOKEN + bytes(1024))
    assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("length", [*range(1, 300), 65_535, 65_536])
def test_every_length_is_written_as_other_software_writes_it(length: int) -> None:
    payload = bytes(length)
    message = cose.assemble(b"\xa0", payload, bytes(64))
    assert message == b"\xd2" + cbor2.dumps([b"\xa0", {}, payload, bytes(64)])
    assert cose.sign1_tbs(b"\xa0", payload) == cbor2.dumps(["Signature1", b"\xa0", b"", payload])


def test_a_critical_header_that_is_understood_opens() -> None:
    for header in ({1: -7, 2: [1]}, {1: -7, 2: [3, 4], 3: 0, 4: b"x"}, {1: -7, 2: [16], 16: "x"}):
        assert cose.open_sign1(_message(header, {}, b"p"), KEY.public_key).payload == b"p"


def test_another_tag_is_no_licence_whatever_its_header_says() -> None:
    typed = _message({1: -7, 4: KEY.public_key.kid, 16: "x"}, {}, b"p", tag=b"\xd1")
    with pytest.raises(Rejected) as caught:
        cose.split_licence(typed)
    assert caught.value.reason is Reason.MALFORMED


def test_headers_and_messages_have_exact_limits() -> None:
    def headed(size: int) -> bytes:
        return _message(cbor2.dumps({1: -7, 99: b"x" * (size - 11)}), {}, b"p")

    assert len(cbor2.dumps(cbor2.dumps({1: -7, 99: b"x" * (4_096 - 11)}))) == 4_096
    assert cose.open_sign1(headed(4_096), KEY.public_key).payload == b"p"
    assert _reason(headed(4_097)) is Reason.MALFORMED
    least = len(_message({1: -7}, {}, bytes(70_000))) - 70_000
    largest = cose.open_sign1(_message({1: -7}, {}, bytes(COSE_BYTES_MAX - least)), KEY.public_key)
    assert len(largest.payload) == COSE_BYTES_MAX - least
    assert _reason(_message({1: -7}, {}, bytes(COSE_BYTES_MAX - least + 1))) is Reason.TOO_LARGE


@pytest.mark.parametrize("head", [0x80, 0x83, 0x85, 0x98, 0x9F, 0xA2, 0xA4, 0x44, 0x64, 0xC4, 0xF6])
def test_only_an_array_of_four_is_a_message(head: int) -> None:
    good = _message({1: -7}, {}, b"p")
    assert _reason(good[:1] + bytes((head,)) + good[2:]) is Reason.MALFORMED


@pytest.mark.parametrize("label", ["41 78", "f5", "f6", "f9 3e 00", "80", "f9 3c 00"])
def test_header_labels_are_integers_or_texts(label: str) -> None:
    """Written by hand: to Python true and 1.0 are the label 1."""
    odd = bytes.fromhex(label) + b"\x01"
    assert _reason(_message(b"\xa2\x01\x26" + odd, {}, b"p")) is Reason.MALFORMED
    good = _message({1: -7}, {}, b"p")
    assert _reason(good.replace(b"\xa0", b"\xa1" + odd, 1)) is Reason.MALFORMED
