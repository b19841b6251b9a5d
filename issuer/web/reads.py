"""What accounts may read: their cases, their register entries, their licences, and an officer's queue."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from elicense import qr
from issuer.domain.account import Account
from issuer.domain.application import ApplicationId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import copies, licences, query
from issuer.services.desk import Desk
from issuer.web import auth, render


def blueprint(desk: Desk, audience: str, qr_base: str) -> Blueprint:
    """The routes for readers with an access token. `qr_base` is the link that the QR codes begin with."""
    made = Blueprint("reads", __name__, url_prefix="/api/v1")

    def reader() -> Account:
        return auth.reader(desk, audience)

    _cases(made, desk, reader)
    _register(made, desk, reader, qr_base)
    return made


def _cases(made: Blueprint, desk: Desk, reader: Callable[[], Account]) -> None:
    @made.get("/me")
    def me() -> Response:
        return jsonify(render.account(reader()))

    @made.get("/applications")
    def applications() -> Response:
        return jsonify({"applications": [render.case(view) for view in query.own_cases(desk, reader())]})

    @made.get("/applications/<id_>")
    def application(id_: str) -> Response:
        return jsonify(render.case(query.case(desk, reader(), ApplicationId(id_))))

    @made.get("/applications/<id_>/restricted")
    def restricted(id_: str) -> Response:
        purpose = request.args.get("purpose", "")[:200]
        return jsonify(query.restricted_of(desk, reader(), ApplicationId(id_), purpose))

    @made.get("/confirmations")
    def confirmations() -> Response:
        return jsonify({"applications": [render.case(view) for view in query.to_confirm(desk, reader())]})

    @made.get("/queue")
    def queue() -> Response:
        return jsonify({"applications": [render.case(view) for view in query.queue(desk, reader())]})


def _register(made: Blueprint, desk: Desk, reader: Callable[[], Account], qr_base: str) -> None:
    @made.get("/registrations")
    def registrations() -> Response:
        return jsonify({"registrations": [render.public(each) for each in query.own_registrations(desk, reader())]})

    @made.get("/registrations/<id_>")
    def registration(id_: str) -> Response:
        entry, history = query.registration(desk, reader(), RegistrationId(id_))
        found = licences.of_registration(desk, entry.id)
        shown = {
            "history": [render.change(each) for each in history],
            "licences": [render.licence(one) for one in found],
        }
        return jsonify({**render.registration(entry), **shown})

    @made.get("/registrations/<id_>/licence")
    def licence(id_: str) -> Response:
        entry, _ = query.registration(desk, reader(), RegistrationId(id_))
        held = licences.current(desk, entry.id)
        if held is None or held.token is None:
            raise Refusal("licence-unknown")
        return jsonify({**render.licence(held), "token": held.token.hex(), "link": licences.link(held, qr_base)})

    @made.get("/registrations/<id_>/copy")
    def copy(id_: str) -> Response:
        entry, _ = query.registration(desk, reader(), RegistrationId(id_))
        held = copies.current(desk, entry.id)
        if held is None or held.token is None:
            raise Refusal("licence-unknown")
        return jsonify({**render.copy(held), "token": held.token.hex(), "link": qr.to_link(held.token, qr_base)})
