"""Every act that the API takes: its name, the service that does it, what its body may hold, what comes back.

One row an act: the routes, the OpenAPI document and the client's help are all made from this table. What the words of
a body mean is decided by the services, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from issuer.domain.act import SignedAct
from issuer.services import accounts, applications, officer_keys, organisations, registrations
from issuer.services.desk import Desk
from issuer.web import render

Schema = Mapping[str, Any]
_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 2000}
_ID: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_CODES: Final[Schema] = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 16}
_JWK: Final[Schema] = {"type": "object", "description": "Public JWK, P-256 (RFC 7517)."}
_DIGEST: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the attachment."}
_REASONED: Final = {"grounds": _CODES, "reason": _TEXT}

Call = Callable[[Desk, SignedAct, bytes | None, accounts.IdentityProof], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKind:
    """One act: `target` says what the act's `target` names, `mints` whether a licence may follow from it."""

    name: str
    zh: str
    en: str
    target: str
    call: Call
    answer: Callable[[Any], dict[str, Any]]
    shape: str
    body: Mapping[str, Schema]
    required: tuple[str, ...] = ()
    attachment: str = ""


def _plain(function: Callable[[Desk, SignedAct], Any]) -> Call:
    return lambda desk, signed, _attachment, _proof: function(desk, signed)


def _with_restricted(function: Callable[[Desk, SignedAct, bytes | None], Any]) -> Call:
    return lambda desk, signed, attachment, _proof: function(desk, signed, attachment)


def _case(name: str, zh: str, en: str, call: Call, **body: Schema) -> ActKind:
    required = tuple(field for field in ("reason", "grounds", "finding") if field in body)
    return ActKind(
        name=f"application.{name}", zh=zh, en=en, target="the application", call=call, answer=render.application,
        shape="Application", body=body, required=required,
    )  # fmt: skip


def _standing(name: str, zh: str, en: str, function: Callable[[Desk, SignedAct], Any], **body: Schema) -> ActKind:
    return ActKind(
        name=f"registration.{name}", zh=zh, en=en, target="the registration", call=_plain(function),
        answer=render.registration, shape="Registration", body=body, required=("reason",),
    )  # fmt: skip


def _key(name: str, zh: str, en: str, function: Callable[[Desk, SignedAct], Any], **body: Schema) -> ActKind:
    return ActKind(
        name=f"key.{name}", zh=zh, en=en, target="the account" if name == "request" else "the key",
        call=_plain(function), answer=render.key, shape="Key", body=body,
    )  # fmt: skip


def _activated(desk: Desk, signed: SignedAct, attachment: bytes | None, proof: accounts.IdentityProof) -> Any:  # noqa: ANN401
    return accounts.activate_person(desk, signed, attachment or b"", proof)


def _officer(desk: Desk, signed: SignedAct, attachment: bytes | None, proof: accounts.IdentityProof) -> Any:  # noqa: ANN401
    return accounts.create_officer(desk, signed, attachment, proof if attachment else None)


def _institution(made: Any) -> dict[str, Any]:  # noqa: ANN401
    place, account = made
    return {"organisation": render.organisation(place), "account": render.account(account)}


