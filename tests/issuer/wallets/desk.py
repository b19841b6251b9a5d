"""Wallets at the desk, without HTTP: offers by signed acts, proofs by keys in the hands of a test."""

from __future__ import annotations

import dataclasses
from typing import Final

from elicense.keys import SoftwareSigner
from elicense.trust import LIST_PLACEHOLDER
from issuer.domain.kind import Kind
from issuer.services import offers, publishing, trusting, wallet_tokens
from issuer.services.offers import MadeOffer
from issuer.storage import registrations
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.wallets.wallet import TYP, jwt

CONFIGURATION: Final = wallet_tokens.configuration(Kind.INSTITUTION)


def moved_to(world: MintWorld, base: str) -> None:
    """Let the trust list say that the issuer is at this address: the next list, signed by the roots."""
    trust = trusting.published(world.desk)
    issuer = dataclasses.replace(trust.issuers[0], status_uri=f"{base}/status/{LIST_PLACEHOLDER}")
    world.trust(dataclasses.replace(trust, sequence=trust.sequence + 1, issued=trust.issued + 1, issuers=(issuer,)))
    assert publishing.publish_due(world.desk, world.at).failed == ()


def hospital(world: MintWorld) -> str:
    """The registration of the hospital."""
    with world.store.reading() as tx:
        found = registrations.of_holder(tx, world.places["hospital"].id, Kind.INSTITUTION)
    assert found is not None
    return found.id


def offer(world: MintWorld, who: str, registration: str) -> MadeOffer:
    """Let somebody make an offer."""
    return world.act(offers.make, who, "wallet.offer", registration)


def code_of(world: MintWorld, made: MadeOffer) -> str:
    """The pre-authorized code behind the link of an offer."""
    return offers.by_reference(world.desk, made.link.rpartition("%2F")[2])[1]


def hospital_offer(world: MintWorld) -> tuple[str, str]:
    """Code and transaction code of an offer of the hospital's licence."""
    made = offer(world, "hospital", hospital(world))
    return code_of(world, made), made.tx_code


def token(world: MintWorld, who: str, registration: str) -> str:
    """An access token of an offer that somebody made."""
    made = offer(world, who, registration)
    return offers.redeem(world.desk, code_of(world, made), made.tx_code, None)


def proof(world: MintWorld, signer: SoftwareSigner, nonce: str) -> str:
    """A key proof as it should be."""
    public = signer.public_key
    header = {"alg": public.algorithm.jose, "typ": TYP, "jwk": public.to_jwk()}
    return jwt(header, {"aud": world.desk.config.base_url, "iat": world.at, "nonce": nonce}, signer)
