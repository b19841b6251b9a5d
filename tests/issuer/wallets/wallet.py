"""A wallet for tests, over real HTTP: it does what the texts say, or whatever else a test wants it to say.

It knows nothing of the issuer's code but key pairs and base64url.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from elicense.keys import Algorithm, SoftwareSigner, b64url
from tests.issuer.web.api.api import Answer, Api

GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
TYP: Final = "openid4vci-proof+jwt"


def key(algorithm: Algorithm = Algorithm.ES256) -> SoftwareSigner:
    """A new key of a wallet."""
    return SoftwareSigner.generate(algorithm)


def jwt(header: dict[str, Any], claims: Any, signer: SoftwareSigner) -> str:
    """A compact JWS with this header, whatever it says."""
    parts = [b64url(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, b64url(signer.sign(".".join(parts).encode()))])


@dataclass
class Wallet:
    """One wallet at one issuer. `offer` is what the link of an offer led to."""

    api: Api
    offer: dict[str, Any] = field(default_factory=dict)
    access: str = ""

    @classmethod
    def opened(cls, api: Api, link: str) -> Wallet:
        """Follow the link of an offer."""
        [reference] = parse_qs(urlsplit(link).query)["credential_offer_uri"]
        path = reference.removeprefix(api.url)
        answer = api.ask("GET", path)
        assert (answer.status, answer.media) == (200, JSON), answer.body
        return cls(api, answer.json)

    @property
    def code(self) -> str:
        """The pre-authorized code of the offer."""
        return str(self.offer["grants"][GRANT]["pre-authorized_code"])

    @property
    def configuration(self) -> str:
        """What is offered."""
        [found] = self.offer["credential_configuration_ids"]
        return str(found)

    def post(self, path: str, body: bytes, media: str = JSON, access: str | None = None) -> Answer:
        """Post something, with the access token if there is one."""
        token = self.access if access is None else access
        more = {"Authorization": f"Bearer {token}"} if token else {}
        return self.api.ask("POST", f"/wallet/{path}", body, Content_Type=media, **more)

    def redeem(self, tx_code: str | None, **more: str) -> Answer:
        """Ask for a token; on success it is kept."""
        fields = {"grant_type": GRANT, "pre-authorized_code": self.code, **more}
        if tx_code is not None:
            fields["tx_code"] = tx_code
        answer = self.post("token", urlencode(fields).encode(), FORM, "")
        if answer.status == 200:
            self.access = answer.json["access_token"]
        return answer

    def nonce(self) -> str:
        """A fresh nonce."""
        answer = self.post("nonce", b"", access="")
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        return str(answer.json["c_nonce"])

    def proof(self, signer: SoftwareSigner, fresh: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A key proof; `header` and `claims` replace what should stand there, None takes it away."""
        public = signer.public_key
        head = {"alg": public.algorithm.jose, "typ": TYP, "jwk": public.to_jwk(), **(header or {})}
        said = {"aud": self.api.url, "iat": self.api.world.at, "nonce": fresh, **claims}
        return jwt(_without(head), _without(said), signer)

    def ask(self, *proofs: str, **more: Any) -> Answer:
        """Ask for credentials with these proofs."""
        asked = {"credential_configuration_id": self.configuration, "proofs": {"jwt": list(proofs)}, **more}
        return self.post("credential", json.dumps(_without(asked)).encode())

    def get(self, *signers: SoftwareSigner) -> list[str]:
        """Get a copy for each key."""
        nonce = self.nonce()
        answer = self.ask(*(self.proof(one, nonce) for one in signers))
        assert answer.status == 200, answer.body
        return [one["credential"] for one in answer.json["credentials"]]

    def defer(self, transaction: str) -> Answer:
        """Ask again for what was deferred."""
        return self.post("deferred", json.dumps({"transaction_id": transaction}).encode())

    def tell(self, notification: str, event: str = "credential_accepted", **more: Any) -> Answer:
        """Tell what became of the copies."""
        told = {"notification_id": notification, "event": event, **more}
        return self.post("notification", json.dumps(told).encode())


def offered(api: Api, who: str, registration: str) -> tuple[Wallet, str]:
    """Let somebody make an offer by a signed act; a wallet that opened it, and the transaction code."""
    made = api.client(who).act("wallet.offer", registration)
    return Wallet.opened(api, made["link"]), made["tx_code"]


def redeemed(api: Api, who: str, registration: str) -> Wallet:
    """A wallet that holds an access token."""
    wallet, tx_code = offered(api, who, registration)
    assert wallet.redeem(tx_code).status == 200
    return wallet


def _without(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}
