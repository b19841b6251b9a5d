"""A wallet's presentation by openvc-core. Runs in an environment of its own: `... presented_openvc < task`.

It checks both signatures, disclosures, type, times and key binding for the audience and nonce; not who may certify
what, and the status is another call that is not made here.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

from openvc.errors import OpenvcError
from openvc.proof.sd_jwt import SdJwtVcProofSuite

from benchmarks.peers.presented import Task, serve
from benchmarks.timing import Candidate


def candidates(task: Task) -> Sequence[Candidate]:
    """Its one way."""
    suite, issuer, now = (
        SdJwtVcProofSuite(),
        {**task.issuer, "alg": "ES256"},
        dt.datetime.fromtimestamp(task.at, dt.UTC),
    )

    def check(text: str) -> Any:  # noqa: ANN401 - what it gives
        return suite.verify(
            text, public_key_jwk=issuer, audience=task.audience, nonce=task.nonce, require_key_binding=True,
            expected_vct=task.vct, now=now,
        )  # fmt: skip

    return (
        Candidate(
            name="openvc-core: verify with key binding",
            items=[functools.partial(check, one) for one in task.presented],
            bad=[functools.partial(check, one) for one in task.bad],
            answer=lambda found: found.claims["name"],
            refusals=(OpenvcError,),
        ),
    )


if __name__ == "__main__":
    serve(candidates)
