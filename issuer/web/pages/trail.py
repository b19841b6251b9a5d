"""The trail of a case or a register entry 全过程记录, for everybody who may see it; each sees what it may see.

What that is, is decided by `issuer.services.trails`. The same as a file, with cells that no spreadsheet takes for a
formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Blueprint, Response, jsonify, render_template

from elicense.tables import LICENCE_KINDS
from issuer.domain.account import Role
from issuer.domain.application import ApplicationId
from issuer.domain.kind import Kind
from issuer.domain.registration import RegistrationId
from issuer.services import query, receipts, trails
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.services.trails import TrailLine
from issuer.web.catalogue import ACTS
from issuer.web.pages import cases, frame, language
from issuer.web.pages.language import marked

WORDS: Final[Mapping[str, str]] = {
    "application.delivered": marked("送达：证照已进入持证人账户"),
    "application.deemed_accepted": marked("逾期未告知，依法视为受理"),
    "account.activated": marked("开通账号"),
    "account.recovered": marked("恢复账号"),
    "session.begun": marked("登录"),
    "system.begun": marked("开通系统，登记省级主管部门"),
    "system.first_officer": marked("登记首批密钥管理员"),
    "system.key_managers_restored": marked("密钥管理员全部失去密钥，在机器上补录"),
    "system.recovered": marked("备份恢复后采用已公布的状态"),
    "trust.published": marked("公布信任列表"),
    "status.published": marked("公布状态列表"),
    "key.alerted": marked("密钥异常预警"),
    "key.stopped": marked("密钥异常，立即停用"),
    "copy.released": marked("签发设备副本"),
    "copy.retired": marked("设备副本停用"),
    "restricted.read": marked("查阅非公开信息"),
    "share.read": marked("向共享系统提供登记信息"),
    "document.signed": marked("出具证照 PDF"),
    "paper.added": marked("上传材料"),
    "paper.removed": marked("删除材料"),
    "paper.read": marked("查阅材料"),
    "licence.intended": marked("证照编号和内容已登记"),
    "licence.released": marked("证照签发"),
    "licence.superseded": marked("证照被新版本取代"),
    "licence.spoiled": marked("证照未通过自检，作废"),
    "wallet.redeemed": marked("钱包领取：交易码正确"),
    "wallet.offer_died": marked("交易码输错五次，领取码作废"),
    "wallet.requested": marked("钱包证明持有密钥"),
    "wallet.intended": marked("钱包副本的编号和内容已登记"),
    "wallet.issued": marked("钱包副本签发"),
    "wallet.spoiled": marked("钱包副本未通过自检，作废"),
    "wallet.lapsed": marked("钱包副本逾期未取，不再签发"),
    "wallet.credential_accepted": marked("钱包已保存"),
    "wallet.credential_failure": marked("钱包未能保存，副本作废"),
    "wallet.credential_deleted": marked("持证人在钱包中删除，副本作废"),
}
"""What happened, of events that are no acts; acts are called by their own names."""
SIDES: Final[Mapping[str, str]] = {
    "applicant": marked("申请人"),
    "institution": marked("医疗机构"),
    "officer": marked("主管部门"),
    "system": marked("系统"),
    "operator": marked("运维"),
}
DETAILS: Final[Mapping[str, str]] = {
    "kind": marked("证照"),
    "action": marked("事项"),
    "grounds": marked("法定理由"),
    "purpose": marked("查阅用途"),
    "warnings": marked("预审提示"),
    "registration": marked("登记"),
    "version": marked("证照版本"),
    "from": marked("原状态"),
    "to": marked("新状态"),
    "proposal": marked("建议"),
    "paper": marked("材料编号"),
    "papers": marked("材料件数"),
    "basis": marked("依据"),
}
"""What the details of an event are called; others show as they are."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def blueprint(desk: Desk) -> Blueprint:
    """The pages of trails."""
    made = frame.pages("trail")

    @made.get("/trail/cases/<id_>")
    def case(id_: str) -> str:
        who = _reader(desk)
        view = query.case(desk, who.account, ApplicationId(id_))
        lines = trails.of_case(desk, who.account, ApplicationId(id_))
        return _page(desk, who, cases.title(desk, view), view.application.kind, lines)

    @made.get("/trail/registrations/<id_>")
    def registration(id_: str) -> str:
        who = _reader(desk)
        entry = query.registration(desk, who.account, RegistrationId(id_)).registration
        lines = trails.of_registration(desk, who.account, entry.id)
        return _page(desk, who, f"{entry.name} {entry.number}", entry.kind, lines)

    @made.get("/trail/cases/<id_>.csv")
    def case_file(id_: str) -> Response:
        return as_csv(trails.of_case(desk, _reader(desk).account, ApplicationId(id_)))

    @made.get("/trail/registrations/<id_>.csv")
    def registration_file(id_: str) -> Response:
        return as_csv(trails.of_registration(desk, _reader(desk).account, RegistrationId(id_)))

    @made.get("/trail/events/<int:seq>.json")
    def receipt(seq: int) -> Response:
        answer = jsonify(receipts.of_event(desk, _reader(desk).account, seq))
        answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{seq}.json"'
        return answer

    return made


