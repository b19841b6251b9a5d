"""The sentences of the verifier, in Chinese and English, read once from the files beside this module.

A code of the format never changes; its sentence may. Nothing here decides anything.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

Lang = Literal["zh", "en"]
_OPTIONAL: Final = re.compile(r"\[([^\]]*)\]")
_NAMES: Final = re.compile(r"\{([a-z_]+)\}")
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


def _read(lang: Lang) -> dict[str, Any]:
    data = pkgutil.get_data(__name__, f"{lang}.json")
    if data is None:
        raise FileNotFoundError(lang)
    texts: dict[str, Any] = json.loads(data)
    return texts


TEXTS: Final[dict[Lang, dict[str, Any]]] = {lang: _read(lang) for lang in LANGS}


def heading(word: str, lang: Lang, reason: str | None = None) -> str:
    """The one word of a verdict: that of a reason which has its own, or else of the outcome.

    `word` is valid, invalid, undetermined or unreadable.
    """
    held = TEXTS[lang]
    return str(held["headings"].get(reason) or held["heading"][word])


def fill(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence with its facts. A part in square brackets is left out if one of its facts is not known."""

    def part(match: re.Match[str]) -> str:
        inner = match[1]
        return inner.format_map(values) if all(name in values for name in _NAMES.findall(inner)) else ""

    return _OPTIONAL.sub(part, sentence)


def word(name: str, lang: Lang, **values: str | int) -> str:
    """A word or phrase around the verdict."""
    return str(TEXTS[lang]["words"][name]).format(**values)


def age(seconds: int, lang: Lang) -> str:
    """How long ago, in words: seconds, minutes, hours, then days."""
    if seconds < 0:
        return str(TEXTS[lang]["age"]["future"])
    steps = (("days", 86_400 * 2, 86_400), ("hours", 7_200, 3_600), ("minutes", 120, 60), ("seconds", 0, 1))
    for unit, least, size in steps:
        if seconds >= least:
            return str(TEXTS[lang]["age"][unit]).format(n=seconds // size)
    raise AssertionError(seconds)
