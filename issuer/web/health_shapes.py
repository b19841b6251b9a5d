"""What the health answer says: how publishing stands, and the log of the audit trail. Shapes as in `shapes`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from issuer.web.shapes import Count, Instant, Shape


class ListHealth(Shape):
    """How one status list stands."""

    number: Count
    issued_at: Instant | None
    expires_at: Instant | None
    late: bool


class Failure(Shape):
    """Something that could not be published and is tried again. `list` null: another file than a status list."""

    list: int | None
    since: Instant
    code: str


class LogAlarm(Shape):
    """What a witness, or the issuer itself (empty), found against the log. It stays."""

    witness: str
    code: str
    size: Count
    since: Instant


class LogHealth(Shape):
    """How the log of the audit trail stands: events, and how many of them are signed and witnessed."""

    origin: str
    events: Count
    signed: Count
    witnessed: Annotated[int, Field(ge=0, description="With `quorum` 0 the same as `signed`.")]
    quorum: Count
    waiting_since: Annotated[int | None, Field(description="The time of the oldest event that is not witnessed.")]
    alarms: list[LogAlarm]


class Health(Shape):
    """How publishing stands. `failing` comes with status 503."""

    status: Annotated[str, Field(pattern="^(ok|failing)$")]
    trust_sequence: int | None
    trust_next_update: Instant | None
    waiting_since: Annotated[int | None, Field(description="The time of the oldest change that is not published.")]
    lists: list[ListHealth]
    failures: list[Failure]
    log: Annotated[LogHealth | None, Field(description="Null where the service has no key for it.")]
