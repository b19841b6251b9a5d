"""The path of an application under any sequence of steps by anybody: four eyes, order, jurisdiction, reasons.

The machine throws every step at every actor and checks after each success what must never be otherwise.
"""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.act import civil_day
from issuer.domain.application import Application, Stage
from issuer.domain.deadline import CORRECTION, deadline, limit_of
from issuer.domain.kind import Kind
from issuer.domain.path import Said, advance, deem_accepted, possible
from issuer.domain.refusal import Refusal
from tests.issuer.domain.made import AT, RULES, TREE, account, application

ALL = frozenset({Role.ACCEPTANCE, Role.REVIEW, Role.DECISION})
ACTORS = {
    one.id: one
    for one in (
        account("nurse", AccountKind.APPLICANT, None, identity=b"n" * 32),
        account("stranger", AccountKind.APPLICANT, None, identity=b"s" * 32),
        account("administrator", AccountKind.INSTITUTION, "hospital"),
        account("other-administrator", AccountKind.INSTITUTION, "clinic"),
        account("accept", roles=frozenset({Role.ACCEPTANCE})),
        account("review", roles=frozenset({Role.REVIEW})),
        account("review-2", roles=frozenset({Role.REVIEW})),
        account("decide", roles=frozenset({Role.DECISION})),
        account("all-1", roles=ALL, identity=b"1" * 32),
        account("all-1-again", roles=ALL, identity=b"1" * 32),
        account("all-2", organisation="province", roles=ALL),
        account("elsewhere", organisation="qionghai", roles=ALL),
        account("below", organisation="longhua", roles=ALL),
        account("tcm", organisation="province-tcm", roles=ALL),
        account("nurse-as-officer", roles=ALL, identity=b"n" * 32),
        account("auditor", roles=frozenset({Role.AUDITOR})),
        account("operator", AccountKind.OPERATOR, None),
    )
}


def actor(name: str | None) -> Account:
    return ACTORS[AccountId(name or "nobody")]


STEPS = sorted({row.step for row in RULES.steps} | {"mint"})
INSIDE = {"accept", "review", "review-2", "decide", "all-1", "all-1-again", "all-2", "nurse-as-officer"}
said = st.builds(
    Said,
    finding=st.sampled_from(["favourable", "favourable", "unfavourable", "", "perhaps"]),
    reason=st.sampled_from(["事实清楚", "", " "]),
    grounds=st.sampled_from([(), ("conditions_not_met",), ("material_form",), ("not_required",), ("no_such",)]),
)


good = st.builds(
    Said,
    finding=st.just("favourable"),
    reason=st.sampled_from(["事实清楚", "事实清楚", ""]),
    grounds=st.sampled_from([("conditions_not_met",), ("material_form",), ("not_required",), ()]),
)


