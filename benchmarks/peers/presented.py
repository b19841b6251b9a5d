"""A presentation of a wallet as a peer's process gets it, and what every such process measures as its baseline.

Standard library and `cryptography` only. The baseline are the two bare checks, of the issuer and of the holder, with
both keys ready and the bytes put together.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks.timing import Candidate, Effort, compare

ECDSA: Final = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Presentations, good ones and such with a holder's signature that is not good, and all that is needed to judge."""

    effort: Mapping[str, Any]
    issuer: Mapping[str, str]
    holder: Mapping[str, str]
    audience: str
    nonce: str
    vct: str
    at: int
    presented: Sequence[str]
    bad: Sequence[str]
    names: Sequence[str]
    world: Mapping[str, Any]

    def to_text(self) -> str:
        """For the standard input of a peer."""
        return json.dumps(asdict(self))

    def bare(self) -> Candidate:
        """The two bare checks inside each."""
        keys = [native(one) for one in (self.issuer, self.holder)]
        both = [[_bare(keys, one) for one in texts] for texts in (self.presented, self.bad)]
        return Candidate(name="two bare checks", items=both[0], bad=both[1], refusals=(InvalidSignature,))


def native(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    """A key (JWK) as an object of `cryptography`."""
    x, y = (int.from_bytes(decoded(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def decoded(text: str) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def disclosed(claims: Mapping[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    """By hand, for libraries that know only JWT: the claims with the disclosures whose digests are there."""
    known = set(claims["_sd"])
    found = {name: value for name, value in claims.items() if name not in {"_sd", "_sd_alg"}}
    for one in disclosures:
        if digest(one) not in known:
            raise ValueError("a disclosure that nobody signed")
        _, name, value = json.loads(decoded(one))
        found[name] = value
    return found


def digest(text: str) -> str:
    """SHA-256 in base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def serve(make: Callable[[Task], Sequence[Candidate]]) -> None:
    """Read a task, measure what `make` gives beside the baseline, write the timings."""
    task = Task(**json.load(sys.stdin))
    timings = compare((task.bare(), *make(task)), task.names, Effort(**task.effort))
    json.dump([asdict(one) for one in timings], sys.stdout)


def _bare(keys: Sequence[ec.EllipticCurvePublicKey], text: str) -> Callable[[], None]:
    calls = []
    for key, jwt in zip(keys, (text.partition("~")[0], text.rpartition("~")[2]), strict=True):
        signed, _, signature = jwt.rpartition(".")
        raw = decoded(signature)
        r, s = (int.from_bytes(raw[part], "big") for part in (slice(32), slice(32, 64)))
        calls.append(functools.partial(key.verify, encode_dss_signature(r, s), signed.encode("ascii"), ECDSA))

    def both() -> None:
        for call in calls:
            call()

    return both
