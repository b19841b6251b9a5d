"""From a token to what a camera reads and back, judged by another encoder and by another reader."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
import qrcode
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.util import MODE_8BIT_BYTE, MODE_NUMBER, QRData

from elicense import Licence, Reason, Rejected, qr
from elicense.limits import QR_DIGITS_MAX, TEXT_CHARS_MAX
from tests.world import BASE, World, institution, nurse, physician, signer

WORLD = World()
LINKS = {licence.kind.text: WORLD.link(licence) for licence in (physician(), nurse(), institution())}
LONGEST = BASE + "9" * QR_DIGITS_MAX
tokens = st.binary(min_size=1, max_size=456).filter(lambda token: token[0] != 0)


def read(picture: bytes | Image.Image) -> str:
    """The one text that zxing-cpp finds."""
    image = picture if isinstance(picture, Image.Image) else Image.open(io.BytesIO(picture)).convert("L")
    (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return str(found.text)


@given(tokens)
def test_a_token_survives_its_digits_and_its_link(token: bytes) -> None:
    digits = qr.to_digits(token)
    assert digits.isascii()
    assert digits.isdecimal()
    assert digits[0] != "0"
    assert int(digits) == int.from_bytes(token, "big")
    for text in (digits, qr.to_link(token, BASE), qr.to_link(token, BASE.removesuffix("#"))):
        assert qr.from_text(text) == token


@given(st.integers(1, 10**QR_DIGITS_MAX - 1))
def test_digits_survive_their_bytes(number: int) -> None:
    """Each text of digits is one token and each token one text: no licence has two spellings."""
    head, tail = divmod(number, 10**600)
    digits = (f"{head}" if head else "") + (f"{tail:0600d}" if head else f"{tail}")
    assert qr.to_digits(qr.from_text(digits)) == digits


@given(st.text(max_size=60))
def test_any_text_gives_a_token_or_is_refused(text: str) -> None:
    try:
        token = qr.from_text(text)
    except Rejected as refused:
        assert refused.reason is Reason.MALFORMED
    else:
        assert text.endswith(qr.to_digits(token))


@pytest.mark.parametrize("token", [b"", b"\0", b"\0\xd2", b"\xff" * 457, b"\xd2" * 1025])
def test_what_no_code_can_hold_is_not_made(token: bytes) -> None:
    with pytest.raises(ValueError, match="token"):
        qr.to_digits(token)


@pytest.mark.parametrize(
    "base",
    ["", "elicense.example/v", "ftp://elicense.example/v", "https://elicense.example/v#x",
     "https://elicense.example/v ", "https://elicense.example/路", "javascript:alert(1)", "https://", "https://a/\n"],
)  # fmt: skip
def test_a_base_is_a_plain_link_without_a_fragment(base: str) -> None:
    with pytest.raises(ValueError, match="base"):
        qr.to_link(b"\xd2", base)


def test_limits_are_exact() -> None:
    assert len(qr.from_text("9" * QR_DIGITS_MAX)) == 457
    for text in ("9" * (QR_DIGITS_MAX + 1), BASE + "9" * (QR_DIGITS_MAX + 1), " " * (TEXT_CHARS_MAX + 1)):
        with pytest.raises(Rejected) as caught:
            qr.from_text(text)
        assert caught.value.reason is Reason.TOO_LARGE
    long_host = "https://" + "h" * (TEXT_CHARS_MAX - 10) + "#1"
    assert len(long_host) == TEXT_CHARS_MAX
    assert qr.from_text(long_host) == b"\x01"


@pytest.mark.parametrize(("kind", "modules"), [("physician", 61), ("nurse", 61), ("institution", 69)])
def test_the_symbol_is_small(kind: str, modules: int) -> None:
    """At level M, and with the other algorithm too."""
    assert len(qr.matrix(LINKS[kind])) <= modules
    licence: Licence = {"physician": physician, "nurse": nurse, "institution": institution}[kind]()
    assert len(qr.matrix(WORLD.link(licence, WORLD.edwards_key))) <= modules


def test_the_largest_token_still_is_a_symbol_that_is_read() -> None:
    assert read(qr.png(LONGEST)) == LONGEST


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_two_segments_bytes_and_digits(link: str) -> None:
    """Numeric mode is what keeps the symbol small; a single segment of bytes would be far larger."""
    symbol = qr.symbol(link)
    assert symbol.mode is None  # segno's word for several modes
    assert symbol.error == "M"
    whole = segno.make_qr(link, mode="byte", error="m", boost_error=False)
    assert len(symbol.matrix) < len(whole.matrix)


@pytest.mark.parametrize("level", ["l", "m", "q", "h"])
@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_another_reader_reads_every_level(link: str, level: str) -> None:
    assert read(qr.png(link, error=level, scale=3)) == link


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_another_encoder_makes_a_symbol_of_the_same_size_that_reads_the_same(link: str) -> None:
    head, mark, digits = link.rpartition("#")
    other = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=3)
    other.add_data(QRData((head + mark).encode(), mode=MODE_8BIT_BYTE))
    other.add_data(QRData(digits.encode(), mode=MODE_NUMBER))
    other.make(fit=True)
    assert len(other.modules) == len(qr.matrix(link))
    assert read(other.make_image().get_image().convert("L")) == link


@given(tokens)
@settings(max_examples=15)
def test_any_token_is_read_back_from_its_picture(token: bytes) -> None:
    link = qr.to_link(token, BASE)
    assert qr.from_text(read(qr.png(link, scale=3))) == token


def test_matrix_png_and_svg_are_the_same_symbol() -> None:
    link = LINKS["physician"]
    modules = qr.matrix(link)
    side = len(modules) + 2 * qr.QUIET_ZONE
    image = Image.open(io.BytesIO(qr.png(link, scale=1))).convert("L")
    assert image.size == (side, side)
    for row in range(side):
        for column in range(side):
            inside = qr.QUIET_ZONE <= row < side - qr.QUIET_ZONE and qr.QUIET_ZONE <= column < side - qr.QUIET_ZONE
            dark = inside and modules[row - qr.QUIET_ZONE][column - qr.QUIET_ZONE]
            assert (image.getpixel((column, row)) == 0) is dark
    drawn = ElementTree.fromstring(qr.svg(link))  # noqa: S314 - our own
    assert {element.tag.rpartition("}")[2] for element in drawn.iter()} == {"svg", "path"}
    assert not {name for element in drawn.iter() for name in element.attrib} & {"style", "class", "onload", "href"}


def test_a_stranger_s_token_makes_a_code_as_well() -> None:
    """Making codes proves nothing: that is why only a signature counts."""
    link = WORLD.link(None, signer("stranger"))
    assert read(qr.png(link)) == link
