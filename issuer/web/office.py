"""What officers read with an access token: the queue, what key managers and auditors oversee, what systems follow."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from issuer.domain.account import Account
from issuer.services import exchange, oversight, query
from issuer.services.desk import Desk
from issuer.web import auth, params, render
from issuer.web.shapes import Accounts, Cases, Keys, Organisations, Trail, answer

_SEQ_MAX: Final = 2**53 - 1
_PAGE: Final = 100


def blueprint(desk: Desk) -> Blueprint:
    """The routes."""
    made = Blueprint("office", __name__, url_prefix="/api/v1")

    def reader() -> Account:
        return auth.reader(desk, desk.config.base_url)

    @made.get("/queue")
    def queue() -> Response:
        return answer(Cases(applications=[render.case(view) for view in query.queue(desk, reader())]))

    @made.get("/organisations")
    def organisations() -> Response:
        found = oversight.organisations(desk, reader())
        return answer(Organisations(organisations=[render.organisation(one) for one in found]))

    @made.get("/accounts")
    def accounts() -> Response:
        return answer(Accounts(accounts=[render.account(one) for one in oversight.staff(desk, reader())]))

    @made.get("/keys")
    def keys() -> Response:
        return answer(Keys(keys=[render.key(one) for one in oversight.electronic_keys(desk, reader())]))

    @made.get("/trail")
    def trail() -> Response:
        account = reader()
        after, limit = params.number("after", 0, _SEQ_MAX), params.number("limit", _PAGE, oversight.EVENTS_MOST)
        return answer(Trail(events=[render.event(row) for row in oversight.trail(desk, account, after, limit)]))

    @made.get("/share/registrations")
    def share() -> Response:
        account = reader()
        since, limit = params.number("since", 0, _SEQ_MAX), params.number("limit", _PAGE, exchange.MOST)
        return answer(render.shared(exchange.page(desk, account, since, max(limit, 1))))

    return made
