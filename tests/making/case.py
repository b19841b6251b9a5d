"""One vector of the topic `licence`: what is judged, against which lists, and what must be answered.

The answer is written down here by whoever invents the case and not asked of the code: the reasons, and for a genuine
licence the value that went in. Outcomes follow from the reasons by the table of the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from elicense import Licence, Outcome, Reason, claims
from elicense.keys import b64url
from tests.making import world

HAINAN: Final = world.WORLD.hainan.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A token (bytes) or a text, the names of trust list and status lists in the world, and the answer.

    `licence` is the licence that must be read; a refused token has none. `reasons` are codes, in their order.
    """

    name: str
    token: bytes | str
    reasons: tuple[str, ...] = ()
    licence: Licence | None = None
    at: int = world.T0
    trust: str = "main"
    lists: str = "normal"
    issuer: str = HAINAN
    ignored: tuple[int, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def outcome(self) -> str:
        """Invalid if any reason is, else undetermined if any is, else valid."""
        outcomes = {reason.outcome for reason in Reason if reason.code in self.reasons}
        return next((one.value for one in (Outcome.INVALID, Outcome.UNDETERMINED) if one in outcomes), "valid")

    def to_json(self) -> dict[str, Any]:
        """The case as it stands in a file."""
        given = {"text": self.token} if isinstance(self.token, str) else {"token": b64url(self.token)}
        expect: dict[str, Any] = {"outcome": self.outcome, "reasons": list(self.reasons), "licence": None}
        if self.licence is not None:
            expect["licence"] = claims.to_json(self.licence)
            expect["issuer"] = self.issuer
            expect["ignored_labels"] = list(self.ignored)
            expect["notes"] = [{"code": code, "field": field} for code, field in self.notes]
        return {"name": self.name, **given, "at": self.at, "trust": self.trust, "lists": self.lists, "expect": expect}


def refused(name: str, token: bytes | str, reason: str, **changes: Any) -> Case:
    """A case that shows no licence."""
    return Case(name=name, token=token, reasons=(reason,), **changes)
