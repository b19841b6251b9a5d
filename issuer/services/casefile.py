"""One case as an officer, or the institution that confirms it, reads it: what changes, what the checks say, what next.

Reads only. The restricted part is not here; it is opened by `query.restricted_of`, which leaves a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from issuer.domain.account import Account
from issuer.domain.act import civil_day
from issuer.domain.application import Application, ApplicationId, Step
from issuer.domain.comparison import Line, compare
from issuer.domain.content import Public
from issuer.domain.path import possible
from issuer.domain.prechecks import Finding
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.domain.rulebook import ActionRow, GroundRow, StepRow, held
from issuer.domain.standing import Standing
from issuer.services import area, casework, guide, papers
from issuer.services.applications import CHECKED
from issuer.services.desk import Desk, tree
from issuer.services.query import CaseView, entry_of, view_of
from issuer.services.worklist import name_of
from issuer.storage import Transaction, organisations, registrations


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A step that leads on from here. `against` says why this reader may not take it now, None: nothing does.

    `grounds` are those of which the step must name one or more.
    """

    row: StepRow
    against: Refusal | None
    grounds: tuple[GroundRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Who confirmed the entries for the institution, and when; `step` is None while it has not."""

    institution: str
    step: Step | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything that a decision rests on, but the restricted part.

    `lines` compare the application with the register entry it is about (as it stood before, if the case is decided).
    `obstacles` are what the register itself has against an approval: a bar, a freeze, a state that does not allow it.
    `missing` are papers that were not handed in.
    """

    view: CaseView
    row: ActionRow
    name: str
    authority: str
    confirmation: Confirmation | None
    entry: Registration | None
    standing: Standing | None
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]
    obstacles: tuple[Refusal, ...]
    offers: tuple[Offer, ...]
    has_restricted: bool
    missing: tuple[guide.Paper, ...]


def open_file(desk: Desk, account: Account, id_: ApplicationId) -> CaseFile:
    """Return the file of a case to somebody who may see it. Raises Refusal("application-unknown") to anybody else."""
    at = desk.clock()
    with desk.store.reading() as tx:
        case = casework.visible(tx, account, id_)
        row = desk.rules.action(case.kind, case.action, civil_day(case.opened_at))
        entry = registrations.of_holder(tx, case.holder, case.kind)
        open_ = not desk.rules.stage(case.stage).final
        findings, obstacles = _checked(desk, tx, case) if open_ else ((), ())
        people = area.people_of(tx, [case])
        offers = tuple(
            Offer(
                row=step,
                against=against or _blocked(step, findings),
                grounds=_grounds(desk, case, step.step) if step.needs == "grounds" else (),
            )
            for step, against in possible(desk.rules, tree(tx), case, account, people, at)
        )
        authority = None if case.authority is None else organisations.get(tx, case.authority)
        return CaseFile(
            view=view_of(desk, case),
            row=row,
            name=name_of(tx, case, people[case.applicant]),
            authority="" if authority is None else authority.name,
            confirmation=_confirmation(tx, case, {one.id: one.name for one in people.values()}),
            entry=entry,
            standing=None if entry is None else entry_of(desk, tx, entry).standing,
            lines=compare(case.kind, _before(tx, case, entry), casework.public_of(case.content)),
            findings=findings,
            obstacles=obstacles,
            offers=offers,
            has_restricted=case.sealed is not None,
            missing=papers.missing(tx, case),
        )


def _checked(desk: Desk, tx: Transaction, case: Application) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """What the pre-checks find, and what of the register stands in the way of an approval, as of now."""
    on = civil_day(desk.clock())
    findings: tuple[Finding, ...] = ()
    obstacles: list[Refusal] = []
    try:
        findings = casework.routed(desk, tx, case, on)[1]
        casework.refuse_if_barred(desk, tx, case.kind, case.holder, on)
    except Refusal as refusal:
        obstacles.append(refusal)
    try:
        casework.transition_of(desk, tx, case, on)
    except Refusal as refusal:
        obstacles.append(refusal)
    return findings, tuple(obstacles)


def _blocked(step: StepRow, findings: tuple[Finding, ...]) -> Refusal | None:
    if step.step in CHECKED:
        try:
            casework.refuse_if_blocked(findings)
        except Refusal as refusal:
            return refusal
    return None


def _grounds(desk: Desk, case: Application, step: str) -> tuple[GroundRow, ...]:
    on = civil_day(desk.clock())
    return tuple(row for row in held(desk.rules.grounds, on) if row.action == step and row.kind in {case.kind, "*"})


def _confirmation(tx: Transaction, case: Application, names: dict[str, str]) -> Confirmation | None:
    """The confirmation of the round that counts: the last one after the last hand-in."""
    if case.institution is None:
        return None
    found = organisations.get(tx, case.institution)
    last = next((step for step in reversed(case.steps) if step.step in {"confirm", "submit"}), None)
    step = last if last is not None and last.step == "confirm" else None
    by = "" if step is None or step.actor is None else names.get(step.actor, "")
    return Confirmation(institution="" if found is None else found.name, step=step, by=by)


def _before(tx: Transaction, case: Application, entry: Registration | None) -> Public:
    """The public content that the application changes: of the entry in force, or as it was before the approval."""
    if entry is None:
        return {}
    made = registrations.change_by(tx, case.id)
    if made is None:
        return casework.public_of(entry.content)
    earlier = [one for one in registrations.changes(tx, entry.id) if one.revision < made.revision]
    return casework.public_of(earlier[-1].content) if earlier else {}
