"""A FIDO2 security key in memory, for tests: makes the answers of an authenticator with a real P-256 key."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain.assertion import Assertion, relying_party

ORIGIN = "https://register.example"
PRESENT, VERIFIED = 0x01, 0x04


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


@dataclass
class SecurityKey:
    """`counter` grows with each answer, as that of a real key does."""

    origin: str = ORIGIN
    signer: SoftwareSigner = field(default_factory=lambda: SoftwareSigner.generate(Algorithm.ES256))
    counter: int = 0

    def sign(
        self,
        challenge: bytes,
        *,
        flags: int = PRESENT | VERIFIED,
        said: dict[str, object] | None = None,
        party: str | None = None,
    ) -> Assertion:
        self.counter += 1
        client = {"type": "webauthn.get", "challenge": b64(challenge), "origin": self.origin, "crossOrigin": False}
        client_data = json.dumps({**client, **(said or {})}).encode()
        party = relying_party(self.origin) if party is None else party
        data = hashlib.sha256(party.encode()).digest() + bytes((flags,)) + self.counter.to_bytes(4, "big")
        raw = self.signer.sign(data + hashlib.sha256(client_data).digest())
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        return Assertion(authenticator_data=data, client_data=client_data, signature=der)
