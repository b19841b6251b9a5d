"""Two at once, on both databases: one winner, and the loser is told; numbers are given once.

`python -m tests.issuer.races` races two thousand times; here are some of them.
"""

from __future__ import annotations

from hypothesis import settings

from issuer.domain.application import Stage
from issuer.domain.audit import verify_chain
from issuer.services import applications, fetch, trail_check
from issuer.storage import audit
from tests.issuer import races
from tests.issuer.races import DONE, LOSES, together
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import NURSE, NURSE_2, World


def test_of_two_one_wins_whatever_they_do(mint_world: MintWorld) -> None:
    times = 40 if settings().max_examples >= 100 else 8
    world = races.prepared(mint_world)
    for name, answers in races.raced(world, times):
        assert answers.count(DONE) == 1, (name, answers)
        assert set(answers) <= {DONE, *LOSES}, (name, answers)
    with world.store.reading() as tx:
        checked = trail_check.whole(tx)
    assert checked.findings == ()


def test_two_decisions_on_one_case(empty: World) -> None:
    world = empty
    world.begin()
    world.hospital()
    for who, person in (("nurse", NURSE), ("nurse-2", NURSE_2)):
        case = world.reviewed(world.submitted(world.nurse_draft(who, person), who))
        approve = world.signed("decide", "application.approve", case.id, case.revision)
        refuse = world.signed(
            "all", "application.refuse", case.id, case.revision, {"reason": "x", "grounds": ["nurse_conditions"]}
        )
        answers = together(
            lambda signed=approve: applications.approve(world.desk, signed),  # type: ignore[misc]
            lambda signed=refuse: applications.refuse(world.desk, signed),  # type: ignore[misc]
        )
        assert sorted(answers) == ["changed-meanwhile", "done"]
        with world.store.reading() as tx:
            stage = fetch.application(tx, case.id).stage
        assert stage is (Stage.APPROVED if answers[0] == "done" else Stage.REFUSED)


def test_one_act_sent_many_times_is_done_once(empty: World) -> None:
    world = empty
    world.begin()
    world.hospital()
    case = world.nurse_draft()
    signed = world.signed("nurse", "application.submit", case.id, case.revision)
    answers = together(*[lambda: applications.submit(world.desk, signed)] * 4)
    assert answers.count("done") == 1
    assert set(answers) <= {"done", "act-replayed", "changed-meanwhile"}
    with world.store.reading() as tx:
        assert verify_chain(audit.read(tx)) == ()


def test_a_person_opens_two_drafts_at_once(empty: World) -> None:
    world = empty
    world.begin()
    world.hospital()
    world.person("nurse", *NURSE[:2])
    body = {"kind": "nurse", "action": "first_registration", "content": {}}
    acts = [world.signed("nurse", "application.open", "new", None, body) for _ in range(3)]
    answers = together(*[lambda one=one: applications.open_draft(world.desk, one) for one in acts])
    assert sorted(answers) == ["application-open-already", "application-open-already", "done"]


def test_two_approvals_get_two_numbers(empty: World) -> None:
    world = empty
    world.begin()
    world.hospital()
    cases = [
        world.reviewed(world.submitted(world.nurse_draft(who, person), who))
        for who, person in (("nurse", NURSE), ("nurse-2", NURSE_2))
    ]
    acts = [world.signed("decide", "application.approve", case.id, case.revision) for case in cases]
    assert together(*[lambda one=one: applications.approve(world.desk, one) for one in acts]) == ["done", "done"]
    assert {world.registration(case).number for case in cases} == {"202646000001", "202646000002"}
