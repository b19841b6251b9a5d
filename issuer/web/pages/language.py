"""The language of a page: Chinese is the source, English a gettext catalogue that is read at start.

The wish in the address (`?lang=en`) goes before the cookie, the cookie before the browser's own wish. A sentence that
the catalogue lacks is shown in Chinese; a test finds every one.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Request, g, request

LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "elicense_lang"
CATALOGUES: Final = Path(__file__).parents[1] / "locale" / "en"
"""One file for each audience; a sentence stands in one of them."""
_ID: Final = re.compile(r"[A-Za-z0-9._:/-]+")
_CIVIL: Final = dt.timezone(dt.timedelta(hours=8))


def of(asked: Request) -> str:
    """The language that a request asks for."""
    for wish in (asked.args.get("lang", ""), asked.cookies.get(COOKIE, "")):
        if wish in LANGUAGES:
            return wish
    return asked.accept_languages.best_match(["zh-CN", "zh", "en"], "zh")[:2]


def current() -> str:
    """The language of this request, worked out once."""
    if "language" not in g:
        g.language = of(request)
    return str(g.language)


def gettext(message: str, **values: object) -> str:
    """The sentence in the language of this request, with its values filled in."""
    found = translations(current()).gettext(message)
    return found % values if values else found


def ngettext(one: str, many: str, count: int) -> str:
    """The same for a number of things; the values are left to the caller."""
    return translations(current()).ngettext(one, many, count)


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language."""
    if language != "en":
        return NullTranslations()
    catalogue = Catalog(locale="en")
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def marked(message: str) -> str:
    """Mark a sentence for the catalogue that is translated where it is shown."""
    return message


def two(zh: str, en: str) -> str:
    """Whichever of two sentences the reader reads: for what the rules keep in both languages."""
    return en if current() == "en" and en else zh


def day(value: dt.date | None) -> str:
    """A civil day as people write it."""
    if value is None:
        return "—"
    return value.isoformat() if current() == "en" else f"{value.year}年{value.month}月{value.day}日"


def moment(value: int | None) -> str:
    """An instant (Unix seconds) as the wall clock at UTC+8 shows it."""
    return "—" if value is None else dt.datetime.fromtimestamp(value, _CIVIL).strftime("%Y-%m-%d %H:%M")


def brief(text: str) -> str:
    """The beginning of an id or a digest that is too long to be read; words are shown whole."""
    return f"{text[:16]}…" if len(text) > 24 and _ID.fullmatch(text) else text
