"""The sentences of the verifier, in Chinese and English, read once from the files beside this module.

A code of the format never changes; its sentence may. Nothing here decides anything.
"""

from __future__ import annotations

import json
import pkgutil
from typing import Any, Final, Literal

Lang = Literal["zh", "en"]
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


def _read(lang: Lang) -> dict[str, Any]:
    data = pkgutil.get_data(__name__, f"{lang}.json")
    if data is None:
        raise FileNotFoundError(lang)
    texts: dict[str, Any] = json.loads(data)
    return texts


TEXTS: Final[dict[Lang, dict[str, Any]]] = {lang: _read(lang) for lang in LANGS}


def heading(word: str, lang: Lang) -> str:
    """The one word of a verdict: valid, invalid, undetermined or unreadable."""
    return str(TEXTS[lang]["heading"][word])


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
