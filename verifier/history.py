"""Filling a folder with the past: the status lists as they stood at the end of each day, asked of their issuers.

The Token Status List draft has a parameter for it, `time` in Unix seconds. What comes is verified like any list; it is
kept beside the newest one and judges only questions about its own time. An issuer that keeps no history says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from elicense import period
from elicense.errors import ElicenseError, Rejected
from elicense.limits import STATUS_TOKEN_BYTES_MAX
from elicense.status import CWT_MEDIA_TYPE
from verifier.fetch import FetchFailed, get
from verifier.folder import Folder

DAYS_MAX: Final = 1_000
"""Days asked for in one go; a folder keeps as many lists of each address."""
_DAY: Final = dt.timedelta(days=1)


class HistoryBad(ElicenseError):
    """The days are not a range of days that are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came: days asked for, lists kept (one may cover many days), and (address, why) of what did not come."""

    days: int
    kept: int
    failed: tuple[tuple[str, str], ...]


def days(first: str, last: str, now: int) -> tuple[dt.date, ...]:
    """The civil days from `first` to `last`, both ISO dates. Raises `HistoryBad`."""
    try:
        begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    except ValueError:
        raise HistoryBad("--from and --to are dates like 2026-01-31") from None
    if not begin <= end < period.civil_day(now):
        raise HistoryBad("--from is not after --to, and --to is a day that is over (UTC+8)")
    if (end - begin).days >= DAYS_MAX:
        raise HistoryBad(f"at most {DAYS_MAX} days in one go")
    return tuple(begin + _DAY * number for number in range((end - begin).days + 1))


def fill(folder: Folder, asked: Iterable[dt.date], clock: Callable[[], float]) -> Filled:
    """Fetch every list of the folder as of the end of each day. `clock` gives monotonic seconds.

    Raises `FolderBad` and `OSError`; whatever else fails is reported, and the days go on.
    """
    trust = folder.load().trust
    uris = tuple(folder.marks().lists)
    count = 0
    kept: set[tuple[str, int]] = set()
    failed: dict[tuple[str, str], None] = {}
    for day in asked:
        count += 1
        at = period.day_ends(day) - 1
        for uri in uris:
            try:
                answer = get(f"{uri}?time={at}", CWT_MEDIA_TYPE, STATUS_TOKEN_BYTES_MAX, clock)
                kept.add((uri, folder.put_history(answer.data or b"", uri, trust, at).issued_at))
            except (FetchFailed, Rejected) as fault:
                failed[uri, f"{day.isoformat()}: {fault}"] = None
    return Filled(days=count, kept=len(kept), failed=tuple(failed))
