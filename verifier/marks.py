"""The marks of an offline folder: what was seen there and must not be undercut.

Trust lists and status lists are signed, so nobody can change them; but an older one is signed as well. The marks keep
the newest that was seen: the trust list by sequence number, time of issue and content, each status list by time of
issue, and every key that was ever called compromised. They only move forward. Nothing here is signed: who can write
the folder can change the marks, as they can change the pinned root keys. A damaged file is found, never passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from elicense import jws, strictjson
from elicense.errors import Rejected
from elicense.reason import Reason
from elicense.trust import TrustList

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What was seen. Instants are Unix seconds.

    `sequence`, `issued` and `digest` (see `digest_of`) are those of the newest trust list; `compromised` is
    when each key stopped being trusted, by the thumbprint of the key (hex); `lists` is the time of issue of the newest
    status list by its address; `newest` the newest signed time of all.
    """

    sequence: int = 0
    issued: int = 0
    digest: str = ""
    compromised: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    lists: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    newest: int = 0

    def require(self, trust: TrustList, digest: str) -> None:
        """Raise `Rejected(trust-rolled-back)` for a trust list that undercuts what was seen."""
        if trust.sequence < self.sequence or trust.issued < self.issued:
            raise Rejected(Reason.TRUST_ROLLED_BACK, "older than a list already seen")
        if trust.sequence == self.sequence and digest != self.digest:
            raise Rejected(Reason.TRUST_ROLLED_BACK, "another list with the same sequence number")
        marked = _compromised(trust)
        for thumbprint, since in self.compromised.items():
            if marked.get(thumbprint, since + 1) > since:
                raise Rejected(Reason.TRUST_ROLLED_BACK, "a compromise mark disappeared")

    def with_trust(self, trust: TrustList, digest: str) -> Marks:
        """The marks once this trust list was seen, which passed `require`."""
        return Marks(
            sequence=trust.sequence,
            issued=trust.issued,
            digest=digest,
            compromised={**self.compromised, **_compromised(trust)},
            lists=self.lists,
            newest=max(self.newest, trust.issued),
        )

    def with_list(self, uri: str, issued_at: int) -> Marks:
        """The marks once a status list was seen."""
        newest = max(issued_at, self.lists.get(uri, 0))
        return Marks(
            sequence=self.sequence,
            issued=self.issued,
            digest=self.digest,
            compromised=self.compromised,
            lists={**self.lists, uri: newest},
            newest=max(self.newest, newest),
        )

    def to_json(self) -> dict[str, Any]:
        """The content of the file."""
        return {
            "sequence": self.sequence,
            "issued": self.issued,
            "digest": self.digest,
            "compromised": dict(self.compromised),
            "lists": dict(self.lists),
            "newest": self.newest,
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Marks:
        """Read a file that `to_json` made. Raises `Rejected(trust-rolled-back)` for whatever is not exactly that."""
        match _loaded(data):
            case {
                "sequence": sequence,
                "issued": issued,
                "digest": str() as digest,
                "compromised": {**compromised},
                "lists": {**lists},
                "newest": newest,
                **more,
            } if not more:
                numbers = _numbers({"sequence": sequence, "issued": issued, "newest": newest})
                return cls(digest=digest, compromised=_numbers(compromised), lists=_numbers(lists), **numbers)
        raise _damaged()


def digest_of(data: bytes) -> str:
    """The SHA-256 of what a signed trust list says, hex; who signed it does not count. Raises `Rejected(malformed)`."""
    return hashlib.sha256(jws.read_general(data)).hexdigest()


def _compromised(trust: TrustList) -> dict[str, int]:
    """Since when each marked key is not trusted any more, by its thumbprint; the earliest counts."""
    found: dict[str, int] = {}
    for issuer in trust.issuers:
        for key in issuer.keys:
            if key.compromised_from is not None:
                thumbprint = key.key.thumbprint.hex()
                found[thumbprint] = min(key.compromised_from, found.get(thumbprint, key.compromised_from))
    return found


def _loaded(data: bytes) -> object:
    try:
        loaded: object = strictjson.loads(data)
    except Rejected:
        raise _damaged() from None
    return loaded


def _numbers(members: Mapping[object, object]) -> Mapping[str, int]:
    numbers = {str(name): value for name, value in members.items() if type(value) is int and value >= 0}
    if len(numbers) != len(members):
        raise _damaged()
    return MappingProxyType(numbers)


def _damaged() -> Rejected:
    return Rejected(Reason.TRUST_ROLLED_BACK, "the marks are damaged")
