"""How an application moves: who may take which step, from which stage, and what the step leaves behind.

The arrows are data (`issuer/data/steps.csv`); here they are obeyed. Three things are code because trust hangs on
them: jurisdiction, four eyes (accept, review and decide by at least two persons; nobody reviews and decides the same
case; nobody acts as officer on an own case), and that every refusal carries a ground with its legal basis.
Two accounts are the same person if they are one account or carry the same proven identity.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role, same_person
from issuer.domain.act import civil_day
from issuer.domain.application import Application, Pause, Stage, Step
from issuer.domain.deadline import CORRECTION, deadline, limit_of
from issuer.domain.kind import Kind
from issuer.domain.organisation import Branch, Organisation, OrganisationId, Tree
from issuer.domain.refusal import Ground, Refusal
from issuer.domain.rulebook import held

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping

    from issuer.domain.registration import Registration
    from issuer.domain.rulebook import ActionRow, Rulebook, StepRow

FAVOURABLE = "favourable"
UNFAVOURABLE = "unfavourable"
_ENOUGH = 2000
"""Characters of a reason."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the actor states with a step."""

    finding: str = ""
    reason: str = ""
    grounds: tuple[str, ...] = ()
    act: bytes | None = None


def advance(
    rules: Rulebook,
    tree: Tree,
    application: Application,
    step: str,
    actor: Account | None,
    people: Mapping[AccountId, Account],
    at: int,
    said: Said,
) -> Application:
    """Return the application after one step. `actor` None is an effect of the law.

    `people` holds the accounts of the applicant and of everybody who acted before. Raises Refusal with one of:
    stage-order, not-your-application, not-your-institution, role-missing, out-of-jurisdiction, own-case, four-eyes,
    reason-missing, grounds-missing, ground-unknown, finding-missing, review-incomplete, review-not-favourable,
    correction-too-late, clock-paused, account-inactive.
    """
    on = civil_day(at)
    action = rules.action(application.kind, application.action, on)
    row = _arrow(rules, application, step, actor, on, confirmed=action.confirm)
    _open(rules, tree, application, row, actor, people, on)
    _said_enough(rules, application, row, said, on)
    moved = dataclasses.replace(
        application,
        stage=Stage(row.target),
        revision=application.revision + 1,
        steps=(
            *application.steps,
            Step(
                number=len(application.steps) + 1,
                step=step,
                source=application.stage,
                target=Stage(row.target),
                at=at,
                actor=None if actor is None else actor.id,
                act=said.act,
                finding=said.finding,
                reason=said.reason,
                grounds=said.grounds,
            ),
        ),
    )
    moved = _dates(rules, application, moved, row, said, on)
    clock = deadline(rules, moved)
    return dataclasses.replace(moved, due_on=None if clock is None else clock.last_day)


def possible(
    rules: Rulebook,
    tree: Tree,
    application: Application,
    actor: Account,
    people: Mapping[AccountId, Account],
    at: int,
) -> tuple[tuple[StepRow, Refusal | None], ...]:
    """Return every step that leads on from here for the side of `actor`, with what stands against it, None: nothing.

    What `advance` would say of the step, whatever the actor states with it; `people` as there.
    """
    on = civil_day(at)
    confirmed = rules.action(application.kind, application.action, on).confirm
    found: list[tuple[StepRow, Refusal | None]] = []
    for row in _arrows(rules, application, actor, on, confirmed=confirmed):
        try:
            _open(rules, tree, application, row, actor, people, on)
        except Refusal as refusal:
            found.append((row, refusal))
        else:
            found.append((row, None))
    return tuple(found)


