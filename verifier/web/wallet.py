"""Asking wallets over HTTP: begin, request object, response, result (OpenID4VP 1.0); and the page that does it.

    POST /v1/wallet/requests            begin: a query by name; the link, and a code to show
    GET, POST /v1/wallet/requests/ID    the signed request object, for the wallet
    POST /v1/wallet/responses/ID        the answer of the wallet
    POST /v1/wallet/results             what became of it, for whoever began
    GET /v/wallet                       the page

Nothing of a response is logged or repeated. Errors for wallets are those of RFC 6749: `error`, `error_description`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import segno
from flask import Blueprint, Response, jsonify, render_template, request
from pydantic import TypeAdapter
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from verifier.openid4vp.exchanges import Exchange, State, TooMany
from verifier.openid4vp.identity import REQUEST_TYP
from verifier.openid4vp.queries import QUERIES
from verifier.openid4vp.responses import RESPONSE_BYTES_MAX, ResponseBad
from verifier.openid4vp.wallets import PAGE, REQUESTS, RESPONSES, WALLET_NONCE_MAX, Gone, Wallets
from verifier.web.app import Refused, parse
from verifier.web.pages import HOME, guarded, texts
from verifier.web.schemas import AskResult, AskWallet

RESULTS: Final = "/v1/wallet/results"
_FORM: Final = "application/x-www-form-urlencoded"
_GONE: Final = "there is no such request, or it was answered, or it is too old"
_ASK: Final = TypeAdapter(AskWallet)
_RESULT: Final = TypeAdapter(AskResult)


def blueprint(wallets: Wallets, clock: Callable[[], int]) -> Blueprint:
    """The routes over the service, to be registered with the application of `verifier.web.app`."""
    routes = Blueprint("wallet", __name__, template_folder="templates")
    _for_those_who_ask(routes, wallets, clock)
    _for_wallets(routes, wallets, clock)

    @routes.get(PAGE)
    def page() -> Response:
        words = texts()["zh"]
        drawn = render_template("wallet.html", t=words["page"], w=words["wallet"], queries=QUERIES.values(), home=HOME)
        return guarded(Response(drawn, content_type="text/html; charset=utf-8"))

    routes.register_error_handler(_Told, _Told.answer)
    routes.register_error_handler(RequestEntityTooLarge, _too_large)
    return routes


def _for_those_who_ask(routes: Blueprint, wallets: Wallets, clock: Callable[[], int]) -> None:
    @routes.post(REQUESTS)
    def begin() -> tuple[Response, int]:
        said = parse(_ASK)
        try:
            asked = wallets.begin(said.query, encrypted=said.encrypted, same_device=said.same_device, now=clock())
        except TooMany:
            raise Refused(503, "busy", "Too many requests are open. Try again in a few minutes.") from None
        answer = {
            "transaction_id": asked.begun.transaction_id,
            "link": asked.link,
            "code": _modules(asked.link),
            "expires_at": asked.expires_at,
        }
        return jsonify(answer), 201

    @routes.post(RESULTS)
    def result() -> Response:
        said = parse(_RESULT)
        try:
            return jsonify(_told(wallets.result(said.transaction_id, said.response_code, clock())))
        except Gone:
            raise Refused(404, "not-found", "There is no such request, or it is too old. Begin again.") from None


def _for_wallets(routes: Blueprint, wallets: Wallets, clock: Callable[[], int]) -> None:
    @routes.route(f"{REQUESTS}/<request_id>", methods=["GET", "POST"])
    def request_object(request_id: str) -> Response:
        nonces = _form().get("wallet_nonce", []) if request.method == "POST" else []
        if len(nonces) > 1 or any(len(one) > WALLET_NONCE_MAX for one in nonces):
            raise _Told(400, "invalid_request", "wallet_nonce is sent twice, or too long")
        try:
            signed = wallets.request_object(request_id, nonces[0] if nonces else None, clock())
        except Gone:
            raise _Told(404, "invalid_request", _GONE) from None
        except ResponseBad as bad:
            raise _Told(503, bad.code, str(bad)) from None
        return Response(signed, content_type=f"application/{REQUEST_TYP}")

    @routes.post(f"{RESPONSES}/<request_id>")
    def respond(request_id: str) -> Response:
        try:
            return jsonify(wallets.respond(request_id, _form(), clock()))
        except Gone:
            raise _Told(400, "invalid_request", _GONE) from None
        except ResponseBad as bad:
            raise _Told(503 if bad.code == "temporarily_unavailable" else 400, bad.code, str(bad)) from None


class _Told(Exception):
    """A refusal in the form that wallets read."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(code)
        self.status, self.code, self.description = status, code, description

    def answer(self) -> Response:
        response = jsonify({"error": self.code, "error_description": self.description})
        response.status_code = self.status
        return response


def _too_large(_fault: HTTPException) -> Response:
    return _Told(413, "invalid_request", "the body is too large").answer()


def _form() -> dict[str, list[str]]:
    request.max_content_length = RESPONSE_BYTES_MAX
    if request.mimetype != _FORM:
        raise _Told(415, "invalid_request", f"send {_FORM}")
    return dict(request.form.lists())


def _told(found: Exchange) -> dict[str, Any]:
    told: dict[str, Any] = {"state": found.state.value, "query": found.query}
    if found.state in (State.ANSWERED, State.DECLINED):
        told |= found.result or {}
    return told


def _modules(link: str) -> dict[str, Any]:
    """A QR code of the link as the path of an SVG, one unit a module, with its quiet zone."""
    code = segno.make_qr(link, error="l", boost_error=False)
    border = 4
    parts = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and row[x + run] == row[x]:
                run += 1
            if row[x]:
                parts.append(f"M{x + border} {y + border}h{run}v1h-{run}z")
            x += run
    return {"size": len(code.matrix) + 2 * border, "path": "".join(parts)}
