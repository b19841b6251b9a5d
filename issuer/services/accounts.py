"""The desk of accounts: the first ones, officers, persons by real-name proof (SR-38), roles, closing.

A proof of identity is a plug-in: it turns evidence into a proven name and identity number. The demonstration plug-in
takes the evidence at its word and says so in the account; no face image and no evidence is ever kept. Passwords do
not exist: an account acts by its key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from elicense import numbers
from issuer.domain import act as acts
from issuer.domain import canonical
from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.act import SignedAct, civil_day
from issuer.domain.audit import Event
from issuer.domain.canonical import Json
from issuer.domain.organisation import Organisation, OrganisationId
from issuer.domain.refusal import Refusal
from issuer.services import casework, fetch, officer_keys
from issuer.services.desk import Desk, attest, attest_new, expect, name, only, record, text, texts, tree, writing
from issuer.services.organisations import province_manager
from issuer.storage import accounts, audit, organisations


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenIdentity:
    """Who somebody proved to be. `method` is kept with the account, the number only as a keyed digest."""

    name: str
    id_number: str
    method: str


class IdentityProof(Protocol):
    """A real-name proof: face recognition of the national app, an electronic identity, a desk, a demonstration."""

    def prove(self, evidence: bytes, at: int) -> ProvenIdentity:
        """Return the identity that the evidence proves. Raises Refusal("identity-not-proven")."""


class DemonstrationProof:
    """Takes `{"id_number":…,"name":…}` at its word. For demonstrations and tests with invented people only."""

    def prove(self, evidence: bytes, at: int) -> ProvenIdentity:
        """Return what the evidence says, if the number passes its own check."""
        try:
            value = canonical.loads(evidence)
            if not isinstance(value, dict) or value.keys() != {"id_number", "name"}:
                raise Refusal("identity-not-proven")
            number = numbers.parse_identity_number(str(value["id_number"]), on=civil_day(at))
            return ProvenIdentity(name=name(value), id_number=number, method="demonstration")
        except (Refusal, numbers.NumberBad):
            raise Refusal("identity-not-proven") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOfficer:
    """An officer entered at the very beginning. `jwk` is the public key as canonical JSON."""

    name: str
    roles: frozenset[Role]
    jwk: str


def bootstrap(
    desk: Desk, province: Organisation, officers: Iterable[FirstOfficer]
) -> tuple[Organisation, tuple[Account, ...]]:
    """Enter the province and its first officers with active keys; a ceremony, once, before any act exists.

    Raises Refusal("already-begun") if there is any organisation. At least two must be key managers: afterwards each
    key needs one who asks and another who approves.
    """
    at = desk.clock()
    first = tuple(officers)
    if sum(Role.KEY_MANAGER in officer.roles for officer in first) < 2:
        raise Refusal("four-eyes", "two key managers are needed")
    with writing(desk) as tx:
        if organisations.all_of(tx):
            raise Refusal("already-begun")
        organisations.add(tx, province)
        created = []
        for officer in first:
            account = Account(
                id=AccountId(desk.ids("acc")),
                kind=AccountKind.OFFICER,
                state=AccountState.ACTIVE,
                revision=0,
                organisation=province.id,
                roles=officer.roles,
                name=officer.name,
                proof="entered at the beginning",
                created_at=at,
            )
            accounts.add(tx, account)
            key = officer_keys.record_active(
                desk, tx, account, canonical.loads(officer.jwk.encode("utf-8")), account.id, at
            )
            audit.append(
                tx, Event(at=at, tag="system.first_officer", target=account.id, detail=(("kid", key.kid or ""),))
            )
            created.append(account)
        audit.append(tx, Event(at=at, tag="system.begun", target=province.id))
    return province, tuple(created)


def create_officer(
    desk: Desk, signed: SignedAct, evidence: bytes | None = None, proof: IdentityProof | None = None
) -> Account:
    """Enter an officer: act `account.create_officer`, target `new`, body `{organisation, name, roles}`.

    Only the province's key manager (SR-45). The account can act once a key is requested, approved and handed over.
    With `evidence` and `proof` the officer's identity is proven too, so that an own case shows across accounts.
    """
    at = desk.clock()
    proven = None if proof is None or evidence is None else proof.prove(evidence, at)
    with writing(desk) as tx:
        attested = attest(tx, signed, "account.create_officer", at)
        body = attested.act.content()
        only(body, "organisation", "name", "roles")
        organisation = tree(tx).get(OrganisationId(text(body, "organisation", limit=64)))
        province_manager(tree(tx), attested.actor, organisation.id)
        account = Account(
            id=AccountId(desk.ids("acc")),
            kind=AccountKind.OFFICER,
            state=AccountState.ACTIVE,
            revision=0,
            organisation=organisation.id,
            roles=_roles(body),
            name=name(body),
            identity=None if proven is None else casework.identity_digest(desk, proven.id_number),
            proof="entered by the province" if proven is None else proven.method,
            created_at=at,
            created_by=attested.actor.id,
        )
        accounts.add(tx, account)
        record(tx, attested, "account.officer_created", account.id, ("roles", " ".join(sorted(account.roles))))
    return account


def set_roles(desk: Desk, signed: SignedAct) -> Account:
    """Change an officer's roles: act `account.set_roles`, body `{roles}`. Not one's own."""
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "account.set_roles", at)
        body = attested.act.content()
        only(body, "roles")
        account = fetch.account(tx, attested.act.target)
        if account.organisation is None or account.kind is not AccountKind.OFFICER:
            raise Refusal("account-unknown")
        if account.id == attested.actor.id:
            raise Refusal("own-case")
        province_manager(tree(tx), attested.actor, account.organisation)
        expect(attested.act, account.revision)
        changed = dataclasses.replace(account, roles=_roles(body), revision=account.revision + 1)
        accounts.put(tx, changed, account.revision)
        record(tx, attested, "account.roles_set", account.id, ("roles", " ".join(sorted(changed.roles))))
    return changed


def activate_person(desk: Desk, signed: SignedAct, evidence: bytes, proof: IdentityProof) -> Account:
    """Open a person's account by real-name proof: act `account.activate`, actor and target `new`, body `{jwk}`.

    Signed by the key it brings. One account for one proven identity, closed ones included: bars and registrations
    hang on the account (see `recover_person`). Refuses: identity-not-proven, account-exists, key-malformed, key-known,
    proof-bad.
    """
    at = desk.clock()
    proven = proof.prove(evidence, at)
    with writing(desk) as tx:
        body = acts.parse(signed.act_bytes).content()
        only(body, "jwk")
        act = attest_new(tx, signed, "account.activate", at, _jwk(body))
        identity = casework.identity_digest(desk, proven.id_number)
        tx.lock("account.activate")
        if accounts.find(tx, kind=AccountKind.APPLICANT, identity=identity):
            raise Refusal("account-exists")
        account = Account(
            id=AccountId(desk.ids("acc")),
            kind=AccountKind.APPLICANT,
            state=AccountState.ACTIVE,
            revision=0,
            name=proven.name,
            identity=identity,
            proof=proven.method,
            created_at=at,
        )
        accounts.add(tx, account)
        key = officer_keys.record_active(desk, tx, account, body["jwk"], account.id, at)
        audit.append(
            tx,
            Event(
                at=at,
                tag="account.activated",
                target=account.id,
                actor=account.id,
                key=key.kid,
                act=signed.act_bytes,
                proof=acts.proof_to_bytes(signed.proof),
                detail=(("method", proven.method), ("nonce", act.nonce)),
            ),
        )
    return account


def recover_person(desk: Desk, signed: SignedAct, evidence: bytes, proof: IdentityProof) -> Account:
    """Give a person's account a new key by real-name proof: act `account.recover`, actor and target `new`.

    Body `{jwk}`, signed by the new key. The old key is revoked for good; a closed account opens again. Refuses:
    identity-not-proven, account-unknown, key-malformed, key-known, proof-bad.
    """
    at = desk.clock()
    proven = proof.prove(evidence, at)
    with writing(desk) as tx:
        body = acts.parse(signed.act_bytes).content()
        only(body, "jwk")
        attest_new(tx, signed, "account.recover", at, _jwk(body))
        identity = casework.identity_digest(desk, proven.id_number)
        found = accounts.find(tx, kind=AccountKind.APPLICANT, identity=identity)
        if not found:
            raise Refusal("account-unknown")
        account = dataclasses.replace(found[0], state=AccountState.ACTIVE, revision=found[0].revision + 1)
        accounts.put(tx, account, found[0].revision)
        officer_keys.retire_all(desk, tx, account, account.id, at, "recovered by real-name proof")
        key = officer_keys.record_active(desk, tx, account, body["jwk"], account.id, at)
        audit.append(
            tx,
            Event(
                at=at,
                tag="account.recovered",
                target=account.id,
                actor=account.id,
                key=key.kid,
                act=signed.act_bytes,
                proof=acts.proof_to_bytes(signed.proof),
                detail=(("method", proven.method),),
            ),
        )
    return account


def close_account(desk: Desk, signed: SignedAct) -> Account:
    """Close an account and revoke its active key: act `account.close`, body `{reason}`.

    A person's by the person; an officer's by the province's key manager, not by the officer.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "account.close", at)
        only(attested.act.content(), "reason")
        reason = text(attested.act.content(), "reason")
        account = fetch.account(tx, attested.act.target)
        if account.state is AccountState.CLOSED:
            raise Refusal("account-unknown")
        own = account.id == attested.actor.id
        if account.kind is AccountKind.OFFICER and account.organisation is not None and not own:
            province_manager(tree(tx), attested.actor, account.organisation)
        elif not (own and account.kind is AccountKind.APPLICANT):
            raise Refusal("role-missing")
        expect(attested.act, account.revision)
        closed = dataclasses.replace(account, state=AccountState.CLOSED, revision=account.revision + 1)
        accounts.put(tx, closed, account.revision)
        officer_keys.retire_all(desk, tx, account, attested.actor.id, at, reason)
        record(tx, attested, "account.closed", account.id)
    return closed


def _roles(body: dict[str, Json]) -> frozenset[Role]:
    names = texts(body, "roles")
    if not names or not set(names) <= set(Role):
        raise Refusal("body-malformed", "roles")
    roles = frozenset(Role(name) for name in names)
    if Role.AUDITOR in roles and len(roles) > 1:
        raise Refusal("role-conflict", "an auditor has no business right")
    if Role.EXCHANGE in roles and len(roles) > 1:
        raise Refusal("role-conflict", "the account of a system is nobody's post")
    return roles


def _jwk(body: dict[str, Json]) -> str:
    value = body.get("jwk")
    if not isinstance(value, dict):
        raise Refusal("body-malformed", "jwk")
    return canonical.dumps(value).decode("utf-8")
