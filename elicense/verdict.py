"""The answer of a check: outcome, every reason, and the licence once it is certain who wrote it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn

from elicense import notes
from elicense.errors import NotAccepted
from elicense.licence import Licence
from elicense.notes import Note
from elicense.numbers import LicenceIdentifier
from elicense.reason import Outcome, Reason, Shown
from elicense.status import StatusList
from elicense.trust import Authority, Issuer

_NOTHING: Final[Mapping[str, str | int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why the licence is not simply valid, with the facts a sentence about it needs.

    `detail` holds only what the format makes public (instants, days as ISO text, list addresses) and,
    for a refused token, nothing that came from it.
    """

    reason: Reason
    detail: Mapping[str, str | int] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about one token at one instant (`at`, Unix seconds).

    `licence` and `issuer` are there only when checks 1 to 5 passed: then it is certain who wrote it.
    `status_list` is the list that was read, `trust_sequence` the trust list. `shown` says whether the holder's own
    device showed it, `shown_at` when, by the device's clock (Unix seconds). A verdict is no boolean.
    """

    at: int
    findings: tuple[Finding, ...]
    trust_sequence: int
    licence: Licence | None = None
    issuer: Issuer | None = None
    status_list: StatusList | None = None
    ignored_labels: tuple[int, ...] = ()
    shown: Shown = Shown.STATIC
    shown_at: int | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader should know that changes no outcome; worked out when asked for."""
        if self.licence is None or self.issuer is None:
            return ()
        return notes.about(self.licence, self.issuer, self.ignored_labels)

    @property
    def outcome(self) -> Outcome:
        """Invalid if any finding says so, else undetermined if any does, else valid."""
        if not self.findings and self.licence is not None:
            return Outcome.VALID
        if any(finding.reason.outcome is Outcome.INVALID for finding in self.findings):
            return Outcome.INVALID
        return Outcome.UNDETERMINED

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons in the order in which the checks found them."""
        return tuple(finding.reason for finding in self.findings)

    @property
    def authority(self) -> Authority | None:
        """The registering authority, if the trust list knows the number in the licence."""
        if self.licence is None or self.issuer is None:
            return None
        return self.issuer.by_number.get(self.licence.authority)

    @property
    def identifier(self) -> LicenceIdentifier | None:
        """The licence identifier 证照标识 of GB/T 36904, if type and authority are known."""
        authority = self.authority
        if self.licence is None or self.issuer is None or authority is None:
            return None
        type_code = self.issuer.type_codes.get(self.licence.kind)
        if type_code is None:
            return None
        return LicenceIdentifier(
            type_code=type_code, issuer=authority.code, serial=self.licence.number, version=self.licence.version
        )

    def require(self) -> Licence:
        """Return the licence if the outcome is valid; raise `NotAccepted` otherwise."""
        if self.outcome is not Outcome.VALID or self.licence is None:
            raise NotAccepted(self)
        return self.licence

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three outcomes: ask for .outcome or call .require()")


_PUTS: Final = tuple(Verdict.__dict__[field.name].__set__ for field in dataclasses.fields(Verdict))


def verdict_of(  # noqa: PLR0917 - one for each field, in their order
    at: int,
    findings: tuple[Finding, ...],
    trust_sequence: int,
    licence: Licence,
    issuer: Issuer,
    status_list: StatusList | None,
    ignored_labels: tuple[int, ...],
    shown: Shown,
    shown_at: int | None,
) -> Verdict:
    """The verdict about a genuine licence, filled slot by slot: each check makes one, and so it takes half the time."""
    made = object.__new__(Verdict)
    values = (at, findings, trust_sequence, licence, issuer, status_list, ignored_labels, shown, shown_at)
    for put, value in zip(_PUTS, values, strict=True):
        put(made, value)
    return made
