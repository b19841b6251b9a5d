"""The row of a minted licence and the row of its status index, as values.

One licence for one approved application; a status index is drawn at random and never used again, whatever becomes
of the licence. `tbs` holds the exact bytes to be signed, written before the key is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from issuer.domain.application import ApplicationId
    from issuer.domain.licence_copy import CopyId
    from issuer.domain.offer import WalletCopyId
    from issuer.domain.registration import RegistrationId

LicenceId = NewType("LicenceId", str)


class LicenceState(StrEnum):
    """intended → active → retired; spoiled when the check before release failed."""

    INTENDED = "intended"
    ACTIVE = "active"
    RETIRED = "retired"
    SPOILED = "spoiled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRecord:
    """One licence version of one registration. `kid` is the 16 hex digits of the signing key."""

    id: LicenceId
    registration: RegistrationId
    version: int
    application: ApplicationId
    list: int
    index: int
    tbs: bytes
    token: bytes | None
    state: LicenceState
    kid: str
    intended_at: int
    issued_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEntry:
    """One index of one status list, never deleted. `value` is 0 valid, 1 invalid, 2 suspended, 3 superseded."""

    list: int
    index: int
    value: int
    licence: LicenceId | CopyId | WalletCopyId | None
    changed_at: int
