"""What the commands share: options, exit statuses, the clock, and where answers go."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

import click

from verifier import inputs, scan, texts
from verifier.checker import Checker
from verifier.folder import Folder, FolderBad
from verifier.report import clean

VALID, INVALID, UNDETERMINED, NOTHING, USAGE, FAULT, INTERRUPTED, PIPE = 0, 1, 2, 3, 64, 70, 130, 141
_CIVIL: Final = dt.timezone(dt.timedelta(hours=8))
_AT_MAX: Final = 2**33 - 1

folder_option = click.option(
    "--folder",
    "folder_path",
    type=click.Path(path_type=Path),
    default=Path("elicense-lists"),
    envvar="ELICENSE_FOLDER",
    show_default=True,
    help="The offline folder with anchor, trust list and status lists.",
)
lang_option = click.option(
    "--lang", type=click.Choice(texts.LANGS), default="zh", envvar="ELICENSE_LANG", show_default=True, help="Language."
)
at_option = click.option(
    "--at", "at_text", metavar="ISO-8601", help="Judge as of this instant (a date means its last second at UTC+8)."
)


def status_of(words: Counter[str]) -> int:
    """The exit status of several answers."""
    judged = words["valid"] + words["invalid"] + words["undetermined"]
    if not judged:
        return NOTHING
    if words["invalid"]:
        return INVALID
    return UNDETERMINED if words["undetermined"] or words["unreadable"] else VALID


def stop(message: str, status: int = USAGE) -> NoReturn:
    """End with a message on standard error."""
    click.echo(clean(message), err=True)
    sys.exit(status)


def checker_of(path: Path, at: int | None) -> Checker:
    """The checker of a folder, as of an instant or as things stand."""
    try:
        return Checker(Folder(path).load(at))
    except FolderBad as bad:
        stop(f"{path}: {bad.detail}.")


def now() -> int:
    """Seconds since 1970, now."""
    return int(time.time())  # noqa: TID251 - the edge: the one place where the clock is read


def instant(text: str | None) -> tuple[int, bool]:
    """The instant asked about, and whether it is another than now."""
    if text is None:
        return now(), False
    try:
        if len(text) == len("2026-01-01"):
            moment = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(23, 59, 59), _CIVIL)
        else:
            moment = dt.datetime.fromisoformat(text)
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=_CIVIL)).timestamp())
    except (ValueError, OverflowError):
        at = -1
    if not 0 <= at <= _AT_MAX:
        stop(f"--at {text}: write an instant as 2026-11-23T16:00:00+08:00 or a day as 2026-11-23.")
    return at, True


def texts_in(what: str, say: inputs.Say) -> tuple[str, ...]:
    """The texts to show; what there is instead is said."""
    try:
        data, _ = inputs.read(what)
        if scan.looks_like_picture(data):
            return scan.texts_in(data).texts
        return tuple(line.strip() for line in data.decode("utf-8-sig", "replace").splitlines() if line.strip())
    except inputs.NoFile:
        say("no such file")
    except scan.Unreadable as unreadable:
        say(unreadable.code)
    return ()


@contextlib.contextmanager
def output() -> Iterator[None]:
    """Standard output; that nobody reads it any more is an exit status of its own, not that of "invalid"."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE)
