"""How the server ends, whoever ends it and however often."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from issuer.cli.serving import Server


def _nothing(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("204 No Content", [])
    return []


def test_ending_an_ended_server_touches_nobody_elses_file() -> None:
    """The numbers of its pipe are given out again at once; a byte written there would land in another's file."""
    server = Server(_nothing, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    server.stop()
    thread.join(10)
    assert not thread.is_alive()
    reused = [os.pipe() for _ in range(16)]
    try:
        server.stop()
        for reading, _ in reused:
            os.set_blocking(reading, False)
            with pytest.raises(BlockingIOError):  # nothing was written
                os.read(reading, 1)
    finally:
        for pair in reused:
            for number in pair:
                os.close(number)


def test_many_ends_at_once_are_one_end() -> None:
    for _ in range(20):
        server = Server(_nothing, host="127.0.0.1", port=0)
        run = threading.Thread(target=server.run)
        run.start()
        faults: list[BaseException] = []

        def end(server: Server = server, faults: list[BaseException] = faults) -> None:
            try:
                server.stop()
            except OSError as fault:
                faults.append(fault)

        ends = [threading.Thread(target=end) for _ in range(4)]
        for one in ends:
            one.start()
        for one in [*ends, run]:
            one.join(10)
        assert not run.is_alive()
        assert faults == []
