"""What the service says about itself: how it is, and what its API looks like."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from issuer.services import publishing, witnessed
from issuer.services.desk import Desk
from issuer.web import openapi, render
from issuer.web.shapes import answer


def blueprint(desk: Desk) -> Blueprint:
    """The routes."""
    made = Blueprint("service", __name__)

    @made.get("/healthz")
    def health() -> Response:
        at = desk.clock()
        told = render.health(publishing.publishing_health(desk, at), witnessed.health(desk, at))
        return answer(told, 200 if told.status == "ok" else 503)

    @made.get("/api/v1/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document())

    return made
