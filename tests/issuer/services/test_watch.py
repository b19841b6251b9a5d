"""The watch over officers' keys: what stops a key at once, what only warns, and that nobody stops another's key."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain import act as acts
from issuer.domain.account import Role
from issuer.domain.act import Es256Proof, SignedAct
from issuer.domain.alert import AlertState
from issuer.domain.application import Application
from issuer.domain.officer_key import KeyState
from issuer.domain.refusal import Refusal
from issuer.services import alerts, applications, officer_keys, watch
from issuer.services.acts import ACTS
from issuer.storage import applications as kept
from issuer.storage import watch as stored
from issuer.web.acts import quietly, watched
from issuer.web.envelope import Received
from tests.issuer.domain.security_key import ORIGIN, SecurityKey
from tests.issuer.services.world import DAY, NURSE_2, World

DESK, HOME = "desk", "home"


def sent(world: World, signed: SignedAct, machine: str = DESK) -> Any:
    """Do a signed act as the edges do it."""
    name = acts.parse(signed.act_bytes).name
    return watched(
        world.desk, Received(signed=signed, attachment=None), machine, lambda: ACTS[name](world.desk, signed)
    )


def tries(world: World, who: str, step: str, case: Application, machine: str = DESK, **body: Any) -> Any:
    """One step of a case, watched."""
    return sent(world, world.signed(who, f"application.{step}", case.id, case.revision, body), machine)


def refused(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def said(world: World, who: str, state: AlertState | None = AlertState.OPEN) -> list[str]:
    """The rules of the alerts about somebody's key."""
    with world.store.reading() as tx:
        return sorted(one.rule for one in stored.find(tx, key=world.key(who).id, state=state))


@pytest.fixture
def case(world: World) -> Application:
    """A nurse's case that waits for acceptance in 海口."""
    return world.submitted(world.nurse_draft(), "nurse")


@pytest.fixture
def elsewhere(world: World) -> str:
    """An officer of another county, whose first act is the one of a test."""
    world.officer("elsewhere", "qionghai", Role.ACCEPTANCE, Role.DECISION)
    return "elsewhere"


def test_an_attempt_outside_the_jurisdiction_stops_the_key_at_once(
    world: World, case: Application, elsewhere: str
) -> None:
    assert refused(lambda: tries(world, elsewhere, "accept", case)) == "out-of-jurisdiction"
    key = world.key(elsewhere)
    assert (key.state, key.history[-1].by, key.history[-1].reason) == (KeyState.SUSPENDED, watch.SYSTEM, "AN-06")
    assert said(world, elsewhere) == ["AN-06"]
    assert refused(lambda: tries(world, elsewhere, "accept", case)) == "key-suspended"


def test_an_inquiry_lists_everything_that_the_key_signed_since(world: World, case: Application, elsewhere: str) -> None:
    done = tries(world, "all", "accept", case)
    done = tries(world, "all", "review", done, finding="favourable")
    assert refused(lambda: tries(world, "all", "approve", done)) == "four-eyes"
    assert refused(lambda: tries(world, elsewhere, "approve", done)) == "out-of-jurisdiction"
    found = alerts.inbox(world.desk, world.people["keys-1"])
    assert {one.rule.rule for one in found if one.alert.blocking} == {"AN-05", "AN-06"}
    assert found[0].alert.blocking
    [mine] = [one for one in found if one.rule.rule == "AN-05"]
    file = alerts.one(world.desk, world.people["keys-1"], mine.alert.id)
    assert [one.act for one in file.signed] == ["application.accept", "application.review"]
    assert [(one.act, one.outcome) for one in file.attempts] == [("application.approve", "four-eyes")]
    assert file.may == {"clear", "confirm"}


def test_with_two_machines_at_once_the_act_is_not_done(world: World, case: Application) -> None:
    case = tries(world, "all", "accept", case)
    world.later(seconds=30)
    tries(world, "all", "review", case, HOME, finding="favourable")
    world.later(seconds=30)
    other = world.submitted(world.physician_draft(), "physician")
    assert refused(lambda: tries(world, "all", "accept", other)) == "key-suspended"
    with world.store.reading() as tx:
        held = kept.get(tx, other.id)
    assert held is not None
    assert held.stage == "submitted"
    assert said(world, "all") == ["AN-07"]
    assert world.key("all").state is KeyState.SUSPENDED


def test_a_key_that_was_carried_over_or_announced_works(world: World, case: Application) -> None:
    case = tries(world, "all", "accept", case)
    world.later(seconds=30)
    tries(world, "all", "pause_clock", case, HOME, reason="等待体检")
    announce(world, "all", "machine")
    world.later(seconds=5)
    tries(world, "all", "accept", world.submitted(world.physician_draft(), "physician"))
    assert said(world, "all") == []


