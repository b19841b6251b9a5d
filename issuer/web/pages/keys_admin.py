"""Electronic keys 电子密钥管理: every key with its holder and its use, and its way from request to retirement.

The hand-over is done in person: the holder's own security key is plugged in, makes its key pair under this origin, and
only the public half is recorded. Where the setting `security_key_models` names models, only these are taken; without it
(demonstrations) a public key may also be pasted. What a key manager may do now comes from `issuer.services.custody`.
"""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, render_template, request, url_for

from issuer.domain.account import AccountKind, Role
from issuer.domain.alert import Announced
from issuer.domain.officer_key import KeyState
from issuer.domain.refusal import Refusal
from issuer.services import alerts, custody
from issuer.services.custody import KeyFile
from issuer.services.desk import Desk
from issuer.services.sessions import SignedIn
from issuer.web import security_key
from issuer.web.pages import accounts_admin, admin_words, frame, language, signing
from issuer.web.pages.desk import page_number
from issuer.web.pages.language import marked
from issuer.web.pages.signing import Proposal

PAGE: Final = 50
EVENTS: Final = ("approve", "refuse", "suspend", "clear", "confirm", "report_lost", "retire")
"""In the order in which a page offers them; `activate` has a page of its own."""
STOPS: Final = frozenset({"refuse", "suspend", "confirm", "report_lost", "retire"})
REASONED: Final = frozenset(EVENTS) - {"approve"}
AFTER: Final = {
    "approve": marked("批准后由密钥管理人员当面发放。"),
    "refuse": marked("该申请结束；需要时另行申请。"),
    "suspend": marked("立即生效：该密钥不能再登录和签名，已打开的页面随即失效；停用前的签名仍然有效。"),
    "clear": marked("调查没有发现问题，密钥恢复使用。"),
    "confirm": marked("调查确认异常，密钥注销，不再恢复。"),
    "report_lost": marked("密钥立即不能使用；补发新密钥时原密钥注销。"),
    "retire": marked("密钥注销，不再恢复；注销前的签名仍然有效。"),
}
"""What follows, told beside the form and again before signing."""

WHAT: Final = {
    Announced.HOURS: marked("非工作时间办理"),
    Announced.MACHINE: marked("更换或者同时使用另一台设备"),
}
"""What may be announced, in words."""


def blueprint(desk: Desk) -> Blueprint:
    """The pages of electronic keys."""
    made = frame.pages("keys_admin")
    _read(made, desk)
    _write(made, desk)
    _hand_over(made, desk)
    return made


