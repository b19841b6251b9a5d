"""Proof that a wallet holds the key it brings (OpenID4VCI 1.0, appendix F.1 and F.4): the `jwt` proof type.

The key stands in the header as `jwk`, and nowhere else: certificates, key ids and trust chains would have to be
resolved, and we accept none of them. Key attestations are not asked for and not read. The algorithm is that of the key;
a header with a private or symmetric key is refused. Whether a nonce is ours and unused is asked by `services.wallets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import KeyBad, PublicKey, b64url_decode
from issuer.domain.offer import Declined, Fault

TYP: Final = "openid4vci-proof+jwt"
ALGORITHMS: Final = ("ES256", "EdDSA")
PROOF_MAX: Final = 4_096
"""Characters of one proof."""
SKEW: Final = 300
"""Seconds by which the wallet's clock may differ from ours."""
_PARTS: Final = 3
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_REFUSED: Final = frozenset({"kid", "x5c", "trust_chain", "crit", "jku", "x5u", "x5t", "x5t#S256", "b64", "zip", "enc"})
"""Header members that would name another key, or another way to read the bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """What a proof says once its signature holds: the key and the nonce."""

    key: PublicKey
    nonce: str


def check(token: str, audience: str, client: str | None, at: int) -> KeyProof:
    """Check one proof. Raises Declined(invalid_proof), whatever the text."""
    if len(token) > PROOF_MAX or not token.isascii():
        raise Declined(Fault.INVALID_PROOF, "too large or not ASCII")
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise Declined(Fault.INVALID_PROOF, "not a compact JWS")
    header, claims, signature = _json(parts[0]), _json(parts[1]), _bytes(parts[2])
    key = _key(header)
    if not key.verify(f"{parts[0]}.{parts[1]}".encode("ascii"), signature):
        raise Declined(Fault.INVALID_PROOF, "the signature does not hold")
    return KeyProof(key=key, nonce=_nonce(claims, audience, client, at))


def _key(header: dict[str, Any]) -> PublicKey:
    if header.get("typ") != TYP:
        raise Declined(Fault.INVALID_PROOF, f"typ is not {TYP}")
    if header.keys() & _REFUSED:
        raise Declined(Fault.INVALID_PROOF, "the key stands in jwk and nowhere else, and nothing is critical")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise Declined(Fault.INVALID_PROOF, "jwk is missing")
    if jwk.keys() & _PRIVATE:
        raise Declined(Fault.INVALID_PROOF, "jwk is not a public key")
    try:
        key = PublicKey.from_jwk(jwk)
    except KeyBad:
        raise Declined(Fault.INVALID_PROOF, "jwk is neither P-256 nor Ed25519") from None
    if header.get("alg") != key.algorithm.jose:
        raise Declined(Fault.INVALID_PROOF, "alg is not the algorithm of the key")
    return key


def _nonce(claims: dict[str, Any], audience: str, client: str | None, at: int) -> str:
    if claims.get("aud") != audience:
        raise Declined(Fault.INVALID_PROOF, "aud is not this issuer")
    if "iss" in claims and (client is None or claims["iss"] != client):
        raise Declined(Fault.INVALID_PROOF, "iss is not the client_id of the token request")
    issued = claims.get("iat")
    if type(issued) is not int or abs(issued - at) > SKEW:
        raise Declined(Fault.INVALID_PROOF, "iat is not now")
    for name, late in (("exp", False), ("nbf", True)):
        bound = claims.get(name)
        if bound is not None and (type(bound) is not int or (bound > at + SKEW if late else bound <= at - SKEW)):
            raise Declined(Fault.INVALID_PROOF, f"{name} says not now")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str):
        raise Declined(Fault.INVALID_PROOF, "nonce is missing")
    return nonce


def _json(part: str) -> dict[str, Any]:
    try:
        value = strictjson.loads(_bytes(part))
    except Rejected:
        raise Declined(Fault.INVALID_PROOF, "header and claims are strict JSON") from None
    if not isinstance(value, dict):
        raise Declined(Fault.INVALID_PROOF, "header and claims are objects")
    return value


def _bytes(part: str) -> bytes:
    try:
        return b64url_decode(part)
    except ValueError:
        raise Declined(Fault.INVALID_PROOF, "not canonical base64url") from None
