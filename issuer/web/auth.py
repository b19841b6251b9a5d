"""Who is reading: an access token, signed by the account's own key, good for five minutes at most.

A compact JWS (`typ: elicense-access+jwt`, RFC 8725: algorithm per key, typ and audience required). Writing needs no
access token: every act carries its own signature.
"""

from __future__ import annotations

import re
from typing import Final

from flask import request

from elicense import jws, strictjson
from elicense.errors import Rejected
from elicense.keys import PublicKey
from issuer.domain import officer_key
from issuer.domain.account import Account, AccountId, AccountState
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.refusal import Refusal
from issuer.services.desk import Desk, public_key
from issuer.storage import accounts, keys

TYP: Final = "elicense-access+jwt"
LIFETIME_SECONDS: Final = 300
SKEW_SECONDS: Final = 60
_TOKEN_MAX: Final = 4_096
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def reader(desk: Desk, audience: str) -> Account:
    """The account that reads. Raises Refusal: access-missing, access-bad, signer-unknown, account-inactive, key-…."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal("access-missing")
    if len(token) > _TOKEN_MAX or not token.isascii():
        raise Refusal("access-bad")
    at = desk.clock()
    with desk.store.reading() as tx:
        found: list[ElectronicKey] = []

        def known(kid: bytes) -> list[PublicKey]:
            key = keys.by_kid(tx, kid.hex())
            if key is None or key.jwk is None:
                return []
            found.append(key)
            return [public_key(key.jwk)]

        try:
            payload, _ = jws.open_compact(token.encode("ascii"), TYP, known)
            subject = _subject(strictjson.loads(payload), audience, at)
        except Rejected:
            raise Refusal("access-bad") from None
        account = accounts.get(tx, AccountId(subject))
        if account is None:
            raise Refusal("signer-unknown")
        officer_key.check_holder(found[0], account)
        if account.state is not AccountState.ACTIVE:
            raise Refusal("account-inactive")
    return account


def _subject(claims: object, audience: str, at: int) -> str:
    match claims:
        case {"sub": str() as subject, "aud": str() as aud, "iat": int() as iat, "exp": int() as exp, "jti": str()}:
            timely = iat - SKEW_SECONDS <= at < exp + SKEW_SECONDS and 0 < exp - iat <= LIFETIME_SECONDS
            if aud == audience and timely and _ID.fullmatch(subject):
                return subject
    raise Refusal("access-bad")
