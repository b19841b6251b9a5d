"""JWS from strangers: what is not base64url is refused or passed over, and nothing else happens."""

from __future__ import annotations

import json

import pytest

from elicense import Reason, Rejected, open_trust_list, strictjson
from tests.world import World

WORLD = World()


@pytest.mark.parametrize("dotted", ["a.b", ".", "a.b.c", "..."])
def test_a_dot_in_a_signature_neither_counts_nor_escapes(dotted: str) -> None:
    value = json.loads(WORLD.signed_trust(None, *WORLD.roots))
    value["signatures"][0]["signature"] = dotted
    assert open_trust_list(strictjson.dumps(value), WORLD.anchor) == WORLD.trust()
    value["signatures"][1]["signature"] = dotted
    with pytest.raises(Rejected) as caught:
        open_trust_list(strictjson.dumps(value), WORLD.anchor)
    assert caught.value.reason is Reason.TRUST_BAD
