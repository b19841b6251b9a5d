"""The process dies on the way to a wallet: what was asked for is finished once, by the same wallet or by the timer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from issuer.domain import canonical
from issuer.domain.offer import TOKEN_SECONDS, Declined, Fault, OfferState
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import offers, wallets
from issuer.services.acts import ACTS
from issuer.storage import failpoints
from issuer.storage import wallets as stored
from tests.issuer.conftest import by_hand
from tests.issuer.services.mint_world import MintWorld, keep_act
from tests.issuer.wallets.desk import CONFIGURATION, hospital, proof, token
from tests.issuer.wallets.wallet import key

ROOT = Path(__file__).parents[3]
POINTS = [name for name in failpoints.NAMES if name.startswith("wallet.")]
MINE = key(), key()


def die(world: MintWorld, url: str, access: str, point: str) -> None:
    """Let another process ask for two copies and be killed at a point."""
    nonce = offers.nonce(world.desk)
    asked = [access, CONFIGURATION, [proof(world, one, nonce) for one in MINE]]
    (world.folder / "asked").write_text(json.dumps(asked), encoding="utf-8")
    killed(world, url, "wallet", point)


def killed(world: MintWorld, url: str, what: str, point: str) -> None:
    """Let another process do something and be killed at a point."""
    module = "tests.issuer.services.mint_world"
    done = subprocess.run(
        [sys.executable, "-m", module, str(world.folder), url, str(world.at), what],
        cwd=ROOT, env={**os.environ, failpoints.VARIABLE: point}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL


def counted(world: MintWorld) -> dict[str, int]:
    """How many copies are in each state."""
    with world.store.reading() as tx:
        states = [row.state for row in tx.all(stored.wallet_copy.select())]
    return {state: states.count(state) for state in set(states)}


@pytest.mark.parametrize("act", ["wallet.offer", "wallet.remove"])
@pytest.mark.parametrize("point", ["transaction.written", "transaction.committed"])
def test_a_signed_act_is_done_once_or_not_at_all(mint_world: MintWorld, mint_url: str, act: str, point: str) -> None:
    """Killed before the commit it never was, and may be sent again; killed after it, it is known and refused."""
    id_ = RegistrationId(hospital(mint_world))
    nonce, access = offers.nonce(mint_world.desk), token(mint_world, "hospital", id_)
    wallets.request(mint_world.desk, access, CONFIGURATION, [proof(mint_world, key(), nonce)])
    mint_world.later(seconds=1)
    signed = mint_world.signed("hospital", act, id_, None)
    keep_act(mint_world.folder, signed, b"-")

    def happened() -> bool:
        with mint_world.store.reading() as tx:
            return bool(stored.unfinished(tx, id_)) if act == "wallet.offer" else not stored.live(tx, id_)

    killed(mint_world, mint_url, act, point)
    assert happened() == (point == "transaction.committed")
    if point == "transaction.committed":
        with pytest.raises(Refusal, match="act-replayed"):
            ACTS[act](mint_world.desk, signed)
    else:
        ACTS[act](mint_world.desk, signed)
        assert happened()


@pytest.mark.parametrize("point", POINTS)
def test_the_wallet_comes_again_with_the_same_keys(mint_world: MintWorld, mint_url: str, point: str) -> None:
    access = token(mint_world, "hospital", hospital(mint_world))
    die(mint_world, mint_url, access, point)
    nonce = offers.nonce(mint_world.desk)
    again = [proof(mint_world, one, nonce) for one in MINE]
    _, credentials = wallets.request(mint_world.desk, access, CONFIGURATION, again)
    assert credentials is not None
    assert len(set(credentials)) == 2
    assert counted(mint_world) == {"active": 2}
    with pytest.raises(Declined, match=Fault.CREDENTIAL_REQUEST_DENIED):
        wallets.request(
            mint_world.desk, access, CONFIGURATION, [proof(mint_world, key(), offers.nonce(mint_world.desk))]
        )


@pytest.mark.parametrize("point", POINTS)
def test_the_timer_finishes_it_and_the_wallet_fetches_it(mint_world: MintWorld, mint_url: str, point: str) -> None:
    access = token(mint_world, "hospital", hospital(mint_world))
    die(mint_world, mint_url, access, point)
    assert wallets.resume(mint_world.desk) == ()
    assert wallets.resume(mint_world.desk) == ()
    assert counted(mint_world) == {"active": 2}
    with mint_world.store.reading() as tx:
        offer = offers.holding(mint_world.desk, tx, access)
    transaction = offers.transaction_id(mint_world.desk, offer.id)
    _, credentials = wallets.deferred(mint_world.desk, access, transaction)
    assert credentials is not None
    with pytest.raises(Declined, match=Fault.INVALID_TRANSACTION_ID):
        wallets.deferred(mint_world.desk, access, transaction)


@pytest.mark.parametrize("point", POINTS[:-1])
def test_what_nobody_can_fetch_any_more_is_not_made(mint_world: MintWorld, mint_url: str, point: str) -> None:
    """The copies of an earlier wallet live on."""
    first = token(mint_world, "hospital", hospital(mint_world))
    nonce = offers.nonce(mint_world.desk)
    wallets.request(mint_world.desk, first, CONFIGURATION, [proof(mint_world, key(), nonce)])
    mint_world.later(seconds=1)
    access = token(mint_world, "hospital", hospital(mint_world))
    die(mint_world, mint_url, access, point)
    mint_world.later(seconds=TOKEN_SECONDS)
    assert wallets.resume(mint_world.desk) == ()
    assert counted(mint_world)["active"] == 1
    with mint_world.store.reading() as tx:
        newest = stored.newest_offer(tx, RegistrationId(hospital(mint_world)))
    assert newest is not None
    assert newest.state is OfferState.CLOSED


@pytest.mark.parametrize("what", ["tbs", "disclosures", "device"])
def test_what_was_changed_between_record_and_signature_is_not_released(
    broken_world: MintWorld, mint_url: str, what: str
) -> None:
    """Whoever has the database and its triggers in hand changes what will be signed: an alarm, and no copy."""
    access = token(broken_world, "hospital", hospital(broken_world))
    die(broken_world, mint_url, access, "wallet.recorded")
    with broken_world.store.transaction() as tx:
        copy, other = [stored._copy(row) for row in tx.all(stored.wallet_copy.select())]  # noqa: SLF001
        changed: dict[str, object] = {
            "tbs": other.tbs,
            "disclosures": json.dumps(other.disclosures),
        }
        on = " ON wallet_copy" if tx.on_postgresql else ""
        tx.run(sa.text(f"DROP TRIGGER wallet_copy_fixed{on}"))
        this = stored.wallet_copy.c.id == copy.id
        if what == "device":
            jwks = json.dumps([canonical.dumps({**key().public_key.to_jwk()}).decode("ascii") for _ in MINE])
            tx.run(sa.update(stored.wallet_offer).values(devices=jwks))
        else:
            by_hand(tx, sa.update(stored.wallet_copy).where(this).values({what: changed[what]}))
    assert wallets.resume(broken_world.desk) == ("minting-spoiled",)
    assert counted(broken_world) == {"retired": 2}
    with pytest.raises(Declined, match=Fault.INVALID_TOKEN), broken_world.store.reading() as tx:
        offers.holding(broken_world.desk, tx, access)
