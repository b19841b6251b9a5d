"""A client of the issuer's API: builds acts, signs them with the account's key, sends them, reads answers.

For hospital systems, scripts and the command line. Only HTTP and only to the address it was given; refusals come back
as `Refused` with the stable code. The key may be a file, a card, anything with the `Signer` protocol.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from elicense import jws, strictjson
from elicense.keys import KeyBad, Signer, SoftwareSigner, b64url
from issuer.domain import canonical
from issuer.domain.account import AccountId
from issuer.domain.act import Act

_TIMEOUT_SECONDS: Final = 30
_ANSWER_MAX: Final = 16 * 1024 * 1024
_LIFETIME_SECONDS: Final = 240
ACCESS_TYP: Final = "elicense-access+jwt"
NEW: Final = "new"


class Refused(Exception):
    """The issuer refused. `code` is stable, `status` the HTTP status, `problem` the whole problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", "http-error"))
        super().__init__(f"{self.code}: {problem.get('detail') or problem.get('title') or status}")


def make_key(path: Path, passphrase: bytes) -> SoftwareSigner:
    """Make a key file of an account: P-256, PKCS#8 in PEM, encrypted. Raises FileExistsError."""
    native = ec.generate_private_key(ec.SECP256R1())
    encryption = serialization.BestAvailableEncryption(passphrase)
    pem = native.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(pem)
    return SoftwareSigner(native)


def load_key(path: Path, passphrase: bytes) -> SoftwareSigner:
    """Open a key file that `make_key` made. Raises KeyBad for a wrong passphrase or another kind of key."""
    try:
        native = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except (ValueError, TypeError):
        raise KeyBad("not a key file, or not its passphrase") from None
    if not isinstance(native, ec.EllipticCurvePrivateKey):
        raise KeyBad("not a P-256 key")
    return SoftwareSigner(native)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One account at one issuer. `clock` gives Unix seconds UTC; `account` is `new` until it is activated."""

    base_url: str
    signer: Signer
    clock: Callable[[], int]
    account: str = NEW

    def act(
        self,
        name: str,
        target: str = NEW,
        revision: int | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        attachment: bytes | None = None,
    ) -> dict[str, Any]:
        """Do one act and return its result. Raises `Refused`, or `OSError` if there was no answer."""
        data = Act(
            name=name,
            actor=AccountId(self.account),
            target=target,
            revision=revision,
            at=self.clock(),
            nonce=secrets.token_hex(16),
            body=canonical.dumps(dict(body or {})),
        ).to_bytes()
        envelope: dict[str, Any] = {
            "act": b64url(data),
            "key": self.signer.public_key.kid.hex(),
            "proof": {"type": "es256", "signature": b64url(self.signer.sign(data))},
        }
        if attachment is not None:
            envelope["attachment"] = b64url(attachment)
        answer = self._send("POST", f"/api/v1/acts/{name}", {}, strictjson.dumps(envelope))
        result: dict[str, Any] = answer["result"]
        return result

    def open(
        self, kind: str, action: str, content: Mapping[str, Any], restricted: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Open a draft. The restricted part travels beside the act, which names its digest only."""
        body: dict[str, Any] = {"kind": kind, "action": action, "content": dict(content)}
        attachment = None
        if restricted is not None:
            attachment = canonical.dumps({"salt": secrets.token_hex(16), **restricted})
            body["restricted"] = hashlib.sha256(attachment).hexdigest()
        return self.act("application.open", body=body, attachment=attachment)

    def step(self, step: str, application: Mapping[str, Any], **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Take one step on an application, as it was last read."""
        return self.act(f"application.{step}", application["id"], application["revision"], body)

    def stand(self, action: str, registration: Mapping[str, Any], **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Do one standing act (suspend, resume, revoke_licence, ...) on a register entry, as it was last read."""
        return self.act(f"registration.{action}", registration["id"], registration["revision"], body)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read something below /api/v1 with an access token of this account."""
        at = self.clock()
        claims = {
            "sub": self.account,
            "aud": self.base_url,
            "iat": at,
            "exp": at + _LIFETIME_SECONDS,
            "jti": secrets.token_hex(16),
        }
        token = jws.sign_compact(strictjson.dumps(claims), self.signer, ACCESS_TYP)
        tail = f"?{urlencode(query)}" if query else ""
        return self._send("GET", f"/api/v1/{path.lstrip('/')}{tail}", {"Authorization": f"Bearer {token}"}, None)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of the issuer must be http or https")
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
        try:
            sent = {"Accept": "application/json", **headers}
            if body is not None:
                sent["Content-Type"] = "application/json"
            connection.request(method, parts.path.rstrip("/") + path, body=body, headers=sent)
            answer = connection.getresponse()
            data = answer.read(_ANSWER_MAX)
        finally:
            connection.close()
        try:
            value = json.loads(data)
        except ValueError:
            value = {}
        if answer.status != http.client.OK or not isinstance(value, dict):
            raise Refused(answer.status, value if isinstance(value, dict) else {})
        return value
