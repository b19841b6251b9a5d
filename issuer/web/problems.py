"""Refusals as problem documents (RFC 9457). Only here does a refusal code meet an HTTP status.

The body carries the stable code, a sentence in Chinese and English, and the grounds with their legal basis; never a
piece of the request.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from issuer.domain.refusal import Ground, Refusal
from issuer.services import rules
from issuer.storage import ChangedMeanwhile, StorageFailed
from issuer.vault import VaultError

_LOG: Final = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"

_UNAUTHORISED: Final = frozenset(
    {
        "account-unknown",
        "account-inactive",
        "key-unknown",
        "key-not-holder",
        "proof-bad",
        "access-bad",
        "access-missing",
    }
)
_FORBIDDEN: Final = frozenset(
    {"role-missing", "role-conflict", "out-of-jurisdiction", "four-eyes", "own-case", "not-your-application",
     "not-your-institution", "purpose-missing"}
)  # fmt: skip
_MISSING: Final = frozenset(
    {"application-unknown", "registration-unknown", "organisation-unknown", "licence-unknown", "list-unknown"}
)
_CONFLICT: Final = frozenset(
    {"changed-meanwhile", "act-replayed", "application-open-already", "registration-exists", "account-exists",
     "organisation-exists", "number-taken", "key-known", "key-requested-already", "already-begun"}
)  # fmt: skip


def status_of(code: str) -> int:
    """The HTTP status of a refusal code."""
    if code in _UNAUTHORISED or code.startswith(("key-suspended", "key-lost", "key-revoked", "key-retired")):
        return 401
    if code in _FORBIDDEN:
        return 403
    if code in _MISSING:
        return 404
    if code in _CONFLICT:
        return 409
    return 429 if code == "too-many-requests" else 422


def problem(status: int, code: str, detail: str = "", grounds: tuple[Ground, ...] = ()) -> Response:
    """A problem document."""
    zh, en = rules.refusals().get(code, ("", ""))
    body: dict[str, Any] = {
        "type": f"urn:elicense:problem:{code}",
        "title": en or code.replace("-", " "),
        "title_zh": zh or code,
        "status": status,
        "code": code,
        "detail": detail,
        "grounds": [{"code": g.code, "zh": g.zh, "en": g.en, "basis": g.basis} for g in grounds],
    }
    response = jsonify(body)
    response.status_code = status
    response.mimetype = MEDIA_TYPE
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def register(app: Flask) -> None:
    """Turn every exception of a request into a problem document; the last one says nothing but that it failed."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(ChangedMeanwhile, lambda _: problem(409, "changed-meanwhile"))
    app.register_error_handler(StorageFailed, _unavailable)
    app.register_error_handler(VaultError, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _last_resort)


def _refused(refusal: Refusal) -> Response:
    return problem(status_of(refusal.code), refusal.code, refusal.detail, refusal.grounds)


def _unavailable(fault: Exception) -> Response:
    _LOG.error("unavailable: %s", type(fault).__name__)
    answer = problem(503, "unavailable", "The register cannot write now; nothing was done. Try again.")
    answer.headers["Retry-After"] = "5"
    return answer


def _http(fault: HTTPException) -> Response:
    status = fault.code or 500
    codes = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "not-json"}
    answer = problem(status, codes.get(status, "http-error"))
    if status == 405 and (allowed := getattr(fault, "valid_methods", None)):
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _last_resort(fault: Exception) -> Response:
    _LOG.error("request failed: %s", type(fault).__name__)
    return problem(500, "internal", "The request failed; nothing was done.")