class Path(RuleBasedStateMachine):
    """Any actor, any step, any words, on a nurse's application."""

    kind, action = Kind.NURSE, "first_registration"

    def __init__(self) -> None:
        super().__init__()
        self.at = AT
        self.case = dataclasses.replace(application(), kind=self.kind, action=self.action)
        if self.kind is Kind.INSTITUTION:
            self.case = dataclasses.replace(self.case, holder="hospital", applicant=AccountId("administrator"))

    @rule(step=st.sampled_from(STEPS), who=st.sampled_from(sorted(ACTORS)), words=said, days=st.integers(0, 2))
    def try_step(self, step: str, who: str, words: Said, days: int) -> None:
        self.at += days * 86_400
        before = self.case
        tried = actor(who)
        try:
            self.case = advance(RULES, TREE, before, step, tried, ACTORS, self.at, words)
        except Refusal:
            return
        taken = self.case.steps[-1]
        assert any(
            (row.step, row.origin, row.target) == (step, before.stage, self.case.stage) for row in RULES.steps
        ), "only arrows of the table"
        assert self.case.revision == before.revision + 1
        if tried.kind is AccountKind.OFFICER:
            assert who in INSIDE, "jurisdiction"
            if step != "deliver":
                assert tried.identity != b"n" * 32 or self.kind is Kind.INSTITUTION, "not one's own case"
        if taken.step in {"refuse", "not_accept", "ask_correction"}:
            assert taken.reason.strip()
            assert taken.grounds
            for code in taken.grounds:
                assert RULES.ground(code, self.case.kind, taken.step, civil_day(self.at)).basis

    @rule(data=st.data(), words=good)
    def likely(self, data: st.DataObject, words: Said) -> None:
        """A step that exists from here, by somebody who might: this is what reaches the late stages."""
        steps = sorted({row.step for row in RULES.steps if row.origin == self.case.stage and row.by == "officer"})
        if steps:
            wanted = data.draw(st.sampled_from(steps))
            role = {"approve": "decide", "refuse": "decide", "accept": "accept", "review": "review"}.get(
                wanted, "all-2"
            )
            who = data.draw(st.sampled_from([role, "all-1", "all-1-again", "all-2", "review-2", "nurse-as-officer"]))
            self.try_step(wanted, who, words, 0)

    @rule(who=st.sampled_from(sorted(ACTORS)))
    def offered(self, who: str) -> None:
        """What a desk offers is what it then does, and what it greys out is refused with the very same code."""
        tried = actor(who)
        offers = possible(RULES, TREE, self.case, tried, ACTORS, self.at)
        for row, refusal in offers:
            codes = [one.code for one in RULES.grounds if one.action == row.step and one.kind in {"*", self.case.kind}]
            words = Said(finding="favourable", reason="事实清楚", grounds=tuple(codes[:1]))
            try:
                advance(RULES, TREE, self.case, row.step, tried, ACTORS, self.at, words)
            except Refusal as against:
                assert refusal is not None
                assert against.code == refusal.code
            else:
                assert refusal is None
        for step in set(STEPS) - {row.step for row, _ in offers}:
            with pytest.raises(Refusal, match="stage-order"):
                advance(RULES, TREE, self.case, step, tried, ACTORS, self.at, Said(reason="事实清楚"))

    @rule()
    def law(self) -> None:
        moved = deem_accepted(RULES, TREE, self.case, self.at)
        if moved is not None:
            assert self.case.stage is Stage.SUBMITTED
            assert moved.accepted_on == self.case.received_on
            self.case = moved

    @rule()
    def easy(self) -> None:
        """Take the next ordinary step, so that late stages are reached often."""
        nexts = {
            Stage.DRAFT: ("submit", self.case.applicant),
            Stage.INSTITUTION_CONFIRM: ("confirm", "administrator"),
            Stage.SUBMITTED: ("accept", "accept"),
            Stage.ACCEPTED: ("review", "review"),
            Stage.UNDER_REVIEW: ("review", "review-2"),
        }
        if self.case.stage in nexts:
            step, who = nexts[self.case.stage]
            self.try_step(step, who, Said(finding="favourable"), 0)

    @invariant()
    def four_eyes(self) -> None:
        if self.case.stage not in {Stage.APPROVED, Stage.REFUSED, Stage.DELIVERED}:
            return
        decided = [step for step in self.case.steps if step.step in {"approve", "refuse"}]
        reviews = [step for step in self.case.steps if step.step == "review"]
        assert len(decided) == 1
        decider = actor(decided[0].actor)
        for review in reviews:
            reviewer = actor(review.actor)
            assert reviewer.id != decider.id
            assert reviewer.identity is None or reviewer.identity != decider.identity
        needed = RULES.action(self.kind, self.action, civil_day(AT)).reviewers
        if decided[0].step == "approve":
            assert len({review.actor for review in reviews}) >= needed

    @invariant()
    def every_step_before(self) -> None:
        """Stages are never skipped: what is decided was received, accepted and reviewed."""
        seen = [step.step for step in self.case.steps]
        if "approve" in seen:
            last = seen.index("approve")
            assert "review" in seen[:last]
            assert {"accept", "deem_accepted"} & set(seen[:last])
            assert "submit" in seen[:last]
            if RULES.action(self.kind, self.action, civil_day(AT)).confirm:
                assert "confirm" in seen[:last], "SR-34"

    @invariant()
    def history_is_whole(self) -> None:
        stage = Stage.DRAFT
        for number, step in enumerate(self.case.steps, start=1):
            assert (step.number, step.source) == (number, stage)
            stage = step.target
        assert stage is self.case.stage


class InstitutionPath(Path):
    """The same for an institution's own application: nobody confirms, two review."""

    kind, action = Kind.INSTITUTION, "practice_registration"


