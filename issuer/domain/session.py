"""A session of the web pages: who is signed in, with which key, since when, on which machine.

A session opens by a signed act (`session.begin`), so that the trail tells each sign-in with its time and its key
(国卫办医函〔2019〕735号, three). It is asked for anew at each request: it ends with its key, its account, by rest, by
age, or by its owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from issuer.domain.account import AccountId
    from issuer.domain.officer_key import KeyId

REST_SECONDS: Final = 1_800
"""A session that nobody used for so long is over."""
AGE_SECONDS: Final = 36_000
"""A session is over after a long working day, however busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session. `id` is the SHA-256 of the cookie, `machine` a digest that tells one browser from another."""

    id: bytes
    account: AccountId
    key: KeyId
    csrf: str
    machine: str
    began_at: int
    seen_at: int
    ended_at: int | None = None

    def open_at(self, at: int) -> bool:
        """Whether the session still holds at `at`, as far as time and its owner are concerned."""
        return self.ended_at is None and at < self.seen_at + REST_SECONDS and at < self.began_at + AGE_SECONDS
