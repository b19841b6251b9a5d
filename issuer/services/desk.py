"""What every service works with, and the two things every act goes through: `attest` and `record`.

`attest` answers for the signed act: these exact bytes, this name, in time, never seen before, by an active account
with its own active key. What the actor may do is not asked here; that is `issuer.domain.path` and the services.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from elicense import fields
from elicense.errors import Rejected
from elicense.fields import BadValue
from elicense.keys import KeyBad, PublicKey
from elicense.limits import NAME_CHARS_MAX
from issuer.config import Config
from issuer.domain import act as acts
from issuer.domain import canonical, officer_key
from issuer.domain.account import Account, AccountState
from issuer.domain.act import Act, SignedAct
from issuer.domain.assertion import Assertion
from issuer.domain.audit import Event
from issuer.domain.canonical import Json
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.organisation import OrganisationId, OrganisationKind, Tree
from issuer.domain.refusal import Refusal
from issuer.domain.rulebook import Rulebook
from issuer.storage import ChangedMeanwhile, Store, Transaction, accounts, audit, keys, organisations
from issuer.vault import Vault

_NAME: Final = fields.text(NAME_CHARS_MAX)


def random_id(prefix: str) -> str:
    """Return a fresh id: a short prefix and 128 random bits, so that ids tell nothing and cannot be guessed."""
    return f"{prefix}-{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a service needs. `clock` gives Unix seconds UTC; `ids` a fresh id for a prefix."""

    store: Store
    vault: Vault
    clock: Callable[[], int]
    rules: Rulebook
    config: Config = field(default_factory=Config)
    ids: Callable[[str], str] = random_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A signed act that has been checked: the act, its actor, its digest, and when the desk saw it."""

    act: Act
    actor: Account
    signed: SignedAct
    at: int

    @property
    def digest(self) -> bytes:
        """The identity of the act."""
        return self.signed.digest


@contextmanager
def writing(desk: Desk) -> Iterator[Transaction]:
    """Open the transaction of an act. Raises Refusal("changed-meanwhile") if a row changed under it."""
    try:
        with desk.store.transaction() as tx:
            yield tx
    except ChangedMeanwhile as changed:
        raise Refusal("changed-meanwhile", changed.what) from None


def attest(tx: Transaction, signed: SignedAct, name: str, at: int) -> Attested:
    """Check a signed act and remember it for ever.

    Raises Refusal: act-malformed, act-wrong, act-not-in-time, signer-unknown, account-inactive, key-not-holder,
    key-suspended (or another state), proof-bad, act-replayed.
    """
    act = _read(signed, name, at)
    actor = accounts.get(tx, act.actor)
    if actor is None:
        raise Refusal("signer-unknown")
    if actor.state is not AccountState.ACTIVE:
        raise Refusal("account-inactive")
    key = officer_key.check_holder(keys.by_kid(tx, signed.key_id), actor)
    _prove(signed, public_key(key.jwk), key.origin)
    _count(tx, key, signed, at)
    audit.remember(tx, signed.digest, act.actor, act.nonce, at)
    return Attested(act=act, actor=actor, signed=signed, at=at)


def attest_new(tx: Transaction, signed: SignedAct, name: str, at: int, jwk: str) -> Act:
    """Check the act by which a person opens an account: signed by the very key it brings (proof of possession)."""
    act = _read(signed, name, at)
    key = public_key(jwk)
    if signed.key_id != key.kid.hex():
        raise Refusal("signer-unknown")
    _prove(signed, key)
    audit.remember(tx, signed.digest, act.actor, act.nonce, at)
    return act


def record(tx: Transaction, attested: Attested, tag: str, target: str, *detail: tuple[str, str]) -> None:
    """Write the audit event of an act, in the transaction of the act. `detail` carries no personal data."""
    audit.append(
        tx,
        Event(
            at=attested.at,
            tag=tag,
            target=target,
            actor=attested.actor.id,
            key=attested.signed.key_id,
            act=attested.signed.act_bytes,
            proof=acts.proof_to_bytes(attested.signed.proof),
            detail=tuple((name, str(value)) for name, value in detail),
        ),
    )


def expect(act: Act, revision: int) -> None:
    """Check that the actor saw the present revision. Raises Refusal("changed-meanwhile")."""
    if act.revision != revision:
        raise Refusal("changed-meanwhile")


def public_key(jwk: str) -> PublicKey:
    """Return the public key of a canonical JWK text. Raises Refusal("key-malformed"); only P-256 keys are taken."""
    try:
        value = canonical.loads(jwk.encode("utf-8"))
        if isinstance(value, dict) and value.get("kty") == "EC" and "d" not in value:  # a private one is none any more
            return PublicKey.from_jwk(value)
    except (ValueError, KeyBad, Rejected, Refusal):
        pass
    raise Refusal("key-malformed")


def tree(tx: Transaction, *institutions: OrganisationId | None) -> Tree:
    """Return the tree of all authorities, with the named institutions in it (a province has many thousands)."""
    named = [organisations.get(tx, id_) for id_ in institutions if id_ is not None]
    return Tree([*organisations.find(tx, kind=OrganisationKind.AUTHORITY), *(one for one in named if one is not None)])


def text(body: dict[str, Json], name: str, *, limit: int = 2000, default: str | None = None) -> str:
    """Return a text member of an act's body: lines of text, without other control characters.

    Raises Refusal("body-malformed"), naming the member.
    """
    value = body.get(name, default)
    if not isinstance(value, str) or len(value) > limit or (default is None and not value.strip()):
        raise Refusal("body-malformed", name)
    if any(sign < " " or sign == "\x7f" for sign in value if sign not in "\n\t"):
        raise Refusal("body-malformed", name)
    return value


def name(body: dict[str, Json], member: str = "name") -> str:
    """Return a name, in the characters that a licence may show. Raises Refusal("body-malformed")."""
    try:
        found: str = _NAME.from_json(body.get(member))
    except BadValue:
        raise Refusal("body-malformed", member) from None
    return found


def texts(body: dict[str, Json], name: str, *, limit: int = 16) -> tuple[str, ...]:
    """Return a list of texts (absent: empty). Raises Refusal("body-malformed"), naming the member."""
    value = body.get(name, [])
    if not isinstance(value, list) or len(value) > limit or not all(isinstance(item, str) for item in value):
        raise Refusal("body-malformed", name)
    return tuple(str(item) for item in value)


def day(body: dict[str, Json], name: str) -> datetime.date | None:
    """Return a civil day (absent or null: None). Raises Refusal("body-malformed"), naming the member."""
    value = body.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) == len("2026-01-01"):
            return datetime.date.fromisoformat(value)
    except ValueError:
        pass
    raise Refusal("body-malformed", name)


def only(body: dict[str, Json], *names: str) -> None:
    """Check that a body has no other members. Raises Refusal("body-malformed")."""
    if not body.keys() <= set(names):
        raise Refusal("body-malformed", "unknown member")


def _read(signed: SignedAct, name: str, at: int) -> Act:
    act = acts.parse(signed.act_bytes)
    if act.name != name:
        raise Refusal("act-wrong", name)
    if not acts.in_time(act, at):
        raise Refusal("act-not-in-time")
    return act


def _prove(signed: SignedAct, key: PublicKey, origin: str = "") -> None:
    if not acts.verify_proof(signed, key, origin):
        raise Refusal("proof-bad")


def _count(tx: Transaction, key: ElectronicKey, signed: SignedAct, at: int) -> None:
    """Note the use of a key. A signature counter that does not grow means two keys of one kind: nothing is done."""
    counter = signed.proof.counter if isinstance(signed.proof, Assertion) else 0
    if not keys.note_use(tx, key.id, counter, at):
        raise Refusal("key-counter-back")
