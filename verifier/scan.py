"""From a picture to the texts of its QR codes.

The decoding itself is done by `verifier.picture` in a process of its own, which this module starts, asks and, when it
does not come back, replaces. Whatever the bytes, the answer is texts or `Unreadable`, after `SCAN_SECONDS` at the
latest. No picture is written anywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elicense.errors import ElicenseError
from verifier.limits import PICTURE_BYTES_MAX, SCAN_SECONDS

_LENGTH_BYTES: Final = 8
_MAGIC: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"%PDF-")


class Unreadable(ElicenseError):
    """No text could be read. `code` is one of the problems of `verifier.report`.

    `not-a-picture`, `damaged`, `locked` (a PDF with a password), `too-large`, `too-slow`, `no-code`, or `busy`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Found:
    """The texts in a picture, from top to bottom, each once. Not `complete`: there may be more that nobody looked at.

    `fault` is why the reading ended early, a code of `Unreadable`.
    """

    texts: tuple[str, ...]
    complete: bool = True
    fault: str | None = None


def looks_like_picture(data: bytes) -> bool:
    """Whether the bytes begin like a picture or a PDF, so that they are not a text."""
    return data.startswith(_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


class Reader:
    """Reads pictures, `at_once` at the same time; others wait their turn, `patience` seconds at most (`busy`).

    A picture may take `seconds`, then it is `too-slow`. The processes are started when they are needed and live until
    `close`, or until nobody has the reader any more.
    """

    def __init__(self, *, at_once: int = 1, patience: float | None = None, seconds: float = SCAN_SECONDS) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience, self._seconds = patience, seconds
        self._idle: list[_Process] = []
        weakref.finalize(self, _end_all, self._idle)

    def read(self, data: bytes) -> Found:
        """The texts in a picture or PDF. Raises `Unreadable`."""
        if len(data) > PICTURE_BYTES_MAX:
            raise Unreadable("too-large")
        if not looks_like_picture(data):
            raise Unreadable("not-a-picture")
        if not self._turns.acquire(timeout=self._patience):
            raise Unreadable("busy")
        try:
            found = self._ask(data)
        finally:
            self._turns.release()
        if not found.texts:
            raise Unreadable(found.fault or "no-code")
        return found

    def close(self) -> None:
        """End the processes. The next picture starts another one."""
        _end_all(self._idle)

    def _ask(self, data: bytes) -> Found:
        try:
            process = self._idle.pop()
        except IndexError:
            process = _Process(self._seconds)
        try:
            found = process.ask(data)
        except BaseException:
            process.kill()
            raise
        if process.ended:
            process.end()
        else:
            self._idle.append(process)
        return found


def texts_in(data: bytes) -> Found:
    """The texts in one picture, by a process that ends afterwards. Raises `Unreadable`."""
    reader = Reader()
    try:
        return reader.read(data)
    finally:
        reader.close()


class _Process:
    """One process that reads pictures: ours, from the folder we were loaded from, never from the current one (`-P`)."""

    def __init__(self, seconds: float) -> None:
        here = str(Path(__file__).resolve().parent.parent)
        self._process = subprocess.Popen(  # noqa: S603 - this very program; nothing of it comes from outside
            [sys.executable, "-P", "-m", "verifier.picture", str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": here},
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("no pipes")
        self._asked, self._answered = self._process.stdin, self._process.stdout

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, data: bytes) -> Found:
        """Ask, and read lines until the last one. A process that ends before it was ended by its alarm, or crashed."""
        texts: list[str] = []
        with contextlib.suppress(BrokenPipeError):  # an end in between shows when the answer is read
            self._asked.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
            self._asked.flush()
        while line := self._answered.readline():
            match json.loads(line):
                case str() as text:
                    texts.append(text)
                case {"complete": bool() as complete}:
                    return Found(tuple(texts), complete=complete)
                case {"fault": str() as code}:
                    return Found(tuple(texts), complete=False, fault=code)
        slow = self._process.wait() == -signal.SIGALRM
        return Found(tuple(texts), complete=False, fault="too-slow" if slow else "damaged")

    def end(self) -> None:
        """Let it end and wait until it has."""
        for pipe in (self._asked, self._answered):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._process.wait()

    def kill(self) -> None:
        """End it whatever it does."""
        self._process.kill()
        self.end()


def _end_all(processes: list[_Process]) -> None:
    while processes:
        processes.pop().end()