def competent(
    rules: Rulebook,
    tree: Tree,
    action: ActionRow,
    *,
    kind: Kind,
    category: str,
    institution: OrganisationId | None,
    registration: Registration | None,
    on: datetime.date,
) -> Organisation:
    """Return the authority whose matter an application is, after the routing of its category (SR-39).

    `institution` is the one that decides competence: the primary one, the further one of a filing, or the applying
    institution itself. Raises Refusal("authority-unknown") if there is nothing to tell it by.
    """
    if action.competent == "registering" and registration is not None:
        return tree.get(registration.authority)
    if institution is None:
        raise Refusal("authority-unknown")
    approver = tree.approver_of(institution)
    province = tree.province_of(approver.id)
    for row in held(rules.routing, on):
        if row.firm and row.kind == kind and row.category == category and province.division == row.region:
            return tree.beside(approver, Branch(row.branch))
    return approver


def _arrow(
    rules: Rulebook, application: Application, step: str, actor: Account | None, on: datetime.date, *, confirmed: bool
) -> StepRow:
    for row in _arrows(rules, application, actor, on, confirmed=confirmed):
        if row.step == step:
            return row
    raise Refusal("stage-order", f"{step} from {application.stage}")


def _arrows(
    rules: Rulebook, application: Application, actor: Account | None, on: datetime.date, *, confirmed: bool
) -> Iterator[StepRow]:
    sides = {
        None: {"law"},
        AccountKind.APPLICANT: {"applicant"},
        AccountKind.INSTITUTION: {"applicant", "institution"},
        AccountKind.OFFICER: {"officer"},
    }.get(None if actor is None else actor.kind, set())
    applies = {"any", "confirmed" if confirmed else "unconfirmed"}
    for row in held(rules.steps, on):
        if row.origin == application.stage and row.by in sides and row.applies in applies:
            yield row


def _open(
    rules: Rulebook,
    tree: Tree,
    application: Application,
    row: StepRow,
    actor: Account | None,
    people: Mapping[AccountId, Account],
    on: datetime.date,
) -> None:
    """Check all that does not hang on what the actor states with the step."""
    if actor is not None:
        _may(tree, application, row, actor)
        _apart(application, row, actor, people)
    _in_time(rules, application, row, on)
    if row.step == "approve":
        _reviewed(application, rules.action(application.kind, application.action, on), people)


def _may(tree: Tree, application: Application, row: StepRow, actor: Account) -> None:
    if actor.state is not AccountState.ACTIVE:
        raise Refusal("account-inactive")
    if row.by == "applicant":
        own = actor.id == application.applicant or (
            application.kind is Kind.INSTITUTION
            and actor.kind is AccountKind.INSTITUTION
            and actor.organisation == application.holder
        )
        if not own or (actor.kind is AccountKind.INSTITUTION) is not (application.kind is Kind.INSTITUTION):
            raise Refusal("not-your-application")
    elif row.by == "institution":
        if actor.kind is not AccountKind.INSTITUTION or actor.organisation != application.institution:
            raise Refusal("not-your-institution")
    else:
        office(tree, actor, Role(row.role), application.authority)


def office(tree: Tree, actor: Account, role: Role, authority: OrganisationId | None) -> None:
    """Check that an account may act as officer with that role in the matters of that authority.

    Raises Refusal: account-inactive, role-missing, out-of-jurisdiction.
    """
    if actor.state is not AccountState.ACTIVE:
        raise Refusal("account-inactive")
    if actor.kind is not AccountKind.OFFICER or role not in actor.roles:
        raise Refusal("role-missing", role)
    if actor.organisation is None or authority is None or not tree.jurisdiction(actor.organisation, authority):
        raise Refusal("out-of-jurisdiction")


def _apart(application: Application, row: StepRow, actor: Account, people: Mapping[AccountId, Account]) -> None:
    if not row.apart:
        return
    for id_ in {application.applicant, *(step.actor for step in application.steps if step.step == "confirm")}:
        if id_ is not None and same_person(people[id_], actor):
            raise Refusal("own-case")
    if row.apart == "apart_from_reviewers":
        for step in application.steps:
            if step.step == "review" and step.actor is not None and same_person(people[step.actor], actor):
                raise Refusal("four-eyes")


