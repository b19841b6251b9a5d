"""Every act that anybody can sign, with the process killed before and after its commit: nothing lost, nothing doubled.

The stories are those of the other tests of the desks, played again in a world whose acts die first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from issuer.domain import canonical
from issuer.domain.account import Role
from issuer.domain.act import SignedAct
from issuer.domain.application import Application
from issuer.domain.audit import Event
from issuer.services import accounts, alerts, applications, board, officer_keys, organisations, proposals, registrations
from issuer.services.acts import ACTS
from issuer.services.desk import Desk
from issuer.storage import audit
from tests.issuer.services import (
    test_accounts,
    test_applications,
    test_copies,
    test_desks,
    test_keys,
    test_proposals,
    test_questions_and_deadlines,
    test_registrations,
    test_voice,
    test_watch,
)
from tests.issuer.services.killing import KilledWorld, copied, killed, world_at
from tests.issuer.services.world import NURSE, NURSE_2, World

_MODULES: Final = (
    test_applications, test_registrations, test_accounts, test_desks, test_proposals, test_questions_and_deadlines,
    test_keys, test_copies, test_watch, test_voice,
)  # fmt: skip


ELSEWHERE: Final = frozenset({"licence.bind_device", "wallet.offer", "wallet.remove", "application.deliver"})
"""Acts on licences that were minted, which this world has none of: killed at their own points in test_copies, in
tests/issuer/wallets/test_kills and, where a delivery follows from minting, in test_minting_kills."""


def _stories(module: ModuleType) -> Iterator[Callable[..., None]]:
    for name, story in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_") and list(inspect.signature(story).parameters) == ["world"]:
            yield story


STORIES: Final = [story for module in _MODULES for story in _stories(module)]


@pytest.fixture
def world(begun: tuple[Path, World], tmp_path: Path) -> Iterator[KilledWorld]:
    path, first = begun
    made = world_at(copied(path, tmp_path / "killed"), first)
    yield made
    made.store.close()


def test_the_beginning(sqlite_template: Path, tmp_path: Path) -> None:
    world = world_at(copied(sqlite_template, tmp_path / "killed"))
    world.begin()
    world.hospital()
    world.store.close()
    assert killed["key.activate"]
    assert killed["application.approve"]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.__module__.rsplit('.')[-1]}.{story.__name__}")
def test_a_story_in_which_every_act_dies_first(world: KilledWorld, story: Callable[..., None]) -> None:
    story(world)


def test_the_clock_of_a_case_stops_and_goes_on_and_nothing_is_accepted(world: KilledWorld) -> None:
    case = world.submitted(world.nurse_draft(), "nurse")
    case = world.step(applications.accept, "accept", "accept", case)
    case = world.step(applications.pause_clock, "review", "pause_clock", case, reason="专家评审")
    world.later(days=1)
    world.step(applications.resume_clock, "review", "resume_clock", case)
    other = world.submitted(world.nurse_draft("nurse-2", NURSE_2), "nurse-2")
    world.step(
        applications.refuse_acceptance, "accept", "not_accept", other, grounds=["not_competent"], reason="非本机关"
    )


def test_an_auditor_proposes_and_the_proposal_is_dismissed_or_taken(world: KilledWorld) -> None:
    world.officer("audit", "haikou", Role.AUDITOR)
    doctor = world.physician()
    body = {"action": "suspend", "grounds": ["penalty_57"], "evidence": "现场检查笔录第 7 号"}
    found = world.act(proposals.file, "audit", "proposal.file", doctor.id, None, body)
    world.act(proposals.dismiss, "decide", "proposal.dismiss", found.id, found.revision, {"reason": "事实不清"})
    body = {"grounds": ["got_by_fraud"], "reason": "以欺骗手段取得"}
    world.act(registrations.rescind, "decide", "registration.rescind_licence", doctor.id, doctor.revision, body)


def test_roles_keys_and_places_end(world: KilledWorld) -> None:
    account = world.people["review-2"]
    body: dict[str, Any] = {"roles": [Role.REVIEW.value, Role.ACCEPTANCE.value]}
    world.act(accounts.set_roles, "keys-1", "account.set_roles", account.id, account.revision, body)
    key = world.key("accept")
    body = {"what": "hours", "first_day": "2026-03-02", "last_day": "2026-03-03", "reason": "年终结转"}
    world.act(alerts.announce, "keys-1", "key.announce", key.id, key.revision, body)
    for who, end, name in (("review-2", officer_keys.retire, "retire"), ("all", officer_keys.suspend, "suspend")):
        key = world.key(who)
        world.act(end, "keys-1", f"key.{name}", key.id, key.revision, {"reason": "x"})
    key = world.key("all")
    world.act(officer_keys.confirm_misuse, "keys-2", "key.confirm", key.id, key.revision, {"reason": "属实"})
    place = world.institution("closing", "待关闭示例门诊部", "460100", "52469002MBT100020F")
    world.act(
        organisations.close_organisation, "accept", "organisation.close", place.id, place.revision, {"reason": "x"}
    )


def test_a_person_comes_back(world: KilledWorld) -> None:
    account = world.person("nurse", *NURSE[:2])
    world.act(accounts.close_account, "nurse", "account.close", account.id, account.revision, {"reason": "x"})
    evidence = canonical.dumps({"name": NURSE[0], "id_number": NURSE[1]})
    body = {"jwk": world.jwk("nurse-again")}
    proof = accounts.DemonstrationProof()
    world.act(accounts.recover_person, "nurse-again", "account.recover", "new", None, body, evidence, proof)


def test_a_board_is_switched_on(world: KilledWorld) -> None:
    world.act(board.switch, "hospital", "board.switch", world.places["hospital"].id, None, {"on": True})


def test_an_act_in_two_transactions_would_be_caught(world: KilledWorld) -> None:
    case = world.nurse_draft()
    before = killed.pop("application.submit", 0)

    def in_two(desk: Desk, signed: SignedAct) -> Application:
        with desk.store.transaction() as tx:
            audit.append(tx, Event(at=world.at, tag="application.opened", target=case.id))
        return applications.submit(desk, signed)

    with pytest.raises(AssertionError):
        world.act(in_two, "nurse", "application.submit", case.id, case.revision)
    killed["application.submit"] = before


def test_every_act_was_killed() -> None:
    """The stories above came first, in this process: there is no act that none of them killed."""
    assert sorted(ACTS.keys() - killed.keys() - ELSEWHERE) == []
