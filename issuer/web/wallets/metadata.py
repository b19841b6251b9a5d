"""What a wallet reads before it asks: the issuer, its authorization server, its keys, the types of its credentials.

`/.well-known/openid-credential-issuer` (OpenID4VCI 1.0, section 12.2), `/.well-known/oauth-authorization-server`
(RFC 8414), `/.well-known/jwt-vc-issuer` (SD-JWT VC, section 4). All three insert themselves between host and path, so
that an issuer whose base address has a path is asked for it behind the well-known name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response

from elicense import face, sdjwt
from elicense.licence import Kind as LicenceKind
from elicense.sdjwt.judging import OPEN, VERSION
from elicense.tables import Lang
from elicense.trust import Issuer, Purpose
from issuer.domain import key_proof
from issuer.domain.kind import Kind
from issuer.domain.offer import BATCH, Fault
from issuer.domain.refusal import Refusal
from issuer.services import trusting, wallet_tokens
from issuer.services.desk import Desk
from issuer.web.wallets import answers
from issuer.web.wallets.endpoints import GRANT

FORMAT: Final = "dc+sd-jwt"
_LANGUAGES: Final[tuple[tuple[Lang, str], ...]] = (("zh", "zh-CN"), ("en", "en"))
_COLOURS: Final = {"background_color": "#0b4f9e", "text_color": "#ffffff"}

_OF_INSTITUTIONS: Final = {"name": "institution_name", "number": "registration_number"}
_OWN_LABELS: Final[dict[str, dict[Lang, str]]] = {
    "subjects_edition": {"zh": "诊疗科目名录版本", "en": "Edition of the subjects"},
    "outpatient_only": {"zh": "仅限门诊的科目", "en": "Out-patient subjects"},
}
"""Claims that stand inside another line of the card."""


def blueprint(desk: Desk) -> Blueprint:
    """The routes of the documents."""
    made = Blueprint("wallet_metadata", __name__)
    answers.prepare(made, Fault.INVALID_REQUEST)
    path = urlsplit(desk.config.base_url).path.strip("/")
    documents: dict[str, Callable[[], dict[str, Any]]] = {
        "openid-credential-issuer": lambda: credential_issuer(desk),
        "oauth-authorization-server": lambda: authorization_server(desk),
        "jwt-vc-issuer": lambda: jwt_issuer(desk),
    }

    def well_known(name: str, rest: str = "") -> Response:
        if rest.strip("/") != path:
            raise Refusal("not-found")
        return _kept(documents[name](), desk)

    for name in documents:
        for rule in (f"/.well-known/{name}", f"/.well-known/{name}/<path:rest>"):
            made.add_url_rule(rule, name, well_known, defaults={"name": name})

    @made.get(f"/vct/<kind>/{VERSION}")
    def type_(kind: str) -> Response:
        if kind not in set(Kind):
            raise Refusal("not-found")
        return _kept(type_metadata(trusting.own(desk, trusting.published(desk)), Kind(kind)), desk)

    return made


def credential_issuer(desk: Desk) -> dict[str, Any]:
    """The Credential Issuer Metadata."""
    base, issuer = desk.config.base_url, trusting.own(desk, trusting.published(desk))
    return {
        "credential_issuer": base,
        "credential_endpoint": f"{base}/wallet/credential",
        "nonce_endpoint": f"{base}/wallet/nonce",
        "deferred_credential_endpoint": f"{base}/wallet/deferred",
        "notification_endpoint": f"{base}/wallet/notification",
        "batch_credential_issuance": {"batch_size": BATCH},
        "display": [{"name": issuer.name, "locale": "zh-CN"}],
        "credential_configurations_supported": {
            wallet_tokens.configuration(kind): _configuration(issuer, kind) for kind in Kind
        },
    }


def authorization_server(desk: Desk) -> dict[str, Any]:
    """The Authorization Server Metadata: a token endpoint for one grant, and nothing to authenticate."""
    base = desk.config.base_url
    return {
        "issuer": base,
        "token_endpoint": f"{base}/wallet/token",
        "token_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


def jwt_issuer(desk: Desk) -> dict[str, Any]:
    """The keys that sign copies: those of the published trust list that nobody has marked.

    A key has one purpose: those that sign status lists stand apart, in a member of our own, so that whoever reads only
    what the text names never takes one of them for a key of credentials.
    """
    issuer = trusting.own(desk, trusting.published(desk))
    return {
        "issuer": sdjwt.base_of(issuer),
        "jwks": _keys(issuer, Purpose.LICENCE),
        "status_list_jwks": _keys(issuer, Purpose.STATUS),
    }


def _keys(issuer: Issuer, purpose: Purpose) -> dict[str, Any]:
    found = [one.key for one in issuer.keys if one.purpose is purpose and one.compromised_from is None]
    return {"keys": [{**key.to_jwk(), "kid": key.kid.hex(), "alg": key.algorithm.jose, "use": "sig"} for key in found]}


def type_metadata(issuer: Issuer, kind: Kind) -> dict[str, Any]:
    """What lies at the address of a type (SD-JWT VC, section on type metadata): names and claims in both languages."""
    return {
        "vct": wallet_tokens.vct(issuer, _licence(kind)),
        "name": face.title(_licence(kind), "en"),
        "display": [
            {"locale": tag, "name": face.title(_licence(kind), lang), "rendering": {"simple": _COLOURS}}
            for lang, tag in _LANGUAGES
        ],
        "claims": [
            {
                "path": [name],
                "display": [{"locale": tag, "label": _label(kind, name, lang)} for lang, tag in _LANGUAGES],
                "mandatory": always,
                "sd": "always",
            }
            for name, always in wallet_tokens.hidden(kind)
        ]
        + [{"path": [name], "sd": "never"} for name in sorted(OPEN)],
    }


def _configuration(issuer: Issuer, kind: Kind) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "vct": wallet_tokens.vct(issuer, _licence(kind)),
        "scope": wallet_tokens.configuration(kind),
        "credential_signing_alg_values_supported": list(key_proof.ALGORITHMS),
        "cryptographic_binding_methods_supported": ["jwk"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": list(key_proof.ALGORITHMS)}},
        "credential_metadata": {
            "display": [
                {"name": face.title(_licence(kind), lang), "locale": tag, **_COLOURS} for lang, tag in _LANGUAGES
            ],
            "claims": [
                {
                    "path": [name],
                    "mandatory": always,
                    "display": [{"name": _label(kind, name, lang), "locale": tag} for lang, tag in _LANGUAGES],
                }
                for name, always in wallet_tokens.hidden(kind)
            ],
        },
    }


def _label(kind: Kind, name: str, lang: Lang) -> str:
    """The label of a claim, the one that the card and the verifier show where they show it."""
    own = _OWN_LABELS.get(name)
    if own is not None:
        return own[lang]
    return face.label(name if kind.is_person else _OF_INSTITUTIONS.get(name, name), lang)


def _licence(kind: Kind) -> LicenceKind:
    return next(one for one in LicenceKind if one.text == kind)


def _kept(document: dict[str, Any], desk: Desk) -> Response:
    response = answers.answer(document)
    response.headers["Cache-Control"] = f"public, max-age={desk.config.status_ttl}"
    return response
