"""What officers do to a registration that stands: the four endings, their grounds, bars and last days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from issuer.domain.account import Role
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import applications, registrations
from issuer.storage import audit
from issuer.storage import registrations as rows
from tests.issuer.services.world import DAY, NURSE, World


def stand(
    world: World,
    function: Callable[..., Registration],
    action: str,
    held: Registration,
    who: str = "decide",
    **body: Any,
) -> Registration:
    return world.act(function, who, f"registration.{action}", held.id, held.revision, body)


def refused(*arguments: Any, **named: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        stand(*arguments, **named)
    return caught.value


SUSPENSION: dict[str, Any] = {"grounds": ["nurse_penalty"], "reason": "违反规定", "until": "2026-10-02"}


def test_suspended_and_resumed(world: World) -> None:
    nurse = world.nurse()
    suspended = stand(world, registrations.suspend, "suspend", nurse, **SUSPENSION)
    assert (suspended.state, str(suspended.until), suspended.version) == ("suspended", "2026-10-02", 1)
    again = refused(world, registrations.suspend, "suspend", suspended, **SUSPENSION)
    assert again.code == "transition-not-allowed"
    resumed = stand(world, registrations.resume, "resume", suspended, grounds=["term_ended"], reason="期满")
    assert (resumed.state, resumed.until) == ("registered", None)
    with world.store.reading() as tx:
        history = rows.changes(tx, nurse.id)
        events = audit.find(tx, target=nurse.id)
    assert [(one.action, one.target) for one in history] == [
        ("first_registration", "registered"),
        ("suspend", "suspended"),
        ("resume", "registered"),
    ]
    assert history[1].basis == "护士条例 31"
    assert [one.event.tag for one in events] == ["registration.suspend", "registration.resume"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": None}, "until-missing"),
        ({"until": "2026-08-31"}, "until-out-of-range"),  # less than six months
        ({"until": "2027-03-03"}, "until-out-of-range"),  # more than twelve
        ({"until": "2026-02-01"}, "until-out-of-range"),
        ({"until": "soon"}, "body-malformed"),
        ({"grounds": []}, "grounds-missing"),
        ({"grounds": ["death"]}, "ground-unknown"),
        ({"reason": " "}, "body-malformed"),
        ({"note": "x"}, "body-malformed"),
    ],
)
def test_an_act_without_ground_reason_or_term_does_not_happen(world: World, change: dict[str, Any], code: str) -> None:
    nurse = world.nurse()
    assert refused(world, registrations.suspend, "suspend", nurse, **{**SUSPENSION, **change}).code == code
    with world.store.reading() as tx:
        assert rows.get(tx, nurse.id) == nurse


def test_only_a_deciding_officer_of_the_jurisdiction(world: World) -> None:
    nurse = world.nurse()
    world.officer("elsewhere", "qionghai", Role.DECISION)
    for who, code in (
        ("review", "role-missing"),
        ("keys-1", "role-missing"),
        ("nurse", "role-missing"),
        ("hospital", "role-missing"),
        ("elsewhere", "out-of-jurisdiction"),
    ):
        assert refused(world, registrations.suspend, "suspend", nurse, who, **SUSPENSION).code == code
    assert stand(world, registrations.suspend, "suspend", nurse, "province-all", **SUSPENSION).state == "suspended"


def test_two_officers_one_winner(world: World) -> None:
    nurse = world.nurse()
    stand(world, registrations.suspend, "suspend", nurse, **SUSPENSION)
    late = refused(
        world, registrations.revoke, "revoke_licence", nurse, "all", grounds=["nurse_penalty"], reason="情节严重"
    )
    assert late.code == "changed-meanwhile"


def test_a_revoked_nurse_comes_back_only_by_cancellation_bar_and_re_registration(world: World) -> None:
    nurse = world.nurse()
    revoked = stand(world, registrations.revoke, "revoke_licence", nurse, grounds=["nurse_penalty"], reason="情节严重")
    for function, action in ((registrations.resume, "resume"), (registrations.suspend, "suspend")):
        body = {**SUSPENSION, "grounds": ["term_ended" if action == "resume" else "nurse_penalty"]}
        if action == "resume":
            body.pop("until")
        assert refused(world, function, action, revoked, **body).code == "transition-not-allowed"
    health: dict[str, Any] = {"health": "meets_standard"}
    with pytest.raises(Refusal) as barred:
        world.open("nurse", Kind.NURSE, "renewal", {}, health)
    assert (barred.value.code, barred.value.grounds[0].basis) == ("barred", "护士条例 32")
    cancelled = stand(
        world, registrations.cancel, "cancel_registration", revoked, grounds=["licence_revoked"], reason="依法注销"
    )
    assert cancelled.state == "cancelled"
    world.at += 732 * DAY
    content = {"name": NURSE[0], "sex": 2, "institution": {"number": nurse.institution, "name": "海口市示例综合医院"}}
    restricted = {"id_number": NURSE[1], "birth_date": NURSE[2], "exam_passed_on": "2025-06-01", **health}
    case = world.open("nurse", Kind.NURSE, "re_registration", {**content, "place": 460100}, restricted)
    _, back = world.approved(case, "nurse")
    assert (back.state, back.number, back.version, back.id) == ("registered", nurse.number, 2, nurse.id)


def test_article_58_is_the_provinces_and_names_its_years(world: World) -> None:
    physician = world.physician()
    body: dict[str, Any] = {"grounds": ["penalty_58"], "reason": "造成恶劣社会影响"}
    low = refused(world, registrations.revoke, "revoke_licence", physician, "decide", **body, bar_years=5)
    assert (low.code, low.grounds[0].basis) == ("level-too-low", "医师法 58")
    missing = refused(world, registrations.revoke, "revoke_licence", physician, "province-all", **body)
    assert missing.code == "bar-years-wrong"
    stand(world, registrations.revoke, "revoke_licence", physician, "province-all", **body, for_life=True)
    with world.store.reading() as tx:
        (bar,) = rows.bars_of(tx, physician.holder)
    assert (bar.cause, bar.last_day) == ("barred_art_58", None)


def test_a_departed_physician_does_not_practise_and_comes_back_to_a_new_institution(world: World) -> None:
    physician = world.physician()
    left = stand(
        world, registrations.file_departure, "departure_filing", physician, grounds=["transfer"], reason="调离"
    )
    assert left.state == "left_filed"
    case = world.open("physician", Kind.PHYSICIAN, "change_primary_institution", {"institution": _hospital(world)})
    assert world.approved(case, "physician")[1].state == "registered"


def test_an_institution_pauses_defers_and_closes(world: World) -> None:
    with world.store.reading() as tx:
        hospital = rows.by_number(tx, Kind.INSTITUTION, "MBT10001246010011A1001")
    assert hospital is not None
    paused = stand(
        world, registrations.pause_business, "pause_business", hospital,
        grounds=["own_pause"], reason="改建", until="2026-12-01",
    )  # fmt: skip
    opened = stand(
        world, registrations.resume_business, "resume_business", paused, grounds=["reopened"], reason="改建完成"
    )
    assert opened.state == "active"
    with world.store.reading() as tx:
        event = audit.find(tx, target=hospital.id)[-1].event
    assert ("confidence", "medium") in event.detail, "a rule from memory is used and says so"
    deferred = stand(
        world, registrations.defer_verification, "defer_verification", opened,
        grounds=["verification_standard"], reason="限期整改", until="2026-06-01",
    )  # fmt: skip
    assert deferred.state == "verification_deferred"
    case = world.open("hospital", Kind.INSTITUTION, "verification", {})
    verified = world.approved(case, "hospital")[1]
    assert (verified.state, str(verified.verify_by)) == ("active", "2027-03-02"), "one year after a deferral"
    closed = stand(world, registrations.close_down, "close_down", verified, grounds=["own_close"], reason="歇业")
    assert closed.state == "cancelled"


def test_a_frozen_entry_changes_by_no_application(world: World) -> None:
    nurse = world.nurse()
    case = world.reviewed(
        world.submitted(world.open("nurse", Kind.NURSE, "renewal", {}, {"health": "meets_standard"}), "nurse")
    )
    frozen = stand(world, registrations.freeze, "freeze", nurse, "all", reason="涉嫌虚假信息")
    signed = world.signed("decide", "application.approve", case.id, case.revision)
    with pytest.raises(Refusal) as stopped:
        applications.approve(world.desk, signed)
    assert stopped.value.code == "registration-frozen"
    stand(world, registrations.unfreeze, "unfreeze", frozen, "all", reason="查无问题")
    renewed = world.step(applications.approve, "decide", "approve", case)
    assert world.registration(renewed).version == 2


def test_a_lapsed_nurse_must_register_again_but_a_timely_renewal_keeps_her(world: World) -> None:
    nurse = world.nurse()
    assert nurse.valid_until is not None
    world.at += 1790 * DAY  # 2031-01-25, 36 days before the end
    health: dict[str, Any] = {"health": "meets_standard"}
    case = world.submitted(world.open("nurse", Kind.NURSE, "renewal", {}, health), "nurse")
    world.at += 60 * DAY
    case = world.step(applications.accept, "accept", "accept", case)
    case = world.step(applications.review, "review", "review", case, finding="favourable")
    case = world.step(applications.approve, "decide", "approve", case)
    world.minted(case)
    renewed = world.registration(case)
    assert renewed.valid_until is not None
    assert renewed.valid_until > nurse.valid_until
    world.at += 2000 * DAY
    with pytest.raises(Refusal) as lapsed:
        world.open("nurse", Kind.NURSE, "renewal", {}, health)
    assert (lapsed.value.code, lapsed.value.detail) == ("transition-not-allowed", "nurse: renewal from expired")


def _hospital(world: World) -> dict[str, str]:
    return {"number": world_number(world), "name": "海口市示例综合医院"}


def world_number(world: World) -> str:
    with world.store.reading() as tx:
        hospital = rows.by_number(tx, Kind.INSTITUTION, "MBT10001246010011A1001")
    assert hospital is not None
    return hospital.number
