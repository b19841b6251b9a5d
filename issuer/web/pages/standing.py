"""The register for officers: look an entry up, act on its standing, what is due, what was proposed.

Suspend, resume, revoke, rescind, cancel, file a departure, pause and resume business, defer verification, close down,
freeze: whichever lead on from how the entry stands. Every one ends in `signing.propose`.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from issuer.domain.kind import Kind
from issuer.domain.proposal import Proposal as Proposed
from issuer.domain.proposal import ProposalId, ProposalState
from issuer.domain.refusal import Refusal
from issuer.domain.registration import RegistrationId
from issuer.services import entries, licences, proposals
from issuer.services.desk import Desk
from issuer.services.entries import EntryFile, StandingOffer
from issuer.web.catalogue import ACTS
from issuer.web.pages import changes, forms, frame, language, signing
from issuer.web.pages.desk import officer
from issuer.web.pages.signing import Proposal

Form = MultiDict[str, str]
_FREEZE: Final = frozenset({"freeze", "unfreeze"})


def blueprint(desk: Desk) -> Blueprint:
    """The pages of the register."""
    made = frame.pages("standing")
    _register(made, desk)
    _acting(made, desk)
    _proposals(made, desk)
    return made


def _register(made: Blueprint, desk: Desk) -> None:
    @made.get("/desk/register")
    def register() -> str:
        who = officer(desk)
        words = request.args.get("words", "").strip()[:64]
        kind = next((one for one in Kind if one == request.args.get("kind")), None)
        found = entries.look_up(desk, who.account, words, kind) if words else None
        return render_template(
            "register.html", found=found, words=words, kind=kind, kinds=forms.kinds(list(Kind)), most=entries.MOST
        )

    @made.get("/desk/due")
    def due() -> str:
        found = entries.due(desk, officer(desk).account)
        _ = language.gettext
        lists = [
            ("verification", _("校验期将满或已过"), found.verification),
            ("validity", _("有效期将满或已过"), found.validity),
            ("ended", _("暂停、停业、暂缓校验期满，待处理"), found.ended),
            ("stopped", _("离岗备案满二年，应当注销"), found.stopped),
        ]
        return render_template("due_list.html", lists=lists)

    @made.get("/desk/register/<id_>")
    def entry(id_: str) -> str:
        who = officer(desk)
        file = entries.open_file(desk, who.account, RegistrationId(id_))
        return render_template(
            "entry.html",
            **entry_parts(desk, file),
            versions=licences.of_registration(desk, file.view.registration.id),
            may_propose=file.against is not None and file.against.code != "own-case",
        )


def _acting(made: Blueprint, desk: Desk) -> None:
    @made.post("/desk/register/<id_>/<action>")
    def act(id_: str, action: str) -> str:
        who = officer(desk)
        frame.check_csrf(who)
        file = entries.open_file(desk, who.account, RegistrationId(id_))
        proposal = _standing_act(desk, file, action, request.form)
        return signing.propose(desk, who, [proposal], url_for("standing.entry", id_=id_))

    @made.post("/desk/register/<id_>/propose/<action>")
    def propose(id_: str, action: str) -> str:
        who = officer(desk)
        frame.check_csrf(who)
        file = entries.open_file(desk, who.account, RegistrationId(id_))
        offer = _offer(file, action)
        body: dict[str, Any] = {
            "action": action,
            "grounds": request.form.getlist("grounds"),
            "evidence": _text("evidence"),
        }
        if request.form.get("happened_on"):
            body["happened_on"] = request.form["happened_on"]
        says = [*_subject(file), *_grounds_said(offer, body["grounds"])]
        says.append((language.gettext("检查情况和证据"), body["evidence"]))
        name = language.two(offer.action.zh, offer.action.en)
        proposal = Proposal(
            name="proposal.file",
            title=language.gettext("提出处理建议：%(name)s", name=name),
            target=id_,
            body=body,
            says=says,
        )
        return signing.propose(desk, who, [proposal], url_for("standing.inbox"))


def _proposals(made: Blueprint, desk: Desk) -> None:
    @made.get("/desk/proposals")
    def inbox() -> str:
        closed = bool(request.args.get("closed"))
        found = proposals.inbox(desk, officer(desk).account, closed=closed)
        return render_template("proposals.html", found=found, closed=closed)

    @made.get("/desk/proposals/<id_>")
    def one(id_: str) -> str:
        who = officer(desk)
        view = proposals.one(desk, who.account, ProposalId(id_))
        file = entries.open_file(desk, who.account, view.entry.registration.id)
        return render_template(
            "proposal.html",
            **entry_parts(desk, file),
            one=view,
            proposal=view.proposal,
            offer=next((one for one in file.offers if one.action.action == view.proposal.action), None),
            grounds=_named_grounds(desk, view.proposal, file),
            mine=view.proposal.filed_by == who.account.id,
            open=view.proposal.state is ProposalState.OPEN,
        )

    @made.post("/desk/proposals/<id_>/dismiss")
    def dismiss(id_: str) -> str:
        who = officer(desk)
        frame.check_csrf(who)
        view = proposals.one(desk, who.account, ProposalId(id_))
        file = entries.open_file(desk, who.account, view.entry.registration.id)
        reason = _text("reason")
        proposal = Proposal(
            name="proposal.dismiss",
            title=language.gettext("不采纳建议"),
            target=id_,
            revision=view.proposal.revision,
            body={"reason": reason},
            says=[
                *_subject(file),
                (language.gettext("检查情况和证据"), view.proposal.evidence),
                (language.gettext("理由"), reason),
            ],
        )
        return signing.propose(desk, who, [proposal], url_for("standing.inbox"))


def entry_parts(desk: Desk, file: EntryFile) -> dict[str, Any]:
    """What the templates of an entry are given."""
    entry = file.view.registration
    public = changes.content_rows(desk.rules, entry)
    return {
        "file": file,
        "entry": entry,
        "standing": file.view.standing,
        "history": file.view.history,
        "content": public,
        "sentence": frame.sentence,
        "act_title": _act_title,
    }


def _standing_act(desk: Desk, file: EntryFile, action: str, form: Form) -> Proposal:
    """The act that a filled-in form asks for. Raises Refusal: changed-meanwhile, transition-not-allowed, …."""
    entry = file.view.registration
    if form.get("revision") != str(entry.revision):
        raise Refusal("changed-meanwhile")
    if file.against is not None:
        raise file.against
    reason = _text("reason")
    says = [*_subject(file)]
    body: dict[str, Any] = {"reason": reason}
    if action not in _FREEZE:
        offer = _offer(file, action)
        body |= _standing_body(offer, form)
        says += _grounds_said(offer, body["grounds"])
        states = [_state(desk, entry.kind, one) for one in (file.view.standing.state, offer.target)]
        says.append((language.gettext("状态"), " → ".join(states)))
    says += [(language.gettext("至"), body["until"])] if "until" in body else []
    if body.get("for_life") or "bar_years" in body:
        _ = language.gettext
        years = _("终身") if body.get("for_life") else _("%(n)d 年", n=body["bar_years"])
        says.append((_("不得再申请"), years))
    says.append((language.gettext("理由"), reason))
    return Proposal(
        name=f"registration.{action}",
        title=f"{_act_title(action)}：{entry.name}",
        target=entry.id,
        revision=entry.revision,
        body=body,
        says=says,
    )


def _standing_body(offer: StandingOffer, form: Form) -> dict[str, Any]:
    body: dict[str, Any] = {"grounds": form.getlist("grounds")}
    if offer.action.until and form.get("until"):
        body["until"] = form["until"]
    chosen = {code for code, _, _ in offer.years} & set(body["grounds"])
    if chosen and form.get("for_life"):
        body["for_life"] = True
    years = form.get("bar_years", "")
    if chosen and years.isascii() and years.isdigit() and len(years) < 4 and not form.get("for_life"):
        body["bar_years"] = int(years)
    if form.get("proposal"):
        body["proposal"] = form["proposal"]
    return body


def _offer(file: EntryFile, action: str) -> StandingOffer:
    found = next((one for one in file.offers if one.action.action == action), None)
    if found is None:
        raise Refusal("transition-not-allowed", action)
    return found


def _subject(file: EntryFile) -> list[tuple[str, str]]:
    _ = language.gettext
    entry = file.view.registration
    [(_kind, kind)] = forms.kinds([entry.kind])
    name = changes.label_of_name(entry.kind)
    return [(name, entry.name), (_("证照"), f"{kind} {entry.number}"), (_("登记机关"), file.authority)]


def _grounds_said(offer: StandingOffer, codes: list[str]) -> list[tuple[str, str]]:
    by_code = {ground.code: ground for ground in offer.grounds}
    found = [by_code[code] for code in codes if code in by_code]
    return [(language.gettext("法定理由"), f"{language.two(one.zh, one.en)}（{one.basis}）") for one in found]


def _named_grounds(desk: Desk, proposal: Proposed, file: EntryFile) -> list[tuple[str, str]]:
    rows = {
        row.code: row
        for row in desk.rules.grounds
        if row.action == proposal.action and row.kind in {file.view.registration.kind, "*"}
    }
    return [(language.two(rows[code].zh, rows[code].en), rows[code].basis) for code in proposal.grounds if code in rows]


def _state(desk: Desk, kind: Kind, state: str) -> str:
    row = desk.rules.state(kind, state)
    return language.two(row.zh, row.en)


def _act_title(action: str) -> str:
    act = ACTS[f"registration.{action}"]
    return language.two(act.zh, act.en)


def _text(name: str) -> str:
    return request.form.get(name, "").strip().replace("\r\n", "\n")
