"""The shared world of the vectors: root keys, trust lists and status lists, each with a name.

Everything is made from `tests.world`, whose keys come from words and sign deterministically.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from elicense import Anchor, Kind, SoftwareSigner, TrustList
from elicense.keys import b64url
from elicense.status import StatusArray, encode_cwt, encode_jwt
from elicense.trust import Purpose, TrustKey
from tests.world import BASE, DAY, LIST_SIZE, T0, World, signer

__all__ = ["BASE", "DAY", "LIST_SIZE", "T0", "URI", "WORLD"]

VALUES: Final = {201: 1, 202: 2, 203: 3, LIST_SIZE - 1: 1}
WORLD: Final = World(host="https://elicense.example", values=VALUES)
URI: Final = WORLD.hainan.list_uri(1)
BEIJING_URI: Final = WORLD.other.list_uri(1)
NEW_ROOTS: Final = tuple(signer(f"new root {number}") for number in range(3))
NEW_ANCHOR: Final = Anchor(threshold=2, keys=tuple(root.public_key for root in NEW_ROOTS))
SECOND_STATUS_KEY: Final = signer("second status")


def _province(**changes: Any) -> TrustList:
    return WORLD.trust(dataclasses.replace(WORLD.hainan, **changes), WORLD.other)


def _keys(**changes: Any) -> TrustList:
    """Hainan with one licence key, changed."""
    return _province(keys=(WORLD.key(WORLD.licence_key, Purpose.LICENCE, **changes), _status_key()))


def _status_key(held: SoftwareSigner = WORLD.status_key, **changes: Any) -> TrustKey:
    return WORLD.key(held, Purpose.STATUS, **changes)


TRUSTS: Final[dict[str, TrustList]] = {
    "main": WORLD.trust(),
    "main for fifty years": WORLD.trust(next_update=T0 + 50 * 365 * DAY),
    "key since a second later": _keys(since=T0 + 1),
    "key since that second": _keys(since=T0),
    "key until that second": _keys(until=T0),
    "key until a second later": _keys(until=T0 + 1),
    "key for no time at all": _keys(since=T0, until=T0),
    "key compromised a year ago": _keys(compromised_from=T0 - 300 * DAY),
    "key compromised later": _keys(compromised_from=T0 + 300 * DAY),
    "key compromised and retired": _keys(compromised_from=T0 + DAY, until=T0 + DAY),
    "other key compromised": _province(
        keys=(
            WORLD.key(WORLD.licence_key, Purpose.LICENCE, compromised_from=T0),
            WORLD.key(WORLD.edwards_key, Purpose.LICENCE),
            _status_key(),
        )
    ),
    "nurses only": _province(kinds=frozenset({Kind.NURSE})),
    "people only": _province(kinds=frozenset({Kind.NURSE, Kind.PHYSICIAN})),
    "one city": _province(divisions=(460_100,)),
    "one county": _province(divisions=(460_105,)),
    "two areas": _province(divisions=(110_000, 460_100)),
    "no keys": _province(keys=()),
    "no issuers": dataclasses.replace(WORLD.trust(), issuers=()),
    "keys change purpose": _province(
        keys=(WORLD.key(WORLD.licence_key, Purpose.STATUS), WORLD.key(WORLD.status_key, Purpose.LICENCE))
    ),
    "second status key": _province(keys=(*WORLD.hainan.keys, _status_key(SECOND_STATUS_KEY))),
    "status key retired": _province(keys=(WORLD.hainan.keys[0], _status_key(until=T0))),
    "status key not yet": _province(keys=(WORLD.hainan.keys[0], _status_key(since=T0 + 1))),
    "status key compromised": _province(keys=(WORLD.hainan.keys[0], _status_key(compromised_from=T0 + DAY))),
}


def status(bits: int = 2, values: dict[int, int] | None = None, **changes: Any) -> bytes:
    """A status list of Hainan at `T0`, as CWT unless `encode` says otherwise."""
    size = changes.pop("size", LIST_SIZE)
    encode = changes.pop("encode", encode_cwt)
    held = changes.pop("held", WORLD.status_key)
    arguments: dict[str, Any] = {"uri": URI, "issued_at": T0, "expires_at": T0 + DAY, "ttl": 900, **changes}
    made: bytes = encode(StatusArray.build(size, VALUES if values is None else values, bits), held, **arguments)
    return made


STATUSES: Final[dict[str, bytes]] = {
    "normal": status(),
    "normal as JWT": status(encode=encode_jwt),
    "for fifty years": status(expires_at=T0 + 50 * 365 * DAY),
    "the day before": status(issued_at=T0 - DAY, expires_at=T0),
    "the day before, longer": status(issued_at=T0 - DAY, expires_at=T0 + 1),
    "in two minutes": status(issued_at=T0 + 120),
    "a second after": status(issued_at=T0 + 121),
    "one bit": status(1, {201: 1}, size=512),
    "four bits": status(4, {201: 5, 202: 15, 203: 1}, size=512),
    "eight bits": status(8, {201: 4, 202: 255, 203: 3}, size=512),
    "short": status(size=64, values={}),
    "of another address": status(uri=WORLD.hainan.list_uri(2)),
    "by a licence key": status(held=WORLD.licence_key),
    "by another province": status(held=WORLD.other_status_key),
    "of Beijing": status(held=WORLD.other_status_key, uri=BEIJING_URI, values={}),
}

LISTS: Final[dict[str, dict[str, Any]]] = {
    "normal": {URI: "normal", BEIJING_URI: "of Beijing"},
    "none": {},
    "rolled back": {URI: {"refused": "status-rolled-back"}},
    **{name: {URI: name} for name in STATUSES if name not in {"normal", "of Beijing"}},
    "a list of Beijing": {URI: "of Beijing"},
    "only Beijing": {BEIJING_URI: "of Beijing"},
}
"""Named sets of status lists: by address the name of a list, or the reason why the list there is not believed."""


def to_json() -> dict[str, Any]:
    """The file `world.json`."""
    return {
        "about": "Root keys, signed trust lists and status lists of the vectors, each by its name. All invented.",
        "anchors": {"main": WORLD.anchor.to_json(), "new": NEW_ANCHOR.to_json()},
        "trust_lists": {name: WORLD.signed_trust(trust).decode("utf-8") for name, trust in TRUSTS.items()},
        "status_lists": {name: b64url(token) for name, token in STATUSES.items()},
        "lists": LISTS,
    }
