"""Small invented values for tests of the rules: a tree of authorities, accounts, an application. All data fictional."""

from __future__ import annotations

import dataclasses

from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.application import Application, ApplicationId, Stage
from issuer.domain.kind import Kind
from issuer.domain.organisation import Branch, Level, Organisation, OrganisationId, OrganisationKind, Tree
from issuer.services import rules

RULES = rules.load()
AT = 1_795_420_800
"""2026-11-23 08:00:00 UTC, 16:00 at UTC+8, a Monday."""


def org(id_: str, parent: str | None, level: Level, division: str, branch: Branch = Branch.HEALTH) -> Organisation:
    return Organisation(
        id=OrganisationId(id_),
        kind=OrganisationKind.INSTITUTION if level is Level.NONE else OrganisationKind.AUTHORITY,
        name=f"示例{id_}",
        division=division,
        parent=None if parent is None else OrganisationId(parent),
        level=level,
        branch=branch,
    )


ORGANISATIONS = (
    org("province", None, Level.PROVINCE, "460000"),
    org("province-tcm", "province", Level.PROVINCE, "460000", Branch.TCM),
    org("haikou", "province", Level.PREFECTURE, "460100"),
    org("haikou-tcm", "province-tcm", Level.PREFECTURE, "460100", Branch.TCM),
    org("longhua", "haikou", Level.COUNTY, "460106"),
    org("qionghai", "province", Level.COUNTY, "469002"),
    org("other", None, Level.PROVINCE, "110000"),
    org("hospital", "haikou", Level.NONE, "460100"),
    org("clinic", "qionghai", Level.NONE, "469002"),
)
TREE = Tree(ORGANISATIONS)


def account(
    id_: str,
    kind: AccountKind = AccountKind.OFFICER,
    organisation: str | None = "haikou",
    roles: frozenset[Role] = frozenset(),
    identity: bytes | None = None,
) -> Account:
    return Account(
        id=AccountId(id_),
        kind=kind,
        state=AccountState.ACTIVE,
        revision=0,
        organisation=None if organisation is None else OrganisationId(organisation),
        roles=roles,
        identity=identity,
        created_at=AT,
    )


def application(stage: Stage = Stage.DRAFT, kind: Kind = Kind.NURSE, action: str = "first_registration") -> Application:
    return Application(
        id=ApplicationId("app-1"),
        kind=kind,
        action=action,
        stage=stage,
        revision=0,
        applicant=AccountId("nurse"),
        holder="nurse",
        institution=OrganisationId("hospital"),
        authority=OrganisationId("haikou"),
        opened_at=AT,
    )


def at_stage(case: Application, stage: Stage) -> Application:
    return dataclasses.replace(case, stage=stage)
