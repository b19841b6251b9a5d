"""Everything a stranger may send: an answer each time, never valid, never a crash, never a piece of it shown."""

from __future__ import annotations

import dataclasses
import logging
import time
import tracemalloc
from collections.abc import Callable, Iterator

import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from elicense import Licence, Outcome, Reason, SoftwareSigner, check_text, face, qr, verify
from elicense.limits import QR_DIGITS_MAX, TEXT_CHARS_MAX, TOKEN_BYTES_MAX
from tests import forge, strategies
from tests.world import BASE, T0, World, institution, nurse, physician, signer

WORLD = World()
TRUST = WORLD.opened()
LISTS = WORLD.statuses()
KEY = WORLD.licence_key
TOKENS = {
    f"{licence.kind.text} {held.public_key.algorithm.jose}": WORLD.token(licence, held)
    for licence in (physician(), nurse(), institution())
    for held in (KEY, WORLD.edwards_key)
}
TOKEN = WORLD.token()
DIGITS = qr.to_digits(TOKEN)


def refused(data: bytes) -> Reason:
    """The one reason for which bytes are refused, none of them shown."""
    verdict = verify(data, TRUST, LISTS, T0)
    assert verdict.outcome is Outcome.INVALID
    assert (verdict.licence, verdict.issuer, verdict.status_list) == (None, None, None)
    (finding,) = verdict.findings
    assert not finding.detail
    return finding.reason


def flips(token: bytes) -> Iterator[bytes]:
    """Every token that differs from this one in a single bit."""
    number, length = int.from_bytes(token, "big"), len(token)
    for bit in range(8 * length):
        yield (number ^ 1 << bit).to_bytes(length, "big")


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_every_single_bit_flip_is_refused(token: bytes) -> None:
    reasons = {refused(changed) for changed in flips(token)}
    assert reasons == {
        Reason.MALFORMED, Reason.HEADER_UNKNOWN, Reason.ISSUER_UNKNOWN, Reason.ALGORITHM_BAD, Reason.SIGNATURE_BAD,
    }  # fmt: skip


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_every_truncation_and_every_lost_or_repeated_byte_is_refused(token: bytes) -> None:
    for end in range(len(token)):
        refused(token[:end])
        refused(token[end + 1 :])
        refused(token[:end] + token[end + 1 :])
        refused(token[: end + 1] + token[end:])


@pytest.mark.parametrize("end", [b"\0", b"\xff", b"\xa0", b"\n", TOKEN, bytes(64)])
def test_nothing_may_follow_or_come_before(end: bytes) -> None:
    assert refused(TOKEN + end) is Reason.MALFORMED
    assert refused(end + TOKEN) is Reason.MALFORMED


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda data: TOKEN[:19] + data)))
@example(b"")
@example(b"\xd2" * 1024)
@example(b"\x9f" * 1024)
@example(b"\xd2\x84\x5f" + b"\x5f" * 900)
def test_any_bytes_are_answered_and_never_valid(data: bytes) -> None:
    refused(data)


@given(
    st.one_of(
        st.text(max_size=200),
        st.text("0123456789", min_size=1, max_size=1200),
        st.text("0123456789", max_size=20).map(lambda text: DIGITS[:-20] + text),
        st.text(max_size=5).map(lambda text: BASE + DIGITS + text),
        st.text(max_size=5).map(lambda text: BASE + text + DIGITS),
    )
)
def test_any_text_is_answered_and_valid_only_with_the_very_digits(text: str) -> None:
    verdict = check_text(text, TRUST, LISTS, T0)
    assert (verdict.outcome is Outcome.VALID) == (text.rpartition("#")[2] == DIGITS)


def _full_width(digits: str) -> str:
    return digits.translate({ord("0") + n: 0xFF10 + n for n in range(10)})


