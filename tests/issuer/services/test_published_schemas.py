"""What the issuer signs for and publishes fits the schemas that it hands to strangers."""

from __future__ import annotations

import json

import pytest

from elicense.keys import b64url_decode
from issuer.domain import act as acts
from issuer.domain import canonical
from issuer.domain.refusal import Refusal
from issuer.services import minting, publishing
from issuer.storage import audit
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import World
from tests.made.acts import NAME as ACT
from tests.made.against import accepts, errors
from tests.made.lists import ANCHOR, LISTS, TRUST


def _acts(world: World) -> list[dict[str, canonical.Json]]:
    """Every act of the trail, as it was signed."""
    with world.store.reading() as tx:
        rows = list(audit.read(tx))
    found = []
    for row in rows:
        if row.event.act is not None:
            value = canonical.loads(row.event.act)
            assert isinstance(value, dict)
            found.append(value)
    return found


def test_every_act_of_a_story_fits(world: World) -> None:
    world.nurse()
    world.physician()
    signed = _acts(world)
    assert {value["act"] for value in signed} >= {"application.open", "application.approve", "account.create_officer"}
    for value in signed:
        assert errors(ACT, value) == [], value["act"]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"v": True}, {"actor": ""}, {"actor": "a b"}, {"target": "x" * 65},
        {"revision": -1}, {"revision": "1"}, {"at": "2026-11-23"}, {"nonce": "00"}, {"nonce": "A" * 32},
        {"body": []}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_an_act_that_is_refused_is_refused_by_both(world: World, change: dict[str, canonical.Json]) -> None:
    value = _acts(world)[-1]
    assert accepts(ACT, value)
    assert not accepts(ACT, value | change)
    with pytest.raises(Refusal):
        acts.parse(canonical.dumps(value | change))
    for member in value:
        assert not accepts(ACT, {name: held for name, held in value.items() if name != member})


def test_the_body_belongs_to_the_act(world: World) -> None:
    value = _acts(world)[-1]
    assert not accepts(ACT, value | {"act": "key.suspend", "body": {}})
    assert accepts(ACT, value | {"act": "key.suspend", "body": {"reason": "丢失"}})
    assert not accepts(ACT, value | {"act": "key.suspend", "body": {"reason": "丢失", "more": 1}})


def test_what_is_published_fits(mint_world: MintWorld) -> None:
    minting.mint(mint_world.desk, mint_world.granted().id)
    publishing.publish_due(mint_world.desk, mint_world.at)
    listed = json.loads(publishing.list_of_lists(mint_world.desk))
    assert listed["status_lists"]
    assert errors(LISTS, listed) == []
    assert not accepts(LISTS, listed | {"more": 1})
    assert not accepts(LISTS, {"status_lists": listed["status_lists"] * 2})
    trust = json.loads((mint_world.desk.config.published / publishing.TRUST_FILE).read_bytes())
    assert errors(TRUST, trust) == []
    assert errors(f"{TRUST}#payload", json.loads(b64url_decode(trust["payload"]))) == []
    assert errors(ANCHOR, json.loads(mint_world.desk.config.anchor.read_bytes())) == []
