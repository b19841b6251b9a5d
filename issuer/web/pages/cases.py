"""Applications as their applicants see them: choose, fill in, hand in, watch, answer, withdraw.

One set of pages for persons and institutions; who may see a case is the desk's answer (`query.case`). Each change ends
in `signing.propose`. The restricted part is filled in here and never shown again: it lies sealed, and whoever corrects
it fills it in anew.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from issuer.domain import canonical
from issuer.domain.account import AccountKind
from issuer.domain.act import civil_day
from issuer.domain.application import ApplicationId, Stage
from issuer.domain.kind import Kind
from issuer.domain.prechecks import Finding
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import ActionRow, RequirementRow, held
from issuer.services import applications, casework, query, voice
from issuer.services.desk import Desk
from issuer.services.query import CaseView
from issuer.services.sessions import SignedIn
from issuer.web.pages import forms, frame, language, papers, signing
from issuer.web.pages.language import marked
from issuer.web.pages.signing import Proposal

STEPS: Final = {
    "submit": marked("提交申请"),
    "withdraw": marked("撤回申请"),
    "confirm": marked("确认所填信息"),
    "return": marked("退回申请人修改"),
}
"""The steps that an applicant or an institution takes from a case's page, as they read on the page of signing."""
PATH: Final = ("draft", "institution_confirm", "submitted", "accepted", "under_review", "approved", "delivered")
_EDITABLE: Final = frozenset({Stage.DRAFT, Stage.CORRECTION_REQUESTED})


def blueprint(desk: Desk) -> Blueprint:
    """The pages of cases."""
    made = frame.pages("cases")
    made.app_context_processor(lambda: {"title": lambda view: title(desk, view), "by": by})
    _filling_in(made, desk)
    _watching(made, desk)
    return made


def _filling_in(made: Blueprint, desk: Desk) -> None:
    @made.get("/cases/new")
    def choose() -> str:
        who = _applicant(desk)
        return render_template("case_choose.html", actions=actions(desk, who))

    @made.get("/cases/new/<kind>/<action>")
    def new(kind: str, action: str) -> str:
        _applicant(desk)
        row, rows = _action(desk, kind, action)
        on = civil_day(desk.clock())
        current = query.public_of_own(desk, _applicant(desk).account, Kind(kind))
        public = {name: value for name, value in current.items() if name in {one.field for one in rows}}
        return render_template("case_form.html", row=row, fields=forms.fields(rows, public, {}, on), case=None)

    @made.post("/cases/new/<kind>/<action>")
    def propose_new(kind: str, action: str) -> str:
        who = _applicant(desk)
        frame.check_csrf(who)
        row, rows = _action(desk, kind, action)
        return _proposed(desk, who, row, rows, None)

    @made.get("/cases/<id_>/edit")
    def edit(id_: str) -> str:
        view = query.case(desk, _applicant(desk).account, ApplicationId(id_))
        case = view.application
        if case.stage not in _EDITABLE:
            raise Refusal("stage-order", case.stage)
        row, rows = _action(desk, case.kind, case.action)
        public = casework.public_of(case.content)
        found = forms.fields(rows, public, {}, civil_day(desk.clock()))
        return render_template("case_form.html", row=row, fields=found, case=view)

    @made.post("/cases/<id_>/edit")
    def propose_edit(id_: str) -> str:
        who = _applicant(desk)
        frame.check_csrf(who)
        view = query.case(desk, who.account, ApplicationId(id_))
        row, rows = _action(desk, view.application.kind, view.application.action)
        return _proposed(desk, who, row, rows, view)


def _watching(made: Blueprint, desk: Desk) -> None:
    @made.get("/cases")
    def mine() -> str:
        return render_template("cases.html", cases=query.own_cases(desk, _applicant(desk).account))

    @made.get("/cases/<id_>")
    def case(id_: str) -> str:
        who = _applicant(desk)
        view = query.case(desk, who.account, ApplicationId(id_))
        own = view.application.applicant == who.account.id or view.application.holder == who.account.organisation
        findings: tuple[Finding, ...] = ()
        if view.application.stage in _EDITABLE | {Stage.INSTITUTION_CONFIRM}:
            findings = applications.findings_of(desk, who.account, ApplicationId(id_))
        return render_template(
            "case.html",
            view=view,
            own=own,
            row=action_of(desk, view),
            says=content_of(desk, view),
            findings=findings,
            path=path_of(desk, view),
            editable=view.application.stage in _EDITABLE,
            voice=voice.of_case(desk, who.account, ApplicationId(id_)),
        )

    @made.post("/cases/<id_>/<step>")
    def propose_step(id_: str, step: str) -> AnyResponse | str:
        who = _applicant(desk)
        frame.check_csrf(who)
        if step not in STEPS:
            raise Refusal("act-unknown")
        view = query.case(desk, who.account, ApplicationId(id_))
        reason = request.form.get("reason", "").strip().replace("\r\n", "\n")
        says = [(language.gettext("事项"), title(desk, view)), *content_of(desk, view)]
        if reason:
            says.append((language.gettext("理由"), reason))
        body: dict[str, canonical.Json] = {"reason": reason} if reason else {}
        if step == "submit":
            body = papers.handed_in(desk, who, id_, says)
        proposal = Proposal(
            name=f"application.{step}",
            title=language.gettext(STEPS[step]),
            target=id_,
            revision=view.application.revision,
            body=body,
            says=says,
        )
        return signing.propose(desk, who, [proposal], url_for("cases.case", id_=id_))

    @made.get("/me/applications")
    def moved() -> AnyResponse:
        return redirect(url_for("cases.mine"))


