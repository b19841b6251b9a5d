"""The shape of what is shared with other systems; what each member means stands in `issuer.services.exchange`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from issuer.web.shapes import Count, Id, PublicRegistration, Shape


class SharedEntry(Shape):
    """One entry that changed. `now` is null where it is no longer in the reader's area: remove it."""

    seq: Annotated[int, Field(description="The number of the event that changed it last.")]
    id: Id
    now: PublicRegistration | None


class Shared(Shape):
    """What changed, in the order of the events; go on from `next`. With `more` there is more at once."""

    entries: list[SharedEntry]
    next: Count
    more: bool
