"""Peers that speak JSON, beside our own check. Runs in an environment of its own: `... jose_peers < task`.

Each has the same claims under their names as a JWT signed with ES256 by the same key; sd-jwt has them as disclosures,
the most a holder can show. They stop at a dictionary: no text of a QR code, no typed licence, no authority, no status.
The JWTs carry a far `exp`, since one of the peers accepts none without.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import clasp
import jwt
from cryptography.hazmat.primitives import serialization
from joserfc import jwt as jose_jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import InvalidJWSSignature
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from benchmarks.check import said, token_to_claims
from benchmarks.peers.task import Task, serve
from benchmarks.timing import Candidate
from elicense import Anchor, check_text, open_status_list, open_trust_list, prepare, qr
from elicense.claims import from_json
from elicense.cose import assemble
from elicense.errors import Rejected
from elicense.keys import PublicKey, SoftwareSigner
from elicense.sdjwt import open_sdjwt

_EXP = 2**33 - 1
_ALG = "ES256"


def candidates(task: Task) -> tuple[Sequence[Candidate], Sequence[Candidate]]:
    """Checking and signing."""
    claims = [{"iat": one["issued_at"], "exp": _EXP, **one} for one in task.named]
    tokens = [jwt.encode(one, task.private, algorithm=_ALG, headers={"kid": task.kid}) for one in claims]
    bad = [_swapped(one, other) for one, other in zip(tokens, tokens[1:] + tokens[:1], strict=True)]
    checking = [*_ours(task), *_jwt_checks(task, tokens, bad), *_sd_jwt_checks(task, claims)]
    return checking, [_our_signing(task), *_jwt_signing(task, claims)]


def _swapped(one: str, other: str) -> str:
    """A token with another one's signature."""
    return f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def _ours(task: Task) -> list[Candidate]:
    anchor = Anchor.from_json(task.world["anchor"])
    trust = open_trust_list(bytes.fromhex(task.world["trust"]), anchor)
    listed = open_status_list(bytes.fromhex(task.world["status"]), task.world["uri"], trust)
    statuses, at = {listed.uri: listed}, task.world["at"]

    def calls(tokens: Sequence[str]) -> list[Callable[[], Any]]:
        texts = [qr.to_digits(bytes.fromhex(one)) for one in tokens]
        return [functools.partial(check_text, text, trust, statuses, at) for text in texts]

    whole = Candidate(name="elicense.check_text", items=calls(task.tokens), bad=calls(task.bad_tokens), answer=said)
    return [whole, token_to_claims(PublicKey.from_jwk(task.jwk), task.tokens, task.bad_tokens)]


def _jwt_checks(task: Task, tokens: Sequence[str], bad: Sequence[str]) -> list[Candidate]:
    public = task.private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    native = clasp.AsymmetricKey.from_ec_pem(pem, _ALG)
    jose = ECKey.import_key({**task.jwk, "kty": "EC"})

    def rust(token: str) -> Any:  # noqa: ANN401
        return json.loads(native.verify(token))

    return [
        Candidate(
            name="PyJWT: decode",
            items=[functools.partial(jwt.decode, one, public, algorithms=[_ALG]) for one in tokens],
            bad=[functools.partial(jwt.decode, one, public, algorithms=[_ALG]) for one in bad],
            answer=lambda found: found["name"],
            refusals=(jwt.InvalidSignatureError,),
        ),
        Candidate(
            name="joserfc: decode",
            items=[functools.partial(jose_jwt.decode, one, jose, [_ALG]) for one in tokens],
            bad=[functools.partial(jose_jwt.decode, one, jose, [_ALG]) for one in bad],
            answer=lambda found: found.claims["name"],
            refusals=(BadSignatureError,),
        ),
        Candidate(
            name="clasp-jwt: verify and json.loads",
            items=[functools.partial(rust, one) for one in tokens],
            bad=[functools.partial(rust, one) for one in bad],
            answer=lambda found: found["name"],
            refusals=(RuntimeError,),  # the one it raises for everything
        ),
    ]


def _sd_jwt_checks(task: Task, claims: Sequence[dict[str, Any]]) -> list[Candidate]:
    private = JWK.from_pyca(task.private)
    public = JWK.from_pyca(task.private.public_key())
    hidden = [_disclosable(one) for one in claims]
    made = [SDJWTIssuer(one, private).sd_jwt_issuance for one in hidden]
    parts = [one.partition("~") for one in made]
    others = [head for head, _, _ in parts[1:] + parts[:1]]
    bad = [f"{_swapped(head, other)}~{tail}" for (head, _, tail), other in zip(parts, others, strict=True)]

    def check(text: str) -> dict[str, Any]:
        found: dict[str, Any] = SDJWTVerifier(text, lambda *_: public).get_verified_payload()
        return found

    key = PublicKey.from_jwk(task.jwk)
    return [
        Candidate(
            name="sd-jwt: verify, all disclosed",
            items=[functools.partial(check, one) for one in made],
            bad=[functools.partial(check, one) for one in bad],
            answer=lambda found: found["name"],
            refusals=(InvalidJWSSignature,),
        ),
        Candidate(
            name="elicense: open_sdjwt, all disclosed",
            items=[functools.partial(open_sdjwt, one, key) for one in made],
            bad=[functools.partial(open_sdjwt, one, key) for one in bad],
            answer=lambda found: found["name"],
            refusals=(Rejected,),
        ),
    ]


def _disclosable(claims: dict[str, Any]) -> dict[Any, Any]:
    return {name if name in {"iat", "exp"} else SDObj(name): value for name, value in claims.items()}


def _our_signing(task: Task) -> Candidate:
    signer = SoftwareSigner(task.private)

    def sign(licence: Any) -> bytes:  # noqa: ANN401
        prepared = prepare(licence, signer.public_key)
        return assemble(prepared.header, prepared.payload, signer.sign(prepared.tbs))

    key = signer.public_key
    return Candidate(
        name="elicense: prepare, sign, assemble",
        items=[functools.partial(sign, from_json(one)) for one in task.named],
        answer=lambda token: token_to_claims(key, [token.hex()], ()).items[0](),
    )


def _jwt_signing(task: Task, claims: Sequence[dict[str, Any]]) -> list[Candidate]:
    private = task.private
    public = private.public_key()
    header = {"alg": _ALG, "kid": task.kid}
    pkcs8 = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    jose, held = ECKey.import_key(pkcs8), JWK.from_pyca(private)

    def name_in(token: str) -> object:
        return jwt.decode(token, public, algorithms=[_ALG])["name"]

    def shown(made: SDJWTIssuer) -> object:
        return SDJWTVerifier(made.sd_jwt_issuance, lambda *_: held).get_verified_payload()["name"]

    return [
        Candidate(
            name="PyJWT: encode",
            items=[functools.partial(jwt.encode, one, private, _ALG, {"kid": task.kid}) for one in claims],
            answer=name_in,
        ),
        Candidate(
            name="joserfc: encode",
            items=[functools.partial(jose_jwt.encode, header, one, jose) for one in claims],
            answer=name_in,
        ),
        Candidate(
            name="sd-jwt: issue",
            items=[functools.partial(SDJWTIssuer, _disclosable(one), held) for one in claims],
            answer=shown,
        ),
    ]


if __name__ == "__main__":
    serve(candidates)
