"""The desk of papers 申请材料: what a case asks for, what is given, who may read it.

Adding and removing are the applicant's, while the case can be filled in, and leave a trace; the act that hands the
case in names the digest of every paper (`fix`), and from then on none is removed. A correction adds papers. What is
missing warns and blocks nothing: an application that lacks papers is received, and its applicant told once
(行政许可法 32). Papers are sealed before they are stored; whoever is not the applicant and reads one leaves a trace.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Final

from issuer import vault
from issuer.domain.account import Account, AccountKind
from issuer.domain.act import civil_day
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.audit import Event
from issuer.domain.paper import COUNT_MAX, OTHER, Paper, PaperId, checked
from issuer.domain.refusal import Refusal
from issuer.services import area, casework, guide
from issuer.services.desk import Attested, Desk, texts, writing
from issuer.storage import Transaction, audit, papers

OPEN: Final = frozenset({Stage.DRAFT, Stage.CORRECTION_REQUESTED})
"""The stages in which papers are added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One line of the list: a paper that is asked for, and what is given of it. `row` is None for other papers."""

    code: str
    row: guide.Paper | None
    given: tuple[Paper, ...]

    @property
    def missing(self) -> bool:
        """Whether every case of this kind needs it and it is not there."""
        return self.row is not None and self.row.mode == "must" and not self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The papers of a case. `known` are those that nobody brings, since they are confirmed or known here.

    `may_change`: this reader may add now; `may_read`: this reader may open what is given.
    """

    asked: tuple[Asked, ...]
    known: tuple[guide.Paper, ...]
    may_change: bool
    may_read: bool


def checklist(desk: Desk, account: Account, id_: ApplicationId) -> Checklist:
    """Return the list of a case to who may see it. Raises Refusal("application-unknown")."""
    with desk.store.reading() as tx:
        case = casework.visible(tx, account, id_)
        asked = _asked(tx, case)
    return Checklist(
        asked=asked,
        known=tuple(row for row in guide.guide(desk.rules, case.kind, case.action, _day(case)).papers if not row.code),
        may_change=_own(account, case) and case.stage in OPEN,
        may_read=_reads(account, case),
    )


def missing(tx: Transaction, case: Application) -> tuple[guide.Paper, ...]:
    """Return the papers that every case of this kind needs and this one has not. Who may see it: the caller's check."""
    return tuple(one.row for one in _asked(tx, case) if one.missing and one.row is not None)


def add(desk: Desk, account: Account, id_: ApplicationId, code: str, data: bytes) -> Paper:
    """Add a paper to the account's own case.

    Refuses: application-unknown, not-your-application, stage-order, paper-unknown (a code that is not asked for),
    papers-too-many, and what `checked` refuses.
    """
    at = desk.clock()
    media, kept = checked(data)
    with writing(desk) as tx:
        case = _changing(tx, account, id_)
        if code not in {row.code for row in guide.asked(case.kind, case.action, _day(case))} | {OTHER}:
            raise Refusal("paper-unknown")
        if len(papers.of_case(tx, id_)) >= COUNT_MAX:
            raise Refusal("papers-too-many")
        paper = Paper(
            id=PaperId(desk.ids("paper")),
            application=id_,
            code=code,
            media=media,
            size=len(kept),
            sha256=hashlib.sha256(kept).digest(),
            added_by=account.id,
            added_at=at,
        )
        papers.add(tx, paper, *vault.seal_file(desk.vault, kept, _where(paper)))
        _event(tx, "paper.added", paper, account, at)
    return paper


def remove(desk: Desk, account: Account, id_: PaperId) -> Paper:
    """Remove a paper that was not handed in. Refuses: paper-unknown, not-your-application, stage-order, paper-fixed."""
    at = desk.clock()
    with writing(desk) as tx:
        paper = _there(tx, account, id_)
        _changing(tx, account, paper.application)
        if paper.fixed_at is not None:
            raise Refusal("paper-fixed")
        papers.remove(tx, id_)
        _event(tx, "paper.removed", paper, account, at)
    return paper


