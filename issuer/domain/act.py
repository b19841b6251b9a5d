"""Acts and signed acts: what an actor wants done, as the exact bytes that were signed.

    {"act":"application.review","actor":"…","at":"2026-11-23T08:00:00Z","body":{…},"nonce":"<32 hex>",
     "revision":3,"target":"…","v":1}

`parse` reads exactly those bytes (canonical JSON, see `canonical`), so what is signed is what is done. A proof is a
tagged value: an `Es256Proof` over the bytes, made by a key file or by the key of a person's browser, or an `Assertion`
of a FIDO2 security key with `challenge(act_bytes)` as its challenge. Which of them a key makes is a fact of the key.
This module does not know who may act; that is `path`.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, cast

from issuer.domain import canonical
from issuer.domain.account import AccountId
from issuer.domain.assertion import AUTHENTICATOR_DATA_MAX, CLIENT_DATA_MAX, Assertion, holds
from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    from elicense.keys import PublicKey
    from issuer.domain.canonical import Json

VERSION = 1
WINDOW = 300
"""Seconds that an act's `at` may lie before or after the server's clock."""
CIVIL = datetime.timezone(datetime.timedelta(hours=8))

_MEMBERS = frozenset({"v", "act", "actor", "target", "revision", "at", "nonce", "body"})
_NAME = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}")
_SIGNATURE_BYTES = 64
_DER_MAX = 72
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_ASSERTION = frozenset({"type", "authenticator_data", "client_data", "signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. `body` is canonical JSON of an object, so that the value stays immutable; `content()` opens it."""

    name: str
    actor: AccountId
    target: str
    revision: int | None
    at: int
    nonce: str
    body: bytes = b"{}"

    def content(self) -> dict[str, Json]:
        """Return the body as a fresh dictionary."""
        return cast("dict[str, Json]", canonical.loads(self.body))

    def to_bytes(self) -> bytes:
        """Return the canonical bytes to be signed. Raises Refusal("act-malformed") if a member has a wrong form."""
        data = canonical.dumps(
            {
                "v": VERSION,
                "act": self.name,
                "actor": self.actor,
                "target": self.target,
                "revision": self.revision,
                "at": _instant_text(self.at),
                "nonce": self.nonce,
                "body": self.content(),
            }
        )
        parse(data)
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Es256Proof:
    """A raw ECDSA P-256 signature (r‖s, 64 bytes) over the act bytes."""

    signature: bytes


Proof = Es256Proof | Assertion
"""The tagged union of proofs. A further kind is a further class here, in `verify_proof` and in the two codecs below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAct:
    """Exact act bytes, the `kid` (16 hex digits) of the key that signed them, and the proof."""

    act_bytes: bytes
    key_id: str
    proof: Proof

    @property
    def digest(self) -> bytes:
        """SHA-256 of the act bytes: the identity of the act, unique for ever."""
        return challenge(self.act_bytes)


def challenge(act_bytes: bytes) -> bytes:
    """Return SHA-256 of the act bytes: the digest of the act, and the challenge of a WebAuthn assertion on it."""
    return hashlib.sha256(act_bytes).digest()


def parse(data: bytes) -> Act:
    """Return the act in `data`. Raises Refusal("act-malformed") for any bytes that are not one canonical act."""
    try:
        value = canonical.loads(data)
    except Refusal as refusal:
        _refuse(refusal.detail)
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        _refuse("members")
    version, revision, body = value["v"], value["revision"], value["body"]
    if isinstance(version, bool) or version != VERSION:
        _refuse("v")
    if revision is not None and (isinstance(revision, bool) or not isinstance(revision, int) or revision < 0):
        _refuse("revision")
    if not isinstance(body, dict):
        _refuse("body")
    return Act(
        name=_text(value, "act", _NAME),
        actor=AccountId(_text(value, "actor", _ID)),
        target=_text(value, "target", _ID),
        revision=revision,
        at=_instant(_text(value, "at", _INSTANT)),
        nonce=_text(value, "nonce", _NONCE),
        body=canonical.dumps(body),
    )


def verify_proof(signed: SignedAct, key: PublicKey, origin: str = "") -> bool:
    """Say whether `key` made the proof over these very act bytes. Never raises.

    `origin` is where a security key was registered; with it only an assertion made there counts, without it only a
    plain signature.
    """
    proof = signed.proof
    if isinstance(proof, Assertion):
        return bool(origin) and holds(proof, signed.digest, key, origin)
    return not origin and len(proof.signature) == _SIGNATURE_BYTES and key.verify(signed.act_bytes, proof.signature)


def proof_to_bytes(proof: Proof) -> bytes:
    """Return the proof as it is kept in the audit table: canonical JSON with its type."""
    if isinstance(proof, Assertion):
        return canonical.dumps(
            {
                "type": "webauthn",
                "authenticator_data": _b64(proof.authenticator_data),
                "client_data": _b64(proof.client_data),
                "signature": _b64(proof.signature),
            }
        )
    return canonical.dumps({"type": "es256", "signature": _b64(proof.signature)})


def proof_from_json(value: object) -> Proof:
    """Return the proof in a parsed JSON value. Raises Refusal("act-malformed") for an unknown type or a bad form."""
    if (
        isinstance(value, dict)
        and value.keys() == {"type", "signature"}
        and value["type"] == "es256"
        and isinstance(value["signature"], str)
        and _SIGNATURE.fullmatch(value["signature"])
    ):
        signature = base64.urlsafe_b64decode(value["signature"] + "==")
        if _b64(signature) == value["signature"]:
            return Es256Proof(signature=signature)
    if isinstance(value, dict) and value.keys() == _ASSERTION and value["type"] == "webauthn":
        return Assertion(
            authenticator_data=_bytes(value["authenticator_data"], AUTHENTICATOR_DATA_MAX),
            client_data=_bytes(value["client_data"], CLIENT_DATA_MAX),
            signature=_bytes(value["signature"], _DER_MAX),
        )
    return _refuse("proof")


def _bytes(value: object, limit: int) -> bytes:
    if isinstance(value, str) and _BASE64URL.fullmatch(value):
        data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        if _b64(data) == value and len(data) <= limit:
            return data
    return _refuse("proof")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def in_time(act: Act, at: int) -> bool:
    """Say whether the act's own time lies within `WINDOW` seconds of `at`."""
    return abs(act.at - at) <= WINDOW


def civil_day(at: int) -> datetime.date:
    """Return the civil day (UTC+8) of an instant."""
    return datetime.datetime.fromtimestamp(at, tz=CIVIL).date()


def _text(value: dict[str, Json], member: str, form: re.Pattern[str]) -> str:
    text = value[member]
    if not isinstance(text, str) or form.fullmatch(text) is None:
        _refuse(member)
    return text


def _instant(text: str) -> int:
    try:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        _refuse("at")
    return int(moment.timestamp())


def _instant_text(at: int) -> str:
    try:
        return datetime.datetime.fromtimestamp(at, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        _refuse("at")


def _refuse(what: str) -> NoReturn:
    raise Refusal("act-malformed", what)