def _said_enough(rules: Rulebook, application: Application, row: StepRow, said: Said, on: datetime.date) -> None:
    if len(said.reason) > _ENOUGH:
        raise Refusal("reason-too-long")
    if row.needs == "finding":
        if said.finding not in {FAVOURABLE, UNFAVOURABLE}:
            raise Refusal("finding-missing")
        if said.finding == UNFAVOURABLE and not said.reason.strip():
            raise Refusal("reason-missing")
    if row.needs in {"reason", "grounds"} and not said.reason.strip():
        raise Refusal("reason-missing")
    if row.needs == "grounds":
        if not said.grounds:
            raise Refusal("grounds-missing")
        for code in said.grounds:
            rules.ground(code, application.kind, row.step, on)


def _in_time(rules: Rulebook, application: Application, row: StepRow, on: datetime.date) -> None:
    limit = limit_of(rules, application, CORRECTION)
    if row.step in {"ask_correction", "not_accept"} and limit is not None and limit.passed(on):
        late = Ground(
            code="correction-too-late",
            zh="逾期未告知补正，自收到申请材料之日起即为受理",
            en="not told in time: the application counts as accepted on the day of receipt",
            basis=limit.basis,
        )
        raise Refusal("correction-too-late", "", (late,))
    if row.step in {"approve", "refuse", "pause_clock"} and _paused(application):
        raise Refusal("clock-paused")
    if row.step == "resume_clock" and not _paused(application):
        raise Refusal("clock-not-paused")


def _reviewed(application: Application, action: ActionRow, people: Mapping[AccountId, Account]) -> None:
    begun = max((step.number for step in application.steps if step.target is Stage.ACCEPTED), default=0)
    reviews = [step for step in application.steps if step.step == "review" and step.number > begun]
    persons: list[Account] = []
    for id_ in {step.actor for step in reviews if step.actor is not None}:
        if not any(same_person(people[id_], known) for known in persons):
            persons.append(people[id_])
    if len(persons) < action.reviewers:
        raise Refusal("review-incomplete", str(action.reviewers))
    if any(review.finding != FAVOURABLE for review in _last_of_each(reviews)):
        raise Refusal("review-not-favourable")


def _last_of_each(reviews: list[Step]) -> list[Step]:
    return list({step.actor: step for step in reviews}.values())


def _paused(application: Application) -> bool:
    return bool(application.pauses) and application.pauses[-1].end is None


def _dates(
    rules: Rulebook, before: Application, moved: Application, row: StepRow, said: Said, on: datetime.date
) -> Application:
    if row.step == "pause_clock":
        return dataclasses.replace(moved, pauses=(*moved.pauses, Pause(start=on, end=None, cause=said.reason)))
    if row.step == "resume_clock":
        ended = dataclasses.replace(moved.pauses[-1], end=on)
        return dataclasses.replace(moved, pauses=(*moved.pauses[:-1], ended))
    if moved.stage is Stage.SUBMITTED:
        moved = dataclasses.replace(moved, received_on=on, accepted_on=None)
    elif moved.stage is Stage.ACCEPTED and before.stage is Stage.SUBMITTED:
        limit = limit_of(rules, before, CORRECTION)
        late = limit is not None and limit.passed(on)
        moved = dataclasses.replace(moved, accepted_on=before.received_on if late else on)
    elif moved.stage in {Stage.APPROVED, Stage.REFUSED}:
        moved = dataclasses.replace(moved, decided_on=on)
    elif moved.stage is Stage.DELIVERED:
        moved = dataclasses.replace(moved, delivered_on=on)
    return moved


def deem_accepted(rules: Rulebook, tree: Tree, application: Application, at: int) -> Application | None:
    """Return the application as accepted by law if no correction notice came in time, else None."""
    limit = limit_of(rules, application, CORRECTION)
    if application.stage is not Stage.SUBMITTED or limit is None or not limit.passed(civil_day(at)):
        return None
    return advance(rules, tree, application, "deem_accepted", None, {}, at, Said(reason=limit.basis))