TestPath = Path.TestCase
TestPath.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
TestInstitutionPath = InstitutionPath.TestCase
TestInstitutionPath.settings = TestPath.settings


def walked(*steps: tuple[str, str, Said], case: Application | None = None, at: int = AT) -> Application:
    here = case or application()
    for step, who, words in steps:
        here = advance(RULES, TREE, here, step, actor(who), ACTORS, at, words)
    return here


SUBMITTED = (("submit", "nurse", Said()), ("confirm", "administrator", Said()))
REVIEWED = (*SUBMITTED, ("accept", "accept", Said()), ("review", "review", Said(finding="favourable")))


def test_an_unfavourable_review_blocks_the_approval_until_it_is_taken_back() -> None:
    bad = Said(finding="unfavourable", reason="材料与原件不符")
    case = walked(*SUBMITTED, ("accept", "accept", Said()), ("review", "review", bad))
    with pytest.raises(Refusal) as refused:
        walked(("approve", "decide", Said()), case=case)
    assert refused.value.code == "review-not-favourable"
    case = walked(("review", "review-2", Said(finding="favourable")), case=case)
    with pytest.raises(Refusal):
        walked(("approve", "decide", Said()), case=case)
    case = walked(("review", "review", Said(finding="favourable")), ("approve", "decide", Said()), case=case)
    assert case.stage is Stage.APPROVED


def test_reviews_before_a_new_acceptance_do_not_count() -> None:
    case = walked(*REVIEWED, ("approve", "decide", Said()))
    assert case.stage is Stage.APPROVED
    assert case.decided_on == civil_day(AT)


ALL_ROUND = (*SUBMITTED, ("accept", "all-1", Said()), ("review", "all-1", Said(finding="favourable")))


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("all-1", "four-eyes"),
        ("all-1-again", "four-eyes"),  # the same person with a second account
        ("nurse-as-officer", "own-case"),
        ("elsewhere", "out-of-jurisdiction"),
        ("below", "out-of-jurisdiction"),
        ("tcm", "out-of-jurisdiction"),
        ("review", "role-missing"),
        ("auditor", "role-missing"),
        ("nurse", "stage-order"),
        ("operator", "stage-order"),
    ],
)
def test_who_may_not_decide(who: str, code: str) -> None:
    case = walked(*ALL_ROUND)
    for step, words in (("approve", Said()), ("refuse", Said(reason="不符合", grounds=("conditions_not_met",)))):
        with pytest.raises(Refusal) as refused:
            walked((step, who, words), case=case)
        assert refused.value.code == code
    assert walked(("approve", "all-2", Said()), case=case).stage is Stage.APPROVED


def test_two_accounts_of_one_person_are_one_reviewer() -> None:
    case = dataclasses.replace(
        application(Stage.UNDER_REVIEW, Kind.INSTITUTION, "practice_registration"), applicant=AccountId("administrator")
    )
    fine = Said(finding="favourable")
    case = walked(("review", "all-1", fine), ("review", "all-1-again", fine), case=case)
    with pytest.raises(Refusal) as refused:
        walked(("approve", "decide", Said()), case=case)
    assert refused.value.code == "review-incomplete"
    case = walked(("review", "review", fine), ("approve", "decide", Said()), case=case)
    assert case.stage is Stage.APPROVED


@pytest.mark.parametrize(
    ("step", "stage", "right"),
    [
        ("refuse", Stage.UNDER_REVIEW, "conditions_not_met"),
        ("not_accept", Stage.SUBMITTED, "not_competent"),
        ("ask_correction", Stage.SUBMITTED, "material_incomplete"),
    ],
)
def test_a_refusal_states_its_reason_and_a_ground_of_its_own(step: str, stage: Stage, right: str) -> None:
    case = dataclasses.replace(application(stage), received_on=civil_day(AT), accepted_on=civil_day(AT))
    for words, code in (
        (Said(grounds=(right,)), "reason-missing"),
        (Said(reason=" ", grounds=(right,)), "reason-missing"),
        (Said(reason="x"), "grounds-missing"),
        (Said(reason="x", grounds=("death",)), "ground-unknown"),
        (Said(reason="x" * 2001, grounds=(right,)), "reason-too-long"),
    ):
        with pytest.raises(Refusal) as refused:
            walked((step, "all-1", words), case=case)
        assert refused.value.code == code
    done = walked((step, "all-1", Said(reason="x", grounds=(right,))), case=case)
    assert RULES.ground(done.steps[-1].grounds[0], Kind.NURSE, step, civil_day(AT)).basis


