"""What the service says about itself: how it is, and what its API looks like."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from issuer.services import publishing
from issuer.services.desk import Desk
from issuer.web import openapi, render
from issuer.web.shapes import answer


def blueprint(desk: Desk) -> Blueprint:
    """The routes."""
    made = Blueprint("service", __name__)

    @made.get("/healthz")
    def health() -> Response:
        found = publishing.publishing_health(desk, desk.clock())
        return answer(render.health(found), 200 if found.ok else 503)

    @made.get("/api/v1/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document())

    return made