@pytest.mark.parametrize(
    "digits",
    [
        "", "0", "0" + DIGITS, "00" + DIGITS, "+" + DIGITS, "-" + DIGITS, " " + DIGITS, DIGITS + " ", DIGITS + "\n",
        DIGITS + "\0", DIGITS[:9] + "_" + DIGITS[9:], DIGITS[:9] + "," + DIGITS[9:], DIGITS + ".0", DIGITS + "e0",
        "0x" + TOKEN.hex(), TOKEN.hex(), DIGITS[:-1] + "²", "²", _full_width(DIGITS),
        _full_width(DIGITS[0]) + DIGITS[1:], DIGITS[:-1] + "٣", DIGITS[:-1] + "৩", DIGITS[:-1] + "𝟘",
        DIGITS + "\u200b", "\u202e" + DIGITS,
        "\ufeff" + DIGITS, DIGITS + "?x", DIGITS + "%30", DIGITS + "/", "NaN", "None",
    ],
)  # fmt: skip
def test_only_plain_digits_are_digits(digits: str) -> None:
    """What Python's own int() would let pass is a second spelling of one licence, or worse."""
    for text in (digits, BASE + digits):
        assert check_text(text, TRUST, LISTS, T0).reasons == (Reason.MALFORMED,)


def test_more_digits_than_a_code_may_have_are_not_read() -> None:
    for text in ("9" * (QR_DIGITS_MAX + 1), BASE + "9" * (QR_DIGITS_MAX + 1), "x" * (TEXT_CHARS_MAX + 1)):
        assert check_text(text, TRUST, LISTS, T0).reasons == (Reason.TOO_LARGE,)
    assert check_text("9" * QR_DIGITS_MAX, TRUST, LISTS, T0).reasons == (Reason.MALFORMED,)
    assert check_text("9" * 5_000_000, TRUST, LISTS, T0).reasons == (Reason.TOO_LARGE,)


# ---- CBOR that some decoder takes: once outside, where nobody has signed it, once inside, signed by the right key


def _inside(old: bytes, new: bytes) -> bytes:
    """The payload of a physician with one piece of its bytes replaced, signed anew."""
    body = forge.raw(forge.wire(_64=0))
    assert body.count(old) == 1, old
    return forge.token(body.replace(old, new), KEY)


_NAME = forge.raw("林知远")
_LAST = b"\x18\x40\x00"
_PIECES = {
    "name twice": (b"\x04" + _NAME, b"\x04" + _NAME + b"\x04" + _NAME),
    "two names": (b"\x04" + _NAME, b"\x04" + _NAME + b"\x04" + forge.raw("苏予安")),
    "label in two bytes": (b"\x04" + _NAME, b"\x18\x04" + _NAME),
    "length in two bytes": (_NAME, b"\x78\x09" + _NAME[1:]),
    "length in five bytes": (_NAME, b"\x7a\0\0\0\x09" + _NAME[1:]),
    "indefinite text": (_NAME, b"\x7f" + _NAME + b"\xff"),
    "name as bytes": (_NAME, b"\x49" + _NAME[1:]),
    "broken UTF-8": (_NAME, b"\x69\xff" + _NAME[2:]),
    "surrogates": (_NAME, b"\x66\xed\xa0\x80\xed\xb0\x80"),
    "overlong UTF-8": (_NAME, b"\x62\xc0\xaf"),
    "version as float": (b"\x03\x01", b"\x03\xf9\x3c\x00"),
    "version true": (b"\x03\x01", b"\x03\xf5"),
    "version null": (b"\x03\x01", b"\x03\xf6"),
    "version undefined": (b"\x03\x01", b"\x03\xf7"),
    "version as big number": (b"\x03\x01", b"\x03\xc2\x41\x01"),
    "version negative": (b"\x03\x01", b"\x03\x20"),
    "version in nine bytes": (b"\x03\x01", b"\x03\x1b" + bytes(7) + b"\x01"),
    "simple value": (b"\x03\x01", b"\x03\xf8\x20"),
    "date tag": (b"\x03\x01", b"\x03\xc1\x01"),
    "shared value": (b"\x03\x01", b"\x03\xd8\x1c\x01"),
    "reference": (b"\x03\x01", b"\x03\xd8\x1d\x00"),
    "regular expression": (_NAME, b"\xd8\x23" + _NAME),
    "embedded CBOR": (_NAME, b"\xd8\x18\x43" + b"\x62AB"),
    "unknown tag": (_NAME, b"\xda\x7f\xff\xff\xff" + _NAME),
    "indefinite array": (b"\x12\x81\x0b", b"\x12\x9f\x0b\xff"),
    "array of two billion": (b"\x12\x81\x0b", b"\x12\x9a\x7f\xff\xff\xff\x0b"),
    "array of 2^64": (b"\x12\x81\x0b", b"\x12\x9b" + b"\xff" * 8 + b"\x0b"),
    "text of four billion": (_NAME, b"\x7a\xff\xff\xff\xff" + _NAME[1:]),
    "nested": (_LAST, b"\x18\x40" + b"\x81" * 9 + b"\x00"),
    "nested deeply": (_LAST, b"\x18\x40" + b"\x81" * 600 + b"\x00"),
    "maps as keys": (_LAST, b"\x18\x40" + b"\xa1" * 300 + b"\x00" * 301),
    "label beyond 64 bits": (_LAST, b"\xc2\x49\x01" + bytes(8) + b"\x00"),
    "labels out of order": (b"\x03\x01\x04" + _NAME, b"\x04" + _NAME + b"\x03\x01"),
    "map longer than said": (_LAST, _LAST + b"\x18\x41\x00"),
    "map shorter than said": (_LAST, b""),
    "hidden behind": (_LAST, _LAST + b"\xa0"),
}


