"""What is asked of a peer's process and what it answers, as JSON. Standard library and `cryptography` only.

Every process measures the bare check and the bare signature as well, so that each ratio has its baseline from the same
process and the same minute.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.timing import Candidate, Effort, compare

ECDSA: Final = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The same licences in several forms, with the made-up key that signed them.

    Bytes travel as hexadecimal text. `named` are the claims with names, for JSON peers; `world` is what our own check
    needs: trust list, anchor, status list with its address, time.
    """

    effort: Mapping[str, Any]
    pkcs8: str
    jwk: Mapping[str, str]
    kid: str
    tokens: Sequence[str]
    bad_tokens: Sequence[str]
    tbs: Sequence[str]
    signatures: Sequence[str]
    names: Sequence[str]
    named: Sequence[Mapping[str, Any]]
    world: Mapping[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        """For the standard input of a peer."""
        return json.dumps(asdict(self))

    @property
    def spent(self) -> Effort:
        """How much is spent."""
        return Effort(**self.effort)

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """The signing key as an object of `cryptography`."""
        key = serialization.load_der_private_key(bytes.fromhex(self.pkcs8), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not a key for ES256")
        return key

    def bare_check(self) -> Candidate:
        """The bare check of each licence; the bad ones have the next licence's signature."""
        key = self.private.public_key()
        signed = [bytes.fromhex(one) for one in self.tbs]
        signatures = [bytes.fromhex(one) for one in self.signatures]
        return Candidate(
            name="bare check",
            items=[functools.partial(key.verify, *pair, ECDSA) for pair in zip(signatures, signed, strict=True)],
            bad=[
                functools.partial(key.verify, one, other, ECDSA)
                for one, other in zip(signatures, signed[1:] + signed[:1], strict=True)
            ],
            refusals=(InvalidSignature,),
        )

    def bare_sign(self) -> Candidate:
        """The bare signature over the same bytes."""
        key = self.private
        return Candidate(
            name="bare signature", items=[functools.partial(key.sign, bytes.fromhex(one), ECDSA) for one in self.tbs]
        )


def serve(make: Callable[[Task], tuple[Sequence[Candidate], Sequence[Candidate]]]) -> None:
    """Read a task, measure the candidates that `make` gives for checking and for signing, write the timings."""
    task = Task(**json.load(sys.stdin))
    checking, signing = make(task)
    answer = {
        "check": [asdict(one) for one in compare((task.bare_check(), *checking), task.names, task.spent)],
        "sign": [asdict(one) for one in compare((task.bare_sign(), *signing), task.names, task.spent)],
    }
    json.dump(answer, sys.stdout)
