"""The checker: texts and pictures in, reports out. No connection, no clock: lists and instants are given.

Judging is `elicense.verify`. The checker adds three things: it refuses to judge "now" by a clock that is earlier than
signed data already received, it leaves the holder's proof out when another time than now is asked about, and it turns
whatever might go wrong inside into an answer that is never valid.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Final

from elicense import qr
from elicense.errors import Rejected
from elicense.limits import TEXT_CHARS_MAX
from elicense.presentation import Replays, is_presentation, open_presentation
from elicense.reason import Reason
from elicense.verdict import Finding, Verdict
from elicense.verify import check_text
from verifier.folder import Lists
from verifier.limits import CLOCK_SKEW_SECONDS, CODES_MAX, TEXT_BYTES_MAX
from verifier.report import EMPTY, INCOMPLETE, INTERNAL, Report
from verifier.scan import Reader, Unreadable, looks_like_picture
from verifier.since import since

_LOG: Final = logging.getLogger(__name__)
_BY_THE_CLOCK: Final = frozenset({Reason.NOT_YET_VALID, Reason.ISSUED_LATER, Reason.CLOCK_BAD})

Judge = Callable[[str, int], Verdict]


class Checker:
    """Judges against one state of an offline folder. `at` is the instant the caller's clock shows, Unix seconds.

    With `as_of` the question is about another instant than now; the clock is then nobody's concern. Pictures are read
    by `reader`, by one of its own if none is given. With `replays` a live code that was shown here before is told; a
    camera that sees one code in many frames asks once.
    """

    def __init__(
        self, lists: Lists, judge: Judge | None = None, reader: Reader | None = None, replays: Replays | None = None
    ) -> None:
        self.lists = lists
        self._replays = replays
        self._judge = judge or (lambda text, at: check_text(text, lists.trust, lists.statuses, at))
        self._reader = reader or Reader()

    def check_text(self, text: str, *, at: int, as_of: bool = False, source: str | None = None) -> Report:
        """Judge the text of one code. Never raises for anything in `text`."""
        try:
            text = text[: TEXT_CHARS_MAX + 1]
            verdict = self._judge(_token_alone(text) if as_of else text, at)
            if not isinstance(verdict, Verdict):
                raise TypeError("not a verdict")
            if not as_of and at < self.lists.newest - CLOCK_SKEW_SECONDS:
                verdict = _clock_is_bad(verdict, self.lists.newest)
            if self._replays is not None and not as_of:
                verdict = self._replays.check(verdict)
            news = since(verdict, self.lists.since) if as_of else None
        except Exception as fault:  # noqa: BLE001 - the last resort: a fault of ours must never look like an answer
            return _failed(fault, at, source)
        return Report(at=at, verdict=verdict, source=source, as_of=as_of, since=news)

    def check_picture(
        self, data: bytes, *, at: int, as_of: bool = False, source: str | None = None
    ) -> tuple[Report, ...]:
        """Judge every code in a picture or PDF; one report more says that there is none, or not all."""
        try:
            found = self._reader.read(data)
        except Unreadable as unreadable:
            return (Report(at=at, problem=unreadable.code, source=source),)
        except Exception as fault:  # noqa: BLE001 - the last resort, as above
            return (_failed(fault, at, source),)
        return self._each(found.texts, complete=found.complete, at=at, as_of=as_of, source=source)

    def check(self, data: bytes, *, at: int, as_of: bool = False, source: str | None = None) -> tuple[Report, ...]:
        """Judge bytes that are a picture, a PDF, or a text with one code a line."""
        if looks_like_picture(data):
            return self.check_picture(data, at=at, as_of=as_of, source=source)
        if len(data) > TEXT_BYTES_MAX:
            return (Report(at=at, problem="too-large", source=source),)
        try:
            lines = [line.strip() for line in data.decode("utf-8-sig").splitlines() if line.strip()]
        except UnicodeDecodeError:
            return (Report(at=at, problem="not-a-picture", source=source),)
        if not lines:
            return (Report(at=at, problem=EMPTY, source=source),)
        complete = len(lines) <= CODES_MAX
        return self._each(tuple(lines[:CODES_MAX]), complete=complete, at=at, as_of=as_of, source=source)

    def _each(
        self, texts: tuple[str, ...], *, complete: bool, at: int, as_of: bool, source: str | None
    ) -> tuple[Report, ...]:
        reports = tuple(self.check_text(text, at=at, as_of=as_of, source=source) for text in texts)
        return reports if complete else (*reports, Report(at=at, problem=INCOMPLETE, source=source))


def _failed(fault: Exception, at: int, source: str | None) -> Report:
    _LOG.error("judging failed: %s", type(fault).__name__)
    return Report(at=at, problem=INTERNAL, source=source)


def _token_alone(text: str) -> str:
    """The licence inside a live code: who showed it when says nothing about another time. Other texts as they are."""
    try:
        data = qr.from_text(text)
        return qr.to_digits(open_presentation(data).token) if is_presentation(data) else text
    except (Rejected, ValueError):
        return text


def _clock_is_bad(verdict: Verdict, newest: int) -> Verdict:
    """The verdict of a clock that cannot be right: what does not depend on the time stays, nothing is valid."""
    kept = tuple(finding for finding in verdict.findings if finding.reason not in _BY_THE_CLOCK)
    return dataclasses.replace(verdict, findings=(*kept, Finding(Reason.CLOCK_BAD, {"newest": newest})))