def forged(world: World, who: str, signed: SignedAct) -> SignedAct:
    """An act in somebody's name and with the number of their key, signed by another."""
    signature = SoftwareSigner.generate(Algorithm.ES256).sign(signed.act_bytes)
    return dataclasses.replace(
        signed, key_id=world.signers[who].public_key.kid.hex(), proof=Es256Proof(signature=signature)
    )


def test_nobody_stops_a_key_whose_number_they_know(world: World, case: Application) -> None:
    for _ in range(30):
        act = world.signed("nurse", "application.accept", case.id, case.revision)
        assert refused(lambda act=act: sent(world, forged(world, "accept", act))) == "key-not-holder"  # type: ignore[misc]
        act = world.signed("accept", "application.accept", case.id, case.revision)
        assert refused(lambda act=act: sent(world, forged(world, "accept", act))) == "proof-bad"  # type: ignore[misc]
    assert world.key("accept").state is KeyState.ACTIVE
    assert said(world, "accept") == ["AN-13"]
    with world.store.reading() as tx:
        assert len(stored.events_since(tx, world.key("accept").id, 0, 100)) == watch.FAILURES_MOST


def test_a_lent_key_is_stopped(world: World, case: Application) -> None:
    act = world.signed("accept", "application.accept", case.id, case.revision, None, actor=world.people["all"].id)
    assert refused(lambda: sent(world, act)) == "key-not-holder"
    assert said(world, "accept") == ["AN-08"]
    assert world.key("accept").state is KeyState.SUSPENDED


def test_a_key_that_is_used_after_its_end_is_told(world: World, case: Application) -> None:
    key = world.key("accept")
    world.act(officer_keys.report_lost, "keys-1", "key.report_lost", key.id, key.revision, {"reason": "遗失"})
    assert refused(lambda: tries(world, "accept", "accept", case)) == "key-lost"
    assert said(world, "accept") == ["AN-12"]
    assert world.key("accept").state is KeyState.LOST


def test_a_counter_that_goes_back_stops_the_key(world: World, case: Application) -> None:
    fido = SecurityKey()
    old = world.key("accept")
    world.act(officer_keys.retire, "keys-1", "key.retire", old.id, old.revision, {"reason": "replaced"})
    account = world.people["accept"]
    key = world.act(officer_keys.request, "keys-1", "key.request", account.id, None, {"reason": "replaced"})
    key = world.act(officer_keys.approve, "keys-2", "key.approve", key.id, key.revision)
    body = {
        "jwk": fido.signer.public_key.to_jwk(),
        "fido": {"origin": ORIGIN, "credential": "AAAA", "aaguid": "00000000-0000-0000-0000-000000000000"},
    }
    world.act(officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, body)
    world.signers["accept"] = fido.signer

    def by_fido(step: str, held: Application, counter: int, **said_body: Any) -> Any:
        act = world.signed("accept", f"application.{step}", held.id, held.revision, said_body)
        fido.counter = counter
        return sent(world, dataclasses.replace(act, proof=fido.sign(acts.challenge(act.act_bytes))))

    case = by_fido("accept", case, 7)
    assert refused(lambda: by_fido("pause_clock", case, 3, reason="等待")) == "key-counter-back"
    assert said(world, "accept") == ["AN-15"]
    assert world.key("accept").state is KeyState.SUSPENDED


def test_a_decision_in_no_time_and_a_number_that_others_carry_only_warn(world: World) -> None:
    case = world.reviewed(world.submitted(world.physician_draft(), "physician"))
    digest = world.desk.vault.digest(b"201546110460000199001010013", "watch/qualification")
    with world.store.transaction() as tx:
        stored.mark(tx, digest, "somebody-else")
    tries(world, "decide", "approve", case)
    assert said(world, "decide") == ["AN-02", "AN-04"]
    assert world.key("decide").state is KeyState.ACTIVE


def test_work_at_night_warns_once_until_it_is_answered(world: World) -> None:
    world.at += 12 * 3_600
    one = world.submitted(world.nurse_draft(), "nurse")
    two = world.submitted(world.physician_draft(), "physician")
    for held in (one, two):
        tries(world, "accept", "accept", held)
    assert said(world, "accept") == ["AN-01"]
    [view] = alerts.inbox(world.desk, world.people["keys-2"])
    key = world.key("accept")
    body = {"alert": view.alert.id, "reason": "应急值班，已核实"}

    def dismissed(who: str, revision: int = key.revision) -> Any:
        return world.act(alerts.dismiss, who, "key.dismiss_alert", key.id, revision, body)

    world.officer("keys-haikou", "haikou", Role.KEY_MANAGER)
    assert refused(lambda: dismissed("accept")) == "own-case"
    assert refused(lambda: dismissed("review")) == "role-missing"
    assert refused(lambda: dismissed("keys-haikou")) == "out-of-jurisdiction"
    assert refused(lambda: dismissed("keys-2", 99)) == "changed-meanwhile"
    dismissed("keys-2")
    assert refused(lambda: dismissed("keys-1")) == "alert-closed"
    assert (said(world, "accept"), said(world, "accept", AlertState.CLEARED)) == ([], ["AN-01"])
    [closed] = alerts.inbox(world.desk, world.people["keys-1"], closed=True)
    assert (closed.closed_by, closed.alert.reason) == ("示例keys-2", "应急值班，已核实")
    tries(world, "accept", "accept", world.submitted(world.nurse_draft("nurse-2", NURSE_2), "nurse-2"))
    assert said(world, "accept") == ["AN-01"]


