"""The desk of organisations: authorities and institutions, and who may enter them (SR-45).

The province's key manager enters authorities and the people who work there (`issuer.services.accounts`); each
authority enters the institutions that it approved, with an administrator's account. Nothing here registers an
institution: it applies for that itself.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TypeVar

from elicense import numbers
from elicense.tables import DIVISIONS
from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.act import SignedAct
from issuer.domain.canonical import Json
from issuer.domain.organisation import Branch, Level, Organisation, OrganisationId, OrganisationKind, Tree
from issuer.domain.path import office
from issuer.domain.refusal import Refusal
from issuer.services import fetch, officer_keys
from issuer.services.desk import Attested, Desk, attest, expect, name, only, record, text, tree, writing
from issuer.storage import accounts, organisations


def province(desk: Desk, body: dict[str, Json]) -> Organisation:
    """Return the province with which everything begins, from `{name, division, uscc, trust_number}`, entered nowhere.

    For `accounts.bootstrap`. Raises Refusal("body-malformed"), naming the member.
    """
    only(body, "name", "division", "uscc", "trust_number")
    return Organisation(
        id=OrganisationId(desk.ids("org")),
        kind=OrganisationKind.AUTHORITY,
        name=name(body),
        division=_division(body),
        parent=None,
        level=Level.PROVINCE,
        branch=Branch.HEALTH,
        uscc=_credit(body),
        trust_number=_trust_number(body),
    )


def create_authority(desk: Desk, signed: SignedAct) -> Organisation:
    """Enter an authority: act `organisation.create_authority`, target `new`.

    Body `{name, division, level, branch, parent, uscc, trust_number}`; `trust_number` is its number in the issuer's
    entry of the trust list, unique in the province. Only the province's key manager above `parent`.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "organisation.create_authority", at)
        body = attested.act.content()
        only(body, "name", "division", "level", "branch", "parent", "uscc", "trust_number")
        all_ = tree(tx)
        parent = all_.get(OrganisationId(text(body, "parent", limit=64)))
        province_manager(all_, attested.actor, parent.id)
        number = _trust_number(body)
        authorities = organisations.find(tx, kind=OrganisationKind.AUTHORITY)
        if any(other.trust_number == number for other in authorities):
            raise Refusal("number-taken", "trust_number")
        authority = Organisation(
            id=OrganisationId(desk.ids("org")),
            kind=OrganisationKind.AUTHORITY,
            name=name(body),
            division=_division(body),
            parent=parent.id,
            level=_member(Level, body, "level"),
            branch=_member(Branch, body, "branch"),
            uscc=_credit(body),
            trust_number=number,
        )
        organisations.add(tx, authority)
        record(tx, attested, "organisation.authority_created", authority.id)
    return authority


