"""How wallets are answered: JSON that is never kept, errors by the names and statuses of the texts.

OAuth 2.0 (RFC 6749 section 5.2, RFC 6750 section 3) and OpenID4VCI 1.0 (sections 6.3, 8.3.1, 9.3, 11.3). Who asks too
often gets status 429 (RFC 6585) and `slow_down`, the one registered error of that meaning (RFC 8628). Any origin may
ask, since wallets run in browsers too, and nothing here listens to cookies.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from issuer.domain.offer import Declined, Fault
from issuer.domain.refusal import Refusal
from issuer.storage import StorageFailed
from issuer.vault import VaultError
from issuer.web import problems

_LOG: Final = logging.getLogger(__name__)
JSON: Final = "application/json"
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization, Content-Type",
    "Access-Control-Expose-Headers": "WWW-Authenticate",
    "Access-Control-Max-Age": "86400",
}
_STATUS: Final[Mapping[Fault, int]] = {Fault.INVALID_TOKEN: 401, Fault.INSUFFICIENT_SCOPE: 403}
"""All others: 400."""
_BUSY: Final = {"Retry-After": str(problems.RETRY_SECONDS[503])}


def answer(value: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON object that nobody keeps."""
    response = Response(json.dumps(value, ensure_ascii=False), status=status, mimetype=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def error(fault: Fault, detail: str = "", status: int | None = None) -> Response:
    """An error of the texts."""
    body = {"error": fault.value} | ({"error_description": detail} if detail else {})
    response = answer(body, status or _STATUS.get(fault, 400))
    if fault in _STATUS:
        response.headers["WWW-Authenticate"] = f'Bearer error="{fault.value}"'
    return response


def unauthenticated() -> Response:
    """No access token at all: no error code either (RFC 6750 section 3.1)."""
    response = Response(status=401)
    response.headers.update({"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
    return response


def prepare(made: Blueprint, malformed: Fault) -> None:
    """Let every exception of a blueprint end in an answer; `malformed` is the name for what cannot be read."""
    made.register_error_handler(Declined, lambda declined: error(declined.fault, declined.detail))
    made.register_error_handler(HTTPException, lambda failed: _http(failed, malformed))
    for kind in (StorageFailed, VaultError, Refusal):
        made.register_error_handler(kind, _not_now)

    @made.after_request
    def open_to_all(response: Response) -> Response:
        response.headers.update(CORS)
        return response


def _http(failed: HTTPException, malformed: Fault) -> Response:
    status = failed.code or 500
    response = error(malformed, status=status) if status in {400, 413} else problems.problem(problems.of_status(status))
    response.headers["Cache-Control"] = "no-store"
    return response


def _not_now(failed: StorageFailed | VaultError | Refusal) -> Response:
    """Nothing was done; the same request may be sent again. A refusal tells nothing else to a wallet."""
    if isinstance(failed, Refusal) and failed.code == "not-found":
        return problems.problem("not-found")
    if isinstance(failed, Refusal) and failed.code == "too-many-requests":
        response = answer({"error": "slow_down"}, problems.TOO_MANY)
        response.headers["Retry-After"] = str(problems.RETRY_SECONDS[problems.TOO_MANY])
        return response
    _LOG.error("unavailable: %s", failed.code)
    response = answer({"error": "temporarily_unavailable"}, 503)
    response.headers.update(_BUSY)
    return response
