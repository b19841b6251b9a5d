"""The desk's list of work 待办: the cases that wait in an officer's area, the most urgent first, and what each allows.

Reads only. What an officer may do with a case is asked of the path (`issuer.domain.path.possible`), not decided here.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from issuer.domain.account import Account
from issuer.domain.act import civil_day
from issuer.domain.application import Application, Stage
from issuer.domain.kind import Kind
from issuer.domain.organisation import OrganisationId
from issuer.domain.path import possible
from issuer.domain.rulebook import StepRow
from issuer.services import area, casework
from issuer.services.desk import Desk, tree
from issuer.services.query import CaseView, view_of
from issuer.storage import Transaction, applications, organisations

PAGE: Final = 50
"""Cases on one page; as many acts are signed in one go at the most."""
_MOST: Final = 5_000
"""Cases looked at, the oldest of them: who has more waiting has another problem than this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One case of the list: whose it is, and the steps that this officer may take now."""

    view: CaseView
    name: str
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """One page of cases. `found` counts what the filters left; the other counts are of everything that waits."""

    cases: tuple[Waiting, ...]
    found: int
    total: int
    mine: int
    overdue: int
    stages: Mapping[str, int]
    kinds: Mapping[str, int]


def worklist(
    desk: Desk,
    account: Account,
    *,
    kind: Kind | None = None,
    stage: Stage | None = None,
    mine: bool = False,
    page: int = 1,
) -> Worklist:
    """Return what waits in the officer's area. `mine`: only what this officer may do something about now.

    Raises Refusal("role-missing") for who neither works on cases nor oversees them.
    """
    at = desk.clock()
    on = civil_day(at)
    stages = tuple(Stage(row.stage) for row in desk.rules.stages if not row.final and (row.pending or row.clock))
    with desk.store.reading() as tx:
        waiting = applications.find(tx, stage=stages, authority=area.authorities(tx, account), limit=_MOST)
        all_, people = tree(tx), area.people_of(tx, waiting)
        steps: dict[str, tuple[StepRow, ...]] = {
            case.id: tuple(
                row for row, against in possible(desk.rules, all_, case, account, people, at) if against is None
            )
            for case in waiting
        }
        chosen = sorted(
            (
                case
                for case in waiting
                if (kind is None or case.kind is kind) and (stage is None or case.stage is stage)
                if not mine or steps[case.id]
            ),
            key=lambda case: (case.due_on or datetime.date.max, case.opened_at, case.id),
        )
        shown = tuple(
            Waiting(view=view_of(desk, case), name=name_of(tx, case, people[case.applicant]), steps=steps[case.id])
            for case in chosen[(page - 1) * PAGE : page * PAGE]
        )
    return Worklist(
        cases=shown,
        found=len(chosen),
        total=len(waiting),
        mine=sum(bool(found) for found in steps.values()),
        overdue=sum(case.due_on is not None and case.due_on < on for case in waiting),
        stages=Counter(case.stage.value for case in waiting),
        kinds=Counter(case.kind.value for case in waiting),
    )


def name_of(tx: Transaction, case: Application, applicant: Account) -> str:
    """Return whose case it is: the name that was filled in, else the person's or the institution's."""
    filled = casework.public_of(case.content).get("name")
    if isinstance(filled, str) and filled:
        return filled
    own = organisations.get(tx, OrganisationId(case.holder)) if case.kind is Kind.INSTITUTION else None
    return applicant.name if own is None else own.name
