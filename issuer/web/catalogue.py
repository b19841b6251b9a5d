"""What the API says about each act: words, target, body, answer. The functions behind them are `issuer.services.acts`.

One row an act: the routes and the OpenAPI document are made from this table, and a test checks that it names exactly
the acts that exist. What the words of a body mean is decided by the services, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from issuer.domain.account import Account, Role
from issuer.domain.application import Application
from issuer.domain.board import Board
from issuer.domain.kind import Kind
from issuer.domain.licence_copy import LicenceCopy
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.organisation import Branch, Level, Organisation
from issuer.domain.proposal import Proposal
from issuer.domain.registration import Registration
from issuer.domain.voice import STARS, Appeal, Rating, Topic
from issuer.services.offers import MadeOffer
from issuer.web import office_shapes, render, shapes, voice_shapes
from issuer.web.shapes import Shape

Schema = Mapping[str, Any]
REF: Final = "#/components/schemas/{model}"
_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 2000}
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 64}
_ID: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_DIVISION: Final[Schema] = {"type": "string", "pattern": "^[0-9]{6}$"}
_USCC: Final[Schema] = {"type": "string", "pattern": "^[0-9A-Z]{18}$"}
_GROUNDS: Final[Schema] = {
    "type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 16,
    "description": "Codes of issuer/data/grounds.csv for this kind and action.",
}  # fmt: skip
_ROLES: Final[Schema] = {"type": "array", "items": {"enum": [role.value for role in Role]}, "minItems": 1}
_COORDINATE: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}
_JWK: Final[Schema] = {
    "type": "object",
    "description": "A public JWK, P-256 (RFC 7517).",
    "properties": {"kty": {"const": "EC"}, "crv": {"const": "P-256"}, "x": _COORDINATE, "y": _COORDINATE},
    "required": ["kty", "crv", "x", "y"],
}
_FIDO: Final[Schema] = {
    "type": "object",
    "description": "A FIDO2 security key: where it was registered, its credential id (base64url), its model (AAGUID).",
    "properties": {"origin": _TEXT, "credential": _TEXT, "aaguid": _TEXT},
    "required": ["origin", "credential", "aaguid"],
    "additionalProperties": False,
}
_DIGEST: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the attachment."}
_PAPERS: Final[Schema] = {
    "type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "maxItems": 20,
    "description": "SHA-256 of every paper that the case has, in any order.",
}  # fmt: skip
_CONTENT: Final[Schema] = {"$ref": REF.format(model="Content")}
_ADMINISTRATOR: Final[Schema] = {
    "type": "object",
    "properties": {"name": _NAME, "jwk": _JWK},
    "required": ["name", "jwk"],
    "additionalProperties": False,
}
_REASONED: Final = {"grounds": _GROUNDS, "reason": _TEXT}
_STANDING: Final = {**_REASONED, "proposal": {**_ID, "description": "The proposal that the act takes up."}}
_RESTRICTED: Final = "canonical JSON of the restricted part, with a random `salt` of 32 hexadecimal digits"
_EVIDENCE: Final = "evidence of identity"
_RESULTS: Final[Mapping[str, type[Shape]]] = {
    "application": shapes.Application,
    "registration": shapes.Registration,
    "proposal": office_shapes.Proposal,
    "voice": voice_shapes.Appeal,
    "board": voice_shapes.Board,
    "voice.rate": voice_shapes.Rating,
    "licence": shapes.Copy,
    "wallet": shapes.WalletOffer,
    "wallet.remove": shapes.Registration,
    "organisation": shapes.Organisation,
    "account": shapes.Account,
    "key": shapes.Key,
    "organisation.create_institution": shapes.InstitutionEntered,
    "organisation.replace_key": shapes.Account,
}
"""What an act answers: by its name, else by the first part of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKind:
    """One act: `target` says what the act's `target` names, `body` which members its body may have."""

    name: str
    zh: str
    en: str
    target: str
    body: Mapping[str, Schema]
    required: tuple[str, ...] = ()
    attachment: str = ""

    @property
    def result(self) -> type[Shape]:
        """The shape of what it answers."""
        return _RESULTS.get(self.name) or _RESULTS[self.name.partition(".")[0]]


def _act(
    name: str,
    zh: str,
    en: str,
    body: Mapping[str, Schema] | None = None,
    required: str = "",
    attachment: str = "",
    target: str = "",
) -> ActKind:
    named = {
        "application": "the application",
        "registration": "the registration",
        "key": "the key",
        "proposal": "the proposal",
    }
    where = target or named.get(name.partition(".")[0], "the word new")
    return ActKind(
        name=name, zh=zh, en=en, target=where, body=body or {}, required=tuple(required.split()), attachment=attachment
    )


