"""Appeals 诉求 and ratings 评价: what the applicant says on the page of a case, and the inbox of those who answer.

The section on the page of a case is `case_voice.html`, which `issuer.web.pages.cases` draws. Each change
ends in `signing.propose`.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request, url_for

from issuer.domain.account import AccountKind
from issuer.domain.application import ApplicationId
from issuer.domain.refusal import Refusal
from issuer.domain.voice import STARS, Topic
from issuer.services import area, voice
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web.pages import frame, language, signing
from issuer.web.pages.language import marked
from issuer.web.pages.signing import Proposal

_TOPICS: Final = {
    Topic.PROCESS: marked("办理过程"),
    Topic.DELAY: marked("办理超期"),
    Topic.RESULT: marked("办理结果"),
    Topic.CONDUCT: marked("投诉工作人员"),
}


def blueprint(desk: Desk) -> Blueprint:
    """The pages of appeals and ratings."""
    made = frame.pages("voice")
    named = {"topic_name": topic, "topics": list(Topic), "most_stars": STARS}
    made.app_context_processor(lambda: {**named, "voice_of": lambda who, id_: voice.of_case(desk, who.account, id_)})
    _applicant(made, desk)
    _office(made, desk)
    return made


def topic(value: Topic) -> str:
    """What an appeal is about, in words."""
    return language.gettext(_TOPICS[value])


def _applicant(made: Blueprint, desk: Desk) -> None:
    @made.post("/cases/<id_>/voice/appeal")
    def appeal(id_: str) -> str:
        who = _signed_in(desk)
        said, about = _text(), request.form.get("topic", "")
        if about not in set(Topic) or not said:
            raise Refusal("body-malformed", "topic" if said else "text")
        _ = language.gettext
        proposal = Proposal(
            name="voice.appeal",
            title=_("提出诉求"),
            target=ApplicationId(id_),
            body={"topic": about, "text": said},
            says=[(_("关于"), topic(Topic(about))), (_("内容"), said)],
        )
        return signing.propose(desk, who, [proposal], url_for("cases.case", id_=id_))

    @made.post("/cases/<id_>/voice/rate")
    def rate(id_: str) -> str:
        who = _signed_in(desk)
        stars, said = request.form.get("stars", ""), _text()
        if stars not in {str(number) for number in range(1, STARS + 1)}:
            raise Refusal("body-malformed", "stars")
        _ = language.gettext
        says = [(_("评分"), _("%(n)d 分（满分 %(most)d 分）", n=int(stars), most=STARS))]
        proposal = Proposal(
            name="voice.rate",
            title=_("评价办理"),
            target=ApplicationId(id_),
            body={"stars": int(stars)} | ({"text": said} if said else {}),
            says=[*says, (_("内容"), said)] if said else says,
        )
        return signing.propose(desk, who, [proposal], url_for("cases.case", id_=id_))


def _office(made: Blueprint, desk: Desk) -> None:
    @made.get("/desk/appeals")
    def inbox() -> str:
        who = frame.require(desk, AccountKind.OFFICER, *area.SEE)
        answered = request.args.get("answered") == "1"
        found = voice.inbox(desk, who.account, answered=answered)
        return render_template("appeals.html", found=found, answered=answered)

    @made.get("/desk/appeals/<id_>")
    def one(id_: str) -> str:
        who = frame.require(desk, AccountKind.OFFICER, *area.SEE)
        return render_template("appeal.html", one=voice.one(desk, who.account, id_), sentence=frame.sentence)

    @made.post("/desk/appeals/<id_>")
    def answer(id_: str) -> str:
        who = frame.require(desk, AccountKind.OFFICER, *area.WORK)
        frame.check_csrf(who)
        found = voice.one(desk, who.account, id_)
        if found.against is not None:
            raise found.against
        said = _text()
        if not said:
            raise Refusal("body-malformed", "text")
        _ = language.gettext
        proposal = Proposal(
            name="voice.answer",
            title=_("答复诉求"),
            target=id_,
            revision=found.appeal.revision,
            body={"text": said},
            says=[(_("诉求编号"), found.appeal.number), (_("诉求"), found.appeal.text), (_("答复"), said)],
        )
        return signing.propose(desk, who, [proposal], url_for("voice.inbox"))


def _text() -> str:
    """What was written, with the ends of lines as acts have them."""
    return request.form.get("text", "").strip().replace("\r\n", "\n")


def _signed_in(desk: Desk) -> SignedIn:
    who = frame.signed_in(desk)
    if who is None:
        raise frame.NotSignedIn
    frame.check_csrf(who)
    if who.account.kind not in {AccountKind.APPLICANT, AccountKind.INSTITUTION}:
        raise Refusal("role-missing")
    return who
