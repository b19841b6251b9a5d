"""What the command line is given to check: a file, standard input, a link or digits. No sockets: a link is not opened.

A link, and a number long enough to be a licence, is taken as what it is, whatever files there are. Everything else is
the name of a file, or, if there is none, a text that ends in the digits of a code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from verifier.limits import INPUT_BYTES_MAX

Say = Callable[[str], None]

STDIN: Final = "-"
_CODE: Final = re.compile(r"(?i:https?://.*)|[0-9]{100,}", re.DOTALL)
_LIKE_A_CODE: Final = re.compile(r".*#[0-9]+", re.DOTALL)


class NoFile(Exception):
    """There is no such file, or it cannot be read."""


def read(what: str) -> tuple[bytes, str | None]:
    """The bytes that `what` stands for, at most one more than allowed, and the file's name. Raises `NoFile`."""
    if what == STDIN:
        return sys.stdin.buffer.read(INPUT_BYTES_MAX + 1), None
    text = what.strip()
    if _CODE.fullmatch(text):
        return text.encode("utf-8", "replace"), None
    path = Path(what)
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(INPUT_BYTES_MAX + 1), what
    except (OSError, ValueError):
        pass
    if _LIKE_A_CODE.fullmatch(text):
        return text.encode("utf-8", "replace"), None
    raise NoFile(what)
