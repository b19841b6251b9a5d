"""What a wallet posts: token, nonce, credential, deferred credential, notification; and the offer that it fetches.

Forms and JSON are read strictly: a member twice, a float, NaN, another character set is malformed. Nothing that was
sent comes back or goes into the log. The token endpoint, where secrets are tried, counts by address as the public query
does; five wrong transaction codes end an offer wherever they come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from elicense import strictjson
from elicense.errors import Rejected
from issuer.domain.offer import (
    DEFER_SECONDS,
    TOKEN_SECONDS,
    TX_DIGITS,
    Declined,
    Fault,
    Offer,
    OfferId,
    WalletEvent,
)
from issuer.services import fetch, offers, wallet_tokens, wallets
from issuer.services.desk import Desk
from issuer.web.limit import Limit
from issuer.web.pages import language
from issuer.web.wallets import answers

GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
_TEXT_MAX: Final = 2_048
_FIELDS_MAX: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_DESCRIPTION: Final = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]{0,1024}")
_WHERE: Final = {
    "zh": "交易码显示在您登录后的证照页面上。",
    "en": "The transaction code is shown on the page on which you made this offer.",
}


class _NoToken(Exception):
    """No access token came along."""


def blueprint(desk: Desk, follow: Callable[[], None]) -> Blueprint:
    """The routes below /wallet."""
    made = Blueprint("wallets", __name__, url_prefix="/wallet")
    tries = Limit(desk.clock)
    answers.prepare(made, Fault.INVALID_REQUEST)
    made.register_error_handler(_NoToken, lambda _: answers.unauthenticated())
    _before(made, desk, tries)
    _credentials(made, desk, follow)
    return made


def _before(made: Blueprint, desk: Desk, tries: Limit) -> None:
    @made.get("/offers/<reference>")
    def offer(reference: str) -> Response:
        found, code = offers.by_reference(desk, reference)
        with desk.store.reading() as tx:
            kind = fetch.registration(tx, found.registration).kind
        tx_code = {"input_mode": "numeric", "length": TX_DIGITS, "description": _WHERE[language.current()]}
        return answers.answer(
            {
                "credential_issuer": desk.config.base_url,
                "credential_configuration_ids": [wallet_tokens.configuration(kind)],
                "grants": {GRANT: {"pre-authorized_code": code, "tx_code": tx_code}},
            }
        )

    @made.post("/token")
    def token() -> Response:
        tries.take(request.remote_addr or "")
        form = _form()
        grant = _required(form, "grant_type")
        if grant != GRANT:
            raise Declined(Fault.UNSUPPORTED_GRANT_TYPE)
        if "authorization_details" in form:
            raise Declined(Fault.INVALID_REQUEST, "authorization_details are not supported")
        code = _required(form, "pre-authorized_code")
        access = offers.redeem(desk, code, form.get("tx_code"), form.get("client_id") or None)
        return answers.answer({"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    @made.post("/nonce")
    def nonce() -> Response:
        return answers.answer({"c_nonce": offers.nonce(desk)})


def _credentials(made: Blueprint, desk: Desk, follow: Callable[[], None]) -> None:
    @made.post("/credential")
    def credential() -> Response:
        access, asked = _bearer(desk), _json(Fault.INVALID_CREDENTIAL_REQUEST)
        configuration, proofs = _asked(asked)
        found, credentials = wallets.request(desk, access, configuration, proofs)
        follow()
        return _given(desk, found, credentials)

    @made.post("/deferred")
    def deferred() -> Response:
        access, asked = _bearer(desk), _json(Fault.INVALID_CREDENTIAL_REQUEST)
        _plain(asked)
        transaction = asked.get("transaction_id")
        if not isinstance(transaction, str):
            raise Declined(Fault.INVALID_CREDENTIAL_REQUEST, "transaction_id is missing")
        found, credentials = wallets.deferred(desk, access, transaction)
        follow()
        return _given(desk, found, credentials)

    @made.post("/notification")
    def notification() -> Response:
        access, told = _bearer(desk), _json(Fault.INVALID_NOTIFICATION_REQUEST)
        match told.get("notification_id"), told.get("event"), told.get("event_description", ""):
            case str() as id_, str() as event, str() as said if event in set(WalletEvent):
                if _DESCRIPTION.fullmatch(said):
                    wallets.notified(desk, access, id_, WalletEvent(event))
                    follow()
                    return Response(status=204, headers={"Cache-Control": "no-store"})
        raise Declined(Fault.INVALID_NOTIFICATION_REQUEST)


def _given(desk: Desk, found: Offer, credentials: tuple[str, ...] | None) -> Response:
    id_: OfferId = found.id
    if credentials is None:
        return answers.answer({"transaction_id": offers.transaction_id(desk, id_), "interval": DEFER_SECONDS}, 202)
    return answers.answer(
        {
            "credentials": [{"credential": one} for one in credentials],
            "notification_id": offers.notification_id(desk, id_),
        }
    )


def _asked(asked: dict[str, Any]) -> tuple[str, list[str]]:
    """The configuration and the proofs of a credential request."""
    _plain(asked)
    if "credential_identifier" in asked:
        raise Declined(Fault.UNKNOWN_CREDENTIAL_IDENTIFIER, "the token response named none")
    configuration = asked.get("credential_configuration_id")
    if not isinstance(configuration, str):
        raise Declined(Fault.INVALID_CREDENTIAL_REQUEST, "credential_configuration_id is missing")
    match asked.get("proofs"):
        case {"jwt": [*proofs], **others} if not others and all(isinstance(one, str) for one in proofs):
            return configuration, [str(one) for one in proofs]
    raise Declined(Fault.INVALID_PROOF, "proofs holds jwt, a list of key proofs, and nothing else")


def _plain(asked: dict[str, Any]) -> None:
    if "credential_response_encryption" in asked:
        raise Declined(Fault.INVALID_ENCRYPTION_PARAMETERS, "responses are not encrypted beyond TLS")


def _bearer(desk: Desk) -> str:
    """The access token, which opens something now: nobody else's body is read."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise _NoToken
    token = token.strip()
    if len(token) > _TEXT_MAX or _TOKEN.fullmatch(token) is None:
        raise Declined(Fault.INVALID_TOKEN)
    with desk.store.reading() as tx:
        offers.holding(desk, tx, token)
    return token


def _form() -> dict[str, str]:
    """The fields of the form, each once, none too long. Raises Declined(invalid_request)."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Declined(Fault.INVALID_REQUEST, "application/x-www-form-urlencoded is needed")
    try:
        text = request.get_data(cache=False).decode("ascii")
        pairs = parse_qsl(text, True, True, errors="strict", max_num_fields=_FIELDS_MAX)  # noqa: FBT003 - blanks, strict
    except ValueError:
        raise Declined(Fault.INVALID_REQUEST, "the form cannot be read") from None
    found = dict(pairs)
    if len(found) != len(pairs) or any(len(value) > _TEXT_MAX for value in found.values()):
        raise Declined(Fault.INVALID_REQUEST, "each parameter once, none too long")
    return found


def _required(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise Declined(Fault.INVALID_REQUEST, f"{name} is missing")
    return form[name]


def _json(malformed: Fault) -> dict[str, Any]:
    """The JSON object of the body. Raises Declined(malformed)."""
    if request.mimetype != answers.JSON:
        raise Declined(malformed, "application/json is needed")
    try:
        value = strictjson.loads(request.get_data(cache=False))
    except Rejected:
        raise Declined(malformed, "the body is not strict JSON") from None
    if not isinstance(value, dict):
        raise Declined(malformed, "the body is not an object")
    return value
