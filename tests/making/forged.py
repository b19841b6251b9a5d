"""Tokens that are refused before anybody knows who wrote them: shape, key, signature. Checks 1 to 3."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

import cbor2

from elicense.limits import QR_DIGITS_MAX, TEXT_CHARS_MAX, TOKEN_BYTES_MAX
from elicense.status import CWT_TYP
from tests import forge
from tests.making.case import Case, refused
from tests.making.genuine import EDWARDS, KEY, padded
from tests.making.world import BASE, STATUSES, TRUSTS, WORLD
from tests.world import nurse, physician, signer

TOKEN: Final = WORLD.token()
BODY: Final = forge.raw(forge.wire())
PUBLIC: Final = KEY.public_key


def _head(**changes: object) -> bytes:
    return forge.token(BODY, KEY, header=forge.protected(PUBLIC, **changes))


def shape() -> Iterator[Case]:
    """Check 1: one deterministic COSE_Sign1 of bounded size, exactly two protected headers, nothing unprotected."""
    start, end = TOKEN[:17], TOKEN[-66:]
    for name, token in (
        ("nothing at all", b""),
        ("one byte", b"\xd2"),
        ("a break", b"\xff"),
        ("no tag", TOKEN[1:]),
        ("the tag in two bytes", b"\xd8\x12" + TOKEN[1:]),
        ("tag 17, COSE_Mac0", b"\xd1" + TOKEN[1:]),
        ("tag 98, COSE_Sign", b"\xd8\x62" + TOKEN[1:]),
        ("tag 61 around it", b"\xd8\x3d" + TOKEN),
        ("the tag twice", b"\xd2" + TOKEN),
        ("a zero follows", TOKEN + b"\0"),
        ("another token follows", TOKEN + TOKEN),
        ("cut by one byte", TOKEN[:-1]),
        ("cut in half", TOKEN[: len(TOKEN) // 2]),
        ("an array of three", b"\xd2\x83" + TOKEN[2:-66]),
        ("an array of five", b"\xd2\x85" + TOKEN[2:] + b"\xf6"),
        ("an array without an announced end", b"\xd2\x9f" + TOKEN[2:] + b"\xff"),
        ("an array of four in two bytes", b"\xd2\x98\x04" + TOKEN[2:]),
        ("an array of four billion", b"\xd2\x9a\xff\xff\xff\xff" + TOKEN[2:]),
        ("a thousand arrays in each other", b"\xd2" + b"\x81" * 1000),
        ("a thousand tags", b"\xd2" * 1000),
        ("header in a longer length than needed", b"\xd2\x84\x58\x0d" + TOKEN[3:]),
        ("header as a map instead of bytes", b"\xd2\x84" + TOKEN[3:]),
        ("payload detached", start + b"\xf6" + end),
        ("payload empty", forge.token(b"", KEY)),
        ("payload as text", start + b"\x78" + TOKEN[18:]),
        ("payload in pieces", start + b"\x5f" + TOKEN[17:-66] + b"\xff" + end),
        ("payload of four billion bytes", start + b"\x5a\xff\xff\xff\xff" + TOKEN[19:]),
        ("payload of 2^64 - 1 bytes", start + b"\x5b" + b"\xff" * 8 + TOKEN[19:]),
        ("unprotected map in pieces", TOKEN[:16] + b"\xbf\xff" + TOKEN[17:]),
        ("signature in a longer length than needed", TOKEN[:-66] + b"\x59\x00\x40" + TOKEN[-64:]),
        ("signature as an array", TOKEN[:-66] + b"\x98\x40" + TOKEN[-64:]),
        ("header not a map", forge.token(BODY, KEY, header=b"\x80")),
        ("header of no bytes", forge.token(BODY, KEY, header=b"")),
        ("header with its labels out of order",
         forge.token(BODY, KEY, header=b"\xa2\x04\x48" + PUBLIC.kid + b"\x01\x26")),
        ("header with the algorithm twice",
         forge.token(BODY, KEY, header=b"\xa3\x01\x26\x01\x26\x04\x48" + PUBLIC.kid)),
        ("header with the algorithm in two bytes",
         forge.token(BODY, KEY, header=b"\xa2\x01\x38\x06\x04\x48" + PUBLIC.kid)),
        ("key id of seven bytes", _head(_4=PUBLIC.kid[:7])),
        ("key id of nine bytes", _head(_4=PUBLIC.kid + b"\0")),
        ("key id as text", _head(_4="01234567")),
        ("algorithm by its name", _head(_1="ES256")),
        ("algorithm true", _head(_1=True)),
        ("a trust list as JSON", TRUSTS_BYTES[:1000]),
        ("a status list as JWT", STATUSES["normal as JWT"]),
    ):  # fmt: skip
        yield refused(name, token, "malformed")
    yield refused("one byte more than allowed", padded(TOKEN_BYTES_MAX + 1), "too-large")
    yield refused("a header without its algorithm", _head(_1=...), "algorithm-bad")
    moved = forge.token(BODY, KEY, header=forge.protected(PUBLIC, _1=...), unprotected={1: -7})
    yield refused("the algorithm unprotected", moved, "algorithm-bad")
    yield refused("typ of a status list", _head(_16=CWT_TYP), "type-wrong")
    yield refused("a status list as CWT", STATUSES["normal"], "type-wrong")
    for name, token in (
        ("a content type", _head(_3=0)),
        ("crit", _head(_2=[4])),
        ("crit with a label that nobody knows", _head(_2=[99], _99=1)),
        ("a label that nobody knows", _head(_99=1)),
        ("something unprotected", forge.token(BODY, KEY, unprotected={99: 1})),
        ("another key id unprotected", forge.token(BODY, KEY, unprotected={4: b"x"})),
        ("a certificate unprotected", forge.token(BODY, KEY, unprotected={33: b"0" * 64})),
    ):
        yield refused(name, token, "header-unknown")


TRUSTS_BYTES: Final = WORLD.signed_trust(TRUSTS["main"])


def texts() -> Iterator[Case]:
    """Texts that hold no token."""
    digits = str(int.from_bytes(TOKEN, "big"))
    wide = digits.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for name, text in (
        ("an empty text", ""),
        ("no digits after the mark", BASE),
        ("a leading zero", "0" + digits),
        ("a sign", "+" + digits),
        ("a space before", " " + digits),
        ("a line end after", digits + "\n"),
        ("an underscore between", digits[:9] + "_" + digits[9:]),
        ("full-width digits", wide),
        ("a raised two at the end", digits[:-1] + "²"),
        ("an Arabic digit", digits[:-1] + "٣"),
        ("a mathematical digit", digits[:-1] + "𝟛"),
        ("a zero-width space", digits + "\u200b"),
        ("hexadecimal", TOKEN.hex()),
        ("one digit changed to a letter", digits[:50] + "O" + digits[51:]),
        ("a question mark after", BASE + digits + "?"),
        ("as many nines as allowed", "9" * QR_DIGITS_MAX),
    ):
        yield refused(f"text: {name}", text, "malformed")
    yield refused("text: one digit more than allowed", "9" * (QR_DIGITS_MAX + 1), "too-large")
    yield refused("text: one character more than allowed", "x" * (TEXT_CHARS_MAX + 1), "too-large")


def key() -> Iterator[Case]:
    """Check 2: a key id that the trust list has, and an algorithm that is this key's."""
    for name, held in (
        ("a stranger's", signer("stranger")),
        ("the status key", WORLD.status_key),
        ("a root key", WORLD.roots[0]),
    ):
        yield refused(f"signed with {name}", WORLD.token(None, held), "issuer-unknown")
    for trust in ("no keys", "no issuers", "keys change purpose"):
        yield refused(f"trust list: {trust}", TOKEN, "issuer-unknown", trust=trust)
    for number in (-8, -19, -35, -257, -70_001, 5, 1, 0):
        yield refused(f"algorithm {number} for a key of ES256", _head(_1=number), "algorithm-bad")
    for number in (-7, -9, 5):
        header = forge.protected(EDWARDS.public_key, _1=number)
        yield refused(
            f"algorithm {number} for a key of EdDSA", forge.token(BODY, EDWARDS, header=header), "algorithm-bad"
        )
    header = forge.protected(PUBLIC, _1=5)
    to_sign = cbor2.dumps(["MAC0", header, b"", BODY])
    mac = hmac.new(PUBLIC.x + PUBLIC.y, to_sign, hashlib.sha256).digest()
    yield refused(
        "HMAC with the public key as its secret, padded to 64 bytes",
        forge.token(BODY, KEY, header=header, signature=lambda _: mac + mac), "algorithm-bad",
    )  # fmt: skip


