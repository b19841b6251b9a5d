"""What may be a paper: hostile files get a typed answer, pictures lose what a camera wrote beside them."""

from __future__ import annotations

import io
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from issuer.domain.paper import BYTES_MAX, Media, checked
from issuer.domain.refusal import Refusal
from tests.issuer.services.made_papers import bomb, packed, pdf, pdf_with, picture

SCRIPT = b"<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>"

HOSTILE = {
    "empty": (b"", "paper-malformed"),
    "page of a site": (b"<!doctype html><script>alert(1)</script>", "paper-type"),
    "drawing with a script": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "paper-type"),
    "animation": (b"GIF89a" + bytes(40), "paper-type"),
    "program": (b"MZ" + bytes(100), "paper-type"),
    "pdf after something else": (b"\n" + pdf(), "paper-type"),
    "pdf cut off": (pdf()[:400], "paper-malformed"),
    "pdf that is an archive too": (pdf() + b"PK\x03\x04" + bytes(60), "paper-malformed"),
    "pdf with a script": (pdf_with(SCRIPT), "paper-active"),
    "pdf with a script under another spelling": (pdf_with(SCRIPT.replace(b"/Java", b"/J#61va")), "paper-active"),
    "pdf with a packed script": (packed(b"1 0 " + SCRIPT), "paper-active"),
    "pdf with a file inside": (pdf_with(b"<< /Type /EmbeddedFile >>"), "paper-active"),
    "pdf that starts a program": (pdf_with(b"<< /S /Launch /F (calc.exe) >>"), "paper-active"),
    "pdf with a form of XML": (pdf_with(b"<< /XFA 5 0 R >>"), "paper-active"),
    "locked pdf": (pdf_with(b"<< /Encrypt 7 0 R >>"), "paper-locked"),
    "pdf with a bomb": (packed(bytes(33 * 2**20)), "paper-too-large"),
    "picture cut off": (picture()[:3000], "paper-malformed"),
    "picture that is none": (b"\xff\xd8\xff" + bytes(500), "paper-malformed"),
    "one kind of picture under the sign of another": (b"\x89PNG\r\n\x1a\n" + picture(), "paper-malformed"),
    "picture that unpacks to gigabytes": (bomb(), "paper-too-large"),
    "too many bytes": (b"%PDF-" + bytes(BYTES_MAX), "paper-too-large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_has_a_typed_answer_at_once(name: str) -> None:
    data, code = HOSTILE[name]
    began = time.process_time()
    with pytest.raises(Refusal) as caught:
        checked(data)
    assert caught.value.code == code
    assert time.process_time() - began < 2


def test_a_pdf_is_kept_byte_for_byte() -> None:
    assert checked(pdf()) == (Media.PDF, pdf())


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_keeps_what_it_shows_and_nothing_beside_it(kind: str) -> None:
    """Upright too, since what said how it is turned is gone."""
    given_ = picture(kind)
    assert b"SECRETCAMERA" in given_
    media, kept = checked(given_ + b"<script>alert(1)</script>PK\x03\x04")
    assert (media.name, kind) in {("JPEG", "JPEG"), ("PNG", "PNG")}
    assert b"SECRETCAMERA" not in kept
    assert b"script" not in kept
    shown = Image.open(io.BytesIO(kept))
    assert not shown.getexif()
    assert shown.size == (800, 600)
    assert checked(kept)[0] is media


def test_scanned_pages_are_not_taken_for_scripts() -> None:
    """A PDF of noise as large as it may be: nothing in packed pictures reads as something that runs."""
    noise = random.Random(7).randbytes(BYTES_MAX - 200_000)
    made = pdf_with(b"<< /Length %d >>\nstream\n" % len(noise) + noise + b"\nendstream")
    assert checked(made)[0] is Media.PDF


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([picture(), picture("PNG", (60, 80)), pdf()]), st.data())
def test_a_damaged_file_is_kept_or_refused_and_nothing_else(whole: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(whole)
    for place in draw.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=8)):
        damaged[place] ^= draw.draw(st.integers(1, 255))
    try:
        media, kept = checked(bytes(damaged[: draw.draw(st.integers(0, len(whole)))]))
    except Refusal as refusal:
        assert refusal.code.startswith("paper-")
    else:
        assert media in Media
        assert kept