def test_a_closed_account_does_nothing() -> None:
    closed = dataclasses.replace(actor("accept"), state=AccountState.CLOSED)
    case = walked(*SUBMITTED)
    with pytest.raises(Refusal) as refused:
        advance(RULES, TREE, case, "accept", closed, ACTORS, AT, Said())
    assert refused.value.code == "account-inactive"


def test_silence_of_five_working_days_is_acceptance_on_the_day_of_receipt() -> None:
    case = walked(*SUBMITTED)
    limit = deadline(RULES, case)
    assert limit is not None
    assert (limit.code, limit.last_day) == (CORRECTION, datetime.date(2026, 11, 30))
    on_time, late = AT + 7 * 86_400, AT + 8 * 86_400
    assert deem_accepted(RULES, TREE, case, on_time) is None
    asked = walked(
        ("ask_correction", "accept", Said(reason="缺健康证明", grounds=("material_incomplete",))), case=case, at=on_time
    )
    assert asked.stage is Stage.CORRECTION_REQUESTED
    with pytest.raises(Refusal) as refused:
        walked(("ask_correction", "accept", Said(reason="x", grounds=("material_form",))), case=case, at=late)
    assert refused.value.code == "correction-too-late"
    assert "32(4)" in refused.value.grounds[0].basis
    deemed = deem_accepted(RULES, TREE, case, late)
    assert deemed is not None
    assert (deemed.stage, deemed.accepted_on) == (Stage.ACCEPTED, datetime.date(2026, 11, 23))
    accepted_late = walked(("accept", "accept", Said()), case=case, at=late)
    assert accepted_late.accepted_on == datetime.date(2026, 11, 23), "a late acceptance has the same effect"


@pytest.mark.parametrize(
    ("kind", "action", "start", "last_day"),
    [
        (Kind.NURSE, "change_registration", "receipt", datetime.date(2026, 3, 11)),  # 7 working days
        (Kind.NURSE, "first_registration", "receipt", datetime.date(2026, 3, 30)),  # 20 working days
        (Kind.PHYSICIAN, "first_registration", "acceptance", datetime.date(2026, 3, 31)),
        (Kind.INSTITUTION, "practice_registration", "acceptance", datetime.date(2026, 4, 17)),  # 45 days
    ],
)
def test_the_clocks_start_where_the_law_says(kind: Kind, action: str, start: str, last_day: datetime.date) -> None:
    received, accepted = datetime.date(2026, 3, 2), datetime.date(2026, 3, 3)
    case = dataclasses.replace(application(Stage.ACCEPTED, kind, action), received_on=received, accepted_on=accepted)
    limit = deadline(RULES, case)
    assert limit is not None
    assert limit.start == (received if start == "receipt" else accepted)
    assert limit.last_day == last_day


def test_a_last_day_in_an_unannounced_year_is_unknown_and_stops_nobody() -> None:
    at = AT + 20 * 86_400  # 2026-12-13
    case = walked(*REVIEWED, at=at)
    limit = deadline(RULES, case)
    assert limit is not None
    assert (limit.last_day, limit.unknown, case.due_on) == (None, "calendar-missing", None)
    assert walked(("approve", "decide", Said()), case=case, at=at).stage is Stage.APPROVED


def test_excluded_time_moves_the_last_day() -> None:
    start = 1_772_416_800  # 2026-03-02
    case = walked(*SUBMITTED, ("accept", "accept", Said()), at=start)
    before = case.due_on
    case = walked(("pause_clock", "review", Said(reason="专家评审")), case=case, at=start)
    assert case.due_on is None
    with pytest.raises(Refusal):
        walked(("pause_clock", "review", Said(reason="again")), case=case, at=start)
    case = walked(("resume_clock", "review", Said()), case=case, at=start + 7 * 86_400)
    assert before is not None
    assert case.due_on is not None
    assert RULES.calendar.days_left(before, case.due_on) == 4
    assert limit_of(RULES, case, "decision") is not None
