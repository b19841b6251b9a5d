"""Appeals and ratings: by the applicant alone, answered by who had no part, in time, once; kept by the database."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from issuer.domain.account import Role
from issuer.domain.application import Application
from issuer.domain.refusal import Refusal
from issuer.services import applications, voice
from issuer.storage import StorageFailed
from issuer.storage import voice as stored
from tests.issuer.conftest import by_hand
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import NURSE_2, World

SAID = {"topic": "delay", "text": "已经等了很久。\n请说明。"}


def appeal(world: World, case: Application, who: str = "nurse", **body: Any) -> Any:
    return world.act(voice.appeal, who, "voice.appeal", case.id, None, {**SAID, **body})


def answer(world: World, who: str, made: Any, revision: int = 0, **body: Any) -> Any:
    return world.act(voice.answer, who, "voice.answer", made.id, revision, {"text": "已催办。", **body})


def code(act: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **more)
    return refused.value.code


def accepted(world: World) -> Application:
    case = world.submitted(world.nurse_draft(), "nurse")
    return world.step(applications.accept, "accept", "accept", case)


def test_an_appeal_is_answered_by_an_officer_who_had_no_part(world: World) -> None:
    case = accepted(world)
    made = appeal(world, case)
    assert (made.number, made.due_on) == ("SQ2026-000001", datetime.date(2026, 3, 23)), "fifteen working days"
    assert code(answer, world, "accept", made) == "appeal-own-case", "who accepted the case"
    assert code(answer, world, "keys-1", made) == "role-missing", "who works on no cases"
    assert code(answer, world, "nurse", made) == "role-missing"
    assert code(answer, world, "review", made, 1) == "changed-meanwhile"
    world.officer("elsewhere", "qionghai", Role.DECISION)
    assert code(answer, world, "elsewhere", made) == "appeal-unknown", "another area"
    done = answer(world, "review", made)
    assert (done.answer, done.answered_by) == ("已催办。", world.people["review"].id)
    assert code(answer, world, "decide", made, 1) == "appeal-answered"
    [view] = voice.of_case(world.desk, world.people["nurse"], case.id).appeals
    assert (view.appeal, view.answered_by) == (done, world.people["review"].name)
    assert [one.appeal.number for one in voice.inbox(world.desk, world.people["decide"], answered=True)] == [
        made.number
    ]
    assert voice.inbox(world.desk, world.people["decide"]) == ()


def test_only_the_applicant_appeals_one_at_a_time_once_an_authority_has_the_case(world: World) -> None:
    draft = world.nurse_draft()
    assert code(appeal, world, draft) == "stage-order"
    case = world.submitted(draft, "nurse")
    world.person("stranger", *NURSE_2[:2])
    assert code(appeal, world, case, "stranger") == "application-unknown"
    assert code(appeal, world, case, "hospital") == "not-your-application", "who confirms it"
    assert code(appeal, world, case, "accept") == "not-your-application"
    for bad in ({"topic": "x"}, {"topic": 1}, {"text": ""}, {"text": "x" * 1001}, {"text": "\x00"}, {"more": "x"}):
        assert code(appeal, world, case, **bad) == "body-malformed", bad
    first = appeal(world, case)
    assert code(appeal, world, case) == "appeal-open-already"
    answer(world, "review", first)
    assert appeal(world, case).number == "SQ2026-000002"


def test_the_confirming_institution_reads_nothing_of_it(world: World) -> None:
    case = accepted(world)
    appeal(world, case)
    seen = voice.of_case(world.desk, world.people["hospital"], case.id)
    assert (seen.appeals, seen.may_appeal, seen.may_rate) == ((), False, False)
    assert code(voice.inbox, world.desk, world.people["hospital"]) == "role-missing"
    assert code(voice.inbox, world.desk, world.people["nurse"]) == "role-missing"


def test_a_case_is_rated_once_at_its_end_by_its_applicant(world: World) -> None:
    def rate(case: Application, who: str = "nurse", **body: Any) -> Any:
        return world.act(voice.rate, who, "voice.rate", case.id, None, {"stars": 4, **body})

    case = accepted(world)
    assert code(rate, case) == "stage-order"
    assert not voice.of_case(world.desk, world.people["nurse"], case.id).may_rate
    case = world.step(applications.withdraw, "nurse", "withdraw", case)
    assert voice.of_case(world.desk, world.people["nurse"], case.id).may_rate
    for stars in (0, 6, "5", True, None, 4.5):
        with pytest.raises((Refusal, ValueError)):
            rate(case, stars=stars)
    assert code(rate, case, "hospital") == "not-your-application"
    assert rate(case, text="很快").stars == 4
    assert code(rate, case) == "rating-exists"
    seen = voice.of_case(world.desk, world.people["nurse"], case.id)
    assert (seen.rating is not None, seen.may_rate) == (True, False)


def test_the_clock_of_an_appeal_shows_what_is_late_and_the_latest_stands_first(world: World) -> None:
    late = appeal(world, accepted(world))
    world.later(days=30)
    new = world.submitted(world.nurse_draft("other", NURSE_2), "other")
    appeal(world, new, "other")
    shown = voice.inbox(world.desk, world.people["decide"])
    assert shown[0].appeal.id == late.id
    first, second = (one.days_left for one in shown)
    assert first is not None
    assert second is not None
    assert first < 0 < second


def test_what_was_said_is_never_changed_or_removed(mint_world: MintWorld) -> None:
    """On both databases, by whoever writes there."""
    world = mint_world
    case = accepted(world)
    made = appeal(world, case)
    for statement in (
        sa.update(stored.appeal).values(text="别的"),
        sa.update(stored.appeal).values(due_on=None),
        sa.delete(stored.appeal),
    ):
        with pytest.raises(StorageFailed), world.store.transaction() as tx:
            by_hand(tx, statement)
    answer(world, "review", made)
    with pytest.raises(StorageFailed), world.store.transaction() as tx:
        by_hand(tx, sa.update(stored.appeal).values(answer="别的"))
    case = world.step(applications.withdraw, "nurse", "withdraw", case)
    world.act(voice.rate, "nurse", "voice.rate", case.id, None, {"stars": 1})
    for statement in (sa.update(stored.rating).values(stars=5), sa.delete(stored.rating)):
        with pytest.raises(StorageFailed), world.store.transaction() as tx:
            by_hand(tx, statement)
    with world.store.reading() as tx:
        assert stored.stars(tx) == {case.authority: (1, 1)}
