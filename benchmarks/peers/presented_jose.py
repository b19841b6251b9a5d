"""A wallet's presentation by sd-jwt, and by PyJWT and joserfc with the disclosures put in by hand, beside ours.

Runs in an environment of its own: `... presented_jose < task`. sd-jwt does what RFC 9901 says; PyJWT and joserfc verify
the two JWTs and know nothing of disclosures, so that some lines of ours (`presented.disclosed`), which do less than the
text asks, stand between. None of them knows a trust list, a kind of licence, a period or a status; ours does all of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt
from joserfc import jws
from joserfc import jwt as jose_jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import InvalidJWSSignature
from sd_jwt.verifier import SDJWTVerifier

from benchmarks.peers.presented import Task, digest, disclosed, native, serve
from benchmarks.timing import REFUSED, Candidate
from elicense import Anchor, Outcome, open_status_list, open_trust_list
from elicense.sdjwt import Asked, Presented, verify_sdjwt

_ALG = "ES256"
_CLAIMS_LATER = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
_Verify = Callable[[str, Mapping[str, str] | None], dict[str, Any]]


def candidates(task: Task) -> Sequence[Candidate]:
    """All that can do it in this environment."""
    return (
        _candidate(task, "sd-jwt: verify with key binding", _sd_jwt(task), InvalidJWSSignature),
        _candidate(
            task, "PyJWT: two JWT, disclosures by hand", _by_hand(task, _pyjwt(task)), jwt.InvalidSignatureError
        ),
        _candidate(task, "joserfc: two JWT, disclosures by hand", _by_hand(task, _joserfc(task)), BadSignatureError),
        _ours(task),
    )


def _candidate(task: Task, name: str, check: Callable[[str], dict[str, Any]], refusal: type[Exception]) -> Candidate:
    return Candidate(
        name=name,
        items=[functools.partial(check, one) for one in task.presented],
        bad=[functools.partial(check, one) for one in task.bad],
        answer=lambda found: found["name"],
        refusals=(refusal,),
    )


def _sd_jwt(task: Task) -> Callable[[str], dict[str, Any]]:
    issuer = JWK(**task.issuer)

    def check(text: str) -> dict[str, Any]:
        verifier = SDJWTVerifier(text, lambda *_: issuer, expected_aud=task.audience, expected_nonce=task.nonce)
        found: dict[str, Any] = verifier.get_verified_payload()
        return found

    return check


def _by_hand(task: Task, verify: _Verify) -> Callable[[str], dict[str, Any]]:
    """What a verifier has to add to a JWT library; `verify` gets no key where it is the issuer's, always the same."""

    def check(text: str) -> dict[str, Any]:
        issued, *disclosures, proof = text.split("~")
        claims = disclosed(verify(issued, None), disclosures)
        told = verify(proof, claims["cnf"]["jwk"])
        covered = text[: len(text) - len(proof)]
        if (told["aud"], told["nonce"], told["sd_hash"]) != (task.audience, task.nonce, digest(covered)):
            raise ValueError("another question or presentation")
        return claims

    return check


def _pyjwt(task: Task) -> _Verify:
    issuer = native(task.issuer)

    def verify(text: str, jwk: Mapping[str, str] | None) -> dict[str, Any]:
        key = issuer if jwk is None else native(jwk)
        found: dict[str, Any] = jwt.decode(text, key, [_ALG], options=_CLAIMS_LATER)  # type: ignore[arg-type]
        return found

    return verify


def _joserfc(task: Task) -> _Verify:
    issuer = ECKey.import_key(dict(task.issuer))
    registry = jws.JWSRegistry(algorithms=[_ALG], strict_check_header=False)

    def verify(text: str, jwk: Mapping[str, str] | None) -> dict[str, Any]:
        key = issuer if jwk is None else ECKey.import_key(dict(jwk))
        return dict(jose_jwt.decode(text, key, registry=registry).claims)

    return verify


def _ours(task: Task) -> Candidate:
    trust = open_trust_list(bytes.fromhex(task.world["trust"]), Anchor.from_json(task.world["anchor"]))
    listed = open_status_list(bytes.fromhex(task.world["status"]), task.world["uri"], trust)
    asked = Asked(audience=task.audience, nonce=task.nonce)

    def judge(text: str) -> Presented:
        return verify_sdjwt(text, trust, {listed.uri: listed}, task.at, asked=asked)

    return Candidate(
        name="elicense: verify_sdjwt, with trust, period and status",
        items=[functools.partial(judge, one) for one in task.presented],
        bad=[functools.partial(judge, one) for one in task.bad],
        answer=lambda found: found.claims["name"] if found.outcome is Outcome.VALID else REFUSED,
    )


if __name__ == "__main__":
    serve(candidates)
