"""The examples of RFC 9901: opened to the very claims that the text prints, and the proof of the holder is good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from elicense.keys import PublicKey
from elicense.limits import KEY_BINDING_SECONDS_MAX
from elicense.sdjwt import Asked, bound, open_sdjwt, split
from elicense.sdjwt.opening import processed

_VECTORS: Final = json.loads(
    (Path(__file__).parents[2] / "vectors" / "public" / "ietf" / "rfc9901.json").read_text(encoding="utf-8")
)
_KEY: Final = PublicKey.from_jwk(_VECTORS["issuer_key"])


@pytest.mark.parametrize("case", _VECTORS["cases"], ids=lambda case: case["name"])
def test_an_example_of_the_text(case: dict[str, Any]) -> None:
    compact = split(case["sd_jwt"])
    assert compact.jwt.signed_by(_KEY)
    assert processed(compact) == case["claims"]
    if "key_binding" not in case:
        assert open_sdjwt(case["sd_jwt"], _KEY) == case["claims"]
        return
    said = case["key_binding"]
    asked, holder = Asked(said["audience"], said["nonce"]), PublicKey.from_jwk(case["claims"]["cnf"]["jwk"])
    assert bound(compact, holder, asked, said["at"])
    assert not bound(compact, holder, Asked(said["audience"], "another"), said["at"])
    assert not bound(compact, holder, asked, said["at"] + KEY_BINDING_SECONDS_MAX + 1)
    assert not bound(compact, _KEY, asked, said["at"])
