"""The checker: texts and pictures in, reports out. No file, no connection, no clock: lists and instants are given.

Judging is `elicense.verify`. The checker adds two things: it refuses to judge "now" by a clock that is earlier than
signed data already received, and it turns whatever might go wrong inside into an answer that is never valid.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from elicense.limits import TEXT_CHARS_MAX
from elicense.reason import Reason
from elicense.verdict import Finding, Verdict
from elicense.verify import check_text
from verifier import scan
from verifier.folder import Lists
from verifier.limits import CLOCK_SKEW_SECONDS
from verifier.report import INTERNAL, Report

_LOG: Final = logging.getLogger(__name__)

Judge = Callable[[str, int], Verdict]


class Checker:
    """Judges against one state of an offline folder. `now` is the instant the caller's clock shows, Unix seconds.

    With `as_of` the question is about another instant than now; the clock is then nobody's concern.
    """

    def __init__(self, lists: Lists, judge: Judge | None = None) -> None:
        self.lists = lists
        self._judge = judge or (lambda text, at: check_text(text, lists.trust, lists.statuses, at))

    def check_text(self, text: str, *, at: int, as_of: bool = False, source: str | None = None) -> Report:
        """Judge the text of one code. Never raises for anything in `text`."""
        try:
            verdict = self._judge(text[: TEXT_CHARS_MAX + 1], at)
            if not as_of and at < self.lists.newest - CLOCK_SKEW_SECONDS:
                verdict = _clock_is_bad(verdict, self.lists.newest)
        except Exception as fault:  # noqa: BLE001 - the last resort: a fault of ours must never look like an answer
            _LOG.error("judging failed: %s", type(fault).__name__)
            return Report(at=at, problem=INTERNAL, source=source)
        return Report(at=at, verdict=verdict, source=source)

    def check_picture(
        self, data: bytes, *, at: int, as_of: bool = False, source: str | None = None
    ) -> tuple[Report, ...]:
        """Judge every code in a picture or PDF; one report that says so where there is none."""
        try:
            found = scan.texts_in(data)
        except scan.Unreadable as unreadable:
            return (Report(at=at, problem=unreadable.code, source=source),)
        return tuple(self.check_text(text, at=at, as_of=as_of, source=source) for text in found)

    def check(self, data: bytes, *, at: int, as_of: bool = False, source: str | None = None) -> tuple[Report, ...]:
        """Judge bytes that are a picture, a PDF, or a text with one code."""
        if scan.looks_like_picture(data):
            return self.check_picture(data, at=at, as_of=as_of, source=source)
        try:
            text = data.decode("utf-8").strip()
        except UnicodeDecodeError:
            return (Report(at=at, problem="not-a-picture", source=source),)
        return (self.check_text(text, at=at, as_of=as_of, source=source),)


def _clock_is_bad(verdict: Verdict, newest: int) -> Verdict:
    """The verdict of a clock that cannot be right: what does not depend on the time stays, nothing is valid."""
    kept = tuple(finding for finding in verdict.findings if finding.reason not in _BY_THE_CLOCK)
    return Verdict(
        at=verdict.at,
        findings=(*kept, Finding(Reason.CLOCK_BAD, {"newest": newest})),
        trust_sequence=verdict.trust_sequence,
        licence=verdict.licence,
        issuer=verdict.issuer,
        status_list=verdict.status_list,
        ignored_labels=verdict.ignored_labels,
    )


_BY_THE_CLOCK: Final = frozenset({Reason.NOT_YET_VALID, Reason.ISSUED_LATER})
