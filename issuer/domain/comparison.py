"""What an application changes: the register entry in force beside what it would be, field by field.

Pure: values in, lines out. Parts of a list (scopes, subjects, filings) are told apart, so that a reader sees which of
forty subjects is new. How a value looks to a person is the page's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from issuer.domain import content
from issuer.domain.refusal import Refusal

if TYPE_CHECKING:
    from issuer.domain.canonical import Json
    from issuer.domain.content import Public
    from issuer.domain.kind import Kind

_SPECIAL = frozenset({"filing", "filing_end"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One field. `before` and `after` are None where there is nothing.

    Of lists, `gone`, `kept` and `new` are the parts that fall away, stay (as they will be), and come.
    """

    field: str
    before: Json
    after: Json
    gone: tuple[Json, ...] = ()
    kept: tuple[Json, ...] = ()
    new: tuple[Json, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the field will be another."""
        return self.before != self.after


def compare(kind: Kind, current: Public, submitted: Public) -> tuple[Line, ...]:
    """Return a line for every field that is or will be there, in the order of the licence's fields.

    What cannot be merged yet (the end of a filing that is not there) stands as it was submitted.
    """
    try:
        after = content.merge(kind, current, submitted)
    except Refusal:
        after = {**current, **submitted}
    order = [*content.coders(kind), "number", *sorted(_SPECIAL)]
    names = dict.fromkeys(name for name in [*order, *after, *current] if name in after or name in current)
    return tuple(_line(name, current.get(name), after.get(name)) for name in names)


def _line(name: str, before: Json, after: Json) -> Line:
    if not isinstance(before, list | None) or not isinstance(after, list | None) or (before is after is None):
        return Line(field=name, before=before, after=after)
    old, new = before or [], after or []
    return Line(
        field=name,
        before=before,
        after=after,
        gone=tuple(part for part in old if part not in new),
        kept=tuple(part for part in new if part in old),
        new=tuple(part for part in new if part not in old),
    )
