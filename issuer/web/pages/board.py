"""The board 院务公开: one page for the screen of a hall, a badge to embed, and the institution's switch.

For a screen that nobody touches the page turns and renews itself, by a refresh of the document and without script;
it does so for nobody who did not ask for it. Questions count by the limit of the public query.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request

from elicense import qr
from issuer.domain.account import AccountKind
from issuer.domain.content import Public
from issuer.domain.refusal import Refusal
from issuer.services import board
from issuer.services.board import Shown
from issuer.services.desk import Desk
from issuer.web.limit import Limit
from issuer.web.pages import forms, frame, language, signing
from issuer.web.pages.signing import Proposal
from issuer.web.params import id_, number

TURN_SECONDS: Final = 20
_TOLD: Final = ("level", "category", "scopes")
_PAGES_MOST: Final = 9999


def blueprint(desk: Desk, limit: Limit) -> Blueprint:
    """The pages of boards."""
    made = frame.pages("board")
    made.app_context_processor(
        lambda: {
            "board_on": lambda who: board.own(desk, who.account),
            "board_shown": lambda number_: board.is_on(desk, number_),
        }
    )

    @made.get("/board/<number_>")
    def page(number_: str) -> str:
        limit.take(request.remote_addr or "")
        found = board.shown(desk, id_(number_, "board-unknown"), number("page", 1, _PAGES_MOST))
        turning = request.args.get("turn") == "1"
        return render_template(
            "board.html",
            board=found,
            people=[(one.answer, _told(one), code(one)) for one in found.people],
            code=code(found.institution),
            turning=turning,
            seconds=TURN_SECONDS,
            following=found.page % found.pages + 1,
            now=desk.clock(),
        )

    @made.get("/board/<number_>.svg")
    def badge(number_: str) -> Response:
        limit.take(request.remote_addr or "")
        found = board.shown(desk, id_(number_, "board-unknown"), 1)
        drawn = render_template("board.svg", board=found, now=desk.clock())
        answer = Response(drawn, mimetype="image/svg+xml")
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    @made.post("/institution/board")
    def switch() -> str:
        who = frame.require(desk, AccountKind.INSTITUTION)
        frame.check_csrf(who)
        if who.account.organisation is None:
            raise Refusal("not-your-institution")
        on = request.form.get("on") == "1"
        _ = language.gettext
        title = _("开启院务公开") if on else _("关闭院务公开")
        says = [(_("效果"), _("任何人都能看到本机构和在册医师、护士的公开信息") if on else _("页面立即停止显示"))]
        proposal = Proposal(
            name="board.switch", title=title, target=who.account.organisation, body={"on": on}, says=says
        )
        return signing.propose(desk, who, [proposal], "/institution")

    return made


def code(one: Shown) -> str:
    """The static code of a licence as the address of a picture, empty while there is no licence."""
    return f"data:image/svg+xml,{quote(qr.svg(one.link))}" if one.link else ""


def _told(one: Shown) -> str:
    """Level, category and scopes of a physician; nothing for a nurse."""
    held: Public = json.loads(one.answer.public)
    return " · ".join(forms.text(name, held[name]) for name in _TOLD if name in held)
