"""An institution's pages 机构端: its licence, what waits for its confirmation, its practitioners, its duties.

Its own applications are the pages of `cases`. It confirms or returns there too; here it reads what it confirms beside
the register, and may open the restricted part for a purpose, which leaves a trace.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, render_template, request, url_for

from issuer.domain.account import AccountKind
from issuer.domain.application import ApplicationId, Stage
from issuer.domain.kind import Kind
from issuer.domain.proposal import DEPARTURE
from issuer.domain.refusal import Refusal
from issuer.services import casefile, institutions, licences, proposals, query
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web.pages import changes, forms, frame, holder, language, signing
from issuer.web.pages.desk import file_parts, opened, page_number
from issuer.web.pages.signing import Proposal

_PEOPLE: Final = [kind for kind in Kind if kind.is_person]


def blueprint(desk: Desk) -> Blueprint:
    """The pages of an institution."""
    made = frame.pages("institution")
    _home(made, desk)
    _inbox(made, desk)
    _people(made, desk)
    return made


def _home(made: Blueprint, desk: Desk) -> None:
    @made.get("/institution")
    def home() -> str:
        who = administrator(desk)
        found = institutions.home(desk, who.account)
        entry = found.entry
        return render_template(
            "institution.html",
            home=found,
            content=[] if entry is None else changes.content_rows(desk.rules, entry.registration),
            licence=None if entry is None else licences.current(desk, entry.registration.id),
            people=[(kind, name, found.practitioners[Kind(kind)]) for kind, name in forms.kinds(_PEOPLE)],
            notice=_notice,
            key=who.key,
        )

    @made.get("/institution/card.<form>")
    def card(form: str) -> Response:
        entry = institutions.home(desk, administrator(desk).account).entry
        if entry is None:
            raise Refusal("licence-unknown")
        return holder.card_of(desk, entry.registration.id, form)


def _inbox(made: Blueprint, desk: Desk) -> None:
    @made.get("/institution/inbox")
    def inbox() -> str:
        who = administrator(desk)
        wanted = request.args.get("kind", "")
        waiting = [
            (view, casefile.open_file(desk, who.account, view.application.id).name)
            for view in query.to_confirm(desk, who.account)
            if wanted in {"", view.application.kind}
        ]
        return render_template("institution_inbox.html", waiting=waiting, wanted=wanted, kinds=forms.kinds(_PEOPLE))

    @made.get("/institution/inbox/<id_>")
    def case(id_: str) -> str:
        return _shown(desk, administrator(desk), id_)

    @made.post("/institution/inbox/<id_>/restricted")
    def restricted(id_: str) -> str:
        who = administrator(desk)
        frame.check_csrf(who)
        return _shown(desk, who, id_, opened(desk, who, id_))


def _people(made: Blueprint, desk: Desk) -> None:
    @made.get("/institution/people")
    def people() -> str:
        who = administrator(desk)
        kind = Kind.NURSE if request.args.get("kind") == Kind.NURSE else Kind.PHYSICIAN
        name, page = request.args.get("name", "")[:64], page_number()
        found, total = institutions.practitioners(desk, who.account, kind, name=name, page=page)
        return render_template(
            "institution_people.html",
            found=found,
            kind=kind,
            kinds=forms.kinds(_PEOPLE),
            name=name,
            page=page,
            pages=-(-total // institutions.PAGE),
            total=total,
            said=lambda one, field: forms.text(field, one.public[field]) if field in one.public else "—",
        )

    @made.get("/institution/people/<id_>")
    def one(id_: str) -> str:
        who = administrator(desk)
        found = institutions.practitioner(desk, who.account, id_)
        return render_template(
            "institution_person.html",
            one=found,
            entry=found.view.registration,
            content=changes.content_rows(desk.rules, found.view.registration),
            grounds=institutions.departure_grounds(desk),
        )

    @made.post("/institution/people/<id_>/left")
    def left(id_: str) -> str:
        who = administrator(desk)
        frame.check_csrf(who)
        found = institutions.practitioner(desk, who.account, id_)
        codes, evidence = request.form.getlist("grounds"), request.form.get("evidence", "").strip()
        body = {
            "action": DEPARTURE,
            "grounds": codes,
            "evidence": evidence.replace("\r\n", "\n"),
            "happened_on": request.form.get("happened_on", ""),
        }
        _ = language.gettext
        entry = found.view.registration
        names = [
            f"{language.two(row.zh, row.en)}（{row.basis}）"
            for row in institutions.departure_grounds(desk)
            if row.code in codes
        ]
        proposal = Proposal(
            name="proposal.file",
            title=_("离岗报告：%(name)s", name=entry.name),
            target=entry.id,
            body=body,
            says=[
                (_("姓名"), entry.name),
                (_("编号"), entry.number),
                (_("离岗日期"), str(body["happened_on"])),
                (_("事由"), "、".join(names)),
                (_("说明"), evidence),
            ],
        )
        return signing.propose(desk, who, [proposal], url_for("institution.reports"))

    @made.get("/institution/reports")
    def reports() -> str:
        return render_template("institution_reports.html", found=proposals.inbox(desk, administrator(desk).account))

    @made.get("/institution/filings")
    def filings() -> str:
        return render_template(
            "institution_filings.html", found=institutions.filings(desk, administrator(desk).account)
        )


def administrator(desk: Desk) -> SignedIn:
    """The administrator of an institution."""
    return frame.require(desk, AccountKind.INSTITUTION)


def _shown(desk: Desk, who: SignedIn, id_: str, restricted: list[tuple[str, str]] | None = None) -> str:
    file = casefile.open_file(desk, who.account, ApplicationId(id_))
    case = file.view.application
    if case.institution != who.account.organisation:
        raise Refusal("not-your-institution")
    return render_template(
        "institution_case.html",
        **file_parts(desk, file),
        restricted=restricted,
        may_open=file.has_restricted and case.stage is Stage.INSTITUTION_CONFIRM,
        waits=case.stage is Stage.INSTITUTION_CONFIRM,
    )


def _notice(code: str) -> str:
    _ = language.gettext
    return {"verification": _("校验"), "renewal": _("延续（到期换证）")}[code]
