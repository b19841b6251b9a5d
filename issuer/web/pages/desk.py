"""The officers' desk 待办: what waits, one case with everything a decision rests on, and many decided in one go.

Every decision ends in `signing.propose`. The restricted part of a case is opened by a request of its own with a
purpose, which leaves a trace; no other page has it.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from issuer.domain.account import AccountKind
from issuer.domain.application import ApplicationId, Stage
from issuer.domain.kind import Kind
from issuer.domain.refusal import Refusal
from issuer.services import area, casefile, query, watch, worklist
from issuer.services.casefile import CaseFile
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web.acts import quietly
from issuer.web.pages import cases, changes, decisions, forms, frame, language, signing
from issuer.web.pages.signing import Proposal

PURPOSE_MAX: Final = 200


def blueprint(desk: Desk) -> Blueprint:
    """The pages of the desk."""
    made = frame.pages("desk")
    _list(made, desk)
    _case(made, desk)
    _batch(made, desk)
    return made


def _list(made: Blueprint, desk: Desk) -> None:
    @made.get("/desk")
    def waiting() -> str:
        who = officer(desk)
        kind = next((one for one in Kind if one == request.args.get("kind")), None)
        stage = next((one for one in Stage if one == request.args.get("stage")), None)
        page = page_number()
        mine = bool(request.args.get("mine"))
        found = worklist.worklist(desk, who.account, kind=kind, stage=stage, mine=mine, page=page)
        steps = {row.step for one in found.cases for row in one.steps if decisions.in_one_go(row)}
        return render_template(
            "desk.html",
            work=found,
            kinds=forms.kinds(list(Kind)),
            stages=[row for row in desk.rules.stages if row.stage in found.stages],
            chosen={"kind": kind, "stage": stage, "mine": mine},
            steps=[(step, decisions.step_title(step)) for step in sorted(steps)],
            step_title=decisions.step_title,
            page=page,
            pages=-(-found.found // worklist.PAGE),
        )


def _case(made: Blueprint, desk: Desk) -> None:
    @made.get("/desk/cases/<id_>")
    def case(id_: str) -> str:
        return _shown(desk, officer(desk), id_)

    @made.post("/desk/cases/<id_>/restricted")
    def restricted(id_: str) -> str:
        who = officer(desk)
        frame.check_csrf(who)
        return _shown(desk, who, id_, opened(desk, who, id_))

    @made.post("/desk/cases/<id_>/<step>")
    def decide(id_: str, step: str) -> str:
        who = officer(desk)
        frame.check_csrf(who)
        file = casefile.open_file(desk, who.account, ApplicationId(id_))
        proposal = decisions.proposed(desk, file, step, request.form, cases.title(desk, file.view))
        return signing.propose(desk, who, [proposal], url_for("desk.case", id_=id_))


def _batch(made: Blueprint, desk: Desk) -> None:
    @made.post("/desk/batch")
    def batch() -> str:
        """One step for many cases: all are read on one page, each is an act of its own."""
        who = officer(desk)
        frame.check_csrf(who)
        step = request.form.get("step", "")
        proposals: list[Proposal] = []
        left_out: list[tuple[str, Refusal]] = []
        for ticked in request.form.getlist("case")[: signing.BATCH_MAX]:
            id_, _, revision = ticked.partition("@")
            file = casefile.open_file(desk, who.account, ApplicationId(id_))
            title = f"{cases.title(desk, file.view)} · {file.name}"
            try:
                filled = MultiDict({"revision": revision})
                proposals.append(decisions.proposed(desk, file, _one_go(file, step), filled, title))
            except Refusal as refusal:
                left_out.append((title, refusal))
        if not proposals:
            raise left_out[0][1] if left_out else Refusal("body-malformed", "case")
        return signing.propose(desk, who, proposals, url_for("desk.waiting"), left_out)


def officer(desk: Desk) -> SignedIn:
    """An officer who works on cases or oversees them."""
    return frame.require(desk, AccountKind.OFFICER, *area.SEE)


def opened(desk: Desk, who: SignedIn, id_: str) -> list[tuple[str, str]]:
    """The restricted part of a case in words, for the purpose that the form states; leaves a trace."""
    purpose = request.form.get("purpose", "").strip()
    if len(purpose) > PURPOSE_MAX:
        raise Refusal("reason-too-long")
    held = query.restricted_of(desk, who.account, ApplicationId(id_), purpose)
    quietly(lambda: watch.opened(desk, who.account, id_, who.session.machine))
    view = query.case(desk, who.account, ApplicationId(id_))
    rules = desk.rules
    return [
        (changes.label(rules, view.application.kind, name), changes.restricted_text(name, value))
        for name, value in held.items()
    ]


def file_parts(desk: Desk, file: CaseFile) -> dict[str, Any]:
    """What the template of a case's file is given, for officers and institutions alike."""
    return {
        "file": file,
        "view": file.view,
        "case": file.view.application,
        "row": file.row,
        "rows": changes.rows(desk.rules, file.view.application.kind, file.lines),
        "path": cases.path_of(desk, file.view),
        "obstacles": [(*frame.sentence(one), one) for one in file.obstacles],
    }


def _shown(desk: Desk, who: SignedIn, id_: str, restricted: list[tuple[str, str]] | None = None) -> str:
    file = casefile.open_file(desk, who.account, ApplicationId(id_))
    return render_template(
        "desk_case.html",
        **file_parts(desk, file),
        steps=decisions.step_forms(file),
        findings=[(code, language.gettext(words)) for code, words in decisions.FINDINGS.items()],
        sentence=frame.sentence,
        unknown=frame.sentence(Refusal(file.view.unknown)) if file.view.unknown else None,
        restricted=restricted,
        may_open=file.has_restricted and bool(who.account.roles & area.WORK),
    )


def _one_go(file: CaseFile, step: str) -> str:
    if any(one.row.step == step and not decisions.in_one_go(one.row) for one in file.offers):
        raise Refusal("act-unknown", step)
    return step


def page_number() -> int:
    """The page of a list that is asked for; the first if it is none."""
    value = request.args.get("page", "")
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 5 and int(value) else 1
