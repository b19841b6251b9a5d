"""Every act has one name: a function reached under another name refuses, so no name is a second way in."""

from __future__ import annotations

import pytest

from issuer.domain.refusal import Refusal
from issuer.services import accounts
from issuer.services.acts import ACTS, WITH_POSSESSION, WITH_PROOF, WITH_RESTRICTED
from tests.issuer.services.world import World


@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_function_takes_only_its_own_act(world: World, name: str) -> None:
    extra: tuple[object, ...] = ()
    body: dict[str, object] = {}
    if name in WITH_PROOF:
        extra = (b'{"id_number":"460000199505050027","name":"x"}', accounts.DemonstrationProof())
        body = {"jwk": world.jwk("keys-1")}
    if name in WITH_POSSESSION:
        extra = (bytes(64),)
    signed = world.signed("keys-1", "application.nothing", "x", 0, body)
    with pytest.raises(Refusal) as refused:
        ACTS[name](world.desk, signed, *extra)
    assert (refused.value.code, refused.value.detail) == ("act-wrong", name)


def test_every_name_that_takes_more_is_an_act() -> None:
    assert ACTS.keys() >= WITH_RESTRICTED | WITH_PROOF | WITH_POSSESSION
    assert len(set(ACTS.values())) == len(ACTS)


def test_every_officer_action_of_the_rules_is_an_act(world: World) -> None:
    actions = {row.action for row in world.desk.rules.actions if row.channel == "officer"}
    assert {f"registration.{action}" for action in actions} <= ACTS.keys()
    steps = {row.step for row in world.desk.rules.steps if row.by != "law"}
    assert {f"application.{step}" for step in steps} <= ACTS.keys()
