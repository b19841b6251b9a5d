"""Exchange: whoever follows the positions has the register of the area, whatever happens meanwhile, no more."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from hypothesis import settings

from issuer.domain.account import Role
from issuer.domain.act import civil_day
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import exchange, minting, query, registrations
from issuer.services.query import PublicAnswer
from issuer.storage import audit
from issuer.storage import registrations as stored
from tests.issuer.conftest import written
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import NURSE, NURSE_2, PHYSICIAN, World

SYSTEM = "system"
Mirror = dict[str, PublicAnswer]


@pytest.fixture
def shared(mint_world: MintWorld) -> MintWorld:
    """A world in which a system of the prefecture follows the register."""
    mint_world.officer(SYSTEM, "haikou", Role.EXCHANGE)
    mint_world.officer("elsewhere", "qionghai", Role.EXCHANGE)
    return mint_world


def follow(world: World, mirror: Mirror, since: int, limit: int, pages: int = 10_000, who: str = SYSTEM) -> int:
    """Follow for some pages; return the position."""
    for _ in range(pages):
        page = exchange.page(world.desk, world.people[who], since, limit)
        assert [one.seq for one in page.entries] == sorted(one.seq for one in page.entries)
        assert page.next > since or not page.more
        since = page.next
        for one in page.entries:
            mirror.pop(one.id, None)
            if one.now is not None:
                mirror[one.id] = one.now
        if not page.more:
            break
    return since


def register(world: World) -> Mirror:
    """What the register holds now, as anybody may know it."""
    with world.store.reading() as tx:
        found = [one for kind in Kind for one in stored.find(tx, kind=kind)]
        return {one.id: query.public_answer(world.desk, tx, one, civil_day(world.at)) for one in found}


def entry(world: World, who: str, kind: Kind = Kind.NURSE) -> Registration | None:
    with world.store.reading() as tx:
        return stored.of_holder(tx, world.people[who].id, kind) if who in world.people else None


def something(world: MintWorld, chance: random.Random) -> None:
    """Something happens: somebody is licensed, suspended, resumed, frozen, or free again."""
    world.later(seconds=61)
    who, person = chance.choice([("nurse", NURSE), ("nurse-2", NURSE_2)])
    held = entry(world, who)
    if held is None:
        minting.mint(world.desk, world.granted(who, person).id)
        return
    said: dict[str, Any]
    if held.frozen:
        world.act(registrations.unfreeze, "decide", "registration.unfreeze", held.id, held.revision, {"reason": "x"})
    elif held.state == "suspended":
        said = {"grounds": ["suspension_withdrawn"], "reason": "x"}
        world.act(registrations.resume, "decide", "registration.resume", held.id, held.revision, said)
    elif chance.randrange(2):
        world.act(registrations.freeze, "decide", "registration.freeze", held.id, held.revision, {"reason": "x"})
    else:
        said = {"grounds": ["nurse_penalty"], "reason": "x", "until": "2026-10-02"}
        world.act(registrations.suspend, "decide", "registration.suspend", held.id, held.revision, said)


def test_who_follows_has_the_register_whatever_happens_between_two_pages(shared: MintWorld) -> None:
    chance = random.Random(settings().max_examples)
    mirror: Mirror = {}
    since = 0
    for _ in range(40 if settings().max_examples >= 100 else 12):
        if chance.randrange(3):
            something(shared, chance)
        else:
            since = follow(shared, mirror, since, chance.randrange(1, 4), pages=1)
    follow(shared, mirror, since, 2)
    assert mirror == register(shared)
    again: Mirror = {}
    follow(shared, again, 0, 1)
    assert again == mirror, "whoever starts anew comes to the same"


def test_nothing_new_is_nothing_and_leaves_no_event(shared: MintWorld) -> None:
    since = follow(shared, {}, 0, 50)
    for _ in range(3):
        page = exchange.page(shared.desk, shared.people[SYSTEM], since, 50)
        assert (page.entries, page.more) == ((), False)
        since = page.next
    with shared.store.reading() as tx:
        told = [row.event for row in audit.read(tx) if row.event.tag == "share.read"]
    assert [(one.target, dict(one.detail)["entries"]) for one in told] == [(shared.people[SYSTEM].id, "1")]


def test_what_was_ended_comes_as_ended(shared: MintWorld) -> None:
    minting.mint(shared.desk, shared.granted().id)
    held = entry(shared, "nurse")
    assert held is not None
    mirror: Mirror = {}
    since = follow(shared, mirror, 0, 50)
    assert mirror[held.id].standing.permits_practice
    said = {"grounds": ["nurse_penalty"], "reason": "x"}
    shared.act(registrations.revoke, "decide", "registration.revoke_licence", held.id, held.revision, said)
    follow(shared, mirror, since, 50)
    assert (mirror[held.id].standing.state, mirror[held.id].standing.permits_practice) == ("revoked", False)


def test_what_left_the_area_is_told_as_gone_where_it_was_and_as_new_where_it_is(broken_world: MintWorld) -> None:
    world = broken_world
    world.officer(SYSTEM, "haikou", Role.EXCHANGE)
    world.officer("elsewhere", "qionghai", Role.EXCHANGE)
    minting.mint(world.desk, world.granted().id)
    held = entry(world, "nurse")
    assert held is not None
    here: Mirror = {}
    there: Mirror = {}
    since, since_there = follow(world, here, 0, 50), follow(world, there, 0, 50, who="elsewhere")
    with written(world.store) as tx:
        moved = dataclasses.replace(held, authority=world.places["qionghai"].id, revision=held.revision + 1)
        stored.put(tx, moved, held.revision)
    follow(world, here, since, 50)
    follow(world, there, since_there, 50, who="elsewhere")
    assert (held.id in here, list(there)) == (False, [held.id])


def test_another_area_is_given_nothing(shared: MintWorld) -> None:
    mirror: Mirror = {}
    follow(shared, mirror, 0, 50, who="elsewhere")
    assert mirror == {}


def test_nothing_restricted_is_given(shared: MintWorld) -> None:
    case = shared.granted()
    minting.mint(shared.desk, case.id)
    page = exchange.page(shared.desk, shared.people[SYSTEM], 0, 50)
    said = repr(page)
    assert NURSE[0] in said
    for secret in (*NURSE[1:], PHYSICIAN[1], "meets_standard", "birth_date", "phone"):
        assert secret not in said


@pytest.mark.parametrize("who", ["nurse", "hospital", "decide", "keys-1", "province-all"])
def test_nobody_else_is_given_it(shared: MintWorld, who: str) -> None:
    if who == "nurse":
        shared.person("nurse", *NURSE[:2])
    with pytest.raises(Refusal, match="role-missing"):
        exchange.page(shared.desk, shared.people[who], 0, 10)


def test_a_position_of_another_history_is_told(shared: MintWorld) -> None:
    with pytest.raises(Refusal, match="position-unknown"):
        exchange.page(shared.desk, shared.people[SYSTEM], 10**6, 10)


def test_the_account_of_a_system_is_nobodys_post(shared: MintWorld) -> None:
    with pytest.raises(Refusal, match="role-conflict"):
        shared.officer("both", "haikou", Role.EXCHANGE, Role.REVIEW)
