"""Judging needs no network: its tests run once more where there is none, not even loopback.

The namespace is the kernel's (`unshare --net`, util-linux), so nothing in this process could cheat. It needs root or
user namespaces; where neither is allowed the test is skipped aloud, and with CI=true that is a failure.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

_ROOT: Final = Path(__file__).parents[2]
_WAYS: Final = (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net"))
_SUITE: Final = (
    "tests/elicense/test_vectors.py", "tests/elicense/scope/test_vectors.py", "tests/elicense/scope/test_real.py",
    "tests/js/test_vectors.py", "tests/js/test_live_vectors.py",
    "tests/verifier/test_checker.py", "tests/verifier/test_cli.py", "tests/verifier/test_may.py",
    "tests/verifier/test_since.py", "tests/verifier/test_batch.py",
)  # fmt: skip
"""The vectors in Python and Node, and the library and commands that judge: seconds, not the whole suite twice."""
_FETCHES: Final = "tests/verifier/test_cli.py::test_refresh_says_what_failed_and_never_ends_with_1"
"""The one among them that is about fetching."""


@pytest.fixture(scope="module")
def alone() -> tuple[str, ...]:
    """The words that run a command without a network."""
    for way in _WAYS:
        if shutil.which(way[0]) and subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
            return way
    pytest.skip("no network namespace can be made here: run as root, or allow user namespaces")


def _python(alone: tuple[str, ...], *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [*alone, sys.executable, *words], cwd=_ROOT, env=kept, capture_output=True, encoding="utf-8", timeout=300,
        check=False,
    )  # fmt: skip


def test_there_really_is_none(alone: tuple[str, ...]) -> None:
    """The control: a server that listens on this machine is reached from here and not from there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = server.getsockname()
        socket.create_connection(where, 5).close()
        found = _python(alone, "-c", f"import socket; socket.create_connection({where!r}, 5)")
    assert found.returncode != 0
    assert "unreachable" in found.stderr


@pytest.mark.slow
def test_the_judging_tests_pass_without_a_network(alone: tuple[str, ...]) -> None:
    done = _python(
        alone, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--deselect", _FETCHES, *_SUITE
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
