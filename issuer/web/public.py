"""What anybody may ask: one registration by two facts, at a limited rate.

A name that nobody bears and a name that does not go with the other fact get the same answer: nothing found.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import query
from issuer.services.desk import Desk
from issuer.web import render
from issuer.web.limit import Limit
from issuer.web.params import text
from issuer.web.shapes import PublicRegistrations, answer


def blueprint(desk: Desk, limit: Limit) -> Blueprint:
    """The public routes. `limit` counts the page's questions too."""
    made = Blueprint("public", __name__, url_prefix="/api/v1/public")

    @made.get("/registrations")
    def lookup() -> Response:
        limit.take(request.remote_addr or "")
        kind, name = text("kind"), text("name")
        if kind not in set(Kind):
            raise Refusal("two-facts-needed", "kind")
        found = query.public_lookup(desk, Kind(kind), name, number=text("number"), institution=text("institution"))
        return answer(PublicRegistrations(registrations=[render.public(one) for one in found]))

    return made
