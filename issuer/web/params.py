"""What comes in an address: ids in the path, facts in the query. Bounded, without control characters."""

from __future__ import annotations

import re
from typing import Final

from flask import request

from issuer.domain.refusal import Refusal

TEXT_MAX: Final = 64
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def id_(value: str, unknown: str) -> str:
    """An id that may exist. Raises Refusal(unknown) for anything that no id looks like."""
    if _ID.fullmatch(value) is None:
        raise Refusal(unknown)
    return value


def text(name: str, limit: int = TEXT_MAX) -> str:
    """A parameter of the query, empty if absent. Raises Refusal("query-malformed"), naming it."""
    value = request.args.get(name, "")
    if len(value) > limit or not value.isprintable():
        raise Refusal("query-malformed", name)
    return value.strip()


def number(name: str, default: int, most: int) -> int:
    """A whole number from the query. Raises Refusal("query-malformed"), naming it."""
    value = request.args.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and int(value) <= most):
        raise Refusal("query-malformed", name)
    return int(value)
