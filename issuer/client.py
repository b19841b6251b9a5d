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
from urllib.parse import quote, urlencode, urlsplit

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


def restricted_part(values: Mapping[str, Any]) -> tuple[bytes, str]:
    """The restricted part of an application with a fresh salt: its bytes, and the digest that the act names."""
    attachment = canonical.dumps({**values, "salt": secrets.token_hex(16)})
    return attachment, hashlib.sha256(attachment).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One account at one issuer. `clock` gives Unix seconds UTC; `account` is `new` until it is activated."""

    base_url: str
    signer: Signer
    clock: Callable[[], int]
    account: str = NEW

    def __post_init__(self) -> None:
        """Raise ValueError for an address that is not of the web."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of the issuer must begin with http:// or https://")

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
        return self.deliver(name, self.act_bytes(name, target, revision, body), attachment=attachment)

    def act_bytes(
        self, name: str, target: str = NEW, revision: int | None = None, body: Mapping[str, Any] | None = None
    ) -> bytes:
        """The exact bytes of an act of this account, now, with a fresh nonce: what is signed, and done once."""
        return Act(
            name=name,
            actor=AccountId(self.account),
            target=target,
            revision=revision,
            at=self.clock(),
            nonce=secrets.token_hex(16),
            body=canonical.dumps(dict(body or {})),
        ).to_bytes()

    def deliver(self, name: str, data: bytes, *, attachment: bytes | None = None) -> dict[str, Any]:
        """Sign the bytes of an act and send them; return the result."""
        envelope: dict[str, Any] = {
            "act": b64url(data),
            "key": self.signer.public_key.kid.hex(),
            "proof": {"type": "es256", "signature": b64url(self.signer.sign(data))},
        }
        if attachment is not None:
            envelope["attachment"] = b64url(attachment)
        answer = self._send("POST", f"/api/v1/acts/{quote(name)}", {}, strictjson.dumps(envelope))
        result: dict[str, Any] = answer["result"]
        return result

    def open(
        self, kind: str, action: str, content: Mapping[str, Any], restricted: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Open a draft. The restricted part travels beside the act, which names its digest only."""
        return self._with_restricted(
            "application.open", NEW, None, restricted, kind=kind, action=action, content=content
        )

    def save(
        self,
        application: Mapping[str, Any],
        content: Mapping[str, Any],
        restricted: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Fill in a draft or answer a correction: the content whole; without `restricted` the former one stays."""
        held = (application["id"], application["revision"])
        return self._with_restricted("application.save", *held, restricted, content=content)

    def step(self, step: str, application: Mapping[str, Any], **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Take one step on an application, as it was last read."""
        return self.act(f"application.{step}", application["id"], application["revision"], body)

    def stand(self, action: str, registration: Mapping[str, Any], **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Do one standing act (suspend, resume, revoke_licence, ...) on a register entry, as it was last read."""
        return self.act(f"registration.{action}", registration["id"], registration["revision"], body)

    def bind_device(self, registration: Mapping[str, Any], device: Signer) -> dict[str, Any]:
        """Bind the device that shows the licence live; its key signs the act too, so that it is in these hands."""
        name, body = "licence.bind_device", {"jwk": device.public_key.to_jwk()}
        data = self.act_bytes(name, registration["id"], None, body)
        return self.deliver(name, data, attachment=device.sign(data))

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read something below /api/v1 with an access token of this account."""
        tail = f"?{urlencode(query)}" if query else ""
        headers = {"Authorization": f"Bearer {self.access_token()}"}
        return self._send("GET", f"/api/v1/{quote(path.lstrip('/'))}{tail}", headers, None)

    def access_token(self) -> str:
        """A token with which this account reads for the next minutes."""
        at = self.clock()
        claims = {
            "sub": self.account,
            "aud": self.base_url,
            "iat": at,
            "exp": at + _LIFETIME_SECONDS,
            "jti": secrets.token_hex(16),
        }
        return jws.sign_compact(strictjson.dumps(claims), self.signer, ACCESS_TYP)

    def _with_restricted(
        self,
        name: str,
        target: str,
        revision: int | None,
        restricted: Mapping[str, Any] | None,
        **body: Any,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        attachment = None
        if restricted is not None:
            attachment, body["restricted"] = restricted_part(restricted)
        return self.act(name, target, revision, body, attachment=attachment)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
        """Send and read the answer. Raises `Refused`, or `OSError` if there was none."""
        status, data = self.exchange(method, path, headers, body)
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if status != http.client.OK or not isinstance(value, dict):
            raise Refused(status, value if isinstance(value, dict) else {})
        return value

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
        """Send a request and return status and body. Raises `OSError` if there was no answer."""
        parts = urlsplit(self.base_url)
        host = str(parts.hostname)
        connection = http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, parts.port, timeout=_TIMEOUT_SECONDS, context=context)
        sent = {"Accept": "application/json", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, parts.path.rstrip("/") + path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.read(_ANSWER_MAX)
        except http.client.HTTPException as broken:
            raise ConnectionError(f"no HTTP answer: {type(broken).__name__}") from None
        finally:
            connection.close()
