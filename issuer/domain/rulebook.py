"""The rules that are data: stages, steps, transitions, clocks, grounds, bars, each row dated and with its source.

Only the shape of a row and its look-up live here; the rows are CSV files under `issuer/data`, which
`issuer.services.rules` reads. A row holds on a day if that day lies in [effective_from, effective_to]. `firm` rows
(confidence found or high) may block an act; the others may allow, warn or inform, never block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from issuer.domain.refusal import Ground, Refusal

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from issuer.domain.calendar import Calendar
    from issuer.domain.kind import Kind

ANY = "*"
LAPSE = "@lapse_of_time"
NONE = "none"
"""The state of a registration that does not exist yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row says about itself."""

    basis: str
    confidence: str
    source: str
    effective_from: datetime.date
    effective_to: datetime.date | None

    @property
    def firm(self) -> bool:
        """Whether the row may block an act."""
        return self.confidence in {"found", "high"}

    def holds(self, on: datetime.date) -> bool:
        """Whether the row is in force on that day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow(Row):
    """A stage. `pending`: the authority has the case; `clock` names the time limit that runs in it."""

    stage: str
    zh: str
    en: str
    final: bool
    pending: bool
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow(Row):
    """One arrow of the path of an application. `by` is applicant, institution, officer or law.

    `applies` is any, confirmed or unconfirmed (does an institution confirm this action?); `needs` is what the actor
    must state (reason, grounds, finding); `apart` from whom the actor must be a different person.
    """

    step: str
    origin: str
    target: str
    by: str
    role: str
    applies: str
    needs: str
    apart: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow(Row):
    """A state of a registration. `permits_practice` is yes, no or beds; `status_value` 0, 1, 2 or beds.

    `verification_term` names the term of the verification period that follows this state.
    """

    kind: str
    state: str
    zh: str
    en: str
    permits_practice: str
    status_value: str
    live: bool
    derived: bool
    verification_term: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow(Row):
    """One arrow of the machine of a kind. `origin` `*` is any live state."""

    kind: str
    origin: str
    action: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow(Row):
    """An action. `channel` is application, officer or none (not handled by this service).

    `competent` says whose matter it is: institution (the authority that approved the primary institution), further
    (that of the further institution), registering (the registering authority), own (the institution's approver).
    `renews`: a new period of validity begins; `verifies`: a new verification period begins; `until`: the act needs a
    last day.
    """

    kind: str
    action: str
    zh: str
    en: str
    channel: str
    opens: bool
    mints: bool
    renews: bool
    verifies: bool
    until: bool
    competent: str
    confirm: bool
    reviewers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow(Row):
    """A time limit: `value` of `unit` (working_day, day, month) from `start` (acceptance, receipt, event, …).

    Before the end of something, where `start` says so (before_expiry, before_end).
    """

    code: str
    kind: str
    action: str
    value: int
    unit: str
    start: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundRow(Row):
    """A ground for an act of an officer.

    `min_months` and `max_months` bound its `until`; `bar` names the bar that follows; `min_level` is the level of
    authority below which nobody may use it (医师法 58: province or higher), empty if any may.
    """

    code: str
    kind: str
    action: str
    zh: str
    en: str
    min_months: int | None
    max_months: int | None
    bar: str
    min_level: str

    def told(self) -> Ground:
        """Return the ground as it is told to a person."""
        return Ground(code=self.code, zh=self.zh, en=self.en, basis=self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow(Row):
    """A bar: years without a new application. `max_years` None is for life."""

    code: str
    kind: str
    zh: str
    en: str
    min_years: int
    max_years: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow(Row):
    """A field of an application. `mode` required or allowed; `part` public or restricted."""

    kind: str
    action: str
    part: str
    field: str
    mode: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow(Row):
    """What a check can find: a stable code, the rule it comes from, the sentence in both languages."""

    code: str
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRow(Row):
    """How long something lasts: `months` for institutions whose category begins with `category` and of enough beds."""

    term: str
    kind: str
    category: str
    min_beds: int
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRow(Row):
    """A category of applications of a region (division code) that goes to another branch where there is one."""

    region: str
    kind: str
    category: str
    branch: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTransitionRow(Row):
    """One arrow of the machine of an electronic key."""

    origin: str
    event: str
    target: str
    en: str


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All rules, and the look-ups over them. Every look-up takes the civil day it is asked for."""

    stages: tuple[StageRow, ...]
    steps: tuple[StepRow, ...]
    states: tuple[StateRow, ...]
    transitions: tuple[TransitionRow, ...]
    actions: tuple[ActionRow, ...]
    limits: tuple[LimitRow, ...]
    grounds: tuple[GroundRow, ...]
    bars: tuple[BarRow, ...]
    requirements: tuple[RequirementRow, ...]
    findings: tuple[FindingRow, ...]
    terms: tuple[TermRow, ...]
    routing: tuple[RoutingRow, ...]
    key_transitions: tuple[KeyTransitionRow, ...]
    calendar: Calendar

    def stage(self, stage: str) -> StageRow:
        """Return the row of a stage (stages are ours: they have no end date)."""
        return next(row for row in self.stages if row.stage == stage)

    def state(self, kind: Kind, state: str) -> StateRow:
        """Return the row of a state. Raises Refusal("state-unknown")."""
        for row in self.states:
            if row.kind == kind and row.state == state:
                return row
        raise Refusal("state-unknown", state)

    def action(self, kind: Kind, action: str, on: datetime.date) -> ActionRow:
        """Return an action that this service handles. Raises Refusal("action-unknown")."""
        for row in held(self.actions, on):
            if row.kind == kind and row.action == action and row.channel != NONE:
                return row
        raise Refusal("action-unknown", f"{kind}: {action}")

    def transition(self, kind: Kind, origin: str, action: str, on: datetime.date) -> TransitionRow:
        """Return the arrow from `origin` by `action`. Raises Refusal("transition-not-allowed")."""
        live = origin != NONE and self.state(kind, origin).live
        for row in held(self.transitions, on):
            if row.kind == kind and row.action == action and (row.origin == origin or (row.origin == ANY and live)):
                return row
        raise Refusal("transition-not-allowed", f"{kind}: {action} from {origin}")

    def limit(self, code: str, kind: Kind, action: str, on: datetime.date) -> LimitRow | None:
        """Return the most particular time limit: of this action, else of any."""
        rows = [row for row in held(self.limits, on) if row.code == code]
        for wanted in ((kind, action), (kind, ANY), (ANY, ANY)):
            for row in rows:
                if (row.kind, row.action) == wanted:
                    return row
        return None

    def ground(self, code: str, kind: Kind, action: str, on: datetime.date) -> GroundRow:
        """Return a ground for that action and kind. Raises Refusal("ground-unknown")."""
        for row in held(self.grounds, on):
            if row.code == code and row.action == action and row.kind in {kind, ANY}:
                return row
        raise Refusal("ground-unknown", f"{kind}: {action}")

    def bar(self, code: str, kind: Kind, on: datetime.date) -> BarRow:
        """Return a bar's row. Raises Refusal("bar-unknown")."""
        for row in held(self.bars, on):
            if row.code == code and row.kind in {kind, ANY}:
                return row
        raise Refusal("bar-unknown", code)

    def finding(self, code: str) -> FindingRow:
        """Return the row of a finding; the codes are ours, so an unknown one is a mistake (StopIteration)."""
        return next(row for row in self.findings if row.code == code)

    def term(self, term: str, kind: Kind, category: str, beds: int, on: datetime.date) -> TermRow | None:
        """Return the first term that fits (rows stand from the particular to the general)."""
        for row in held(self.terms, on):
            if (row.term, row.kind) == (term, kind) and category.startswith(row.category) and beds >= row.min_beds:
                return row
        return None

    def fields(self, kind: Kind, action: str, on: datetime.date) -> tuple[RequirementRow, ...]:
        """Return what an application for that action must or may hold."""
        return tuple(row for row in held(self.requirements, on) if row.kind == kind and row.action == action)


def held(rows: Iterable[R], on: datetime.date) -> tuple[R, ...]:
    """Return the rows in force on that day."""
    return tuple(row for row in rows if row.holds(on))
