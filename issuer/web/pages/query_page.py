"""The public query 公众查询: whether a person or an institution stands in the register and may practise today.

For anybody, without signing in. The questions, the fields and the limit are those of the API (`issuer.web.public`,
`issuer.services.query`): two facts that agree, public fields only, one answer for every miss. The answer tells how the
register stands now; that somebody is who they say shows only the licence itself, scanned.
"""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, render_template, request

from issuer.domain.content import Public
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import query
from issuer.services.desk import Desk
from issuer.services.query import PublicAnswer
from issuer.web import problems
from issuer.web.limit import WINDOW_SECONDS, Limit
from issuer.web.pages import changes, forms, frame
from issuer.web.params import TEXT_MAX, text

FACTS: Final = ("kind", "name", "number", "institution")


def blueprint(desk: Desk, limit: Limit) -> Blueprint:
    """The page of the query. `limit` is the one that the API counts by."""
    made = frame.pages("query")

    @made.get("/query")
    def ask() -> str | tuple[str, int, dict[str, str]]:
        asked = {fact: request.args.get(fact, "")[:TEXT_MAX] for fact in FACTS}
        if not any(asked[fact] for fact in FACTS[1:]):
            return _page(desk, asked)
        try:
            limit.take(request.remote_addr or "")
            return _page(desk, asked, found=_look(desk))
        except Refusal as refusal:
            status = problems.status_of(refusal.code)
            wait = {"Retry-After": str(WINDOW_SECONDS)} if status == problems.TOO_MANY else {}
            return _page(desk, asked, refusal=refusal), status, wait

    return made


def _look(desk: Desk) -> tuple[PublicAnswer, ...]:
    kind = text("kind")
    if kind not in set(Kind):
        raise Refusal("two-facts-needed", "kind")
    return query.public_lookup(desk, Kind(kind), text("name"), number=text("number"), institution=text("institution"))


def _page(
    desk: Desk,
    asked: dict[str, str],
    *,
    found: tuple[PublicAnswer, ...] | None = None,
    refusal: Refusal | None = None,
) -> str:
    """The form as it was filled in, with what was found (None: nothing was asked yet) or what is lacking."""
    return render_template(
        "query.html",
        asked=asked,
        kinds=forms.kinds(list(Kind)),
        found=None if found is None else [(one, *_rows(desk, one)) for one in found],
        sentence=None if refusal is None else frame.sentence(refusal),
        now=desk.clock(),
    )


def _rows(desk: Desk, one: PublicAnswer) -> tuple[list[tuple[str, str]], dict[str, str] | None]:
    """The public fields in words, and the institution that one may look up next; name and number stand above them."""
    held: Public = json.loads(one.public)
    rest = {key: value for key, value in held.items() if key not in {"name", "number"}}
    place = held.get("institution")
    next_ = {str(key): str(value) for key, value in place.items()} if isinstance(place, dict) else None
    return changes.said(desk.rules, one.kind, rest), next_
