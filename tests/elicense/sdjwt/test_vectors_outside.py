"""The vectors of wallets before @sd-jwt/core: what it can judge it judges as ours, but for differences known by name.

It is given the issuer's key and checks the signature, the disclosures, and the key binding with its nonce; the
audience is compared beside it. It knows no trust list, no kinds of licences and no status. `differences.json` names,
by what ours answers, each vector that it takes nevertheless (many of which section 7.1 of RFC 9901 would have refused),
and each that it refuses by a reading of its own. A difference more or less fails: a new version has changed its mind.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from elicense import Rejected
from elicense.reason import Check, Reason
from elicense.sdjwt import split
from elicense.trust import Purpose
from tests import run_vectors
from tests.making.world import WORLD
from tests.outside.install import installed

Json = dict[str, Any]
DIFFERENCES: Final = json.loads(Path(__file__).with_name("differences.json").read_text("utf-8"))
ITS_MATTER: Final = {Check.SHAPE, Check.KEY, Check.SIGNATURE, Check.HOLDER}
CASES: Final = {
    f"{file}: {case['name']}": (file, case) for file, case in run_vectors.cases() if file.startswith("sdjwt/")
}
_CHECKS: Final = {reason.code: reason.check for reason in Reason}


def _key(case: Json) -> Json | None:
    """The key that the trust list has for the `kid`; where the header cannot be read, that of the good copy."""
    known = run_vectors.trust_list(case["trust"]).by_kid
    try:
        found = known.get(bytes.fromhex(split(case["presentation"]).jwt.header["kid"]), ())
    except (Rejected, KeyError, ValueError):
        return {**WORLD.licence_key.public_key.to_jwk()}
    return next(({**one.key.key.to_jwk()} for one in found if one.key.purpose is Purpose.LICENCE), None)


def _asked(file: str, case: Json) -> Json:
    if file == "sdjwt/opened":
        return {"text": case["text"], "key": case["key"], "asked": None, "at": 0}
    return {"text": case["presentation"], "key": _key(case), "asked": case["asked"], "at": case["at"]}


def _ours(file: str, case: Json) -> str:
    """The reason for which ours refuses a case in what is the other's matter too; empty if it does not."""
    if file == "sdjwt/opened":
        return str(case["expect"].get("refused", ""))
    reasons = [reason for reason in case["expect"]["reasons"] if _CHECKS[reason] in ITS_MATTER]
    unasked = case["asked"] is None and reasons == ["holder-proof-bad"]
    return "" if unasked or not reasons else str(reasons[0])


@pytest.fixture(scope="module")
def theirs() -> dict[str, Json]:
    asked = [_asked(file, case) for file, case in CASES.values()]
    done = subprocess.run(
        ["node", "judging.mjs"], cwd=installed(), input=json.dumps(asked), capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


def test_what_it_takes_and_ours_does_not_is_known_by_name(theirs: dict[str, Json]) -> None:
    found: dict[str, list[str]] = {}
    for name, case in CASES.items():
        if theirs[name]["accepted"] and (reason := _ours(*case)):
            found.setdefault(reason, []).append(name)
    assert found == DIFFERENCES["accepted"]


def test_what_it_refuses_and_ours_takes_so_far_is_known_by_name(theirs: dict[str, Json]) -> None:
    found = [name for name, case in CASES.items() if not theirs[name]["accepted"] and not _ours(*case)]
    assert found == DIFFERENCES["refused"]


def test_what_both_open_says_the_same(theirs: dict[str, Json]) -> None:
    opened = {name: case["expect"]["claims"] for name, (_, case) in CASES.items() if "claims" in case["expect"]}
    both = {name: claims for name, claims in opened.items() if theirs[name]["accepted"] and claims is not None}
    assert len(both) > 60
    for name, claims in both.items():
        said = theirs[name]["claims"]
        assert said == claims if name.startswith("sdjwt/opened") else claims.items() <= said.items(), name
