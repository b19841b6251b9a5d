"""The Flask application: parse, ask the checker, answer. No content of a request is ever logged or repeated."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import HTTPException

from elicense import strictjson
from elicense.errors import Rejected
from verifier import scoping
from verifier.checker import Checker
from verifier.limits import API_BODY_BYTES_MAX, API_PARTS_MAX
from verifier.report import Report
from verifier.texts import Lang
from verifier.web import openapi
from verifier.web.schemas import Batch, CheckPicture, CheckText

_LOG: Final = logging.getLogger(__name__)
_CHECK: Final[TypeAdapter[CheckText | CheckPicture]] = TypeAdapter(CheckText | CheckPicture)
_BATCH: Final[TypeAdapter[Batch]] = TypeAdapter(Batch)
_PARTS: Final = (b",", b"[", b"{", b'"')
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HTTP_CODES: Final = {
    400: "bad-request", 404: "not-found", 405: "method-not-allowed", 408: "too-slow", 413: "too-large",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the application gets its checker and the time.

    `checker(None)` judges now, `checker(instant)` with the lists in force then; it answers None without usable lists.
    """

    checker: Callable[[int | None], Checker | None]
    clock: Callable[[], int]
    failures: Callable[[], int] = lambda: 0


class Refused(Exception):
    """A request that is not answered. Carries status, stable code and a fixed sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


def create_app(source: Source, *, wallets: bool = False) -> Flask:
    """Make the application. With `wallets` its document describes the routes of `verifier.web.wallet` too."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = API_BODY_BYTES_MAX

    _judging(app, source)

    @app.get("/healthz")
    def health() -> tuple[Response, int]:
        checker = source.checker(None)
        trust = checker.lists.trust if checker else None
        stale = trust is not None and trust.stale(source.clock())
        body = {
            "status": "unusable" if trust is None else ("stale" if stale else "ok"),
            "trust_sequence": trust and trust.sequence,
            "next_update": trust and trust.next_update,
            "status_lists": len(checker.lists.statuses) if checker else 0,
            "last_refresh_failures": source.failures(),
        }
        return jsonify(body), 503 if trust is None else 200

    @app.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document(wallets=wallets))

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _last_resort)
    return app


def _judging(app: Flask, source: Source) -> None:
    """The routes that judge."""

    @app.post("/v1/check")
    def check() -> Response:
        asked = parse(_CHECK)
        at, as_of = (source.clock(), False) if asked.at is None else (asked.at, True)
        checker = _checker(source, at if as_of else None)
        if isinstance(asked, CheckText):
            return _reports([checker.check_text(asked.text.strip(), at=at, as_of=as_of)], asked.lang)
        try:
            picture = base64.b64decode(asked.picture, validate=True)
        except (binascii.Error, ValueError):
            raise Refused(422, "picture-not-base64", "The picture is not base64.") from None
        return _reports(checker.check_picture(picture, at=at, as_of=as_of), asked.lang)

    @app.post("/v1/batch")
    def batch() -> Response:
        asked = parse(_BATCH)
        at, as_of = (source.clock(), False) if asked.at is None else (asked.at, True)
        checker = _checker(source, at if as_of else None)
        return _reports([checker.check_text(text.strip(), at=at, as_of=as_of) for text in asked.texts], asked.lang)

    @app.post("/v1/may")
    def may() -> Response:
        try:
            asked = scoping.asked_from_json(body())
        except ValueError:
            raise Refused(422, "body-malformed", "The body does not fit the schema in /openapi.json.") from None
        return jsonify(scoping.answered(asked, lambda at: _checker(source, at), source.clock()).to_json())


def body() -> Any:  # noqa: ANN401 - JSON is any value
    """The JSON body of the request. Raises `Refused`."""
    if request.mimetype != "application/json":
        raise Refused(415, "not-json", "Send application/json.")
    data = request.get_data(cache=False)
    if sum(data.count(part) for part in _PARTS) > API_PARTS_MAX:
        raise Refused(413, "too-large", "The body has too many parts.")
    try:
        return strictjson.loads(data)
    except Rejected:
        raise Refused(400, "json-malformed", "The body is not strict JSON (RFC 7493, no floats).") from None


def parse(model: TypeAdapter[Any]) -> Any:  # noqa: ANN401 - whatever the model is of
    """The JSON body of the request as the model has it. Raises `Refused`."""
    value = body()
    try:
        return model.validate_python(value)
    except ValidationError:
        raise Refused(422, "body-malformed", "The body does not fit the schema in /openapi.json.") from None


def _checker(source: Source, at: int | None) -> Checker:
    checker = source.checker(at)
    if checker is None:
        raise Refused(503, "no-lists", "There is no believable trust list here yet. Run refresh and try again.")
    return checker


def _reports(reports: list[Report] | tuple[Report, ...], lang: Lang) -> Response:
    if any(report.problem == "busy" for report in reports):
        raise Refused(503, "busy", "Other pictures are being read. Try again in a moment.")
    return jsonify({"reports": [report.to_json(lang) for report in reports]})


def _refused(refused: Refused) -> Response:
    response = _problem(refused.status, refused.code, refused.detail)
    if refused.status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _problem(status: int, code: str, detail: str) -> Response:
    body = {"type": f"urn:elicense:problem:{code}", "title": code, "status": status, "code": code, "detail": detail}
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _http_problem(fault: HTTPException) -> Response:
    status = fault.code or 500
    if status < 400:  # a redirect, as of pages beside the API
        held = fault.get_response()
        return Response(held.get_data(), status, held.headers)
    answer = _problem(status, _HTTP_CODES.get(status, "http-error"), "See /openapi.json for what is served here.")
    if status == 405 and (allowed := getattr(fault, "valid_methods", None)):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _last_resort(fault: Exception) -> Response:
    _LOG.error("request failed: %s", type(fault).__name__)
    return _problem(500, "internal", "The verifier failed; there is no answer. Do not treat anything as valid.")
