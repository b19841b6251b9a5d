"""Between a token and the text of a QR code, both ways, and the size of the symbol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from elicense.keys import b64url
from elicense.limits import QR_DIGITS_MAX
from tests.making import forged
from tests.making.genuine import LARGE, SMALL
from tests.making.world import BASE, WORLD
from tests.world import institution, nurse, physician

Json = dict[str, Any]
LARGEST: Final = (10**QR_DIGITS_MAX - 1).to_bytes(457, "big")


def write() -> Iterator[Json]:
    """A token and a base become a link of exactly these characters."""
    tokens = {
        f"{kind}, {size}": WORLD.token(made[kind])
        for size, made in (("smallest", SMALL), ("largest", LARGE))
        for kind in made
    }
    tokens |= {made().kind.text: WORLD.token(made()) for made in (physician, nurse, institution)}
    tokens |= {"one byte": b"\x01", "zeros behind": b"\x01" + bytes(20), "as many digits as allowed": LARGEST}
    for name, token in tokens.items():
        digits = str(int.from_bytes(token, "big"))
        yield {
            "name": name,
            "token": b64url(token),
            "base": BASE,
            "expect": {"link": BASE + digits, "digits": len(digits)},
        }
    for name, token in (
        ("nothing", b""), ("a zero in front", b"\0\x01"),
        ("one digit more than allowed", (10**QR_DIGITS_MAX).to_bytes(457, "big")),
    ):  # fmt: skip
        yield {"name": name, "token": b64url(token), "base": BASE, "expect": {"refused": True}}


def read() -> Iterator[Json]:
    """A text gives these bytes, whatever they are, or is refused."""
    for name, text, token in (
        ("one", "1", b"\x01"),
        ("255", "255", b"\xff"),
        ("256", "256", b"\x01\x00"),
        ("2^64", str(2**64), b"\x01" + bytes(8)),
        ("a link", BASE + "256", b"\x01\x00"),
        ("any scheme", "mailto:a@b#256", b"\x01\x00"),
        ("only a mark", "#256", b"\x01\x00"),
        ("the last mark counts", "#1#256", b"\x01\x00"),
        ("as many digits as allowed", str(int.from_bytes(LARGEST, "big")), LARGEST),
    ):
        yield {"name": name, "text": text, "expect": {"token": b64url(token)}}
    for case in forged.texts():
        if case.name != "text: as many nines as allowed":  # digits, only not those of a token
            yield {"name": case.name.removeprefix("text: "), "text": case.token, "expect": {"refused": case.reasons[0]}}