@pytest.mark.parametrize(("old", "new"), _PIECES.values(), ids=_PIECES.keys())
def test_a_payload_that_decoders_read_differently_is_refused(old: bytes, new: bytes) -> None:
    assert verify(_inside(old, old), TRUST, LISTS, T0).outcome is Outcome.VALID
    assert refused(_inside(old, new)) is Reason.CLAIMS_BAD


_OUTSIDE = {
    "no shortest length": lambda: TOKEN.replace(b"\x58\x40", b"\x59\x00\x40"),
    "header in two bytes": lambda: TOKEN.replace(b"\xd2\x84\x4d", b"\xd2\x84\x58\x0d"),
    "header as a map": lambda: b"\xd2\x84" + TOKEN[3:],
    "unprotected twice": lambda: b"\xd2\x84\x4d" + TOKEN[3:16] + b"\xa0\xa0" + TOKEN[17:],
    "indefinite unprotected": lambda: TOKEN[:16] + b"\xbf\xff" + TOKEN[17:],
    "indefinite payload": lambda: TOKEN[:17] + b"\x5f" + TOKEN[17:-66] + b"\xff" + TOKEN[-66:],
    "indefinite signature": lambda: TOKEN[:-66] + b"\x5f" + TOKEN[-66:] + b"\xff",
    "signature as an array": lambda: TOKEN[:-66] + b"\x98\x40" + TOKEN[-64:],
    "payload as text": lambda: TOKEN[:17] + b"\x78" + TOKEN[18:],
    "payload of four billion": lambda: TOKEN[:17] + b"\x5a\xff\xff\xff\xff" + TOKEN[19:],
    "payload of 2^64": lambda: TOKEN[:17] + b"\x5b" + b"\xff" * 8 + TOKEN[19:],
    "array of four billion": lambda: b"\xd2\x9a\xff\xff\xff\xff" + TOKEN[2:],
    "nested arrays": lambda: b"\xd2" + b"\x81" * 1000,
    "nested tags": lambda: b"\xd2" * 1000,
    "nested maps": lambda: b"\xd2" + b"\xa1" * 1000,
    "shared cycle": lambda: b"\xd2\xd8\x1c\x81\xd8\x1d\x00",
    "COSE_Sign": lambda: b"\xd8\x62" + TOKEN[1:],
    "COSE_Mac0": lambda: b"\xd1" + TOKEN[1:],
    "COSE_Encrypt0": lambda: b"\xd0" + TOKEN[1:],
}


@pytest.mark.parametrize("make", _OUTSIDE.values(), ids=_OUTSIDE.keys())
def test_an_envelope_that_decoders_read_differently_is_refused(make: Callable[[], bytes]) -> None:
    assert refused(make()) is Reason.MALFORMED


@pytest.mark.parametrize(
    "name",
    [
        "林\u202e远知", "\u2066林知远\u2069", "林\u200d知远", "林\u00ad知远", "林\ufe0f知远", "L\u0456n", "\u0391lice",
        "林知远\u0000", "林知远\n院长", " 林知远", "林知远\u3000", "林\u00a0知远", "⽊", "羽\ufa1e", "ﬁn", "Ｌｉｎ",
        "\U000e0041",         "林知远👨‍⚕️", "林知远✔", "cafe\u0301", "\ud7ff", "\ufffd", "",
    ],
)  # fmt: skip
def test_a_name_that_shows_as_another_is_refused_whoever_signed_it(name: str) -> None:
    for licence in (physician(), nurse(), institution()):
        assert refused(forge.token(forge.wire(licence, _4=name), KEY)) is Reason.CLAIMS_BAD


