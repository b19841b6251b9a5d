"""python-cwt on our own tokens. Runs in an environment of its own: `python -m benchmarks.peers.cwt_peer < task`.

`cwt.decode` gives the claims as a map of integers: COSE, signature and CBOR, but no text of a QR code, no typed
licence, no authority, no status.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Sequence
from typing import Any

import cbor2
import cwt

from benchmarks.peers.task import Task, serve
from benchmarks.timing import Candidate

_LICENCE, _NAME = -65537, 4


def candidates(task: Task) -> tuple[Sequence[Candidate], Sequence[Candidate]]:
    """Checking and signing."""
    point = {number: base64.urlsafe_b64decode(task.jwk[name] + "=") for number, name in ((-2, "x"), (-3, "y"))}
    held = {1: 2, -1: 1, 3: -7, 2: bytes.fromhex(task.kid), **point}
    public = cwt.COSEKey.new(held)
    private = cwt.COSEKey.new({**held, -4: task.private.private_numbers().private_value.to_bytes(32, "big")})
    cose = cwt.COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True)
    tokens = [bytes.fromhex(one) for one in task.tokens]
    claims = [cwt.decode(token, public) for token in tokens]

    def sign(one: dict[int, Any]) -> object:
        return cose.encode_and_sign(cbor2.dumps(one), private)

    checking = Candidate(
        name="python-cwt: decode",
        items=[functools.partial(cwt.decode, token, public) for token in tokens],
        bad=[functools.partial(cwt.decode, bytes.fromhex(one), public) for one in task.bad_tokens],
        answer=lambda decoded: decoded[_LICENCE][_NAME],
        refusals=(cwt.VerifyError, cwt.DecodeError),
    )
    signing = Candidate(
        name="python-cwt: encode and sign",
        items=[functools.partial(sign, one) for one in claims],
        answer=lambda token: cwt.decode(token, public)[_LICENCE][_NAME],
    )
    return (checking,), (signing,)


if __name__ == "__main__":
    serve(candidates)