def create_institution(desk: Desk, signed: SignedAct) -> tuple[Organisation, Account]:
    """Enter an institution with its administrator: act `organisation.create_institution`, target `new`.

    Body `{name, division, uscc, authority, administrator: {name, jwk}}`. An acceptance officer of the authority that
    approved it (`authority`), or of one above; the administrator's public key is recorded and active at once.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "organisation.create_institution", at)
        body = attested.act.content()
        only(body, "name", "division", "uscc", "authority", "administrator")
        all_ = tree(tx)
        approver = all_.get(OrganisationId(text(body, "authority", limit=64)))
        office(all_, attested.actor, Role.ACCEPTANCE, approver.id)
        institution = Organisation(
            id=OrganisationId(desk.ids("org")),
            kind=OrganisationKind.INSTITUTION,
            name=name(body),
            division=_division(body),
            parent=approver.id,
            uscc=_credit(body),
        )
        if organisations.find(tx, uscc=institution.uscc):
            raise Refusal("organisation-exists")
        organisations.add(tx, institution)
        administrator = body.get("administrator")
        if not isinstance(administrator, dict) or administrator.keys() != {"name", "jwk"}:
            raise Refusal("body-malformed", "administrator")
        account = Account(
            id=AccountId(desk.ids("acc")),
            kind=AccountKind.INSTITUTION,
            state=AccountState.ACTIVE,
            revision=0,
            organisation=institution.id,
            name=name(administrator),
            proof="entered by the approving authority",
            created_at=at,
            created_by=attested.actor.id,
        )
        accounts.add(tx, account)
        officer_keys.record_active(desk, tx, account, administrator["jwk"], attested.actor.id, at)
        record(tx, attested, "organisation.institution_created", institution.id, ("account", account.id))
    return institution, account


def replace_administrator_key(desk: Desk, signed: SignedAct) -> Account:
    """Give an institution's administrator a new key: act `organisation.replace_key`, target the account.

    Body `{jwk, reason}`. An acceptance officer of the authority that approved the institution, or of one above; the
    old key is revoked for good.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "organisation.replace_key", at)
        body = attested.act.content()
        only(body, "jwk", "reason")
        account = fetch.account(tx, attested.act.target)
        if account.kind is not AccountKind.INSTITUTION or account.organisation is None:
            raise Refusal("account-unknown")
        expect(attested.act, account.revision)
        office(tree(tx), attested.actor, Role.ACCEPTANCE, fetch.organisation(tx, account.organisation).parent)
        officer_keys.retire_all(desk, tx, account, attested.actor.id, at, text(body, "reason"))
        key = officer_keys.record_active(desk, tx, account, body.get("jwk"), attested.actor.id, at)
        record(tx, attested, "organisation.key_replaced", account.id, ("kid", key.kid or ""))
    return account


def close_organisation(desk: Desk, signed: SignedAct) -> Organisation:
    """Close an authority or an institution to new matters: act `organisation.close`, body `{reason}`."""
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "organisation.close", at)
        only(attested.act.content(), "reason")
        text(attested.act.content(), "reason")
        found = fetch.organisation(tx, attested.act.target)
        if not found.open:
            raise Refusal("organisation-unknown")
        expect(attested.act, found.revision)
        _may_close(tree(tx), attested, found)
        closed = dataclasses.replace(found, open=False, revision=found.revision + 1)
        organisations.put(tx, closed, found.revision)
        record(tx, attested, "organisation.closed", closed.id)
    return closed


def province_manager(all_: Tree, actor: Account, below: OrganisationId) -> None:
    """Check that the actor is a key manager of the province above `below`. Raises Refusal (SR-45)."""
    if actor.kind is not AccountKind.OFFICER or Role.KEY_MANAGER not in actor.roles:
        raise Refusal("role-missing", Role.KEY_MANAGER)
    if actor.organisation is None or all_.province_of(below).id != actor.organisation:
        raise Refusal("out-of-jurisdiction")


def _may_close(all_: Tree, attested: Attested, found: Organisation) -> None:
    if found.kind is OrganisationKind.AUTHORITY:
        province_manager(all_, attested.actor, found.id)
    else:
        office(all_, attested.actor, Role.ACCEPTANCE, found.parent)


def _trust_number(body: dict[str, Json]) -> int:
    number = body.get("trust_number")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**16:
        raise Refusal("body-malformed", "trust_number")
    return number


def _division(body: dict[str, Json]) -> str:
    division = text(body, "division", limit=6)
    if len(division) != 6 or not (division.isascii() and division.isdigit()):
        raise Refusal("body-malformed", "division")
    if DIVISIONS.by_code(division) is None and DIVISIONS.by_code(f"{division[:2]}0000") is None:
        raise Refusal("body-malformed", "division")
    return division


def _credit(body: dict[str, Json]) -> str:
    try:
        return numbers.parse_credit_code(text(body, "uscc", limit=18))
    except numbers.NumberBad:
        raise Refusal("body-malformed", "uscc") from None


E = TypeVar("E", bound=StrEnum)


def _member(cls: type[E], body: dict[str, Json], name: str) -> E:
    value = body.get(name)
    if not isinstance(value, str) or value not in set(cls):
        raise Refusal("body-malformed", name)
    return cls(str(value))