def signature() -> Iterator[Case]:
    """Check 3: over the exact bytes, by the key of that id."""
    for name, change in (
        ("of zeros", lambda made: bytes(len(made))),
        ("with s zero", lambda made: made[:32] + bytes(32)),
        ("with r zero", lambda made: bytes(32) + made[32:]),
        ("with r and s exchanged", lambda made: made[32:] + made[:32]),
        ("with s plus the order, where that fits",
         lambda made: made[:32] + ((int.from_bytes(made[32:], "big") + forge.ORDER) % 2**256).to_bytes(32, "big")),
        ("with its last bit changed", lambda made: made[:-1] + bytes((made[-1] ^ 1,))),
        ("of 63 bytes", lambda made: made[:-1]),
        ("of 65 bytes", lambda made: made + b"\0"),
        ("of no bytes", lambda made: made[:0]),
        ("in DER", forge.der),
        ("of another licence", lambda _: WORLD.token(nurse())[-64:]),
    ):  # fmt: skip
        yield refused(f"signature {name}", forge.token(BODY, KEY, signature=change), "signature-bad")
    for name, held in (
        ("another province", WORLD.other_key), ("the status key", WORLD.status_key), ("a stranger", signer("stranger")),
        ("a key of another algorithm", EDWARDS),
    ):  # fmt: skip
        token = forge.token(BODY, held, header=forge.protected(PUBLIC))
        yield refused(f"this key id, signed by {name}", token, "signature-bad")
    other = WORLD.token(physician(name="林知近"))
    yield refused("one character of the name changed", TOKEN[:17] + other[17:-66] + TOKEN[-66:], "signature-bad")
    # Signed as COSE_Sign (context "Signature") and with external data: right key, right payload, other purpose.
    head = forge.protected(PUBLIC)
    for name, structure in (
        ("another context", ["Signature", head, b"", BODY]),
        ("external data", ["Signature1", head, b"x", BODY]),
        ("an empty header", ["Signature1", b"", b"", BODY]),
    ):
        made = KEY.sign(cbor2.dumps(structure))
        token = forge.token(BODY, KEY, signature=lambda _, made=made: made)  # type: ignore[misc]
        yield refused(f"signed with {name}", token, "signature-bad")
    yield refused(
        "the payload alone signed", forge.token(BODY, KEY, signature=lambda _: KEY.sign(BODY)), "signature-bad"
    )
