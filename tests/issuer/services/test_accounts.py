"""Accounts, authorities, institutions and electronic keys: who may make whom, and that no key comes back."""

from __future__ import annotations

from typing import Any

import pytest

from issuer.domain import canonical
from issuer.domain.account import AccountState, Role
from issuer.domain.kind import Kind
from issuer.domain.officer_key import KeyState, state_at
from issuer.domain.refusal import Refusal
from issuer.services import accounts, applications, officer_keys, organisations
from tests.issuer.services.world import NURSE, NURSE_2, World


def refused(world: World, function: Any, who: str, name: str, *rest: Any) -> str:
    with pytest.raises(Refusal) as caught:
        world.act(function, who, name, *rest)
    return caught.value.code


def test_the_beginning_happens_once_and_needs_two_key_managers(empty: World) -> None:
    one = accounts.FirstOfficer(
        name="示例", roles=frozenset({Role.KEY_MANAGER}), jwk=canonical.dumps(dict(empty.jwk("one"))).decode()
    )
    with pytest.raises(Refusal) as caught:
        accounts.bootstrap(empty.desk, None, [one])  # type: ignore[arg-type]
    assert caught.value.code == "four-eyes"
    empty.begin()
    with pytest.raises(Refusal) as caught:
        empty.begin()
    assert caught.value.code == "already-begun"


def test_the_three_kinds_are_registered_on_both_databases(empty: World) -> None:
    empty.begin()
    assert empty.hospital().state == "active"
    assert empty.nurse().state == "registered"
    assert empty.physician().state == "registered"
    assert empty.nurse("nurse-2", NURSE_2).number == "202646000002"


def test_only_the_province_makes_authorities_and_officers(world: World) -> None:
    body = {
        "name": "示例县卫健委", "division": "469021", "level": "county", "branch": "health",
        "parent": world.places["province"].id, "uscc": "11460000MBT00002XH", "trust_number": 9,
    }  # fmt: skip
    for who in ("accept", "province-all", "hospital"):
        code = refused(world, organisations.create_authority, who, "organisation.create_authority", "new", None, body)
        assert code == "role-missing"
    taken = {**body, "trust_number": 1}
    code = refused(world, organisations.create_authority, "keys-1", "organisation.create_authority", "new", None, taken)
    assert code == "number-taken"
    officer = {"organisation": world.places["haikou"].id, "name": "示例", "roles": ["officer_review"]}
    assert refused(world, accounts.create_officer, "accept", "account.create_officer", "new", None, officer) == (
        "role-missing"
    )


def test_an_authority_makes_accounts_for_its_own_institutions_only(world: World) -> None:
    body = {
        "name": "白塘示例口腔门诊部", "division": "469002", "uscc": "52469002MBT100020F",
        "authority": world.places["qionghai"].id, "administrator": {"name": "示例", "jwk": world.jwk("clinic")},
    }  # fmt: skip
    name = "organisation.create_institution"
    assert refused(world, organisations.create_institution, "accept", name, "new", None, body) == "out-of-jurisdiction"
    again = {**body, "authority": world.places["haikou"].id, "uscc": "12460100MBT100012H"}
    assert refused(world, organisations.create_institution, "accept", name, "new", None, again) == "organisation-exists"
    known = {**body, "administrator": {"name": "示例", "jwk": world.jwk("hospital")}}
    assert refused(world, organisations.create_institution, "province-all", name, "new", None, known) == "key-known"


def test_an_auditor_has_no_business_right(world: World) -> None:
    body = {"organisation": world.places["haikou"].id, "name": "示例", "roles": ["auditor", "officer_review"]}
    assert refused(world, accounts.create_officer, "keys-1", "account.create_officer", "new", None, body) == (
        "role-conflict"
    )


def test_one_account_for_one_person_and_none_without_proof(world: World) -> None:
    world.person("nurse", *NURSE[:2])
    with pytest.raises(Refusal) as caught:
        world.person("nurse-again", *NURSE[:2])
    assert caught.value.code == "account-exists"
    with pytest.raises(Refusal) as caught:
        world.person("nobody", "示例", "460000199505050028")
    assert caught.value.code == "identity-not-proven"
    assert world.people["nurse"].proof == "demonstration"


def test_a_person_comes_back_to_the_same_account_and_bars(world: World) -> None:
    account = world.person("nurse", *NURSE[:2])
    closing = {"reason": "x"}
    world.act(accounts.close_account, "nurse", "account.close", account.id, account.revision, closing)
    with pytest.raises(Refusal) as caught:
        world.person("nurse-again", *NURSE[:2])
    assert caught.value.code == "account-exists", "a new account would leave bars and registrations behind"
    evidence = canonical.dumps({"name": NURSE[0], "id_number": NURSE[1]})
    proof = accounts.DemonstrationProof()
    signed = world.signed("nurse-again", "account.recover", "new", None, {"jwk": world.jwk("nurse-again")})
    recovered = accounts.recover_person(world.desk, signed, evidence, proof)
    assert (recovered.id, recovered.state) == (account.id, AccountState.ACTIVE)
    assert world.key("nurse").state is KeyState.REVOKED
    assert world.key("nurse-again").state is KeyState.ACTIVE


