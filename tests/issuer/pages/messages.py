"""Every sentence of the pages: taken out of templates and modules, compared with the English catalogues.

`python -m tests.issuer.pages.messages` prints what the catalogue lacks, ready to be translated into it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

WEB: Final = Path(__file__).parents[3] / "issuer" / "web"
CATALOGUES: Final = WEB / "locale" / "en"
_KEYWORDS: Final = {"_": None, "gettext": None, "marked": None, "ngettext": (1, 2)}


def used() -> Catalog:
    """Every sentence that a page may show, with where it stands."""
    found = Catalog()
    for path in sorted([*WEB.rglob("*.html"), *(WEB / "pages").rglob("*.py")]):
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        options = {"newstyle_gettext": "yes", "trimmed": "no", "silent": "false"}
        for line, message, comments, context in extract_from_file(method, path, _KEYWORDS, (), options):
            found.add(message, locations=[(str(path.relative_to(WEB)), line)], auto_comments=comments, context=context)
    return found


def catalogues() -> list[Catalog]:
    """The English catalogues as they stand, one for each audience."""
    found = []
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            found.append(read_po(file, locale="en"))
    return found


def catalogue() -> Catalog:
    """All of them as one."""
    whole = Catalog(locale="en")
    for message in (each for part in catalogues() for each in part if each.id):
        whole[message.id] = message
    return whole


def lacking() -> list[Message]:
    """The sentences that have no English yet."""
    held = catalogue()
    return [message for message in used() if message.id and not _translated(held.get(message.id))]


def _translated(message: Message | None) -> bool:
    if message is None:
        return False
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


if __name__ == "__main__":
    wanted = Catalog()
    for each in lacking():
        wanted[each.id] = each
    write_po(sys.stdout.buffer, wanted, omit_header=True, sort_output=True)
