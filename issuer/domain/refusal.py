"""The one way an act is refused: a stable code, a sentence without personal data, and the findings behind it.

A `Refusal` means that the act did not happen; the transaction it was raised in rolls back. It carries no HTTP
status (that is the web edge's business) and never a name, an identity number or another personal value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason, in both languages, with the provision or project rule it rests on."""

    code: str
    zh: str
    en: str
    basis: str


class Refusal(Exception):
    """An act that did not happen, and why.

    Promise: `code` is stable, lower case with hyphens; `detail` names fields, states and codes, never a value of a
    person. `grounds` carries the reasons with their legal basis where the law asks for them (行政许可法 38).
    """

    def __init__(self, code: str, detail: str = "", grounds: tuple[Ground, ...] = ()) -> None:
        """Raise ValueError if the code is not lower case with hyphens (a mistake of ours, not of the caller's)."""
        if _CODE.fullmatch(code) is None:
            raise ValueError(f"not a refusal code: {code!r}")
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.grounds = grounds
