"""Judging what a wallet showed: see `judge`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verifier.folder import Lists
from verifier.openid4vp.dcql import CredentialQuery


class NotShown(Exception):
    """A presentation that is not what was asked for, or not this holder's for this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One presentation as judged."""

    id: str

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {"id": self.id}


def judge(query: CredentialQuery, presentation: str, lists: Lists, *, at: int, audience: str, nonce: str) -> Shown:
    """Judge one presentation for one credential query."""
    raise NotShown(f"{query.id} {presentation} {lists} {at} {audience} {nonce}"[:0])
