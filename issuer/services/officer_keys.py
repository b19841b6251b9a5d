"""The desk of electronic keys 电子密钥: requested, approved by the province, handed over, suspended, replaced.

A signing key of the issuer is another thing (`issuer.services.keys`). An officer's key is approved by the province's
key manager and never by the one who asked for it (国卫办医函〔2019〕735号, three; SR-20); a suspension holds from the
moment it is written; what was signed while the key was active stays signed.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from issuer.domain import canonical, officer_key
from issuer.domain.account import Account, AccountId, AccountKind, AccountState, Role
from issuer.domain.act import SignedAct
from issuer.domain.alert import AlertState
from issuer.domain.assertion import relying_party
from issuer.domain.canonical import Json
from issuer.domain.officer_key import ElectronicKey, KeyChange, KeyId, KeyState
from issuer.domain.organisation import Tree
from issuer.domain.refusal import Refusal
from issuer.services import fetch, watch
from issuer.services.desk import Attested, Desk, attest, expect, only, public_key, record, text, tree, writing
from issuer.storage import Transaction, keys

_ENDS_INQUIRY: Final = {"clear": AlertState.CLEARED, "confirm": AlertState.CONFIRMED}
"""What becomes of the open alerts of a key with it."""


def request(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Apply for a key: act `key.request`, target the holder's account, body `{reason, replaces?}`.

    By the holder, or by a key manager of the holder's authority or of one above it. `replaces` names a lost key of
    the same account: it is revoked by this very act and never returns.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested = attest(tx, signed, "key.request", at)
        body = attested.act.content()
        only(body, "reason", "replaces")
        text(body, "reason")
        holder = _officer(tx, attested.act.target)
        if attested.actor.id != holder.id:
            manager(tree(tx, holder.organisation), attested.actor, holder)
        replaced = None
        if body.get("replaces") is not None:
            replaced = fetch.key(tx, text(body, "replaces", limit=64))
            if replaced.account != holder.id:
                raise Refusal("key-unknown")
            keys.put(tx, officer_key.change(desk.rules, replaced, "replace", attested.actor.id, at), replaced.revision)
        waiting = {KeyState.REQUESTED, KeyState.APPROVED}
        if any(key.state in waiting for key in keys.of_account(tx, holder.id)):
            raise Refusal("key-requested-already")
        key = officer_key.opened(
            ElectronicKey(
                id=KeyId(desk.ids("key")),
                account=holder.id,
                organisation=holder.organisation,
                state=KeyState.REQUESTED,
                revision=0,
                requested_by=attested.actor.id,
                replaces=None if replaced is None else replaced.id,
            ),
            at,
            "request",
            attested.actor.id,
        )
        keys.add(tx, key)
        record(tx, attested, "key.requested", key.id)
    return key


def approve(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Approve a key: act `key.approve`. The province's key manager; not the applicant, not the holder."""
    return _decided(desk, signed, "approve")


