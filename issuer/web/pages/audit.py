"""The whole trail 全部记录, for the auditor of the province: newest first, by matter, by day, by whom or about what.

What an event says is told in words; the bytes of an act stay in the database. `audit verify` checks the whole; here
each row is held against its own hash as it is shown.
"""

from __future__ import annotations

import datetime
from typing import Final

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from issuer.domain.account import AccountKind, Role
from issuer.services import oversight, witnessed
from issuer.services.desk import Desk
from issuer.services.oversight import Wanted
from issuer.services.trails import TrailLine
from issuer.web.pages import frame, language, trail
from issuer.web.pages.language import marked

PAGE: Final = 100
AREAS: Final = {
    "application": marked("办件"),
    "registration": marked("登记"),
    "licence": marked("证照"),
    "copy": marked("设备副本"),
    "wallet": marked("钱包"),
    "restricted": marked("查阅非公开信息"),
    "paper": marked("材料"),
    "proposal": marked("处理建议"),
    "voice": marked("诉求和评价"),
    "key": marked("电子密钥"),
    "account": marked("账号"),
    "organisation": marked("机构"),
    "trust": marked("信任列表"),
    "share": marked("数据共享"),
    "system": marked("系统"),
}
_LONGEST: Final = 64
_DIGITS: Final = 15
_PLACES: Final = {"app-": "/trail/cases/", "reg-": "/trail/registrations/"}


def blueprint(desk: Desk) -> Blueprint:
    """The auditor's pages."""
    made = frame.pages("audit")

    @made.get("/audit")
    def events() -> str:
        who = frame.require(desk, AccountKind.OFFICER, Role.AUDITOR)
        wanted = asked(request.args)
        lines, newest = oversight.events(desk, who.account, wanted, PAGE)
        return render_template(
            "audit.html",
            lines=lines,
            newest=newest,
            log=witnessed.health(desk, desk.clock()),
            wanted=wanted,
            areas=[(code, language.gettext(word)) for code, word in AREAS.items()],
            more=lines[-1].seq if len(lines) == PAGE else None,
            query={name: value for name, value in request.args.items() if name in {"area", "about", "day"} and value},
            what=trail.what,
            side=trail.side,
            detail=lambda line: trail.detail(desk, line),
            place=place,
        )

    @made.get("/audit.csv")
    def file() -> Response:
        who = frame.require(desk, AccountKind.OFFICER, Role.AUDITOR)
        return trail.as_csv(oversight.events(desk, who.account, asked(request.args), oversight.EVENTS_MOST)[0])

    return made


def asked(given: MultiDict[str, str]) -> Wanted:
    """What a query asks for; what is no day, no number and no matter is as if it were not there."""
    try:
        day = datetime.date.fromisoformat(given.get("day", ""))
    except ValueError:
        day = None
    before = given.get("before", "")
    return Wanted(
        area=area if (area := given.get("area", "")) in AREAS else "",
        about=given.get("about", "").strip()[:_LONGEST],
        day=day,
        before=int(before) if before.isascii() and before.isdigit() and len(before) <= _DIGITS else None,
    )


def place(line: TrailLine) -> str:
    """Where the whole trail of what an event is about stands, empty if nowhere."""
    return next((path + line.target for start, path in _PLACES.items() if line.target.startswith(start)), "")