def what(line: TrailLine) -> str:
    """What happened, in words."""
    if line.act in ACTS:
        return language.two(ACTS[line.act].zh, ACTS[line.act].en)
    return language.gettext(WORDS[line.tag]) if line.tag in WORDS else line.tag


def side(line: TrailLine) -> str:
    """Which side it was, in words."""
    return language.gettext(SIDES[line.side])


def detail(desk: Desk, line: TrailLine, kind: Kind | None = None) -> list[tuple[str, str]]:
    """The details of an event in words, as far as there are words; of any kind of licence where none is given."""
    rules = desk.rules
    words = {
        "action": {one.action: (one.zh, one.en) for one in rules.actions if kind in {None, one.kind}},
        "from": {one.state: (one.zh, one.en) for one in rules.states if kind in {None, one.kind}},
        "to": {one.state: (one.zh, one.en) for one in rules.states if kind in {None, one.kind}},
        "grounds": {one.code: (one.zh, one.en) for one in rules.grounds if kind is None or one.kind in {kind, "*"}},
        "warnings": {one.code: (one.zh, one.en) for one in rules.findings},
        "kind": {one.code: (one.zh, one.en) for one in LICENCE_KINDS},
    }
    found = []
    for name, value in line.detail:
        known = words.get(name, {})
        said = "、".join(language.two(*known[part]) if part in known else part for part in value.split()) or "—"
        found.append((language.gettext(DETAILS[name]) if name in DETAILS else name, said if known else value))
    return found


def _reader(desk: Desk) -> SignedIn:
    who = frame.signed_in(desk)
    if who is None:
        raise frame.NotSignedIn
    return who


def _page(desk: Desk, who: SignedIn, title: str, kind: Kind, lines: Sequence[TrailLine]) -> str:
    return render_template(
        "trail.html",
        heading=title,
        lines=lines,
        what=what,
        side=side,
        detail=lambda line: detail(desk, line, kind),
        inside=any(line.key for line in lines),
        auditor=Role.AUDITOR in who.account.roles,
    )


def as_csv(lines: Sequence[TrailLine]) -> Response:
    """Events as a file that spreadsheets open."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["seq", "at", "event", "what", "side", "name", "office", "key", "signed", "detail", "sha256"])
    for line in lines:
        detail = "; ".join(f"{name}={value}" for name, value in line.detail)
        cells = [
            line.seq, language.moment(line.at), line.tag, what(line), side(line), line.name, line.office, line.key,
            "yes" if line.signed else "no", detail, line.hash,
        ]  # fmt: skip
        writer.writerow([cell(str(one)) for one in cells])
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="trail.csv"'
    return answer


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text
