"""What `import elicense` may not load: whoever judges one licence waits for nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.project.tree import ROOT

NEEDLESS = frozenset({
    "asyncio", "fontTools", "http", "jwt", "PIL", "pydantic", "socket", "ssl", "urllib.request",
    "cryptography.x509", "pylopdf_fonts_zh_cn",
})  # fmt: skip


def loaded(code: str) -> set[str]:
    """The modules of a process that has run `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, sep='\\n')"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.splitlines())


@pytest.mark.parametrize("code", ["import elicense", "from verifier.cli import main"])
def test_what_judging_does_not_need_is_not_loaded(code: str) -> None:
    """PyJWT alone, with X.509 and a client for HTTP behind it, was nearly half of the import."""
    found = loaded(code)
    assert "elicense.verify" in found
    assert not found & NEEDLESS