def test_an_institution_gets_a_new_key_from_the_authority_that_approved_it(world: World) -> None:
    account = world.people["hospital"]
    body = {"jwk": world.jwk("hospital-2"), "reason": "遗失"}
    name = "organisation.replace_key"
    function = organisations.replace_administrator_key
    world.officer("elsewhere", "qionghai", Role.ACCEPTANCE)
    assert refused(world, function, "elsewhere", name, account.id, 0, body) == "out-of-jurisdiction"
    assert refused(world, function, "hospital", name, account.id, 0, body) == "role-missing"
    world.act(function, "accept", name, account.id, account.revision, body)
    assert world.key("hospital").state is KeyState.REVOKED


def test_an_account_is_opened_by_the_key_it_brings(world: World) -> None:
    evidence = canonical.dumps({"name": NURSE[0], "id_number": NURSE[1]})
    world.jwk("nurse")
    signed = world.signed("nurse", "account.activate", "new", None, {"jwk": world.jwk("thief")})
    with pytest.raises(Refusal) as caught:
        accounts.activate_person(world.desk, signed, evidence, accounts.DemonstrationProof())
    assert caught.value.code == "signer-unknown"


def new_key(world: World, who: str = "haikou") -> tuple[Any, Any]:
    body = {"organisation": world.places[who].id, "name": "示例新人", "roles": ["officer_review"]}
    account = world.act(accounts.create_officer, "keys-1", "account.create_officer", "new", None, body)
    return account, world.act(officer_keys.request, "keys-1", "key.request", account.id, None, {"reason": "new"})


def test_a_key_is_approved_by_another_key_manager_of_the_province(world: World) -> None:
    world.officer("haikou-keys", "haikou", Role.KEY_MANAGER)
    account, key = new_key(world)
    for who, code in (("keys-1", "key-approval"), ("haikou-keys", "key-approval"), ("accept", "role-missing")):
        assert refused(world, officer_keys.approve, who, "key.approve", key.id, key.revision) == code
    jwk = {"jwk": world.jwk("new")}
    early = refused(world, officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, jwk)
    assert early == "key-transition-not-allowed"
    key = world.act(officer_keys.approve, "keys-2", "key.approve", key.id, key.revision)
    assert (key.state, key.approved_by) == (KeyState.APPROVED, world.people["keys-2"].id)
    known = {"jwk": world.jwk("accept")}
    assert refused(world, officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, known) == "key-known"
    key = world.act(officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, jwk)
    assert key.state is KeyState.ACTIVE
    assert key.account == account.id


def test_a_refused_key_stays_refused(world: World) -> None:
    _, key = new_key(world)
    key = world.act(officer_keys.refuse, "keys-2", "key.refuse", key.id, key.revision, {"reason": "岗位不符"})
    assert refused(world, officer_keys.approve, "keys-2", "key.approve", key.id, key.revision) == (
        "key-transition-not-allowed"
    )


def test_a_key_is_judged_at_the_time_of_signing(world: World) -> None:
    before = world.key("review")
    world.later(seconds=100)
    suspended = world.act(
        officer_keys.suspend, "keys-1", "key.suspend", before.id, before.revision, {"reason": "异常操作"}
    )
    assert state_at(suspended, world.at - 1) is KeyState.ACTIVE
    assert state_at(suspended, world.at) is KeyState.SUSPENDED
    assert state_at(suspended, before.history[0].at - 1) is None
    cleared = world.act(
        officer_keys.clear, "keys-2", "key.clear", suspended.id, suspended.revision, {"reason": "查无异常"}
    )
    assert cleared.state is KeyState.ACTIVE


def test_a_lost_key_never_returns_and_is_replaced_by_a_new_one(world: World) -> None:
    key, account = world.key("review"), world.people["review"]
    lost = world.act(officer_keys.report_lost, "review", "key.report_lost", key.id, key.revision, {"reason": "遗失"})
    assert lost.state is KeyState.LOST
    assert refused(world, officer_keys.clear, "keys-1", "key.clear", lost.id, lost.revision, {"reason": "找到"}) == (
        "key-transition-not-allowed"
    )
    body = {"reason": "补发", "replaces": lost.id}
    new = world.act(officer_keys.request, "keys-1", "key.request", account.id, None, body)
    assert (new.replaces, world.key("review").state) == (lost.id, KeyState.REVOKED)
    new = world.act(officer_keys.approve, "keys-2", "key.approve", new.id, new.revision)
    world.act(officer_keys.activate, "keys-1", "key.activate", new.id, new.revision, {"jwk": world.jwk("review-new")})
    world.people["review-new"] = account
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(applications.accept, "accept", "accept", case)
    old = world.signed("review", "application.review", case.id, case.revision, {"finding": "favourable"})
    with pytest.raises(Refusal) as caught:
        applications.review(world.desk, old)
    assert caught.value.code == "key-revoked"
    assert world.step(applications.review, "review-new", "review", case, finding="favourable").kind is Kind.NURSE


def test_a_closed_account_loses_its_key(world: World) -> None:
    account = world.people["review"]
    body = {"reason": "离岗"}
    assert refused(world, accounts.close_account, "review", "account.close", account.id, 0, body) == "role-missing"
    closed = world.act(accounts.close_account, "keys-1", "account.close", account.id, account.revision, body)
    assert closed.state is AccountState.CLOSED
    assert world.key("review").state is KeyState.REVOKED
