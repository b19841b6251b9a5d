"""Key managers who are locked out come back, by the operator and on record; nobody else comes in by that door."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain.account import AccountId, Role
from issuer.domain.officer_key import KeyState
from issuer.domain.refusal import Refusal
from issuer.services import lockout, officer_keys, trail_check
from issuer.storage import audit, keys
from tests.issuer.services.mint_world import MintWorld

MINUTES = b"minutes of a meeting that never took place"


@pytest.fixture
def locked(mint_world: MintWorld) -> MintWorld:
    """Both key managers of the province lost their keys."""
    for who in ("keys-1", "keys-2"):
        key = mint_world.key(who)
        mint_world.act(officer_keys.report_lost, who, "key.report_lost", key.id, key.revision, {"reason": "lost"})
    return mint_world


def fresh(world: MintWorld, *who: str) -> dict[AccountId, Any]:
    """New keys for them, which they sign with from now on."""
    for one in who:
        world.signers[one] = SoftwareSigner.generate(Algorithm.ES256)
    return {world.people[one].id: dict(world.jwk(one)) for one in who}


def test_two_come_back_and_the_office_goes_on(locked: MintWorld) -> None:
    with pytest.raises(Refusal, match="key-lost"):
        locked.officer("new", "haikou", Role.REVIEW)
    made = lockout.restore(locked.desk, fresh(locked, "keys-1", "keys-2"), MINUTES)
    assert [key.state for key in made] == [KeyState.ACTIVE] * 2
    assert locked.officer("new", "haikou", Role.REVIEW).name == "示例new"
    with locked.store.reading() as tx:
        [event] = [row.event for row in audit.find(tx, tag="system.key_managers_restored")]
        old = [one.state for who in ("keys-1", "keys-2") for one in keys.of_account(tx, locked.people[who].id)]
        assert trail_check.whole(tx).findings == ()
    assert dict(event.detail)["minutes"] == hashlib.sha256(MINUTES).hexdigest()
    assert sorted(old) == ["active", "active", "lost", "lost"], "what was lost stays lost"


def test_one_who_still_has_a_key_counts(mint_world: MintWorld) -> None:
    key = mint_world.key("keys-2")
    mint_world.act(officer_keys.report_lost, "keys-2", "key.report_lost", key.id, key.revision, {"reason": "lost"})
    assert [active for _, active in lockout.managers(mint_world.desk)] in ([True, False], [False, True])
    lockout.restore(mint_world.desk, fresh(mint_world, "keys-2"), MINUTES)
    assert [active for _, active in lockout.managers(mint_world.desk)] == [True, True]


def test_nobody_comes_in_while_two_can_act(mint_world: MintWorld) -> None:
    with pytest.raises(Refusal, match="not-locked-out"):
        lockout.restore(mint_world.desk, fresh(mint_world, "keys-1", "keys-2"), MINUTES)


@pytest.mark.parametrize(
    ("who", "code"),
    [(("keys-1",), "four-eyes"), ((), "four-eyes"), (("keys-1", "decide"), "account-unknown"),
     (("keys-1", "keys-2", "province-all"), "account-unknown")],
)  # fmt: skip
def test_only_key_managers_and_enough_of_them(locked: MintWorld, who: tuple[str, ...], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        lockout.restore(locked.desk, fresh(locked, *who), MINUTES)
    with locked.store.reading() as tx:
        assert audit.find(tx, tag="system.key_managers_restored") == ()


def test_not_with_keys_that_are_known_or_none_nor_without_minutes(locked: MintWorld) -> None:
    used = dict(locked.jwk("decide"))
    wrong: tuple[tuple[Any, str], ...] = ((used, "key-known"), ({"kty": "EC"}, "key-malformed"), ({}, "key-malformed"))
    for jwk, code in wrong:
        with pytest.raises(Refusal, match=code):
            lockout.restore(locked.desk, fresh(locked, "keys-1") | {locked.people["keys-2"].id: jwk}, MINUTES)
    with pytest.raises(Refusal, match="reason-missing"):
        lockout.restore(locked.desk, fresh(locked, "keys-1", "keys-2"), b"")


@pytest.mark.parametrize(
    "value",
    [None, {}, [], [1], [{"account": "a"}], [{"account": 1, "jwk": {}}], [{"account": "a", "jwk": {}, "more": 1}],
     [{"account": "a", "jwk": {}}] * 2],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(value: object) -> None:
    if value == []:
        assert lockout.read_keys(value) == {}
        return
    with pytest.raises(ValueError, match="account"):
        lockout.read_keys(value)
