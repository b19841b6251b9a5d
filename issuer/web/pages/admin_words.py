"""What the pages of accounts and keys call roles, levels, branches, states and events; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from issuer.domain.account import AccountState, Role
from issuer.domain.officer_key import KeyState
from issuer.domain.organisation import Branch, Level
from issuer.web.catalogue import ACTS
from issuer.web.pages import language, trail
from issuer.web.pages.language import marked

ROLES: Final[Mapping[Role, str]] = {
    Role.ACCEPTANCE: marked("受理人员"),
    Role.REVIEW: marked("审核人员"),
    Role.DECISION: marked("决定人"),
    Role.KEY_MANAGER: marked("密钥管理人员"),
    Role.DESIGNATED_VERIFIER: marked("信息核查专人"),
    Role.AUDITOR: marked("监察审计"),
    Role.EXCHANGE: marked("数据共享（系统账号）"),
}
LEVELS: Final[Mapping[Level, str]] = {
    Level.NATIONAL: marked("国家"),
    Level.PROVINCE: marked("省级"),
    Level.PREFECTURE: marked("市级"),
    Level.COUNTY: marked("县级"),
    Level.NONE: "—",
}
BRANCHES: Final[Mapping[Branch, str]] = {
    Branch.HEALTH: marked("卫生健康"),
    Branch.TCM: marked("中医药"),
    Branch.CDC: marked("疾病预防控制"),
}
KEY_STATES: Final[Mapping[KeyState, tuple[str, str]]] = {
    KeyState.REQUESTED: (marked("待审核"), "mid"),
    KeyState.APPROVED: (marked("待领取"), "mid"),
    KeyState.ACTIVE: (marked("使用中"), "good"),
    KeyState.SUSPENDED: (marked("已停用"), "bad"),
    KeyState.LOST: (marked("已挂失"), "bad"),
    KeyState.REVOKED: (marked("已注销"), "none"),
    KeyState.REFUSED: (marked("不予发放"), "none"),
}
"""What a state is called and how its badge looks."""
ACCOUNT_STATES: Final[Mapping[AccountState, str]] = {
    AccountState.CREATED: marked("未启用"),
    AccountState.ACTIVE: marked("启用"),
    AccountState.CLOSED: marked("已关闭"),
}
EVENTS: Final[Mapping[str, str]] = {
    "record": marked("登记"),
    "replace": marked("补发"),
    "session.begin": marked("登录"),
}
"""Events that are no acts of the catalogue."""


def roles(held: frozenset[Role]) -> str:
    """Roles in words, in the order of the path of a case."""
    return "、".join(language.gettext(word) for role, word in ROLES.items() if role in held) or "—"


def level(value: Level) -> str:
    """A level in words."""
    return language.gettext(LEVELS[value])


def branch(value: Branch) -> str:
    """A branch in words."""
    return language.gettext(BRANCHES[value])


def key_state(state: KeyState) -> tuple[str, str]:
    """A state in words, and its badge."""
    word, badge = KEY_STATES[state]
    return language.gettext(word), badge


def act(name: str) -> str:
    """What an act, an event of a key or an event of the trail is called."""
    for known in (name, f"key.{name}"):
        if known in ACTS:
            return language.two(ACTS[known].zh, ACTS[known].en)
    word = EVENTS.get(name) or trail.WORDS.get(name)
    return language.gettext(word) if word else name


def detail(name: str) -> str:
    """What a detail of an event is called."""
    word = trail.DETAILS.get(name)
    return language.gettext(word) if word else name


def account_state(state: AccountState) -> str:
    """A state of an account in words."""
    return language.gettext(ACCOUNT_STATES[state])
