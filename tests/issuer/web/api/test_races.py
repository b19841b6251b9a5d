"""Two officers decide at once over HTTP, on both databases: one winner, and the loser is told with a code."""

from __future__ import annotations

import itertools
from collections import Counter

from issuer.domain.audit import verify_chain
from issuer.storage import audit
from tests.issuer.races import DONE, together
from tests.issuer.services.world import NURSE
from tests.issuer.web.api.api import Api
from tests.issuer.web.api.test_stories import NURSE_CONTENT, NURSE_SECRET

RACES = 13
"""On each database; each has two rounds."""
LOSES = {"changed-meanwhile", "transition-not-allowed", "stage-order", "unavailable"}


def test_two_officers_stand_against_each_other(both: Api) -> None:
    """Suspended by one or by the other, never by both, then resumed by one of them: many times over."""
    one, other = both.client("decide"), both.client("all")
    (entry,) = both.client("hospital").get("registrations")["registrations"]
    suspension = {"grounds": ["nurse_staffing"], "reason": "x", "until": "2026-12-31"}
    losers: Counter[str] = Counter()
    for race in itertools.islice(itertools.cycle(("suspend", "resume")), 2 * RACES):
        body = suspension if race == "suspend" else {"grounds": ["suspension_withdrawn"], "reason": "x"}
        answers = together(
            lambda held=entry, act=race, said=body: one.stand(act, held, **said),  # type: ignore[misc]
            lambda held=entry, act=race, said=body: other.stand(act, held, **said),  # type: ignore[misc]
        )
        assert answers.count(DONE) == 1, answers
        losers[next(told for told in answers if told != DONE)] += 1
        entry = one.get(f"registrations/{entry['id']}")
    assert set(losers) <= LOSES, losers
    assert losers["changed-meanwhile"] >= RACES
    assert len(entry["history"]) == 2 * RACES + 1
    with both.world.store.reading() as tx:
        assert verify_chain(audit.read(tx)) == ()


def test_one_approves_while_another_refuses_and_the_applicant_withdraws(both: Api) -> None:
    nurse = both.person("nurse", *NURSE[:2])
    ends: Counter[str] = Counter()
    while sum(ends.values()) < 4 and not ends["delivered"]:
        case = both.reviewed(
            both.accepted(nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET), nurse)
        )
        said = {"grounds": ["nurse_conditions"], "reason": "x"}
        answers = together(
            lambda held=case: both.client("decide").step("approve", held),  # type: ignore[misc]
            lambda held=case, body=said: both.client("all").step("refuse", held, **body),  # type: ignore[misc]
            lambda held=case: nurse.step("withdraw", held),  # type: ignore[misc]
        )
        assert answers.count(DONE) == 1, answers
        assert set(answers) <= {DONE, *LOSES}
        ends[nurse.get(f"applications/{case['id']}")["stage"]] += 1
    assert set(ends) <= {"delivered", "refused", "withdrawn"}
    assert len(nurse.get("registrations")["registrations"]) == ends["delivered"]


def test_one_act_sent_by_many_at_once_is_done_once(both: Api) -> None:
    nurse = both.person("nurse", *NURSE[:2])
    case = nurse.open("nurse", "first_registration", NURSE_CONTENT, NURSE_SECRET)
    data = nurse.act_bytes("application.submit", case["id"], case["revision"])
    answers = together(*[lambda: nurse.deliver("application.submit", data)] * 6)
    assert answers.count(DONE) == 1
    assert set(answers) <= {DONE, "act-replayed", "changed-meanwhile"}
