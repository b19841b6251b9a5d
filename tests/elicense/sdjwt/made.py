"""SD-JWT for tests: right ones as an issuer makes them, and wrong ones by saying what shall be otherwise."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from elicense.keys import PublicKey, Signer, b64url
from elicense.licence import Licence
from elicense.sdjwt import Asked, bind, making, select, vct
from tests.world import T0, World, physician, signer

HOLDER: Final = signer("wallet")
ASKED: Final = Asked(audience="x509_hash:verifier", nonce="nonce-of-this-question")


def jws(header: dict[str, Any] | bytes, payload: Any, key: Signer) -> str:
    """A compact JWS of whatever is given."""
    parts = [b64url(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, payload)]
    return ".".join([*parts, b64url(key.sign(".".join(parts).encode()))])


def disclosure(*items: Any) -> str:
    """A disclosure of whatever is given."""
    return b64url(json.dumps(list(items), ensure_ascii=False).encode())


def digest(text: str) -> str:
    return b64url(hashlib.sha256(text.encode()).digest())


def sd(payload: dict[str, Any], *disclosures: str, key: Signer, header: dict[str, Any] | None = None) -> str:
    """An SD-JWT of anybody, with its disclosures."""
    made = header or {"alg": key.public_key.algorithm.jose, "typ": "example+sd-jwt"}
    return "~".join([jws(made, payload, key), *disclosures, ""])


def open_claims(world: World, licence: Licence, device: PublicKey) -> dict[str, Any]:
    """What everybody sees of a copy."""
    made: dict[str, Any] = making.open_claims(
        licence, device, iss=world.host, vct=vct(world.host, licence.kind), uri=world.hainan.list_uri(1),
        index=licence.status.index, iat=making.day_of_issue(T0, 0),
    )  # fmt: skip
    return {**made, "_sd_alg": "sha-256"}


def copy(world: World, licence: Licence | None = None, key: Signer | None = None) -> str:
    """A licence as Hainan puts it into a wallet."""
    held, signs = licence or physician(), key or world.licence_key
    tbs, disclosures = making.prepare(open_claims(world, held, HOLDER.public_key), making.said(held), signs.public_key)
    return making.presentable(making.signed(tbs, signs.sign(tbs)), disclosures)


def wrong(
    world: World, *, key: Signer | None = None, header: dict[str, Any] | None = None,
    hidden: dict[str, Any] | None = None, without: tuple[str, ...] = (), **changes: Any,
) -> str:  # fmt: skip
    """A copy of the physician's licence in which something is otherwise."""
    signs = key or world.licence_key
    payload = {**open_claims(world, physician(), HOLDER.public_key), **changes}
    for name in without:
        del payload[name]
    disclosures = [disclosure("c2FsdC1vZi0xMjgtYml0cw", *item) for item in (hidden or {}).items()]
    payload["_sd"] = sorted(map(digest, disclosures))
    base = {"alg": signs.public_key.algorithm.jose, "kid": signs.public_key.kid.hex(), "typ": "dc+sd-jwt"}
    return "~".join([jws({**base, **(header or {})}, payload, signs), *disclosures, ""])


def shown(sdjwt: str, *names: str, asked: Asked = ASKED, at: int = T0, key: Signer = HOLDER) -> str:
    """What a wallet shows: the named items, proven for a question."""
    return bind(select(sdjwt, names), key, asked, at)
