"""Taking an offer, as a wallet does (OpenID4VCI 1.0): offer, metadata, token, nonce, proofs, credentials, notice.

Everything that comes from outside is checked before it is used: addresses (https, or http on this machine), sizes, that
the issuer is the one that was asked, that each credential is bound to the key it was asked for and signed by a key of
that issuer.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import KeyBad, PublicKey, SoftwareSigner, b64url
from elicense.sdjwt import open_sdjwt, split
from examples.wallet.connection import Unsafe, exchange
from examples.wallet.held import Held

GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
_TRIES: Final = 20


class NotTaken(Exception):
    """The offer was not taken, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a link leads to. `code_length` is None if no transaction code is asked for."""

    issuer: str
    configuration: str
    code: str
    code_length: int | None


def open_offer(link: str) -> Offer:
    """Follow the link of an offer. Raises NotTaken."""
    found = parse_qs(urlsplit(link).query).get("credential_offer_uri", [])
    if len(found) != 1:
        raise NotTaken("this link leads to no offer")
    match _get(found[0]):
        case {
            "credential_issuer": str() as issuer,
            "credential_configuration_ids": [str() as configuration, *_],
            "grants": {
                "urn:ietf:params:oauth:grant-type:pre-authorized_code": {"pre-authorized_code": str() as code} as g
            },
        }:
            asks = g.get("tx_code")
            length = None if asks is None else int(asks.get("length", 0))
            return Offer(issuer=issuer, configuration=configuration, code=code, code_length=length)
    raise NotTaken("the offer is none that this wallet can take")


def take(
    offer: Offer,
    tx_code: str | None,
    copies: int,
    clock: Callable[[], float],
    wait: Callable[[float], None] = time.sleep,
) -> list[Held]:
    """Get as many copies, each for a new key. Raises NotTaken, or OSError if somebody does not answer."""
    issuer = _metadata(offer.issuer, "openid-credential-issuer", "credential_issuer")
    server = _metadata(offer.issuer, "oauth-authorization-server", "issuer")
    batch = issuer.get("batch_credential_issuance", {}).get("batch_size", 1)
    form = {"grant_type": GRANT, "pre-authorized_code": offer.code, **({"tx_code": tx_code} if tx_code else {})}
    access = _text(_post(_text(server, "token_endpoint"), form=form), "access_token")
    nonce = _text(_post(_text(issuer, "nonce_endpoint")), "c_nonce")
    keys = [generate_private_key(SECP256R1()) for _ in range(min(copies, batch))]
    proofs = [_proof(SoftwareSigner(key), offer.issuer, nonce, int(clock())) for key in keys]
    asked = {"credential_configuration_id": offer.configuration, "proofs": {"jwt": proofs}}
    given = _post(_text(issuer, "credential_endpoint"), asked, access)
    for _ in range(_TRIES):
        if "transaction_id" not in given:
            break
        wait(max(1, int(given.get("interval", 5))))
        later = {"transaction_id": given["transaction_id"]}
        given = _post(_text(issuer, "deferred_credential_endpoint"), later, access)
    credentials = [_text(one, "credential") for one in given.get("credentials", [])]
    if len(credentials) != len(keys):
        raise NotTaken("the issuer gave fewer credentials than keys, or none in time")
    signers = _metadata(offer.issuer, "jwt-vc-issuer", "issuer").get("jwks", {}).get("keys", [])
    held = [_checked(offer, one, key, signers) for one, key in zip(credentials, keys, strict=True)]
    if "notification_id" in given:
        notice = {"notification_id": given["notification_id"], "event": "credential_accepted"}
        _post(_text(issuer, "notification_endpoint"), notice, access)
    return held


def _proof(signer: SoftwareSigner, audience: str, nonce: str, at: int) -> str:
    header = {"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": signer.public_key.to_jwk()}
    claims = {"aud": audience, "iat": at, "nonce": nonce}
    signed = ".".join(b64url(strictjson.dumps(part)) for part in (header, claims))
    return f"{signed}.{b64url(signer.sign(signed.encode('ascii')))}"


def _checked(offer: Offer, sdjwt: str, key: EllipticCurvePrivateKey, signers: list[dict[str, Any]]) -> Held:
    """A credential that its issuer signed, with nothing in it that nobody signed, bound to the key it was asked for."""
    public = SoftwareSigner(key).public_key
    try:
        kid = split(sdjwt).jwt.header["kid"]
        claims = open_sdjwt(sdjwt, PublicKey.from_jwk(next(one for one in signers if one["kid"] == kid)))
        right = claims["iss"] == offer.issuer and PublicKey.from_jwk(claims["cnf"]["jwk"]) == public
    except (Rejected, KeyBad, ValueError, KeyError, TypeError, StopIteration):
        right = False
    if not right:
        raise NotTaken("a credential is not signed by its issuer, or not bound to our key")
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    jwk = {**public.to_jwk(), "d": b64url(secret)}
    return Held(issuer=offer.issuer, configuration=offer.configuration, vct=claims["vct"], sdjwt=sdjwt, key=jwk)


def _metadata(issuer: str, name: str, member: str) -> dict[str, Any]:
    """A document between host and path of an issuer, which must name that issuer."""
    parts = urlsplit(issuer)
    found = _get(f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.rstrip('/')}")
    if found.get(member) != issuer:
        raise NotTaken("another issuer answers")
    return found


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise NotTaken(f"{name} is missing in the answer")
    return found


def _get(address: str) -> dict[str, Any]:
    return _exchange("GET", address, {}, None)


def _post(
    address: str, value: Mapping[str, Any] | None = None, access: str = "", *, form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    if form is not None:
        body = urlencode(form).encode("ascii")
        return _exchange("POST", address, {"Content-Type": "application/x-www-form-urlencoded", **headers}, body)
    body = b"" if value is None else strictjson.dumps(value)
    return _exchange("POST", address, {"Content-Type": "application/json", **headers}, body)


def _exchange(method: str, address: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
    """Send and read a JSON object. Raises NotTaken for an error of the protocol, OSError if there is no answer."""
    try:
        status, data = exchange(method, address, {"Accept": "application/json", **headers}, body)
    except Unsafe as unsafe:
        raise NotTaken(str(unsafe)) from None
    if status == http.client.NO_CONTENT:
        return {}
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotTaken(f"status {status}, and no JSON object")
    if status not in (http.client.OK, http.client.ACCEPTED):
        raise NotTaken(str(value.get("error") or value.get("code") or status))
    return value
