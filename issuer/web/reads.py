"""What holders and institutions may read with an access token: their cases, register entries and licences.

The same addresses serve competent officers; who may see what is decided by the desk of questions. What officers alone
read is in `office`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response

from elicense import qr
from issuer.domain.account import Account
from issuer.domain.application import ApplicationId
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import copies, licences, query, watch
from issuer.services.desk import Desk
from issuer.web import auth, params, render
from issuer.web.acts import quietly
from issuer.web.content_shapes import Restricted
from issuer.web.shapes import Cases, Registrations, answer

PURPOSE_MAX: Final = 200


def blueprint(desk: Desk) -> Blueprint:
    """The routes."""
    made = Blueprint("reads", __name__, url_prefix="/api/v1")

    def reader() -> Account:
        return auth.reader(desk, desk.config.base_url)

    @made.get("/me")
    def me() -> Response:
        return answer(render.account(reader()))

    _cases(made, desk, reader)
    _register(made, desk, reader)
    return made


def _cases(made: Blueprint, desk: Desk, reader: Callable[[], Account]) -> None:
    def case_id(text: str) -> ApplicationId:
        return ApplicationId(params.id_(text, "application-unknown"))

    @made.get("/applications")
    def applications() -> Response:
        return answer(Cases(applications=[render.case(view) for view in query.own_cases(desk, reader())]))

    @made.get("/applications/<id_>")
    def application(id_: str) -> Response:
        return answer(render.case(query.case(desk, reader(), case_id(id_))))

    @made.get("/applications/<id_>/restricted")
    def restricted(id_: str) -> Response:
        account, purpose = reader(), params.text("purpose", PURPOSE_MAX)
        held = query.restricted_of(desk, account, case_id(id_), purpose)
        quietly(lambda: watch.opened(desk, account, id_))
        return answer(Restricted(dict(held)))

    @made.get("/confirmations")
    def confirmations() -> Response:
        return answer(Cases(applications=[render.case(view) for view in query.to_confirm(desk, reader())]))


def _register(made: Blueprint, desk: Desk, reader: Callable[[], Account]) -> None:
    def view(text: str) -> query.RegistrationView:
        account = reader()
        return query.registration(desk, account, RegistrationId(params.id_(text, "registration-unknown")))

    @made.get("/registrations")
    def registrations() -> Response:
        found = query.own_registrations(desk, reader())
        return answer(Registrations(registrations=[render.entry(one) for one in found]))

    @made.get("/registrations/<id_>")
    def registration(id_: str) -> Response:
        found = view(id_)
        return answer(render.detail(found, licences.of_registration(desk, found.registration.id)))

    @made.get("/registrations/<id_>/licence")
    def licence(id_: str) -> Response:
        held = licences.current(desk, view(id_).registration.id)
        if held is None or held.token is None:
            raise Refusal("licence-unknown")
        return answer(render.licence_token(held, held.token, licences.link(held, desk.config.scan_url)))

    @made.get("/registrations/<id_>/copy")
    def copy(id_: str) -> Response:
        held = copies.current(desk, view(id_).registration.id)
        if held is None or held.token is None:
            raise Refusal("licence-unknown")
        return answer(render.copy_token(held, held.token, qr.to_link(held.token, desk.config.scan_url)))
