"""A second judge: openvc-core, in an environment of its own. Cases on standard input, what it makes of each on output.

Run by the interpreter of that environment, which has nothing of this project: only openvc and what it brings.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any

import jwt
from openvc.errors import OpenvcError
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.status.token_status_list import check_token_status


def judge(case: dict[str, Any]) -> dict[str, Any]:
    """Whether the presentation is accepted, what it says, and the value of its status if there is a list."""
    try:
        found = SdJwtVcProofSuite().verify(
            case["presentation"], public_key_jwk=case["issuer"], audience=case["audience"], nonce=case["nonce"],
            require_key_binding=True, expected_vct=case.get("vct"), now=dt.datetime.fromtimestamp(case["at"], dt.UTC),
        )  # fmt: skip
    except OpenvcError as refused:
        return {"accepted": False, "why": type(refused).__name__}

    if "list" not in case:
        return {"accepted": True, "claims": found.claims}

    def listed(uri: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            case["list"], jwt.PyJWK({**case["status_key"], "alg": "ES256"}), ["ES256"], options={"verify_exp": False}
        )
        if claims["sub"] != uri:
            raise LookupError(uri)
        return claims

    status = check_token_status(found.claims, resolve_status_list_token=listed)
    return {"accepted": True, "claims": found.claims, "status": None if status is None else status.status}


if __name__ == "__main__":
    json.dump([judge(case) for case in json.load(sys.stdin)], sys.stdout, default=str)
