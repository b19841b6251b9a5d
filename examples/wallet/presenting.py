"""Answering a verifier, as a wallet does (OpenID4VP 1.0): request, who asks, what for, the holder's word, the answer.

Before anything is shown the request object was fetched with a nonce of ours, its signature checked with the certificate
that it carries, that certificate with a root that this wallet was told to trust, and the name of the verifier with the
certificate. Shown are only the items that were asked for. An item inside another (`institution.name`) shows the whole
outer one, since the issuer hides it as one.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwe
from joserfc.jwk import ECKey

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import KeyBad, PublicKey, SoftwareSigner, b64url, b64url_decode
from elicense.sdjwt import Asked, bind, select, split
from elicense.sdjwt.binding import name_of
from examples.wallet.connection import Unsafe, exchange
from examples.wallet.held import Held

_TYP: Final = "oauth-authz-req+jwt"


class NotShown(Exception):
    """Nothing was shown, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that was checked. `verifier` is the name in its certificate, `wanted` the items by query."""

    verifier: str
    client_id: str
    nonce: str
    response_uri: str
    state: str
    wanted: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    required: frozenset[str]
    encrypt_to: Mapping[str, Any] | None
    encryption: str


def open_request(link: str, root: x509.Certificate, now: float) -> Request:
    """Fetch and check the request that a link leads to. Raises NotShown, or OSError if nobody answers."""
    said = parse_qs(urlsplit(link).query)
    match said.get("request_uri"), said.get("client_id"):
        case [str() as uri], [str() as client_id]:
            nonce = b64url(secrets.token_bytes(16))
            body = urlencode({"wallet_nonce": nonce}).encode()
            token = _send(uri, body, f"application/{_TYP}")[1].decode("ascii", "replace")
        case _:
            raise NotShown("this link leads to no request")
    try:
        certificate, claims = _opened(token, root)
    except (Rejected, KeyBad, ValueError, KeyError, TypeError, InvalidSignature):
        raise NotShown("the request is not signed by a verifier that this wallet trusts") from None
    if claims.get("client_id") != client_id or claims.get("wallet_nonce") != nonce or claims.get("exp", 0) <= now:
        raise NotShown("the request is another's, an old one, or not for this wallet")
    digest = b64url(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = names.get_values_for_type(x509.DNSName)
    if client_id not in {f"x509_hash:{digest}", *(f"x509_san_dns:{one}" for one in hosts)}:
        raise NotShown("the verifier's name is not that of its certificate")
    return _request(claims, ", ".join(hosts) or client_id)


def _opened(token: str, root: x509.Certificate) -> tuple[x509.Certificate, dict[str, Any]]:
    head, body, signature = token.split(".")
    header = strictjson.loads(b64url_decode(head))
    if header["typ"] != _TYP or header["alg"] != "ES256":
        raise ValueError("another type or algorithm")
    certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    certificate.verify_directly_issued_by(root)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("another kind of key")
    if not PublicKey.from_native(key).verify(f"{head}.{body}".encode("ascii"), b64url_decode(signature)):
        raise ValueError("the signature is not good")
    claims: dict[str, Any] = strictjson.loads(b64url_decode(body))
    return certificate, claims


def _request(claims: Mapping[str, Any], verifier: str) -> Request:
    try:
        query = claims["dcql_query"]
        wanted = {
            one["id"]: (
                tuple(one["meta"]["vct_values"]),
                tuple(dict.fromkeys(str(claim["path"][0]) for claim in one.get("claims", []))),
            )
            for one in query["credentials"]
        }
        optional = {
            one["options"][0][0] for one in query.get("credential_sets", []) if one.get("required", True) is False
        }
        metadata = claims["client_metadata"]
        keys = metadata.get("jwks", {}).get("keys", []) if claims["response_mode"] == "direct_post.jwt" else [None]
        return Request(
            verifier=verifier, client_id=claims["client_id"], nonce=claims["nonce"],
            response_uri=claims["response_uri"], state=claims["state"], wanted=wanted,
            required=frozenset(wanted) - optional, encrypt_to=keys[0],
            encryption=metadata.get("encrypted_response_enc_values_supported", ["A128GCM"])[0],
        )  # fmt: skip
    except (KeyError, TypeError, IndexError, AttributeError):
        raise NotShown("the request asks for nothing that this wallet understands") from None


def choose(request: Request, held: Sequence[Held]) -> dict[str, tuple[Held, tuple[str, ...]]]:
    """What would be shown: for each query a credential that has all that it asks for. Raises NotShown."""
    found = {}
    for name, (types, items) in request.wanted.items():
        able = [one for one in held if one.vct in types and set(items) <= _items(one.sdjwt)]
        if able:
            found[name] = (able[0], items)
        elif name in request.required:
            raise NotShown(f"nothing here has what is asked for: {', '.join(items)}")
    return found


def present(
    request: Request, chosen: Mapping[str, tuple[Held, tuple[str, ...]]], clock: Callable[[], float]
) -> str | None:
    """Show it: the address to go on at, if the verifier gave one. Raises NotShown if it was not taken."""
    asked = Asked(audience=request.client_id, nonce=request.nonce)
    token = {
        name: [bind(select(one.sdjwt, items), _signer(one), asked, int(clock()))]
        for name, (one, items) in chosen.items()
    }
    if request.encrypt_to is None:
        form = {"vp_token": json.dumps(token), "state": request.state}
    else:
        key = request.encrypt_to
        header = {"alg": key["alg"], "enc": request.encryption, "kid": key["kid"]}
        payload = json.dumps({"vp_token": token, "state": request.state})
        form = {"response": jwe.encrypt_compact(header, payload, ECKey.import_key(dict(key)))}
    status, data = _send(request.response_uri, urlencode(form).encode(), "application/json")
    try:
        told = json.loads(data)
    except ValueError:
        told = None
    if status != http.client.OK or not isinstance(told, dict):
        why = told.get("error_description") if isinstance(told, dict) else None
        raise NotShown(f"the verifier did not take it: {why or status}")
    return told.get("redirect_uri")


def _send(address: str, body: bytes, accept: str) -> tuple[int, bytes]:
    try:
        return exchange("POST", address, {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}, body)
    except Unsafe as unsafe:
        raise NotShown(str(unsafe)) from None


def _items(sdjwt: str) -> set[str | None]:
    return {name_of(one) for one in split(sdjwt).disclosures}


def _signer(held: Held) -> SoftwareSigner:
    public = PublicKey.from_jwk(held.key)
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(public.x, "big"), int.from_bytes(public.y, "big"), ec.SECP256R1()
    )
    secret = int.from_bytes(b64url_decode(held.key["d"]), "big")
    return SoftwareSigner(ec.EllipticCurvePrivateNumbers(secret, numbers).private_key())
