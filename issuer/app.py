"""Wiring and nothing else: the Flask application around a desk, and what follows each act."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request

from issuer.services import accounts, copies, minting, publishing, wallets
from issuer.services.desk import Desk
from issuer.web import acts, office, pages, problems, public, published, reads, service
from issuer.web import wallets as wallet_routes
from issuer.web.limit import Limit

_LOG: Final = logging.getLogger("issuer")
_BODY_MAX: Final = 256 * 1024
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def follow(desk: Desk) -> None:
    """Mint what is granted and publish what is due. Never raises.

    The acts that made it due stand, whatever happens here. What fails is kept where it failed, logged by its code, and
    repeated by the timer; one failure does not stop the others.
    """
    steps: tuple[Callable[[], object], ...] = (
        lambda: minting.resume(desk),
        lambda: copies.resume(desk),
        lambda: wallets.resume(desk),
        lambda: publishing.publish_due(desk, desk.clock()),
    )
    for step in steps:
        try:
            step()
        except Exception as failed:  # noqa: BLE001 - the edge: an act that was done must not be answered as failed
            _LOG.error("waits: %s at %s", getattr(failed, "code", type(failed).__name__), problems.place(failed))


def create_app(desk: Desk, proof: accounts.IdentityProof | None = None) -> Flask:
    """The whole API over one desk. Without another `proof` the demonstration's real-name proof is used."""
    app = Flask("issuer.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_MAX
    problems.register(app)
    app.register_blueprint(published.blueprint(desk))
    questions = Limit(desk.clock)
    app.register_blueprint(public.blueprint(desk, questions))
    app.register_blueprint(reads.blueprint(desk))
    app.register_blueprint(office.blueprint(desk))
    app.register_blueprint(service.blueprint(desk))
    app.register_blueprint(acts.blueprint(desk, proof or accounts.DemonstrationProof(), lambda: follow(desk)))

    wallet_routes.register(app, desk, lambda: follow(desk))
    pages.register(app, desk, lambda: follow(desk), proof or accounts.DemonstrationProof(), questions)

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in _HEADERS.items():
            if name not in response.headers:
                response.headers[name] = value
        if response.direct_passthrough and (response.status_code == 304 or request.method == "HEAD"):
            response.close()  # a file was opened, and nobody will read it to its end
        route = request.url_rule.rule if request.url_rule else "-"
        _LOG.info("%s %s %d", request.method, route, response.status_code)
        return response

    return app
