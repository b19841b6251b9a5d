"""The exceptions of the core library.

`Rejected` is the one typed error for bytes or texts that came from outside; it carries a reason code
and a detail written by us, never a piece of the input. Mistakes of the calling program stay
`ValueError` and `TypeError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elicense.reason import Reason
    from elicense.verdict import Verdict


class ElicenseError(Exception):
    """Root of the library's own exceptions."""


class Rejected(ElicenseError):
    """Input from outside was refused. `reason` is the stable code, `detail` a fixed English phrase."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.reason = reason
        self.detail = detail


class NotAccepted(ElicenseError):
    """Raised by `Verdict.require()` when the outcome is not `valid`. Carries the whole verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.outcome.value}: {', '.join(f.reason.code for f in verdict.findings)}")
        self.verdict = verdict
