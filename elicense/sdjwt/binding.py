"""Key binding: the holder's signature over what is shown, to whom, and for which question (RFC 9901 sections 4.3, 7.3).

`bind` is for a wallet, `bound` for a verifier. What is checked: `typ`, the key of the credential and its algorithm,
the signature, exactly the four claims that the text knows, audience and nonce as asked, the time of making, and
`sd_hash` over the very presentation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import PublicKey, Signer, b64url
from elicense.limits import IAT_SKEW_SECONDS, KEY_BINDING_SECONDS_MAX
from elicense.sdjwt.opening import SEPARATOR, Compact, decoded, digest, read_jwt, split

TYP: Final = "kb+jwt"
_CLAIMS: Final = frozenset({"aud", "iat", "nonce", "sd_hash"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verifier asked for: its own name as wallets know it, and a nonce that it made for this question."""

    audience: str
    nonce: str


def select(sdjwt: str, names: Collection[str]) -> str:
    """Keep of an SD-JWT without key binding only the disclosures of the named claims, those at the top.

    Raises `Rejected` if it is none. For a wallet: what it holds was checked when it came.
    """
    compact = split(sdjwt)
    if compact.key_binding is not None:
        raise ValueError("a presentation is not presented again")
    issued, _, _ = sdjwt.partition(SEPARATOR)
    kept = [one for one in compact.disclosures if name_of(one) in names]
    return SEPARATOR.join([issued, *kept, ""])


def name_of(disclosure: str) -> str | None:
    """The name in a disclosure of an object's member, None for an array element. Raises `Rejected`."""
    match strictjson.loads(decoded(disclosure)):
        case [_, str() as name, _]:
            return name
    return None


def bind(presentation: str, signer: Signer, asked: Asked, at: int) -> str:
    """The presentation with the holder's proof for one question, made at `at` (Unix seconds)."""
    key = signer.public_key
    header = {"alg": key.algorithm.jose, "typ": TYP}
    claims = {"aud": asked.audience, "iat": at, "nonce": asked.nonce, "sd_hash": digest(presentation)}
    signing_input = ".".join(b64url(strictjson.dumps(part)) for part in (header, claims))
    signature = signer.sign(signing_input.encode("ascii"))
    return f"{presentation}{signing_input}.{b64url(signature)}"


def bound(compact: Compact, key: PublicKey, asked: Asked, at: int) -> bool:
    """Whether the holder's key proved this presentation for this question, not long ago. Never raises."""
    if compact.key_binding is None:
        return False
    try:
        proof = read_jwt(compact.key_binding)
    except Rejected:
        return False
    claims = proof.payload
    made = claims.get("iat")
    return (
        proof.header.get("typ") == TYP
        and proof.signed_by(key)
        and claims.keys() == _CLAIMS
        and claims["aud"] == asked.audience
        and claims["nonce"] == asked.nonce
        and claims["sd_hash"] == digest(compact.covered)
        and type(made) is int
        and at - KEY_BINDING_SECONDS_MAX <= made <= at + IAT_SKEW_SECONDS
    )
