"""The row of a copy: a licence in force, signed once more for one device of its holder.

A copy says what the licence says, and the public key of the device (RFC 8747 `cnf`), so that only that device can show
it live. It has an index of its own in a status list, drawn at random, so that two verifiers that compare notes cannot
tell by it that they saw one licence; its standing follows the register like the licence's. A registration has at most
one copy in force: whoever binds a new device lets the old one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from issuer.domain.licence_record import LicenceId
    from issuer.domain.registration import RegistrationId

CopyId = NewType("CopyId", str)


class CopyState(StrEnum):
    """intended → active → retired; an intended one that is overtaken is retired without a token."""

    INTENDED = "intended"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceCopy:
    """One copy. `device` is the kid (16 hex digits) of the device's key, `kid` that of the signing key."""

    id: CopyId
    registration: RegistrationId
    licence: LicenceId
    device: str
    list: int
    index: int
    tbs: bytes
    token: bytes | None
    state: CopyState
    kid: str
    intended_at: int
    issued_at: int | None = None
