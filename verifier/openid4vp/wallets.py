"""Asking wallets: a signed request by reference, the answer posted back, the result for whoever asked (OpenID4VP 1.0).

    begin            a query becomes an exchange and a link, which a page shows as a code or opens on the same device
    request_object   the wallet fetches the signed request, as often as it needs until it has answered
    respond          the wallet posts presentations; they are judged by the lists of the folder and kept as a result
    result           the page that began, and nobody else, learns it

Nothing is kept in memory between the steps. A presentation that is not this holder's for this request (signature, key
binding, nonce, audience, type, claims that were asked for) is refused and the request stays open, so that a stranger
who saw the code cannot end it; a genuine one of a licence that is revoked, suspended or cannot be judged is a result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from elicense.sdjwt import types
from verifier.checker import Checker
from verifier.folder import Lists
from verifier.openid4vp.exchanges import ANSWERABLE_SECONDS, Begun, Exchange, Exchanges, State
from verifier.openid4vp.identity import Identity
from verifier.openid4vp.judging import NotShown, Shown, gravest, judge
from verifier.openid4vp.queries import QUERIES
from verifier.openid4vp.responses import ENCRYPTIONS, Declined, ResponseBad, new_key, public_part, read

SCHEME: Final = "openid4vp://"
AUDIENCE: Final = "https://self-issued.me/v2"
"""Whom a request object is for where wallets are not known beforehand (section 5.8)."""
REQUESTS: Final = "/v1/wallet/requests"
RESPONSES: Final = "/v1/wallet/responses"
PAGE: Final = "/v/wallet"
WALLET_NONCE_MAX: Final = 256
_ALGORITHMS: Final = ["ES256", "EdDSA"]


class Gone(LookupError):
    """A request that is not known, was answered, or is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was begun: the names of the exchange, and the link that a wallet opens."""

    begun: Begun
    link: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallets:
    """The service. `base_url` is where wallets reach this verifier, `lists` gives the checker with the newest lists."""

    identity: Identity
    exchanges: Exchanges
    base_url: str
    lists: Callable[[], Checker | None]

    def begin(self, query: str, *, encrypted: bool, same_device: bool, now: int) -> Asked:
        """Begin to ask. Raises `KeyError` for a query that is not one of `QUERIES`, `TooMany`."""
        held = QUERIES[query]
        begun = self.exchanges.begin(
            query=held.name, encrypted=encrypted, same_device=same_device, key=new_key(), now=now
        )
        words = urlencode(
            {
                "client_id": self.identity.client_id,
                "request_uri": f"{self.base_url}{REQUESTS}/{begun.request_id}",
                "request_uri_method": "post",
            }
        )
        return Asked(begun=begun, link=f"{SCHEME}?{words}", expires_at=now + ANSWERABLE_SECONDS)

    def request_object(self, request_id: str, wallet_nonce: str | None, now: int) -> str:
        """The signed request object (section 5). Raises `Gone`, `ResponseBad`."""
        asked = self._asked(request_id, now)
        lists = self._lists()
        metadata: dict[str, Any] = {
            "vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": _ALGORITHMS, "kb-jwt_alg_values": _ALGORITHMS}}
        }
        if asked.encrypted:
            metadata["jwks"] = {"keys": [public_part(asked.key)]}
            metadata["encrypted_response_enc_values_supported"] = list(ENCRYPTIONS)
        claims: dict[str, Any] = {
            "aud": AUDIENCE,
            "client_id": self.identity.client_id,
            "client_metadata": metadata,
            "dcql_query": QUERIES[asked.query].query.to_json(lambda kind: types(lists.trust, kind)),
            "exp": asked.begun + ANSWERABLE_SECONDS,
            "iat": asked.begun,
            "nonce": asked.nonce,
            "response_mode": "direct_post.jwt" if asked.encrypted else "direct_post",
            "response_type": "vp_token",
            "response_uri": f"{self.base_url}{RESPONSES}/{request_id}",
            "state": request_id,
        }
        if wallet_nonce is not None:
            claims["wallet_nonce"] = wallet_nonce
        return self.identity.sign(claims)

    def respond(self, request_id: str, form: Mapping[str, list[str]], now: int) -> dict[str, str]:
        """Take the response of a wallet and judge it: what the wallet is told. Raises `Gone`, `ResponseBad`."""
        asked = self._asked(request_id, now)
        response = read(form, state=request_id, key=asked.key if asked.encrypted else None)
        if isinstance(response, Declined):
            code = self.exchanges.end(request_id, State.DECLINED, {"error": response.error}, now)
        else:
            shown = self._judged(asked, response.presentations, now)
            result = {"at": now, "outcome": gravest(shown).value, "credentials": [one.to_json() for one in shown]}
            code = self.exchanges.end(request_id, State.ANSWERED, result, now)
        if code is None:
            raise Gone
        return {"redirect_uri": f"{self.base_url}{PAGE}#response_code={code}"} if asked.same_device else {}

    def result(self, transaction_id: str, response_code: str | None, now: int) -> Exchange:
        """What became of a request, for whoever began it. Raises `Gone`, also where the response code is not right."""
        found = self.exchanges.result(transaction_id, response_code, now)
        if found is None:
            raise Gone
        return found

    def _asked(self, request_id: str, now: int) -> Exchange:
        asked = self.exchanges.asked(request_id, now)
        if asked is None:
            raise Gone
        return asked

    def _lists(self) -> Lists:
        checker = self.lists()
        if checker is None:
            raise ResponseBad("this verifier has no lists yet; try again later", "temporarily_unavailable")
        return checker.lists

    def _judged(self, asked: Exchange, presentations: Mapping[str, str], now: int) -> list[Shown]:
        query = QUERIES[asked.query].query
        if unknown := presentations.keys() - {one.id for one in query.credentials}:
            raise ResponseBad(f"{len(unknown)} presentations were not asked for")
        if missing := query.required - presentations.keys():
            raise ResponseBad(f"presentations are missing: {', '.join(sorted(missing))}")
        lists = self._lists()
        try:
            return [
                judge(
                    one, presentations[one.id], lists, at=now, audience=self.identity.client_id,
                    nonce=asked.nonce,
                )
                for one in query.credentials if one.id in presentations
            ]  # fmt: skip
        except NotShown as bad:
            raise ResponseBad(str(bad)) from None
