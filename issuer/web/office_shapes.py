"""What acts of the office answer that no holder sees: shapes of their own file. See `shapes`."""

from __future__ import annotations

from issuer.domain.proposal import ProposalState, Source
from issuer.web.shapes import Day, Id, Instant, Revision, Shape


class Proposal(Shape):
    """A proposal 处理建议 or a report of departure 离岗报告, and what became of it."""

    id: Id
    registration: Id
    source: Source
    action: str
    grounds: list[str]
    evidence: str
    happened_on: Day | None
    state: ProposalState
    revision: Revision
    filed_at: Instant
    closed_at: Instant | None
    reason: str