# ---- bounds, silence


@pytest.mark.parametrize("held", [KEY, signer("stranger")], ids=["signed", "not signed"])
def test_the_worst_tokens_take_little_time_and_memory(held: SoftwareSigner) -> None:
    """Of the two bounds only memory is tight: the machine of a test may be busy."""
    bodies = [
        b"\xa1\x01\x9a\0\0\x03\x20" + b"\x80" * 800, b"\x81" * 900, b"\xa1" * 450 + b"\0" * 450,
        b"\x9b" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\xc2\x59\x03\x80" + b"\xff" * 896,
        forge.raw({label * (2**61 - 1): 0 for label in range(1, 80)}),
        forge.raw(forge.wire(_64=list(range(24)) * 30)), forge.raw(forge.wire(_4="林" * 250)),
    ]  # fmt: skip
    tokens = [forge.token(body, held) for body in bodies]
    tokens += [b"\xd2" + body for body in bodies] + [forge.token(b"", held, header=body[:900]) for body in bodies]
    assert max(map(len, tokens)) <= TOKEN_BYTES_MAX
    tokens += [bytes(40_000_000), b"\xd2" * 40_000_000]
    texts = ["9" * QR_DIGITS_MAX, "#" * TEXT_CHARS_MAX, "9" * TEXT_CHARS_MAX, "x" * 50_000_000]
    began = time.perf_counter()
    tracemalloc.start()
    try:
        for token in tokens:
            verify(token, TRUST, LISTS, T0)
        for text in texts:
            check_text(text, TRUST, LISTS, T0)
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - began < len(tokens) + len(texts)


CANARY = "金丝雀"


def test_nothing_of_a_refused_token_is_shown_or_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    licence = physician(name=CANARY, number="999999999999999")
    tokens = [
        WORLD.token(licence, signer("stranger")),
        WORLD.token(licence)[:-1] + b"\0",
        WORLD.token(licence) + b"\0",
        WORLD.token(dataclasses.replace(licence, place=110_000)),
        forge.token(forge.wire(licence, _63=CANARY), KEY),
        forge.token(forge.wire(licence, _4=CANARY + "\u202e"), KEY),
        forge.token(forge.wire(licence, _2=CANARY), KEY),
        forge.token(forge.wire(licence, _12=[[CANARY]]), KEY),
        forge.token(cbor2.dumps(CANARY), KEY),
        forge.token(forge.wire(licence), KEY, unprotected={CANARY: 1}),
        forge.token(forge.wire(licence), KEY, header=forge.protected(KEY.public_key, _3=CANARY)),
    ]
    told = ""
    for token in tokens:
        refused(token)
        verdict = verify(token, TRUST, LISTS, T0)
        told += f"{verdict!r} {verdict} {verdict.reasons}"
    told += repr(check_text(CANARY, TRUST, LISTS, T0)) + repr(check_text(BASE + CANARY, TRUST, LISTS, T0))
    for piece in (CANARY, "999999999999999", repr(CANARY.encode())[2:-1], CANARY.encode().hex()):
        assert piece not in told + caplog.text + "".join(capfd.readouterr())


@given(strategies.licences)
@settings(max_examples=60)
def test_every_genuine_licence_can_be_shown(licence: Licence) -> None:
    """Codes that no table has, odd numbers, editions from the future: notes and faces never fail."""
    everywhere = dataclasses.replace(WORLD.hainan, divisions=tuple(range(110_000, 830_000, 10_000)))
    try:
        token = WORLD.token(licence)
    except ValueError:
        return
    verdict = verify(token, WORLD.trust(everywhere), {}, T0)
    if verdict.licence is not None and verdict.issuer is not None:
        assert all(note.code and note.field for note in verdict.notes)
        assert verdict.identifier is None or str(verdict.identifier)
        for lang in ("zh", "en"):
            assert all(row.label and row.value is not None for row in face.rows(verdict.licence, verdict.issuer, lang))