def read(desk: Desk, account: Account, id_: PaperId) -> tuple[Paper, bytes]:
    """Return a paper with its bytes: to its applicant, or with a trace to who confirms or works on the case.

    Raises Refusal: paper-unknown (also to who may not see the case), role-missing. Raises KeyUnavailable, KeyRefused.
    """
    at = desk.clock()
    with writing(desk) as tx:
        paper = _there(tx, account, id_)
        case = casework.visible(tx, account, paper.application)
        if not _reads(account, case):
            raise Refusal("role-missing")
        if not _own(account, case):
            _event(tx, "paper.read", paper, account, at)
        data = vault.open_file(desk.vault, *papers.sealed(tx, id_), _where(paper))
    return paper, data


def digests(desk: Desk, account: Account, id_: ApplicationId) -> list[str]:
    """Return what the act that hands a case in names: the digest of every paper, sorted."""
    with desk.store.reading() as tx:
        casework.visible(tx, account, id_)
        return _digests(tx, id_)


def fix(tx: Transaction, attested: Attested, case: Application) -> tuple[tuple[str, str], ...]:
    """Hand the papers in, inside the act that hands the case in; return how many, as audit detail.

    Raises Refusal("papers-differ") unless the act names exactly those that are there.
    """
    there = _digests(tx, case.id)
    if sorted(texts(attested.act.content(), "papers", limit=COUNT_MAX)) != there:
        raise Refusal("papers-differ")
    papers.fix(tx, case.id, attested.at)
    return (("papers", str(len(there))),) if there else ()


def _asked(tx: Transaction, case: Application) -> tuple[Asked, ...]:
    rows = guide.asked(case.kind, case.action, _day(case))
    given = papers.of_case(tx, case.id)
    lines = [Asked(code=row.code, row=row, given=tuple(one for one in given if one.code == row.code)) for row in rows]
    rest = tuple(one for one in given if one.code not in {row.code for row in rows})
    if rest or case.stage is Stage.CORRECTION_REQUESTED:
        lines.append(Asked(code=OTHER, row=None, given=rest))
    return tuple(lines)


def _day(case: Application) -> datetime.date:
    return civil_day(case.opened_at)


def _digests(tx: Transaction, id_: ApplicationId) -> list[str]:
    return sorted(one.sha256.hex() for one in papers.of_case(tx, id_))


def _own(account: Account, case: Application) -> bool:
    institution = account.kind is AccountKind.INSTITUTION and account.organisation == case.holder
    return account.id == case.applicant or institution


def _reads(account: Account, case: Application) -> bool:
    """Whether somebody who may see the case may open its papers; an auditor has no business with them."""
    return account.kind is not AccountKind.OFFICER or bool(account.roles & area.WORK) or _own(account, case)


def _changing(tx: Transaction, account: Account, id_: ApplicationId) -> Application:
    case = casework.visible(tx, account, id_)
    if not _own(account, case):
        raise Refusal("not-your-application")
    if case.stage not in OPEN:
        raise Refusal("stage-order", case.stage)
    return case


def _there(tx: Transaction, account: Account, id_: PaperId) -> Paper:
    found = papers.get(tx, id_)
    if found is not None:
        try:
            casework.visible(tx, account, found.application)
        except Refusal:
            found = None
    if found is None:
        raise Refusal("paper-unknown")
    return found


def _where(paper: Paper) -> str:
    return f"{paper.application}/{paper.id}"


def _event(tx: Transaction, tag: str, paper: Paper, account: Account, at: int) -> None:
    detail = (("paper", paper.id), ("sha256", paper.sha256.hex()))
    audit.append(tx, Event(at=at, tag=tag, target=paper.application, actor=account.id, detail=detail))
