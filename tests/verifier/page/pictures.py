"""What cameras see: scenes of printed codes, drawn, and clips of them for the browser's fake camera."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import FilePayload

from elicense import qr

SIZE: Final = (1280, 720)
_WALL: Final = (198, 192, 182)
_FRAMES: Final = 6


def scene(texts: Sequence[str], *, size: tuple[int, int] = SIZE, scale: int = 5, turn: float = 0) -> Image.Image:
    """Codes side by side on a wall, turned by some degrees."""
    picture = Image.new("RGB", size, _WALL)
    across = 40
    for text in texts:
        code = Image.open(io.BytesIO(qr.png(text, scale=scale))).convert("RGB")
        code = code.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=_WALL)
        picture.paste(code, (across, (size[1] - code.height) // 2))
        across += code.width + 25
    return picture


def jpeg(picture: Image.Image) -> bytes:
    """A picture as a camera's file."""
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=88, subsampling=2)
    return held.getvalue()


def file(data: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> FilePayload:
    """A file as a person chooses one."""
    return {"name": name, "mimeType": kind, "buffer": data}


def write_clip(path: Path, picture: Image.Image) -> None:
    """A clip for `--use-file-for-fake-video-capture`: JPEG frames one after another."""
    path.write_bytes(jpeg(picture) * _FRAMES)
