"""A paper of a case 申请材料, as a value, and what may be one: a PDF, a JPEG or a PNG, seen by its bytes.

`checked` gives back what is kept. A picture is drawn anew: what a camera wrote beside it (place, device, time) and
whatever else hid in the file is not in the copy. A PDF is kept byte for byte, since its own signatures would break;
one that is locked, carries scripts or other files, or goes on after its end is refused. That is a filter and no proof
that a file is harmless: nothing here is ever shown inside a page. Names of files are not kept.
"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

from PIL import Image, ImageOps

from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from issuer.domain.account import AccountId
    from issuer.domain.application import ApplicationId

PaperId = NewType("PaperId", str)

BYTES_MAX: Final = 5 * 1024 * 1024
"""Of one file as it comes, and of what is kept of it."""
COUNT_MAX: Final = 20
"""Papers of one case."""
PIXELS_MAX: Final = 40_000_000
"""Of a picture: read from its head, before anything is unpacked."""
JPEG_QUALITY: Final = 90
UNPACKED_MAX: Final = 32 * 1024 * 1024
"""What the packed objects of a PDF may come to while they are looked through."""
OTHER: Final = "other"
"""The code of a paper that the guide does not name: what the authority asks for in a correction."""

_NAME: Final = re.compile(rb"/((?:[^\x00-\x20()<>\[\]{}/%#]|#[0-9A-Fa-f]{2})+)")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_ACTIVE: Final = frozenset(
    b"JavaScript Launch EmbeddedFile EmbeddedFiles RichMedia XFA SubmitForm ImportData GoToE".split()
)
"""Names that only stand in a PDF that does something. All are long: they do not turn up by chance in packed data."""
_END: Final = b"%%EOF"
_BLANK: Final = b"\r\n\t \0"


class Media(StrEnum):
    """Types of papers."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"

    @property
    def ending(self) -> str:
        """What the name of such a file ends in."""
        return {Media.PDF: "pdf", Media.JPEG: "jpg", Media.PNG: "png"}[self]


_MAGIC: Final = {b"%PDF-": Media.PDF, b"\xff\xd8\xff": Media.JPEG, b"\x89PNG\r\n\x1a\n": Media.PNG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper of a case. `sha256` and `size` are of the bytes kept; `fixed_at`: when it was handed in, None: not yet.

    `added_at` and `fixed_at` are Unix seconds.
    """

    id: PaperId
    application: ApplicationId
    code: str
    media: Media
    size: int
    sha256: bytes
    added_by: AccountId
    added_at: int
    fixed_at: int | None = None


def media_of(data: bytes) -> Media:
    """Return the type that the first bytes tell. Raises Refusal("paper-type")."""
    for magic, media in _MAGIC.items():
        if data.startswith(magic):
            return media
    raise Refusal("paper-type")


def checked(data: bytes) -> tuple[Media, bytes]:
    """Return the type of a file and the bytes that are kept.

    Raises Refusal: paper-malformed (empty, cut off, not what it begins as, something after its end), paper-type,
    paper-too-large (bytes or pixels), paper-locked, paper-active.
    """
    if not data:
        raise Refusal("paper-malformed")
    if len(data) > BYTES_MAX:
        raise Refusal("paper-too-large")
    media = media_of(data)
    if media is Media.PDF:
        _check_pdf(data)
        return media, data
    kept = _drawn(data, media)
    if len(kept) > BYTES_MAX:
        raise Refusal("paper-too-large")
    return media, kept


def _drawn(data: bytes, media: Media) -> bytes:
    """The picture drawn anew, upright, with nothing beside it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a size that Pillow only warns of is below ours or refused here
            with Image.open(io.BytesIO(data), formats=[media.ending.replace("jpg", "jpeg")]) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    raise Refusal("paper-too-large")
                picture.load()
                upright = ImageOps.exif_transpose(picture)
    except Refusal:
        raise
    except Image.DecompressionBombError:
        raise Refusal("paper-too-large") from None
    except Exception:  # noqa: BLE001 - a damaged picture makes Pillow raise nearly anything
        raise Refusal("paper-malformed") from None
    plain = upright.convert("RGB" if media is Media.JPEG or "A" not in upright.getbands() else "RGBA")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    held = io.BytesIO()
    if media is Media.JPEG:
        bare.save(held, "JPEG", quality=JPEG_QUALITY)
    else:
        bare.save(held, "PNG")
    return held.getvalue()


def _check_pdf(data: bytes) -> None:
    end = data.rfind(_END)
    if end < 0 or data[end + len(_END) :].strip(_BLANK):
        raise Refusal("paper-malformed")
    names = {name for part in _parts(data) for name in _names(part)}
    if b"Encrypt" in names:
        raise Refusal("paper-locked")
    if names & _ACTIVE:
        raise Refusal("paper-active")


def _names(data: bytes) -> Iterator[bytes]:
    """The names in a piece of a PDF, as they read (`/J#53` is `/JS`)."""
    for found in _NAME.finditer(data):
        yield _ESCAPE.sub(lambda hit: bytes([int(hit[1], 16)]), found[1])


def _parts(data: bytes) -> Iterator[bytes]:
    """The file itself, and its packed objects unpacked, up to a limit. Raises Refusal("paper-malformed") beyond it."""
    yield data
    left = UNPACKED_MAX
    for found in _STREAM.finditer(data):
        head = data[max(0, found.start() - 512) : found.start()].rpartition(b" obj")[2]
        if b"ObjStm" not in set(_names(head)):
            continue
        try:
            part = zlib.decompressobj().decompress(data[found.end() :], left)
        except zlib.error:
            raise Refusal("paper-malformed") from None
        left -= len(part)
        if left <= 0:
            raise Refusal("paper-too-large")
        yield part
