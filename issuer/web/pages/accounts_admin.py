"""Accounts 账号管理: the tree of authorities, the people who work there, the institutions and their administrators.

The province's key managers enter authorities and officers, the acceptance officers of an authority the institutions
that it approved. What a reader may do comes from `issuer.services.custody`; every change is a signed act.
"""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for

from elicense.keys import PublicKey
from issuer.domain.account import AccountKind, Role
from issuer.domain.canonical import Json, dumps
from issuer.domain.officer_key import KeyState
from issuer.domain.organisation import Branch, Level, OrganisationKind
from issuer.domain.refusal import Refusal
from issuer.services import custody
from issuer.services.custody import Person, PlaceFile
from issuer.services.desk import Desk, public_key
from issuer.services.sessions import SignedIn
from issuer.web.pages import admin_words, frame, language, signing
from issuer.web.pages.signing import Proposal

_JWK_MOST: Final = 1_000
_LEVELS: Final = (Level.PREFECTURE, Level.COUNTY, Level.PROVINCE)


def blueprint(desk: Desk) -> Blueprint:
    """The pages of accounts."""
    made = frame.pages("accounts_admin")
    _read(made, desk)
    _write(made, desk)
    return made


def _read(made: Blueprint, desk: Desk) -> None:
    @made.get("/admin/organisations")
    def places() -> str:
        who = manager(desk)
        return render_template("admin_places.html", places=custody.places(desk, who.account), words=admin_words)

    @made.get("/admin/organisations/<id_>")
    def place(id_: str) -> str:
        return render_template(
            "admin_place.html",
            file=custody.place(desk, manager(desk).account, id_),
            words=admin_words,
            roles=admin_words.ROLES,
            levels=_LEVELS,
            branches=list(Branch),
        )

    @made.get("/admin/accounts/<id_>")
    def person(id_: str) -> str:
        found = custody.person(desk, manager(desk).account, id_)
        lost = next((one for one in found.keys if one.state is KeyState.LOST), None)
        return render_template("admin_person.html", one=found, lost=lost, words=admin_words, roles=admin_words.ROLES)


def _write(made: Blueprint, desk: Desk) -> None:
    @made.post("/admin/organisations/<id_>/<what>")
    def change_place(id_: str, what: str) -> str:
        who = manager(desk)
        frame.check_csrf(who)
        file = custody.place(desk, who.account, id_)
        if what not in file.may:
            raise Refusal("role-missing")
        return signing.propose(desk, who, [_PLACE[what](file)], url_for("accounts_admin.place", id_=id_))

    @made.post("/admin/accounts/<id_>/<what>")
    def change_person(id_: str, what: str) -> str:
        who = manager(desk)
        frame.check_csrf(who)
        found = custody.person(desk, who.account, id_)
        if what not in found.may:
            raise Refusal("role-missing")
        return signing.propose(desk, who, [_PERSON[what](found)], url_for("accounts_admin.person", id_=id_))


def manager(desk: Desk) -> SignedIn:
    """A key manager, or an acceptance officer."""
    return frame.require(desk, AccountKind.OFFICER, Role.KEY_MANAGER, Role.ACCEPTANCE)


def given_jwk() -> tuple[dict[str, Json], PublicKey]:
    """The public key that somebody handed over as text. Raises Refusal("key-malformed")."""
    try:
        value = json.loads(_text("jwk")[:_JWK_MOST])
        key = public_key(dumps(value).decode("utf-8"))
    except (ValueError, Refusal, RecursionError):
        raise Refusal("key-malformed") from None
    return dict(key.to_jwk()), key


def _authority(file: PlaceFile) -> Proposal:
    _ = language.gettext
    number = _text("trust_number")
    body: dict[str, Any] = {
        "name": _text("name"),
        "division": _text("division"),
        "level": _text("level"),
        "branch": _text("branch"),
        "parent": file.organisation.id,
        "uscc": _text("uscc"),
        "trust_number": int(number) if number.isascii() and number.isdigit() and len(number) < 6 else number,
    }
    level = next((one for one in Level if one == body["level"]), Level.NONE)
    branch = next((one for one in Branch if one == body["branch"]), None)
    return Proposal(
        name="organisation.create_authority",
        title=_("新增机关：%(name)s", name=body["name"]),
        body=body,
        says=[
            (_("名称"), body["name"]),
            (_("上级"), file.organisation.name),
            (_("区划代码"), body["division"]),
            (_("层级"), admin_words.level(level)),
            (_("系统"), "—" if branch is None else admin_words.branch(branch)),
            (_("统一社会信用代码"), body["uscc"]),
            (_("信任列表中的序号"), number),
        ],
    )