_ROWS: Final = (
    _act("application.open", "填报", "open a draft",
         {"kind": {"enum": [kind.value for kind in Kind]}, "action": _TEXT, "content": _CONTENT,
          "restricted": _DIGEST}, "kind action", _RESTRICTED, "the word new"),
    _act("application.save", "保存", "fill in a draft, or answer a correction",
         {"content": _CONTENT, "restricted": _DIGEST}, "content", _RESTRICTED),
    _act("application.submit", "提交", "hand in", {"papers": _PAPERS}),
    _act("application.withdraw", "撤回", "withdraw before the decision", {"reason": _TEXT}),
    _act("application.confirm", "机构确认", "the institution confirms"),
    _act("application.return", "机构退回", "the institution returns it", {"reason": _TEXT}, "reason"),
    _act("application.accept", "受理", "accept"),
    _act("application.ask_correction", "一次性告知补正", "ask once for everything that is missing", _REASONED,
         "grounds reason"),
    _act("application.not_accept", "不予受理", "not accept", _REASONED, "grounds reason"),
    _act("application.review", "审核", "record a reviewer's finding",
         {"finding": {"enum": ["favourable", "unfavourable"]}, "reason": _TEXT}, "finding"),
    _act("application.pause_clock", "中止计时", "begin excluded time", {"reason": _TEXT}, "reason"),
    _act("application.resume_clock", "恢复计时", "end excluded time"),
    _act("application.approve", "准予", "approve; the licence is minted at once",
         {"valid_until": _DAY, "reason": _TEXT}),
    _act("application.refuse", "不予许可", "refuse", _REASONED, "grounds reason"),
    _act("application.deliver", "送达", "record delivery"),
    _act("registration.suspend", "暂停执业", "suspend practice", {**_STANDING, "until": _DAY}, "grounds reason until"),
    _act("registration.resume", "恢复执业", "end a suspension", _STANDING, "grounds reason"),
    _act("registration.revoke_licence", "吊销", "revoke as a penalty",
         {**_STANDING, "bar_years": {"type": "integer", "minimum": 1}, "for_life": {"type": "boolean"}},
         "grounds reason"),
    _act("registration.rescind_licence", "撤销", "rescind what was wrongly granted", _STANDING, "grounds reason"),
    _act("registration.cancel_registration", "注销", "close a person's entry", _STANDING, "grounds reason"),
    _act("registration.departure_filing", "离岗备案", "file a departure", _STANDING, "grounds reason"),
    _act("registration.pause_business", "停业", "record a pause", {**_STANDING, "until": _DAY}, "grounds reason until"),
    _act("registration.resume_business", "复业", "record a re-opening", _STANDING, "grounds reason"),
    _act("registration.defer_verification", "暂缓校验", "defer verification", {**_STANDING, "until": _DAY},
         "grounds reason until"),
    _act("registration.close_down", "歇业", "close an institution's entry", _STANDING, "grounds reason"),
    _act("registration.freeze", "冻结", "freeze while entries are looked into", {"reason": _TEXT}, "reason"),
    _act("registration.unfreeze", "解除冻结", "end a freeze", {"reason": _TEXT}, "reason"),
    _act("proposal.file", "提出处理建议", "propose an act after an inspection, or report a departure",
         {"action": _TEXT, "grounds": _GROUNDS, "evidence": _TEXT, "happened_on": _DAY}, "action grounds evidence", "",
         "the registration"),
    _act("proposal.dismiss", "不采纳建议", "dismiss a proposal", {"reason": _TEXT}, "reason"),
    _act("board.switch", "院务公开开关", "show the institution's board to anybody, or no longer",
         {"on": {"type": "boolean"}}, "on", target="the institution"),
    _act("voice.appeal", "提出诉求", "raise an appeal about how a case is handled",
         {"topic": {"enum": [topic.value for topic in Topic]}, "text": _TEXT}, "topic text", target="the application"),
    _act("voice.answer", "答复诉求", "answer an appeal, by an officer with no part in the case",
         {"text": _TEXT}, "text", target="the appeal"),
    _act("voice.rate", "评价", "rate how an ended case was handled",
         {"stars": {"type": "integer", "minimum": 1, "maximum": STARS}, "text": _TEXT}, "stars",
         target="the application"),
    _act("licence.bind_device", "绑定设备", "bind the device that shows the licence live; the older one is let go",
         {"jwk": _JWK}, "jwk", "the raw signature of the device's key over the act bytes", "the registration"),
    _act("wallet.offer", "放进钱包", "offer the licence to a wallet", target="the registration"),
    _act("wallet.remove", "从钱包收回", "end the copies that a wallet holds", target="the registration"),
    _act("organisation.create_authority", "新增机关", "enter an authority",
         {"name": _NAME, "division": _DIVISION, "level": {"enum": [level.value for level in Level]},
          "branch": {"enum": [branch.value for branch in Branch]}, "parent": _ID, "uscc": _USCC,
          "trust_number": {"type": "integer", "minimum": 0, "maximum": 65535}},
         "name division level branch parent uscc trust_number"),
    _act("organisation.create_institution", "新增机构", "enter an institution and its administrator",
         {"name": _NAME, "division": _DIVISION, "uscc": _USCC, "authority": _ID, "administrator": _ADMINISTRATOR},
         "name division uscc authority administrator"),
    _act("organisation.replace_key", "更换机构管理员密钥", "replace the key of an institution's administrator",
         {"jwk": _JWK, "reason": _TEXT}, "jwk reason", target="the account of the administrator"),
    _act("organisation.close", "关闭机构或机关", "close an organisation to new matters", {"reason": _TEXT}, "reason",
         target="the organisation"),
    _act("account.create_officer", "新增工作人员", "enter an officer",
         {"organisation": _ID, "name": _NAME, "roles": _ROLES}, "organisation name roles", _EVIDENCE),
    _act("account.set_roles", "调整岗位", "change an officer's roles", {"roles": _ROLES}, "roles", "", "the account"),
    _act("account.activate", "实名激活", "open a person's account by real-name proof", {"jwk": _JWK}, "jwk", _EVIDENCE),
    _act("account.recover", "实名找回", "bind a new key to a person's account by real-name proof", {"jwk": _JWK}, "jwk",
         _EVIDENCE),
    _act("account.close", "注销账号", "close an account", {"reason": _TEXT}, "reason", "", "the account"),
    _act("key.request", "申请电子密钥", "apply for an electronic key", {"reason": _TEXT, "replaces": _ID}, "reason", "",
         "the account"),
    _act("key.approve", "审核电子密钥", "approve a key"),
    _act("key.refuse", "不予发放", "refuse a key", {"reason": _TEXT}, "reason"),
    _act("key.activate", "当面发放", "record the handing over", {"jwk": _JWK, "fido": _FIDO}, "jwk"),
    _act("key.suspend", "停用", "suspend a key at once", {"reason": _TEXT}, "reason"),
    _act("key.clear", "恢复使用", "end a suspension: the inquiry cleared the key", {"reason": _TEXT}, "reason"),
    _act("key.confirm", "确认异常", "the inquiry confirmed misuse: revoke", {"reason": _TEXT}, "reason"),
    _act("key.report_lost", "挂失", "report a key lost", {"reason": _TEXT}, "reason"),
    _act("key.retire", "注销密钥", "retire a key", {"reason": _TEXT}, "reason"),
    _act("key.announce", "事先报备", "announce work outside hours, or a second machine",
         {"what": {"enum": ["hours", "machine"]}, "first_day": _DAY, "last_day": _DAY, "reason": _TEXT},
         "what first_day last_day reason"),
    _act("key.dismiss_alert", "预警核实无异常", "answer a warning about a key", {"alert": _ID, "reason": _TEXT},
         "alert reason"),
)  # fmt: skip

ACTS: Final[Mapping[str, ActKind]] = {row.name: row for row in _ROWS}

_RENDER: Final[Mapping[type, Callable[[Any], Shape]]] = {
    Application: render.application,
    Registration: render.registration,
    Account: render.account,
    Organisation: render.organisation,
    ElectronicKey: render.key,
    LicenceCopy: render.copy,
    MadeOffer: render.wallet_offer,
    Proposal: render.proposal,
    Appeal: voice_shapes.appeal,
    Board: voice_shapes.board,
    Rating: voice_shapes.rating,
}


def answer(result: object) -> dict[str, Any]:
    """What the service gave back as JSON values; several values under the names of their kinds."""
    return shapes.values(rendered(result))


def rendered(result: object) -> Shape:
    """What the service gave back as the shape that the act answers."""
    if isinstance(result, tuple):
        organisation, account = result
        return shapes.InstitutionEntered(
            organisation=render.organisation(organisation), account=render.account(account)
        )
    return _RENDER[type(result)](result)
