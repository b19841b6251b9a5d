"""Wiring and nothing else: a desk from the settings, and the Flask application around it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import Flask, Response, jsonify, request

from issuer.config import Config, load
from issuer.services import accounts, copies, minting, publishing, rules
from issuer.services.desk import Desk
from issuer.storage import StorageFailed, Store
from issuer.vault import FileVault, Purpose
from issuer.web import acts, openapi, pages, problems, public, published, reads

_LOG: Final = logging.getLogger("issuer")
_BODY_MAX: Final = 256 * 1024
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def now() -> int:
    """The clock of the service: Unix seconds UTC. The one place where it is read."""
    return int(time.time())  # noqa: TID251 - the edge: the one place where the clock is read


def open_vault(config: Config) -> FileVault:
    """The vault of the settings. Passphrases are read when a key is first used."""
    return FileVault(
        config.vault,
        {
            Purpose.LICENCE: config.passphrase_licence,
            Purpose.STATUS: config.passphrase_status,
            Purpose.RECORD: config.passphrase_record,
            Purpose.LOOKUP: config.passphrase_lookup,
        },
    )


def open_desk(settings: Path, environment: Mapping[str, str]) -> Desk:
    """A desk over the database and the vault of the settings. Raises ConfigBad, StorageFailed, VaultError."""
    config = load(settings, environment)
    return Desk(store=Store(config.database), vault=open_vault(config), clock=now, rules=rules.load(), config=config)


def follow(desk: Desk) -> None:
    """Mint what is granted and publish what is due. What fails is kept, logged by its code, and repeated later."""
    try:
        minting.resume(desk)
        copies.resume(desk)
        publishing.publish_due(desk, desk.clock())
    except StorageFailed as failed:
        _LOG.error("minting and publishing wait: %s", failed.code)


def create_app(desk: Desk, proof: accounts.IdentityProof | None = None) -> Flask:
    """The whole API over one desk. Without another `proof` the demonstration's real-name proof is used."""
    app = Flask("issuer.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_MAX
    problems.register(app)
    app.register_blueprint(published.blueprint(desk))
    app.register_blueprint(public.blueprint(desk))
    app.register_blueprint(reads.blueprint(desk, desk.config.base_url, desk.config.scan_url))
    app.register_blueprint(acts.blueprint(desk, proof or accounts.DemonstrationProof(), lambda: follow(desk)))

    pages.register(app, desk, lambda: follow(desk), proof or accounts.DemonstrationProof())

    @app.get("/api/v1/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document())

    @app.get("/healthz")
    def health() -> tuple[Response, int]:
        found = publishing.publishing_health(desk, desk.clock())
        lists = [{"number": one.number, "issued_at": one.issued_at, "late": one.late} for one in found.lists]
        body = {
            "status": "ok" if found.ok else "failing",
            "trust_sequence": found.trust_sequence,
            "trust_next_update": found.trust_next_update,
            "waiting_since": found.waiting_since,
            "lists": lists,
            "failures": [{"list": one.list, "since": one.at, "code": one.code} for one in found.failures],
        }
        return jsonify(body), 200 if found.ok else 503

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in _HEADERS.items():
            if name not in response.headers:
                response.headers[name] = value
        route = request.url_rule.rule if request.url_rule else "-"
        _LOG.info("%s %s %d", request.method, route, response.status_code)
        return response

    return app
