"""A hundred at once, on both databases: one code gives one token, one token one batch, one nonce one use."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable

from issuer.domain.audit import verify_chain
from issuer.services import offers, wallets
from issuer.storage import audit
from issuer.storage import wallets as stored
from issuer.vault import MemoryVault
from tests.issuer import races
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.wallets.desk import CONFIGURATION, hospital_offer, proof
from tests.issuer.wallets.wallet import key

HUNDRED = 100


def together(*acts: Callable[[], object]) -> Counter[str]:
    """How often each answer came."""
    return Counter(races.together(*acts))


def test_a_hundred_redeem_one_code(mint_world: MintWorld) -> None:
    code, tx_code = hospital_offer(mint_world)
    found = together(*[lambda: offers.redeem(mint_world.desk, code, tx_code, None)] * HUNDRED)
    assert found == {"done": 1, "invalid_grant": HUNDRED - 1}


def test_a_hundred_guess_and_five_are_counted(mint_world: MintWorld) -> None:
    code, tx_code = hospital_offer(mint_world)
    guesses = [lambda n=number: offers.redeem(mint_world.desk, code, f"no-{n}", None) for number in range(HUNDRED)]
    assert together(*guesses) == {"invalid_grant": HUNDRED}
    assert together(lambda: offers.redeem(mint_world.desk, code, tx_code, None)) == {"invalid_grant": 1}


def test_a_hundred_ask_with_one_token(mint_world: MintWorld) -> None:
    """Each with a key and a nonce of its own: one batch is made."""
    desk = mint_world.desk
    token = offers.redeem(desk, *hospital_offer(mint_world), None)
    asked = [proof(mint_world, key(), offers.nonce(desk)) for _ in range(HUNDRED)]
    found = together(*[lambda one=one: wallets.request(desk, token, CONFIGURATION, [one]) for one in asked])
    assert found == {"done": 1, "credential_request_denied": HUNDRED - 1}
    _one_copy(mint_world)


def test_a_hundred_ask_with_one_proof(mint_world: MintWorld) -> None:
    """The same request again and again: its nonce is used once."""
    desk = mint_world.desk
    token = offers.redeem(desk, *hospital_offer(mint_world), None)
    one = proof(mint_world, key(), offers.nonce(desk))
    found = together(*[lambda: wallets.request(desk, token, CONFIGURATION, [one])] * HUNDRED)
    assert found == {"done": 1, "invalid_nonce": HUNDRED - 1}
    _one_copy(mint_world)


def test_a_hundred_come_with_the_same_key(mint_world: MintWorld) -> None:
    """A wallet that is impatient: everybody gets the one copy."""
    desk, mine = mint_world.desk, key()
    token = offers.redeem(desk, *hospital_offer(mint_world), None)
    asked = [proof(mint_world, mine, offers.nonce(desk)) for _ in range(HUNDRED)]
    given: list[tuple[str, ...] | None] = []
    found = together(
        *[lambda one=one: given.append(wallets.request(desk, token, CONFIGURATION, [one])[1]) for one in asked]
    )
    assert found == {"done": HUNDRED}
    assert len(set(given) - {None}) == 1
    _one_copy(mint_world)


def test_a_hundred_fetch_what_was_deferred(mint_world: MintWorld) -> None:
    """The vault was away when it was asked for: it is made once, and handed out once by its transaction."""
    whole = mint_world.desk
    away = dataclasses.replace(whole, vault=MemoryVault({}, record=[b"r" * 32], lookup=b"l" * 32))
    token = offers.redeem(whole, *hospital_offer(mint_world), None)
    found, given = wallets.request(away, token, CONFIGURATION, [proof(mint_world, key(), offers.nonce(whole))])
    assert given is None
    transaction = offers.transaction_id(whole, found.id)
    answers = together(*[lambda: wallets.deferred(whole, token, transaction)] * HUNDRED)
    assert answers == {"done": 1, "invalid_transaction_id": HUNDRED - 1}
    _one_copy(mint_world)


def _one_copy(world: MintWorld) -> None:
    with world.store.reading() as tx:
        assert len(tx.all(stored.wallet_copy.select())) == 1
        assert verify_chain(audit.read(tx)) == ()
