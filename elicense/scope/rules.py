"""The rules as data: what each profile asks, what each finding means, with legal basis, certainty and days.

Only the shape of a row and its look-ups live here; the rows are CSV files under `elicense/data/rules`, which
`elicense.scope.files` reads and checks. `found` (read in the source) and `high` (known from several places) may make
an answer yes or no; `medium` can only make it ask; weaker knowledge is not in the files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from elicense.licence import Kind
from elicense.scope.answer import Decision

ANY: Final = "*"
"""The scope in a pair that holds for every scope."""
FIRM: Final = frozenset({"found", "high"})
"""How sure a rule has to be before it may make an answer yes or no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every rule says about itself; both days are included, and no last day means that it still holds."""

    basis: str
    confidence: str
    source: str
    effective_from: dt.date
    effective_to: dt.date | None

    @property
    def firm(self) -> bool:
        """Whether the rule may make an answer yes or no."""
        return self.confidence in FIRM

    def holds(self, on: dt.date) -> bool:
        """Whether it is in force on the civil day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Rule):
    """A kind of question. `kinds` of licence that the person may hold, none if no person is asked about.

    A licence of the institution that is not required is still read if it is shown. `basis` is why there must be a
    licence at all.
    """

    profile: str
    zh: str
    en: str
    kinds: tuple[Kind, ...]
    institution_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Rule):
    """One step of a profile: which check, for which kinds of person (all if empty), how grave at most.

    `facts` are those it looks at. `given` names a fact: the step matters only where something is given for it.
    """

    profile: str
    step: str
    check: str
    about: str
    kinds: tuple[Kind, ...]
    facts: tuple[str, ...]
    given: str
    number: int
    effect: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Rule):
    """A value of a coded fact, and the reason it gives ('' for none), `unless` another fact is true.

    `without_beds` is the reason instead at an institution without beds. `nothing`: the value says there is none.
    """

    fact: str
    value: str
    zh: str
    en: str
    reason: str
    unless: str
    without_beds: str
    nothing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Rule):
    """A code of a table that has an attribute on which checks branch."""

    table: str
    code: str
    attribute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Rule):
    """A scope (or any, `*`) and a subject with all below it: covered if `reason` is '', else what to ask."""

    scope: str
    subject: str
    reason: str

    def about(self, subject: str) -> bool:
        """Whether the pair speaks of this subject."""
        return subject == self.subject or subject.startswith(self.subject + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What a reason code says, and the gravest it may mean."""

    code: str
    decision: Decision
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a fact is called in a sentence."""

    fact: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules. `edition` names the content of the files they were read from."""

    edition: str
    profiles: tuple[Profile, ...]
    steps: tuple[Step, ...]
    values: tuple[Value, ...]
    attributes: tuple[Attribute, ...]
    pairs: tuple[Pair, ...]
    sentences: Mapping[str, Sentence]
    labels: Mapping[str, Label]

    def profiles_named(self, name: str) -> tuple[Profile, ...]:
        """The rows of a profile; each is a version with days of its own."""
        return tuple(profile for profile in self.profiles if profile.profile == name)

    def steps_of(self, profile: str, on: dt.date, kind: Kind | None = None) -> Iterator[Step]:
        """The steps in force, in order: those for every kind of person and those for `kind`."""
        for step in self.steps:
            if step.profile == profile and step.holds(on) and (not step.kinds or kind in step.kinds):
                yield step

    def facts_of(self, profile: str, on: dt.date) -> tuple[str, ...]:
        """The facts that a profile may look at, in order: what a form has to ask for.

        `at` is always among them: a licence of an institution must be that of the one that was named.
        """
        steps = (step for step in self.steps if step.profile == profile and step.holds(on))
        return tuple(dict.fromkeys(["at", *(fact for step in steps for fact in step.facts)]))

    def value(self, fact: str, value: object, on: dt.date) -> Value | None:
        """The row for a value of a fact, None for a value that is not known on that day."""
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
        return next((v for v in self.values if v.fact == fact and v.value == text and v.holds(on)), None)

    def has(self, table: str, code: str, attribute: str, on: dt.date) -> bool:
        """Whether a code of a table has an attribute."""
        return any(
            (row.table, row.code, row.attribute) == (table, code, attribute) and row.holds(on)
            for row in self.attributes
        )

    def codes_with(self, table: str, attribute: str, on: dt.date) -> tuple[str, ...]:
        """The codes of a table that have an attribute."""
        rows = (row for row in self.attributes if row.table == table and row.attribute == attribute)
        return tuple(row.code for row in rows if row.holds(on))