def _read(made: Blueprint, desk: Desk) -> None:
    @made.get("/admin/keys")
    def keys() -> str:
        state = next((one for one in KeyState if one == request.args.get("state")), None)
        name, page = request.args.get("name", "").strip()[:64], page_number()
        found = [one for one in custody.key_list(desk, manager(desk).account, state) if name in one.holder.name]
        return render_template(
            "admin_keys.html",
            lines=found[(page - 1) * PAGE : page * PAGE],
            total=len(found),
            page=page,
            pages=-(-len(found) // PAGE),
            state=state,
            states=list(KeyState),
            name=name,
            words=admin_words,
        )

    @made.get("/admin/keys/<id_>")
    def key(id_: str) -> str:
        who = manager(desk)
        file = custody.key_file(desk, who.account, id_)
        return render_template(
            "admin_key.html",
            announced=alerts.announced(desk, file.line.key),
            open_alerts=sum(one.key.id == file.line.key.id for one in alerts.inbox(desk, who.account)),
            what=WHAT,
            file=file,
            line=file.line,
            key=file.line.key,
            events=[one for one in EVENTS if one in file.may],
            after=lambda event: language.gettext(AFTER[event]),
            stops=STOPS,
            reasoned=REASONED,
            words=admin_words,
        )

    @made.get("/admin/keys/<id_>/sheet")
    def sheet(id_: str) -> str:
        file = custody.key_file(desk, manager(desk).account, id_)
        if file.line.key.kid is None:
            raise Refusal("key-approved")
        return render_template("admin_sheet.html", file=file, line=file.line, key=file.line.key, words=admin_words)

    @made.get("/my-key")
    def mine() -> str:
        who = frame.signed_in(desk)
        if who is None:
            raise frame.NotSignedIn
        return render_template(
            "my_key.html",
            keys=custody.own_keys(desk, who.account),
            sign_ins=custody.sign_ins(desk, who.account),
            here=who.session.machine,
            words=admin_words,
        )

    @made.get("/new-key")
    def new() -> str:
        return render_template("new_key.html")


def _write(made: Blueprint, desk: Desk) -> None:
    @made.post("/admin/keys/<id_>/<event>")
    def change(id_: str, event: str) -> str:
        who = manager(desk)
        frame.check_csrf(who)
        file = custody.key_file(desk, who.account, id_)
        if event not in EVENTS or event not in file.may:
            raise Refusal("key-transition-not-allowed", event)
        return signing.propose(desk, who, [_event(file, event)], url_for("keys_admin.key", id_=id_))


def _hand_over(made: Blueprint, desk: Desk) -> None:
    @made.get("/admin/keys/<id_>/hand-over")
    def hand_over(id_: str) -> str:
        who = manager(desk)
        file = _to_hand_over(desk, who, id_)
        key, origin = file.line.key, desk.config.base_url
        options = security_key.options(who.session, key, file.line.holder.name, origin)
        return render_template(
            "admin_hand_over.html",
            file=file,
            line=file.line,
            key=key,
            options=json.dumps(options),
            pasted=not desk.config.security_key_models,
            words=admin_words,
        )

    @made.post("/admin/keys/<id_>/hand-over")
    def handed_over(id_: str) -> str:
        who = manager(desk)
        frame.check_csrf(who)
        file = _to_hand_over(desk, who, id_)
        proposal = _activation(desk, who, file)
        return signing.propose(desk, who, [proposal], url_for("keys_admin.sheet", id_=id_))


def manager(desk: Desk) -> SignedIn:
    """A key manager."""
    return frame.require(desk, AccountKind.OFFICER, Role.KEY_MANAGER)


def _to_hand_over(desk: Desk, who: SignedIn, id_: str) -> KeyFile:
    file = custody.key_file(desk, who.account, id_)
    if "activate" not in file.may:
        raise Refusal("key-transition-not-allowed", "activate")
    return file


def _activation(desk: Desk, who: SignedIn, file: KeyFile) -> Proposal:
    _ = language.gettext
    key = file.line.key
    body: dict[str, object]
    if request.form.get("answer"):
        origin, models = desk.config.base_url, desk.config.models
        made = security_key.registered(request.form["answer"], who.session, key, origin, models)
        public, model = made.key, made.aaguid
        fido = {"origin": origin, "credential": made.credential, "aaguid": made.aaguid}
        body = {"jwk": dict(public.to_jwk()), "fido": fido}
    else:
        jwk, public = accounts_admin.given_jwk()
        body, model = {"jwk": jwk}, _("贴入的公钥（演示）")
    return Proposal(
        name="key.activate",
        title=_("当面发放：%(name)s", name=file.line.holder.name),
        target=key.id,
        revision=key.revision,
        body=body,
        says=[
            *_who(file),
            (_("密钥编号"), public.kid.hex()),
            (_("型号"), model),
            (_("声明"), _("已当面核对持有人身份，密钥由本人插入并设定密码。")),
        ],
    )


def _event(file: KeyFile, event: str) -> Proposal:
    _ = language.gettext
    reason = request.form.get("reason", "").strip().replace("\r\n", "\n")
    key = file.line.key
    says = [*_who(file), (_("密钥编号"), key.kid or "—")]
    if reason:
        says.append((_("理由"), reason))
    return Proposal(
        name=f"key.{event}",
        title=f"{admin_words.act(event)}：{file.line.holder.name}",
        target=key.id,
        revision=key.revision,
        body={"reason": reason} if reason else {},
        says=[*says, (_("后果"), language.gettext(AFTER[event]))],
    )


def _who(file: KeyFile) -> list[tuple[str, str]]:
    _ = language.gettext
    return [(_("持有人"), file.line.holder.name), (_("单位"), file.line.office)]
