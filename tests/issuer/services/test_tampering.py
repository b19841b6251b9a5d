"""What somebody with every right over the database does to register and trail is found, on both databases.

`python -m tests.issuer.tampering` tries each way a thousand times; here are some of them.
"""

from __future__ import annotations

from hypothesis import settings

from issuer.services import trail_check
from tests.issuer import tampering
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.tampering import Attacker

TIMES = settings().max_examples // 5


def test_every_tampering_is_found(mint_world: MintWorld) -> None:
    tampering.live(mint_world)
    with mint_world.store.reading() as tx:
        assert trail_check.whole(tx).findings == ()
    with tampering.unguarded(mint_world.store) as connection:
        for seed, way in enumerate(tampering.ALONE.values()):
            found = tampering.tried(connection, way, TIMES, seed)
            assert found.alone == TIMES, way.__name__
        for seed, way in enumerate(tampering.AGAINST_A_HEAD.values()):
            found = tampering.tried(connection, way, TIMES, seed)
            assert found.against_a_head == TIMES, way.__name__
            assert found.alone < TIMES, f"{way.__name__}: a head need not be kept?"


def nothing(_: Attacker) -> None:
    """Tamper with nothing."""


def test_the_tries_can_fail(mint_world: MintWorld) -> None:
    with tampering.unguarded(mint_world.store) as connection:
        assert tampering.tried(connection, nothing, 2, 0) == tampering.Tried(2, 0, 0)