def announce(world: World, who: str, what: str, by: str = "keys-1", first: int = 0, days: int = 1) -> Any:
    """A key manager announces something for a key."""
    start = acts.civil_day(world.at + first * DAY)
    end = acts.civil_day(world.at + (first + days - 1) * DAY)
    key = world.key(who)
    body = {"what": what, "first_day": str(start), "last_day": str(end), "reason": "集中换证"}
    return world.act(alerts.announce, by, "key.announce", key.id, key.revision, body)


def test_what_was_announced_is_not_unusual_and_nobody_announces_for_oneself_or_afterwards(world: World) -> None:
    assert refused(lambda: announce(world, "accept", "hours", by="accept")) == "own-case"
    assert refused(lambda: announce(world, "accept", "hours", by="review")) == "role-missing"
    assert refused(lambda: announce(world, "keys-1", "hours", by="keys-1")) == "own-case"
    assert refused(lambda: announce(world, "accept", "hours", first=-1)) == "body-malformed"
    assert refused(lambda: announce(world, "accept", "hours", days=32)) == "body-malformed"
    assert refused(lambda: announce(world, "accept", "anything")) == "body-malformed"
    announce(world, "accept", "hours", days=2)
    case = world.submitted(world.nurse_draft(), "nurse")
    world.at += 12 * 3_600
    tries(world, "accept", "accept", case)
    assert said(world, "accept") == []
    assert [one.reason for one in alerts.announced(world.desk, world.key("accept"))] == ["集中换证"]


@pytest.mark.parametrize(
    ("event", "act", "state", "alert"),
    [
        ("clear", officer_keys.clear, KeyState.ACTIVE, AlertState.CLEARED),
        ("confirm", officer_keys.confirm_misuse, KeyState.REVOKED, AlertState.CONFIRMED),
    ],
)
def test_the_province_ends_an_inquiry_and_the_key_with_it(
    world: World, case: Application, elsewhere: str, event: str, act: Any, state: KeyState, alert: AlertState
) -> None:
    assert refused(lambda: tries(world, elsewhere, "accept", case)) == "out-of-jurisdiction"
    key = world.key(elsewhere)
    [view] = alerts.inbox(world.desk, world.people["keys-1"])
    body = {"alert": view.alert.id, "reason": "x"}
    signed = world.signed("keys-1", "key.dismiss_alert", key.id, key.revision, body)
    assert refused(lambda: alerts.dismiss(world.desk, signed)) == "key-suspended"
    world.act(act, "keys-1", f"key.{event}", key.id, key.revision, {"reason": "已核查"})
    assert world.key(elsewhere).state is state
    assert said(world, elsewhere, alert) == ["AN-06"]


def test_persons_and_institutions_are_not_watched(world: World) -> None:
    world.at += 12 * 3_600
    case = world.nurse_draft()
    tries(world, "nurse", "submit", case)
    with world.store.reading() as tx:
        assert stored.find(tx) == ()
        assert stored.events_since(tx, world.key("nurse").id, 0, 10) == ()


def test_opened_records_are_counted_by_the_key_of_the_account(world: World) -> None:
    watch.opened(world.desk, world.people["accept"], "app-1", DESK, rows=120)
    assert said(world, "accept") == []
    watch.opened(world.desk, world.people["accept"], "app-2", DESK)
    assert said(world, "accept") == ["AN-14"]
    watch.opened(world.desk, world.people["hospital"], "app-1", DESK, rows=500)
    assert said(world, "hospital") == []
    assert world.key("accept").state is KeyState.ACTIVE


def test_a_wrong_pin_in_the_browser_is_counted(world: World) -> None:
    kid = str(world.key("accept").kid)
    for _ in range(5):
        assert said(world, "accept") == []
        watch.not_signed(world.desk, kid)
    assert said(world, "accept") == ["AN-13"]
    watch.not_signed(world.desk, "0" * 16)


def test_what_was_done_stays_done_if_the_counting_fails(
    world: World, case: Application, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise KeyError

    with caplog.at_level(logging.ERROR):
        quietly(fails)
    assert "KeyError" in caplog.text
    assert world.step(applications.accept, "accept", "accept", case).stage == "accepted"
