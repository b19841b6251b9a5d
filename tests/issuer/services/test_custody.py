"""What key managers and acceptance officers are shown, and what they are offered: no more than the desks would do."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain.account import Role
from issuer.domain.officer_key import ElectronicKey, KeyState
from issuer.domain.refusal import Refusal
from issuer.services import accounts, custody, officer_keys
from issuer.services.acts import ACTS
from issuer.storage import Store
from tests.issuer.domain.security_key import ORIGIN
from tests.issuer.services.world import World

EVENTS = ("approve", "refuse", "activate", "suspend", "clear", "confirm", "report_lost", "retire")
MODEL = "2fc0579f-8113-47ea-b116-bb5a8db9202a"


def refused(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.fixture
def local(world: World) -> World:
    """With a key manager of 海口, whose area ends there."""
    world.officer("keys-haikou", "haikou", Role.KEY_MANAGER)
    world.officer("elsewhere", "qionghai", Role.ACCEPTANCE)
    return world


def test_a_key_manager_sees_the_keys_of_the_own_area_and_no_others(local: World) -> None:
    desk, people = local.desk, local.people
    own = {line.key.account for line in custody.key_list(desk, people["keys-haikou"])}
    assert own == {people[one].id for one in ("accept", "review", "review-2", "decide", "all", "keys-haikou")}
    everybody = {line.key.account for line in custody.key_list(desk, people["keys-1"])}
    assert own < everybody
    assert people["hospital"].id not in everybody
    elsewhere = local.key("elsewhere").id
    assert custody.key_file(desk, people["keys-1"], elsewhere).line.key.id == elsewhere
    assert refused(lambda: custody.key_file(desk, people["keys-haikou"], elsewhere)) == "key-unknown"
    assert refused(lambda: custody.key_file(desk, people["keys-1"], local.key("hospital").id)) == "key-unknown"
    for who in ("accept", "decide", "hospital"):
        assert refused(lambda who=who: custody.key_list(desk, people[who])) == "role-missing"  # type: ignore[misc]


def test_accounts_are_shown_to_who_manages_them(local: World) -> None:
    desk, people, places = local.desk, local.people, local.places
    haikou, hospital = places["haikou"].id, places["hospital"].id
    local.nurse_draft()
    assert [one.account.id for one in custody.place(desk, people["accept"], hospital).people] == [people["hospital"].id]
    assert custody.place(desk, people["accept"], haikou).people == ()
    assert custody.place(desk, people["keys-haikou"], haikou).may == frozenset()
    assert custody.place(desk, people["keys-1"], haikou).may == {"authority", "officer", "close"}
    assert custody.place(desk, people["accept"], haikou).may == {"institution"}
    for reader, other in (
        ("keys-haikou", "elsewhere"),
        ("keys-1", "nurse"),
        ("keys-1", "hospital"),
        ("accept", "decide"),
    ):
        assert refused(lambda r=reader, o=other: custody.person(desk, people[r], people[o].id)) == "account-unknown"  # type: ignore[misc]
    assert refused(lambda: custody.place(desk, people["elsewhere"], haikou)) == "organisation-unknown"
    assert refused(lambda: custody.places(desk, people["decide"])) == "role-missing"
    assert [one.depth for one in custody.places(desk, people["keys-1"])] == [0, 1, 1]


def test_nothing_is_offered_that_the_desk_refuses_and_nothing_done_that_was_not_offered(
    local: World, tmp_path: Path
) -> None:
    """Every event of a key, tried by everybody: offered exactly where it is done."""
    body = {"reason": "x"}
    new = local.act(
        accounts.create_officer,
        "keys-1",
        "account.create_officer",
        body={"organisation": local.places["haikou"].id, "name": "示例新任", "roles": ["officer_review"]},
    )
    asked = local.act(officer_keys.request, "keys-1", "key.request", new.id, None, body)
    waits = local.act(
        accounts.create_officer,
        "keys-1",
        "account.create_officer",
        body={"organisation": local.places["haikou"].id, "name": "示例候领", "roles": ["officer_review"]},
    )
    ready = local.act(officer_keys.request, "keys-1", "key.request", waits.id, None, body)
    ready = local.act(officer_keys.approve, "keys-2", "key.approve", ready.id, ready.revision)
    suspended = local.key("review-2")
    local.act(officer_keys.suspend, "keys-haikou", "key.suspend", suspended.id, suspended.revision, body)
    for key in (local.key("decide"), local.key("keys-1"), local.key("review-2"), asked, ready):
        for who in ("keys-1", "keys-2", "keys-haikou"):
            for event in EVENTS:
                does = works(local, tmp_path, who, event, key)
                assert does is (event in offered(local, who, key)), (who, event, key.state)


def offered(world: World, who: str, key: ElectronicKey) -> frozenset[str]:
    """What the page of a key offers; nothing where there is no page."""
    try:
        return custody.key_file(world.desk, world.people[who], key.id).may
    except Refusal:
        return frozenset()


def works(world: World, folder: Path, who: str, event: str, key: ElectronicKey) -> bool:
    """Whether the desk does it, tried on a copy of the register."""
    world.store.close()
    copy = shutil.copy(folder / "world.sqlite", folder / "copy.sqlite")
    tried = World.copied(world, Store(f"sqlite:///{copy}"))
    tried.nonces = itertools.count(2_000_000)
    body = {"jwk": tried.jwk("new")} if event == "activate" else {"reason": "x"}
    signed = tried.signed(who, f"key.{event}", key.id, key.revision, body)
    try:
        ACTS[f"key.{event}"](tried.desk, signed)
    except Refusal:
        return False
    finally:
        tried.store.close()
    return True


def test_where_models_are_named_only_these_keys_are_handed_over(local: World) -> None:
    old = local.key("decide")
    account = local.people["decide"]
    local.act(officer_keys.retire, "keys-1", "key.retire", old.id, old.revision, {"reason": "replaced"})
    key = local.act(officer_keys.request, "keys-1", "key.request", account.id, None, {"reason": "replaced"})
    key = local.act(officer_keys.approve, "keys-2", "key.approve", key.id, key.revision)
    config = dataclasses.replace(local.desk.config, security_key_models=f"{MODEL} 00000000-0000-0000-0000-000000000001")
    local.desk = dataclasses.replace(local.desk, config=config)
    jwk = SoftwareSigner.generate(Algorithm.ES256).public_key.to_jwk()

    def handed(model: str | None) -> ElectronicKey:
        fido = {} if model is None else {"fido": {"origin": ORIGIN, "credential": "AAAA", "aaguid": model}}
        return local.act(officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, {"jwk": jwk, **fido})

    assert refused(lambda: handed(None)) == "security-key-model"
    assert refused(lambda: handed("00000000-0000-0000-0000-000000000000")) == "security-key-model"
    assert handed(MODEL).state is KeyState.ACTIVE
