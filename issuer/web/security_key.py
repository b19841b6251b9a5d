"""Registering a FIDO2 security key: what a browser must ask it, and whether its answer is one.

W3C Web Authentication Level 2, section 7.1, by py_webauthn. Taken are only keys that hold ES256 and verify their user;
which models may be used is a setting (`security_key_models`: AAGUIDs; empty means any, for demonstrations). The
challenge belongs to one session and one state of one key record, so that an answer counts once and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from webauthn import verify_registration_response
from webauthn.helpers import parse_cbor
from webauthn.helpers.exceptions import WebAuthnException

from elicense import cbor
from elicense.keys import KeyBad, PublicKey, b64url
from issuer.domain.assertion import relying_party
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.refusal import Refusal
from issuer.domain.session import Session

ES256: Final = -7
_ANSWER_MAX: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A security key that answered well: its public key, the id by which it is asked for, its model."""

    key: PublicKey
    credential: str
    aaguid: str


def challenge(session: Session, key: ElectronicKey) -> bytes:
    """The challenge for handing over this key in this session."""
    said = f"register {key.id} {key.revision} {session.csrf}"
    return hashlib.sha256(said.encode("utf-8")).digest()


def options(session: Session, key: ElectronicKey, name: str, origin: str) -> dict[str, Any]:
    """What the browser passes to `navigator.credentials.create`, binary values in base64url."""
    return {
        "challenge": b64url(challenge(session, key)),
        "rp": {"id": relying_party(origin), "name": "elicense"},
        "user": {"id": b64url(key.id.encode("utf-8")), "name": name, "displayName": name},
        "pubKeyCredParams": [{"type": "public-key", "alg": ES256}],
        "authenticatorSelection": {
            "authenticatorAttachment": "cross-platform",
            "residentKey": "discouraged",
            "userVerification": "required",
        },
        "attestation": "direct",
        "timeout": 60_000,
    }


def registered(answer: str, session: Session, key: ElectronicKey, origin: str, models: frozenset[str]) -> Registered:
    """Check a browser's answer (its `toJSON()` as text). Refuses: security-key-bad, security-key-model."""
    if len(answer) > _ANSWER_MAX:
        raise Refusal("security-key-bad", "too large")
    try:
        found = verify_registration_response(
            credential=json.loads(answer),
            expected_challenge=challenge(session, key),
            expected_rp_id=relying_party(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
        cose = parse_cbor(found.credential_public_key)
        public = PublicKey.from_cose(cbor.dumps({1: cose[1], -1: cose[-1], -2: cose[-2], -3: cose[-3]}))
    except (WebAuthnException, KeyBad, ValueError, KeyError, TypeError):
        raise Refusal("security-key-bad") from None
    if models and found.aaguid not in models:
        raise Refusal("security-key-model")
    return Registered(key=public, credential=b64url(found.credential_id), aaguid=found.aaguid)
