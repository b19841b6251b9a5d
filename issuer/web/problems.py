"""Refusals as problem documents (RFC 9457). Only here does a refusal code meet an HTTP status.

The body carries the stable code, a sentence in Chinese and English, and the grounds with their legal basis; never a
piece of the request. Whatever is not a refusal says that it failed, and nothing about how.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from issuer.domain.refusal import Ground, Refusal
from issuer.services import rules
from issuer.storage import ChangedMeanwhile, StorageFailed
from issuer.vault import VaultError

_LOG: Final = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:elicense:problem:"
TOO_MANY: Final = 429
RETRY_SECONDS: Final = {TOO_MANY: 60, 503: 5}

# Which status a code has. 401: who signed or reads is not established; 403: established, and may not; 409: not in the
# state in which things are now; 422: understood, and not as the rules want it; 503: not now, whoever asks.
_CODES: Final = {
    400: "act-malformed act-wrong attachment-not-expected bad-request envelope-malformed json-malformed "
    "query-malformed",
    401: "access-bad access-missing account-inactive key-active key-approved key-counter-back key-lost key-not-holder "
    "key-refused key-requested key-revoked key-suspended proof-bad signer-unknown",
    403: "barred four-eyes key-approval level-too-low not-your-application not-your-institution out-of-jurisdiction "
    "own-case own-proposal purpose-missing role-missing appeal-own-case",
    404: "account-unknown act-unknown alert-unknown application-unknown key-unknown licence-unknown list-unknown "
    "not-found organisation-unknown paper-unknown proposal-unknown registration-unknown status-list-unknown "
    "appeal-unknown board-unknown event-unknown position-unknown",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "account-exists act-replayed alert-closed already-begun application-open-already changed-meanwhile "
    "clock-not-paused clock-paused document-not-in-force key-active-already key-known "
    "key-requested-already key-transition-not-allowed "
    "licence-not-released minting-out-of-order minting-spoiled not-granted not-locked-out number-taken "
    "organisation-exists "
    "paper-fixed papers-differ papers-too-many proposal-closed proposal-open-already registration-ended "
    "registration-exists registration-frozen stage-order trust-cuts-off transition-not-allowed "
    "appeal-answered appeal-open-already rating-exists",
    413: "paper-too-large too-large",
    415: "not-json paper-type",
    422: "act-not-in-time action-does-not-mint action-unknown authority-unknown bar-unknown bar-years-wrong "
    "body-malformed content-malformed correction-too-late filing-unknown finding-missing ground-unknown "
    "grounds-missing identity-not-proven key-malformed licence-too-large paper-active paper-locked "
    "paper-malformed possession-bad precheck-failed province-unknown reason-missing reason-too-long "
    "registration-missing restricted-differs restricted-malformed "
    "review-incomplete review-not-favourable role-conflict security-key-bad security-key-model state-unknown "
    "glyph-missing threshold-bad two-facts-needed until-missing until-out-of-range",
    429: "too-many-requests",
    500: "internal",
    501: "history-off",
    503: "authority-not-in-trust-list calendar-missing clock-behind issuer-not-in-trust-list list-not-believed "
    "log-forked log-not-witnessed log-renamed register-behind trust-bad trust-issued-later trust-missing "
    "receipt-not-yet trust-rolled-back trust-stale unavailable",
}
STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {code: status for status, codes in _CODES.items() for code in codes.split()}
)
"""The HTTP status of every code."""
_OF_STATUS: Final = {
    400: "bad-request", 404: "not-found", 405: "method-not-allowed", 406: "not-acceptable", 413: "too-large",
    414: "too-large", 415: "not-json", 431: "too-large",
}  # fmt: skip
"""The codes of what the framework itself refuses."""


def status_of(code: str) -> int:
    """The HTTP status of a code; a code that is none is a failure of ours."""
    return STATUS.get(code, 500)


def document(status: int, code: str, detail: str = "", grounds: tuple[Ground, ...] = ()) -> dict[str, Any]:
    """A problem document as JSON values."""
    zh, en = rules.refusals().get(code, ("", ""))
    return {
        "type": f"{URN}{code}",
        "title": en or code,
        "title_zh": zh or code,
        "status": status,
        "code": code,
        "detail": detail,
        "grounds": [{"code": g.code, "zh": g.zh, "en": g.en, "basis": g.basis} for g in grounds],
    }


def encode(value: dict[str, Any]) -> bytes:
    """A problem document as bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def of_status(status: int) -> str:
    """The code of a refusal that came with a bare HTTP status."""
    return _OF_STATUS.get(status, "bad-request" if 400 <= status < 500 else "internal")


def problem(code: str, detail: str = "", grounds: tuple[Ground, ...] = (), status: int | None = None) -> Response:
    """The answer for a code."""
    status = status_of(code) if status is None else status
    response = Response(encode(document(status, code, detail, grounds)), status=status, mimetype=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status in RETRY_SECONDS:
        response.headers["Retry-After"] = str(RETRY_SECONDS[status])
    return response


def register(app: Flask) -> None:
    """Turn every exception of a request into a problem document; the last one says nothing but that it failed."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(ChangedMeanwhile, lambda _: problem("changed-meanwhile"))
    app.register_error_handler(StorageFailed, _not_stored)
    app.register_error_handler(VaultError, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _last_resort)


def _refused(refusal: Refusal) -> Response:
    return problem(refusal.code, refusal.detail, refusal.grounds)


def _not_stored(failed: StorageFailed) -> Response:
    if failed.code == "storage-conflict":
        return problem("changed-meanwhile")
    _LOG.error("unavailable: %s", failed.code)
    return problem("unavailable", "Send the very same act again: if it was done, the answer is act-replayed.")


def _unavailable(fault: VaultError) -> Response:
    _LOG.error("unavailable: %s", fault.code)
    return problem("unavailable")


def _http(fault: HTTPException) -> Response:
    status = fault.code or 500
    answer = problem(of_status(status), status=status)
    if status == 405 and (allowed := getattr(fault, "valid_methods", None)):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _last_resort(fault: Exception) -> Response:
    _LOG.error("request failed: %s at %s", type(fault).__name__, place(fault))
    return problem("internal")


def place(fault: BaseException) -> str:
    """Where in the code something was raised: enough to find it, and nothing that was in its hands."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