_CONTENT: Final[Schema] = {"type": "object", "description": "Public fields of the licence, as the action names them."}
_APPLICATIONS: Final = (
    ActKind(
        name="application.open", zh="填报", en="open a draft", target="the word new",
        call=_with_restricted(applications.open_draft), answer=render.application, shape="Application",
        body={"kind": {"enum": ["physician", "nurse", "institution"]}, "action": _TEXT, "content": _CONTENT,
              "restricted": _DIGEST},
        required=("kind", "action"), attachment="canonical JSON of the restricted part",
    ),
    ActKind(
        name="application.save", zh="保存", en="fill in a draft, or answer a correction", target="the application",
        call=_with_restricted(applications.save), answer=render.application, shape="Application",
        body={"content": _CONTENT, "restricted": _DIGEST}, required=("content",),
        attachment="canonical JSON of the restricted part",
    ),
    _case("submit", "提交", "hand in", _plain(applications.submit)),
    _case("withdraw", "撤回", "withdraw", _plain(applications.withdraw)),
    _case("confirm", "机构确认", "the institution confirms", _plain(applications.confirm)),
    _case("return", "机构退回", "the institution returns it", _plain(applications.give_back), reason=_TEXT),
    _case("accept", "受理", "accept", _plain(applications.accept)),
    _case("ask_correction", "一次性告知补正", "ask for correction", _plain(applications.ask_correction), **_REASONED),
    _case("not_accept", "不予受理", "not accept", _plain(applications.refuse_acceptance), **_REASONED),
    _case("review", "审核", "record a reviewer's finding", _plain(applications.review),
          finding={"enum": ["favourable", "unfavourable"]}),
    _case("pause_clock", "中止计时", "begin excluded time", _plain(applications.pause_clock), reason=_TEXT),
    _case("resume_clock", "恢复计时", "end excluded time", _plain(applications.resume_clock)),
    _case("approve", "准予", "approve; the licence is minted at once", _plain(applications.approve), valid_until=_DAY),
    _case("refuse", "不予许可", "refuse", _plain(applications.refuse), **_REASONED),
    _case("deliver", "送达", "record delivery", _plain(applications.deliver)),
)  # fmt: skip
_REGISTRATIONS: Final = (
    _standing("suspend", "暂停执业", "suspend practice", registrations.suspend, **_REASONED, until=_DAY),
    _standing("resume", "恢复执业", "end a suspension", registrations.resume, **_REASONED),
    _standing("revoke_licence", "吊销", "revoke as a penalty", registrations.revoke, **_REASONED,
              bar_years={"type": "integer"}, for_life={"type": "boolean"}),
    _standing("rescind_licence", "撤销", "rescind", registrations.rescind, **_REASONED),
    _standing("cancel_registration", "注销", "close a person's entry", registrations.cancel, **_REASONED),
    _standing("departure_filing", "离岗备案", "file a departure", registrations.file_departure, **_REASONED),
    _standing("pause_business", "停业", "record a pause", registrations.pause_business, **_REASONED, until=_DAY),
    _standing("resume_business", "复业", "record a re-opening", registrations.resume_business, **_REASONED),
    _standing("defer_verification", "暂缓校验", "defer", registrations.defer_verification, **_REASONED, until=_DAY),
    _standing("close_down", "歇业", "close an institution's entry", registrations.close_down, **_REASONED),
    _standing("freeze", "冻结", "freeze while entries are looked into", registrations.freeze, reason=_TEXT),
    _standing("unfreeze", "解除冻结", "end a freeze", registrations.unfreeze, reason=_TEXT),
)  # fmt: skip
_ACCOUNTS: Final = (
    ActKind(
        name="account.activate", zh="实名激活", en="open a person's account by real-name proof", target="the word new",
        call=_activated, answer=render.account, shape="Account", body={"jwk": _JWK}, required=("jwk",),
        attachment="evidence of identity",
    ),
    ActKind(
        name="account.create_officer", zh="新增工作人员", en="enter an officer", target="the word new", call=_officer,
        answer=render.account, shape="Account", body={"organisation": _ID, "name": _TEXT, "roles": _CODES},
        required=("organisation", "name", "roles"), attachment="evidence of identity",
    ),
    ActKind(
        name="account.set_roles", zh="调整岗位", en="change an officer's roles", target="the account",
        call=_plain(accounts.set_roles), answer=render.account, shape="Account", body={"roles": _CODES},
        required=("roles",),
    ),
    ActKind(
        name="account.close", zh="注销账号", en="close an account", target="the account",
        call=_plain(accounts.close_account), answer=render.account, shape="Account", body={"reason": _TEXT},
        required=("reason",),
    ),
    ActKind(
        name="organisation.create_authority", zh="新增机关", en="enter an authority", target="the word new",
        call=_plain(organisations.create_authority), answer=render.organisation, shape="Organisation",
        body={"name": _TEXT, "division": {"type": "string", "pattern": "^[0-9]{6}$"}, "level": _TEXT, "branch": _TEXT,
              "parent": _ID, "uscc": _TEXT, "trust_number": {"type": "integer", "minimum": 0, "maximum": 65535}},
        required=("name", "division", "level", "branch", "parent", "uscc", "trust_number"),
    ),
    ActKind(
        name="organisation.create_institution", zh="新增机构", en="enter an institution and its administrator",
        target="the word new", call=_plain(organisations.create_institution), answer=_institution, shape="NewInstitution",
        body={"name": _TEXT, "division": {"type": "string", "pattern": "^[0-9]{6}$"}, "uscc": _TEXT, "authority": _ID,
              "administrator": {"type": "object", "properties": {"name": _TEXT, "jwk": _JWK},
                                "required": ["name", "jwk"], "additionalProperties": False}},
        required=("name", "division", "uscc", "authority", "administrator"),
    ),
    ActKind(
        name="organisation.close", zh="关闭机构或机关", en="close an organisation to new matters",
        target="the organisation", call=_plain(organisations.close_organisation), answer=render.organisation,
        shape="Organisation", body={"reason": _TEXT}, required=("reason",),
    ),
)  # fmt: skip
_KEYS: Final = (
    _key("request", "申请电子密钥", "apply for an electronic key", officer_keys.request, reason=_TEXT, replaces=_ID),
    _key("approve", "审核电子密钥", "approve a key", officer_keys.approve),
    _key("refuse", "不予发放", "refuse a key", officer_keys.refuse, reason=_TEXT),
    _key("activate", "当面发放", "record the handing over", officer_keys.activate, jwk=_JWK),
    _key("suspend", "停用", "suspend a key at once", officer_keys.suspend, reason=_TEXT),
    _key("clear", "恢复使用", "end a suspension: the inquiry cleared the key", officer_keys.clear, reason=_TEXT),
    _key("confirm", "确认异常", "the inquiry confirmed misuse: revoke", officer_keys.confirm_misuse, reason=_TEXT),
    _key("report_lost", "挂失", "report a key lost", officer_keys.report_lost, reason=_TEXT),
    _key("retire", "注销", "retire a key", officer_keys.retire, reason=_TEXT),
)

ACTS: Final[Mapping[str, ActKind]] = {kind.name: kind for kind in (*_APPLICATIONS, *_REGISTRATIONS, *_ACCOUNTS, *_KEYS)}