def _officer(file: PlaceFile) -> Proposal:
    _ = language.gettext
    body = {"organisation": file.organisation.id, "name": _text("name"), "roles": request.form.getlist("roles")}
    return Proposal(
        name="account.create_officer",
        title=_("新增工作人员：%(name)s", name=body["name"]),
        body=body,
        says=[(_("姓名"), str(body["name"])), (_("单位"), file.organisation.name), (_("岗位"), _roles())],
    )


def _institution(file: PlaceFile) -> Proposal:
    _ = language.gettext
    jwk, key = given_jwk()
    body = {
        "name": _text("name"),
        "division": _text("division"),
        "uscc": _text("uscc"),
        "authority": file.organisation.id,
        "administrator": {"name": _text("administrator"), "jwk": jwk},
    }
    return Proposal(
        name="organisation.create_institution",
        title=_("新增机构：%(name)s", name=body["name"]),
        body=body,
        says=[
            (_("名称"), str(body["name"])),
            (_("批准机关"), file.organisation.name),
            (_("区划代码"), str(body["division"])),
            (_("统一社会信用代码"), str(body["uscc"])),
            (_("机构管理员"), _text("administrator")),
            (_("管理员密钥编号（请与本人核对）"), key.kid.hex()),
        ],
    )


def _close_place(file: PlaceFile) -> Proposal:
    _ = language.gettext
    found = file.organisation
    title = _("关闭机关：%(name)s") if found.kind is OrganisationKind.AUTHORITY else _("关闭机构：%(name)s")
    return Proposal(
        name="organisation.close",
        title=title % {"name": found.name},
        target=found.id,
        revision=found.revision,
        body={"reason": _text("reason")},
        says=[(_("名称"), found.name), (_("理由"), _text("reason"))],
    )


def _set_roles(found: Person) -> Proposal:
    _ = language.gettext
    account = found.account
    return Proposal(
        name="account.set_roles",
        title=_("调整岗位：%(name)s", name=account.name),
        target=account.id,
        revision=account.revision,
        body={"roles": request.form.getlist("roles")},
        says=[
            *_who(found),
            (_("现在的岗位"), admin_words.roles(account.roles)),
            (_("调整为"), _roles()),
        ],
    )


def _close_account(found: Person) -> Proposal:
    _ = language.gettext
    return Proposal(
        name="account.close",
        title=_("关闭账号：%(name)s", name=found.account.name),
        target=found.account.id,
        revision=found.account.revision,
        body={"reason": _text("reason")},
        says=[
            *_who(found),
            (_("理由"), _text("reason")),
            (_("后果"), _("账号不能再登录，在用的电子密钥一并注销。")),
        ],
    )


def _request_key(found: Person) -> Proposal:
    _ = language.gettext
    body = {"reason": _text("reason")}
    lost = next((one for one in found.keys if one.state is KeyState.LOST), None)
    says = [*_who(found), (_("理由"), body["reason"])]
    if lost is not None:
        body["replaces"] = lost.id
        says.append((_("补发"), _("原密钥 %(kid)s 注销，不再恢复。", kid=lost.kid or lost.id)))
    return Proposal(
        name="key.request",
        title=_("申请电子密钥：%(name)s", name=found.account.name),
        target=found.account.id,
        body=body,
        says=says,
    )


def _replace_key(found: Person) -> Proposal:
    _ = language.gettext
    jwk, key = given_jwk()
    return Proposal(
        name="organisation.replace_key",
        title=_("更换机构管理员密钥：%(name)s", name=found.account.name),
        target=found.account.id,
        revision=found.account.revision,
        body={"jwk": jwk, "reason": _text("reason")},
        says=[
            *_who(found),
            (_("新密钥编号（请与本人核对）"), key.kid.hex()),
            (_("理由"), _text("reason")),
            (_("后果"), _("原密钥立即作废。")),
        ],
    )


_PLACE: Final = {
    "authority": _authority,
    "officer": _officer,
    "institution": _institution,
    "close": _close_place,
}
_PERSON: Final = {
    "roles": _set_roles,
    "close": _close_account,
    "request": _request_key,
    "replace_key": _replace_key,
}


def _who(found: Person) -> list[tuple[str, str]]:
    _ = language.gettext
    return [(_("姓名"), found.account.name), (_("单位"), found.office.name)]


def _roles() -> str:
    return admin_words.roles(frozenset(role for role in Role if role in request.form.getlist("roles")))


def _text(name: str) -> str:
    return request.form.get(name, "").strip().replace("\r\n", "\n")