def refuse(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Refuse a key: act `key.refuse`, body `{reason}`."""
    return _decided(desk, signed, "refuse")


def activate(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Record the handing over in person: act `key.activate`, body `{jwk, fido?}` (public key, P-256).

    `fido` is `{origin, credential, aaguid}` of a FIDO2 security key: where it was registered, the id by which a browser
    asks for it, its model; the page that registered it has checked its attestation. By a key manager who is not the
    holder. The account must have no other active key; no key is recorded twice. Where the settings name models of
    security keys, only such a key is handed over. Refuses: key-approval, key-active-already, key-known,
    security-key-model, and what a change of state refuses.
    """
    at = desk.clock()
    with writing(desk) as tx:
        attested, key, holder = begin(tx, signed, "activate", at)
        body = attested.act.content()
        only(body, "jwk", "fido")
        if attested.actor.id == holder.id:
            raise Refusal("key-approval", "nobody hands a key over to himself")
        manager(tree(tx, holder.organisation), attested.actor, holder)
        if any(other.state is KeyState.ACTIVE for other in keys.of_account(tx, holder.id)):
            raise Refusal("key-active-already")
        kid, jwk = _public(tx, body.get("jwk"))
        changed = officer_key.change(desk.rules, key, "activate", attested.actor.id, at)
        origin, credential, aaguid = _fido(body.get("fido"))
        if desk.config.models and aaguid not in desk.config.models:
            raise Refusal("security-key-model")
        changed = dataclasses.replace(changed, kid=kid, jwk=jwk, origin=origin, credential=credential, aaguid=aaguid)
        keys.put(tx, changed, key.revision)
        record(tx, attested, "key.activated", key.id, ("kid", kid))
    return changed


def suspend(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Suspend a key at once: act `key.suspend`, body `{reason}`. Any key manager above the holder."""
    return _managed(desk, signed, "suspend")


def clear(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Give a suspended key back after the inquiry: act `key.clear`, body `{reason}`. The province only.

    It closes the open alerts of the key, as `confirm_misuse` does.
    """
    return _managed(desk, signed, "clear", province=True)


def confirm_misuse(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Revoke a suspended key after the investigation: act `key.confirm`, body `{reason}`. The province only."""
    return _managed(desk, signed, "confirm", province=True)


def report_lost(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Report a key lost: act `key.report_lost`, body `{reason}`. The holder or a key manager above."""
    return _managed(desk, signed, "report_lost", holder_too=True)


def retire(desk: Desk, signed: SignedAct) -> ElectronicKey:
    """Retire a key when its holder leaves the post: act `key.retire`, body `{reason}`."""
    return _managed(desk, signed, "retire", holder_too=True)


def record_active(desk: Desk, tx: Transaction, account: Account, jwk: Json, by: AccountId, at: int) -> ElectronicKey:
    """Record the key of an account that needs no approval (applicant, institution, first officers). Not an act."""
    kid, text_ = _public(tx, jwk)
    key = ElectronicKey(
        id=KeyId(desk.ids("key")),
        account=account.id,
        organisation=account.organisation,
        state=KeyState.ACTIVE,
        revision=0,
        requested_by=by,
        kid=kid,
        jwk=text_,
        history=(KeyChange(at=at, event="record", state=KeyState.ACTIVE, by=by),),
    )
    keys.add(tx, key)
    return key


def retire_all(desk: Desk, tx: Transaction, account: Account, by: AccountId, at: int, reason: str) -> None:
    """Revoke the active key of an account, inside the transaction of another act."""
    for key in keys.of_account(tx, account.id):
        if key.state is KeyState.ACTIVE:
            keys.put(tx, officer_key.change(desk.rules, key, "retire", by, at, reason), key.revision)


def _decided(desk: Desk, signed: SignedAct, event: str) -> ElectronicKey:
    at = desk.clock()
    with writing(desk) as tx:
        attested, key, holder = begin(tx, signed, event, at)
        body = attested.act.content()
        only(body, "reason")
        reason = text(body, "reason", default="" if event == "approve" else None)
        officer_key.may_approve(tree(tx, holder.organisation), key, holder, attested.actor)
        changed = officer_key.change(desk.rules, key, event, attested.actor.id, at, reason)
        if event == "approve":
            changed = dataclasses.replace(changed, approved_by=attested.actor.id)
        keys.put(tx, changed, key.revision)
        record(tx, attested, f"key.{event}", key.id)
    return changed


def _managed(
    desk: Desk, signed: SignedAct, event: str, *, province: bool = False, holder_too: bool = False
) -> ElectronicKey:
    at = desk.clock()
    with writing(desk) as tx:
        attested, key, holder = begin(tx, signed, event, at)
        body = attested.act.content()
        only(body, "reason")
        reason = text(body, "reason")
        if not (holder_too and attested.actor.id == holder.id):
            if attested.actor.id == holder.id and province:
                raise Refusal("own-case")
            manager(tree(tx, holder.organisation), attested.actor, holder, province=province)
        changed = officer_key.change(desk.rules, key, event, attested.actor.id, at, reason)
        keys.put(tx, changed, key.revision)
        if event in _ENDS_INQUIRY:
            watch.close_all(tx, key, _ENDS_INQUIRY[event], attested.actor.id, at, reason)
        record(tx, attested, f"key.{event}", key.id)
    return changed


def begin(tx: Transaction, signed: SignedAct, event: str, at: int) -> tuple[Attested, ElectronicKey, Account]:
    """Attest an act `key.<event>` on the present revision of a key; return it with the key and its holder."""
    attested = attest(tx, signed, f"key.{event}", at)
    key = fetch.key(tx, attested.act.target)
    expect(attested.act, key.revision)
    holder = fetch.account(tx, key.account)
    return attested, key, holder


def manager(all_: Tree, actor: Account, holder: Account, *, province: bool = False) -> None:
    """Check for a key manager above the holder. An applicant's or institution's key is any province's own matter."""
    if actor.state is not AccountState.ACTIVE or actor.kind is not AccountKind.OFFICER:
        raise Refusal("role-missing", Role.KEY_MANAGER)
    if Role.KEY_MANAGER not in actor.roles or actor.organisation is None:
        raise Refusal("role-missing", Role.KEY_MANAGER)
    if holder.organisation is None:
        if all_.province_of(actor.organisation).id != actor.organisation:
            raise Refusal("out-of-jurisdiction")
        return
    if not all_.above_or_self(actor.organisation, holder.organisation) or (
        province and all_.province_of(holder.organisation).id != actor.organisation
    ):
        raise Refusal("out-of-jurisdiction")


def _officer(tx: Transaction, id_: str) -> Account:
    account = fetch.account(tx, id_)
    if account.kind is not AccountKind.OFFICER:
        raise Refusal("account-unknown")
    return account


def _fido(value: Json) -> tuple[str, str, str]:
    """Return origin, credential, model of a security key, empty for a plain key. Raises Refusal("body-malformed")."""
    if value is None:
        return "", "", ""
    if isinstance(value, dict) and value.keys() == {"origin", "credential", "aaguid"}:
        origin = text(value, "origin", limit=300)
        if relying_party(origin):
            return origin, text(value, "credential", limit=1400), text(value, "aaguid", limit=64)
    raise Refusal("body-malformed", "fido")


def _public(tx: Transaction, jwk: Json) -> tuple[str, str]:
    """Return kid and canonical JWK of a new public key. Raises Refusal: key-malformed, key-known."""
    try:
        key = public_key(canonical.dumps(jwk).decode("utf-8"))
    except Refusal:
        raise Refusal("key-malformed") from None
    kid = key.kid.hex()
    if keys.by_kid(tx, kid) is not None:
        raise Refusal("key-known")
    return kid, canonical.dumps(dict(key.to_jwk())).decode("utf-8")
