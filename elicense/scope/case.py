"""What a check is told, and what it answers."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from elicense.licence import Filing, InstitutionLicence, InstitutionRef, NurseLicence, PhysicianLicence
from elicense.scope.answer import Decision
from elicense.scope.question import Question
from elicense.scope.rules import Rules, Step

Person = PhysicianLicence | NurseLicence


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: a reason code, what it is about, at most how grave, and its own legal basis if it has one."""

    code: str
    fact: str | None = None
    subject: str | None = None
    most: Decision = Decision.NO
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a check may look at. A licence stands here only if it may be looked into.

    `number` is the registration number of the institution where it happens. `beds_known`: the institution's licence is
    valid on the day, so that its number of beds may be relied on by a check that is not about its content.
    """

    question: Question
    rules: Rules
    on: dt.date
    step: Step
    person: Person | None
    institution: InstitutionLicence | None
    number: str | None
    beds_known: bool

    @property
    def name(self) -> str | None:
        """The name of that institution, where the step takes one."""
        return self.question.at_name if "at_name" in self.step.facts else None

    def here(self, held: InstitutionRef | Filing) -> bool:
        """Whether an entry of a licence names the institution where it happens; the number goes first."""
        if self.number is not None:
            return held.number == self.number
        return self.name is not None and plain(held.name) == plain(self.name)

    def filed(self, person: Person) -> tuple[Filing, ...]:
        """The filings at this institution that are in force on the day."""
        return tuple(f for f in person.filings if self.here(f) and f.start <= self.on and not ended(f, self.on))


Result = Iterable[Found] | None


def plain(name: str) -> str:
    """A name as it is compared: NFKC (which makes brackets, blanks and width alike) and no blanks; never expanded."""
    return unicodedata.normalize("NFKC", name).replace(" ", "")


def ended(filing: Filing, on: dt.date) -> bool:
    """Whether a filing ended before the day; its last day still counts."""
    return filing.end is not None and filing.end < on
