"""Pictures of every kind, good and hostile: texts or a typed answer, in bounded time, by a process that may die."""

from __future__ import annotations

import gc
import io
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tests.verifier import pictures
from tests.verifier.pictures import code, pdf, saved, sheet
from tests.world import World, institution, nurse, physician
from verifier import limits
from verifier.scan import Found, Reader, Unreadable, looks_like_picture, texts_in

WORLD = World()
LINK = WORLD.link()
OTHERS = [WORLD.link(physician(version=number)) for number in range(2, 5)]
FOREIGN = "https://u.example.com/EAACNDFvqzXVx"
PICTURE = code(LINK)


def fault(reader: Reader, data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        reader.read(data)
    return caught.value.code


# ---------------------------------------------------------------- good pictures


def tinted(mode: str) -> Image.Image:
    return PICTURE.convert(mode)


def see_through() -> Image.Image:
    """Black modules on nothing."""
    made = Image.new("LA", PICTURE.size, (0, 0))
    made.putalpha(ImageOps.invert(PICTURE))
    return made


def deep() -> Image.Image:
    """Sixteen bits a pixel."""
    return PICTURE.convert("I").point(lambda value: value * 257).convert("I;16")


GOOD: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: saved(PICTURE),
    "PNG, one bit": lambda: saved(tinted("1")),
    "PNG, palette": lambda: saved(tinted("P")),
    "PNG, colour": lambda: saved(tinted("RGB")),
    "PNG, transparent": lambda: saved(see_through()),
    "PNG, transparent colour": lambda: saved(see_through().convert("RGBA")),
    "PNG, 16 bits": lambda: saved(deep()),
    "JPEG": lambda: saved(PICTURE, "JPEG", quality=40),
    "JPEG, colour": lambda: saved(tinted("RGB"), "JPEG"),
    "JPEG, CMYK": lambda: saved(tinted("RGB").convert("CMYK"), "JPEG"),
    "JPEG, progressive": lambda: saved(PICTURE, "JPEG", progressive=True),
    "JPEG of several pictures": lambda: saved(PICTURE.convert("RGB"), "MPO", save_all=True, append_images=[PICTURE]),
    "WebP": lambda: saved(tinted("RGB"), "WEBP", quality=50),
    "GIF": lambda: saved(tinted("P"), "GIF"),
    "BMP": lambda: saved(tinted("RGB"), "BMP"),
    "TIFF": lambda: saved(PICTURE, "TIFF", compression="tiff_lzw"),
    "TIFF, fax": lambda: saved(tinted("1"), "TIFF", compression="group4"),
    "PDF": lambda: pdf([PICTURE]),
    "inverted": lambda: saved(ImageOps.invert(PICTURE)),
    "pale": lambda: saved(PICTURE.point(lambda value: 120 + value // 12)),
    "two pixels a module": lambda: saved(code(LINK, 2)),
    "sixty pixels a module": lambda: saved(code(LINK, 60)),
    "mirrored": lambda: saved(ImageOps.mirror(PICTURE)),
    "in a corner of a large picture": lambda: saved(ImageOps.expand(PICTURE, (1_500, 20, 20, 1_500), 255)),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_of_picture_is_read(reader: Reader, name: str) -> None:
    data = GOOD[name]()
    assert looks_like_picture(data)
    assert reader.read(data) == Found((LINK,))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_held_anyhow_is_read(reader: Reader, orientation: int) -> None:
    """EXIF says how to turn the picture; four of the eight ways mirror it."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = PICTURE if undo is None else PICTURE.transpose(undo)
    assert reader.read(saved(turned.convert("RGB"), "JPEG", exif=exif)).texts == (LINK,)


def test_top_is_where_the_camera_says_that_it_is(reader: Reader) -> None:
    """A photograph taken upside down is told in the order in which people see it."""
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = sheet([code(LINK), code(OTHERS[0])], 1).transpose(Image.Transpose.ROTATE_180)
    assert reader.read(saved(turned, "JPEG", exif=exif)).texts == (LINK, OTHERS[0])


@given(st.integers(0, 359), st.integers(3, 6))
@settings(max_examples=15)
def test_a_code_at_any_angle_is_read(reader: Reader, angle: int, scale: int) -> None:
    turned = code(LINK, scale).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert reader.read(saved(turned)).texts == (LINK,)


@pytest.mark.parametrize("licence", [physician(), nurse(), institution()], ids=lambda one: one.kind.text)
def test_every_kind_of_licence_is_read_from_a_small_picture(reader: Reader, licence: object) -> None:
    link = WORLD.link(licence)  # type: ignore[arg-type]
    assert reader.read(saved(code(link, 3), "JPEG", quality=60)).texts == (link,)


# ---------------------------------------------------------------- several codes


def test_several_codes_come_from_top_to_bottom_each_once(reader: Reader) -> None:
    links = [LINK, *OTHERS]
    assert reader.read(saved(sheet([code(one) for one in [*links, LINK]], 1))) == Found(tuple(links))


def test_other_codes_are_texts_like_any(reader: Reader) -> None:
    """The code of a messenger hangs beside the licence, larger than it."""
    found = reader.read(saved(sheet([code(FOREIGN, 9), code(LINK)], 2)))
    assert set(found.texts) == {FOREIGN, LINK}


def test_a_small_licence_beside_a_sharp_other_code_is_found(reader: Reader) -> None:
    """The other one is read at once; only a second look, enlarged, finds the licence."""
    blurred = ImageOps.expand(code(LINK).resize((130, 130), Image.Resampling.BILINEAR), 10, 255)
    both = saved(sheet([code(FOREIGN, 3), blurred], 2))
    assert set(reader.read(both).texts) == {FOREIGN, LINK}


def test_more_codes_than_are_taken_is_said(reader: Reader) -> None:
    many = [code(f"number {number}", 3) for number in range(limits.CODES_MAX + 3)]
    found = reader.read(saved(sheet(many, 9)))
    assert len(found.texts) == limits.CODES_MAX
    assert not found.complete


def test_frames_and_pages_are_read_up_to_a_number_and_that_is_said(reader: Reader) -> None:
    blank = Image.new("L", PICTURE.size, 255)
    moving = saved(blank, "GIF", save_all=True, append_images=[blank.point(lambda _: 200), PICTURE.copy()], duration=50)
    assert reader.read(moving) == Found((LINK,))
    paged = saved(blank, "TIFF", save_all=True, append_images=[PICTURE.copy()])
    assert reader.read(paged) == Found((LINK,))
    small = code(LINK, 3)
    for pages, complete in ((limits.PAGES_MAX, True), (limits.PAGES_MAX + 1, False)):
        blanks = [Image.new("L", (9, 9), 255) for _ in range(pages - 1)]
        assert reader.read(pdf([small, *blanks])) == Found((LINK,), complete=complete)
        faxed = saved(small.convert("L"), "TIFF", save_all=True, append_images=[one.copy() for one in blanks])
        assert reader.read(faxed) == Found((LINK,), complete=complete)


# ---------------------------------------------------------------- bad pictures


def cut(data: bytes, part: float) -> bytes:
    return data[: int(len(data) * part)]


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not-a-picture"),
    "a text": (lambda: b"https://elicense.example/v#1", "not-a-picture"),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "not-a-picture"),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-a-picture"),
    "only the beginning of a PNG": (lambda: b"\x89PNG", "damaged"),
    "a PNG cut short": (lambda: cut(saved(PICTURE), 0.5), "damaged"),
    "a JPEG cut short": (lambda: cut(saved(PICTURE, "JPEG"), 0.3), "damaged"),
    "only the beginning of a PDF": (lambda: b"%PDF-1.7\n", "damaged"),
    "a PDF cut short": (lambda: cut(empty_pdf(), 0.2), "damaged"),
    "a PDF with a password": (pictures.locked_pdf, "locked"),
    "a blank picture": (lambda: saved(Image.new("L", (300, 300), 255)), "no-code"),
    "one pixel": (lambda: saved(Image.new("L", (1, 1))), "no-code"),
    "a line": (lambda: saved(Image.new("L", (5_000, 1))), "no-code"),
    "an empty page": (lambda: pictures.empty_pdf(1), "no-code"),
    "a page as large as a field": (lambda: pictures.empty_pdf(1, b"0 0 14400 14400"), "no-code"),
    "a page of no size": (lambda: pictures.empty_pdf(1, b"0 0 0 0"), "no-code"),
    "a PDF without pages": (lambda: pictures.empty_pdf(0), "damaged"),
    "a bomb": (lambda: pictures.png_of(100_000, 100_000), "too-large"),
    "a wide bomb": (lambda: pictures.png_of(2_000_000_000, 1), "too-large"),
    "a bomb of one shade": (lambda: pictures.png_of(8_000, 7_500), "too-large"),
    "a bomb of four colours": (lambda: saved(Image.new("RGBA", (6_700, 6_700))), "too-large"),
    "a bomb just below": (lambda: pictures.png_of(7_000, 7_000), "damaged"),
    "too many bytes": (lambda: b"\x89PNG" + bytes(limits.PICTURE_BYTES_MAX), "too-large"),
}


def empty_pdf() -> bytes:
    return pictures.empty_pdf(2)


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_says_why(reader: Reader, name: str) -> None:
    make, said = BAD[name]
    data, began = make(), time.monotonic()
    assert fault(reader, data) == said
    assert time.monotonic() - began < 3
    assert reader.read(saved(PICTURE)).texts == (LINK,)


def test_a_thousand_pages_take_no_longer_than_twenty(reader: Reader) -> None:
    began = time.monotonic()
    assert fault(reader, pictures.empty_pdf(1_000)) == "no-code"
    assert time.monotonic() - began < 5


def test_a_jpeg_that_lost_its_end_is_not_guessed(reader: Reader) -> None:
    """The upper part may hold a whole code; half a file is half a file."""
    data = saved(ImageOps.expand(PICTURE, (0, 0, 0, 1_000), 255), "JPEG")
    assert fault(reader, cut(data, 0.8)) == "damaged"


@pytest.mark.parametrize("make", [pictures.endless_pdf, lambda: saved(pictures.labyrinth())], ids=["PDF", "labyrinth"])
def test_a_picture_made_to_take_for_ever_is_ended(make: Callable[[], bytes]) -> None:
    """Two kilobytes for PDFium, forty for ZXing; the next picture is read as if nothing had been."""
    reader = Reader(seconds=0.4)
    data, began = make(), time.monotonic()
    assert fault(reader, data) == "too-slow"
    assert time.monotonic() - began < 3
    assert reader.read(saved(PICTURE)).texts == (LINK,)
    reader.close()


def test_what_was_found_before_the_end_is_kept_and_called_incomplete() -> None:
    reader = Reader(seconds=0.6)
    found = reader.read(saved(code(LINK, 3), "TIFF", save_all=True, append_images=[pictures.labyrinth()]))
    assert found.texts == (LINK,)
    assert not found.complete
    reader.close()


# ---------------------------------------------------------------- any bytes

MAGICS = (
    b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"%PDF-1.4\n", b"II*\0", b"RIFF0000WEBP",
)  # fmt: skip


@given(st.binary(max_size=300), st.sampled_from(MAGICS))
@settings(max_examples=150)
def test_any_bytes_get_a_typed_answer(reader: Reader, data: bytes, magic: bytes) -> None:
    assert fault(reader, magic + data) in {"not-a-picture", "damaged", "no-code", "too-large", "locked"}


@given(st.sampled_from([name for name in GOOD if "sixty" not in name and "corner" not in name]), st.data())
@settings(max_examples=40)
def test_a_picture_with_changed_bytes_gives_the_code_or_none(reader: Reader, name: str, data: st.DataObject) -> None:
    """Never another code: what is corrected is corrected back."""
    held = bytearray(GOOD[name]())
    for _ in range(data.draw(st.integers(1, 4))):
        held[data.draw(st.integers(0, len(held) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert set(reader.read(bytes(held)).texts) <= {LINK}
    except Unreadable as unreadable:
        assert unreadable.code in {"not-a-picture", "damaged", "no-code", "too-large", "locked"}


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA"]), st.data())
@settings(max_examples=60)
def test_any_small_picture_gets_a_typed_answer(
    reader: Reader, width: int, height: int, mode: str, data: st.DataObject
) -> None:
    pixels = data.draw(st.binary(min_size=width * height, max_size=width * height))
    picture = Image.frombytes("L", (width, height), pixels).convert(mode)
    assert fault(reader, saved(picture)) == "no-code"


# ---------------------------------------------------------------- the process


def process_of(reader: Reader) -> int:
    (process,) = reader._idle  # noqa: SLF001 - whom to kill
    return process._process.pid  # noqa: SLF001


def test_a_reader_that_is_killed_is_replaced(reader: Reader) -> None:
    for _ in range(2):
        assert reader.read(saved(PICTURE)).texts == (LINK,)
        os.kill(process_of(reader), 9)
        assert fault(reader, saved(PICTURE)) == "damaged"
    assert reader.read(saved(PICTURE)).texts == (LINK,)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_no_process_outlives_its_reader() -> None:
    made = Reader()
    made.read(saved(PICTURE))
    first = process_of(made)
    made.close()
    assert not alive(first)
    made.read(saved(PICTURE))
    second = process_of(made)
    del made
    gc.collect()
    assert not alive(second)
    assert texts_in(saved(PICTURE)) == Found((LINK,))


def test_many_threads_share_few_processes() -> None:
    shared = Reader(at_once=2)
    links = [LINK, *OTHERS] * 3
    found: dict[int, tuple[str, ...]] = {}

    def read(number: int, link: str) -> None:
        found[number] = shared.read(saved(code(link, 3))).texts

    threads = [threading.Thread(target=read, args=one) for one in enumerate(links)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(len(links))] == [(link,) for link in links]
    assert len(shared._idle) <= 2  # noqa: SLF001
    shared.close()


def test_who_waits_too_long_for_a_turn_is_told() -> None:
    shared = Reader(patience=0.05, seconds=1)
    slow = threading.Thread(target=lambda: fault(shared, pictures.endless_pdf()))
    slow.start()
    time.sleep(0.2)
    assert fault(shared, saved(PICTURE)) == "busy"
    slow.join()
    assert shared.read(saved(PICTURE)).texts == (LINK,)
    shared.close()


def test_nothing_in_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clinic's folder of pictures may hold other files too."""
    for name in ("json.py", "zxingcpp.py", "PIL/__init__.py", "verifier/__init__.py", "verifier/picture.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert texts_in(saved(PICTURE)).texts == (LINK,)
    assert not (tmp_path / "run").exists()


def test_the_pictures_are_what_they_are_called() -> None:
    """So that the tests above are about what they say."""
    kinds = {name: Image.open(io.BytesIO(make())) for name, make in GOOD.items() if name != "PDF"}
    assert kinds["PNG, 16 bits"].mode.startswith("I")
    assert kinds["PNG, transparent"].mode == "LA"
    assert kinds["JPEG, CMYK"].mode == "CMYK"
    assert kinds["JPEG of several pictures"].format == "MPO"