def actions(desk: Desk, who: SignedIn) -> list[tuple[str, list[ActionRow]]]:
    """The actions somebody may apply for, by the name of the kind of licence."""
    person = who.account.kind is AccountKind.APPLICANT
    on = civil_day(desk.clock())
    found = []
    for kind, name in forms.kinds([kind for kind in Kind if kind.is_person is person]):
        rows = [row for row in held(desk.rules.actions, on) if row.kind == kind and row.channel == "application"]
        found.append((name, rows))
    return found


def action_of(desk: Desk, view: CaseView) -> ActionRow:
    """The row of the action that a case asks for, as it was when the case was opened."""
    case = view.application
    return desk.rules.action(case.kind, case.action, civil_day(case.opened_at))


def title(desk: Desk, view: CaseView) -> str:
    """What a case asks for, in words."""
    row = action_of(desk, view)
    [(_, kind)] = forms.kinds([view.application.kind])
    return f"{kind} · {language.two(row.zh, row.en)}"


def content_of(desk: Desk, view: CaseView) -> list[tuple[str, str]]:
    """What a case says, as lines."""
    case = view.application
    rows = desk.rules.fields(case.kind, case.action, civil_day(case.opened_at))
    return forms.said(rows, casework.public_of(case.content))


def path_of(desk: Desk, view: CaseView) -> list[tuple[str, str]]:
    """The stages of the way with how far the case has come: past, here, ended, or nothing yet."""
    stage = view.application.stage.value
    confirmed = action_of(desk, view).confirm
    steps = [one for one in PATH if confirmed or one != "institution_confirm"]
    at = {"correction_requested": "submitted", "refused": "approved", "not_accepted": "accepted"}.get(stage, stage)
    ended = stage in {"refused", "not_accepted", "withdrawn"}
    here = steps.index(at) if at in steps else 0
    found = []
    for number, step in enumerate(steps):
        row = desk.rules.stage(stage if ended and number == here else step)
        final = number == here and stage == "delivered"
        state = "past" if number < here or final else ("ended" if ended else "here") if number == here else ""
        found.append((language.two(row.zh, row.en), state))
    return found


def by(side: str) -> str:
    """Which side took a step, in words."""
    _ = language.gettext
    sides = {"applicant": _("申请人"), "institution": _("医疗机构"), "officer": _("主管部门"), "law": _("依法自动")}
    return sides.get(side, side)


def _proposed(
    desk: Desk, who: SignedIn, row: ActionRow, rows: tuple[RequirementRow, ...], view: CaseView | None
) -> str:
    """Propose to open or to save a draft from what was filled in."""
    public, restricted = forms.read(rows, request.form)
    body: dict[str, canonical.Json] = {"content": dict(public)}
    attachment = None
    if restricted or view is None:
        attachment = canonical.dumps({"salt": secrets.token_hex(16), **restricted})
        body["restricted"] = hashlib.sha256(attachment).hexdigest()
    says = forms.said(rows, public)
    if restricted:
        names = [language.two(one.zh, one.en) for one in rows if one.field in restricted and one.part == "restricted"]
        says.append((language.gettext("非公开信息（加密保存，不进入记录）"), "、".join(names)))
    name = language.two(row.zh, row.en)
    if view is None:
        body |= {"kind": row.kind, "action": row.action}
        proposal = Proposal(
            name="application.open",
            title=language.gettext("保存草稿：%(name)s", name=name),
            body=body,
            attachment=attachment,
            says=says,
        )
        return signing.propose(desk, who, [proposal], url_for("cases.mine"))
    case = view.application
    proposal = Proposal(
        name="application.save",
        title=language.gettext("保存修改：%(name)s", name=name),
        target=case.id,
        revision=case.revision,
        body=body,
        attachment=attachment,
        says=says,
    )
    return signing.propose(desk, who, [proposal], url_for("cases.case", id_=case.id))


def _applicant(desk: Desk) -> SignedIn:
    who = frame.signed_in(desk)
    if who is None:
        raise frame.NotSignedIn
    if who.account.kind not in {AccountKind.APPLICANT, AccountKind.INSTITUTION}:
        raise Refusal("role-missing")
    return who


def _action(desk: Desk, kind: str, action: str) -> tuple[ActionRow, tuple[RequirementRow, ...]]:
    if kind not in set(Kind):
        raise Refusal("action-unknown")
    on = civil_day(desk.clock())
    row = desk.rules.action(Kind(kind), action, on)
    if row.channel != "application":
        raise Refusal("action-unknown", action)
    return row, desk.rules.fields(Kind(kind), action, on)
