"""Two at once, on both databases: one winner, and the loser is told; numbers are given once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from issuer.domain.application import Stage
from issuer.domain.audit import verify_chain
from issuer.domain.refusal import Refusal
from issuer.services import applications, fetch
from issuer.storage import audit
from tests.issuer.services.world import NURSE, NURSE_2, World


def together(*functions: Callable[[], object]) -> list[str]:
    """Run all at once; return for each `done` or the code of its refusal."""
    barrier = threading.Barrier(len(functions))
    answers = [""] * len(functions)

    def run(number: int) -> None:
        barrier.wait()
        try:
            functions[number]()
            answers[number] = "done"
        except Refusal as refusal:
            answers[number] = refusal.code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


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
