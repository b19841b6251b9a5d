"""Other people's libraries for tests, from npm under a lock, in a folder that git ignores."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE.parents[1] / ".build" / "outside"


def installed() -> Path:
    """The folder in which the packages lie. Skips the test aloud where npm is missing or nothing can be fetched."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: apt install npm")
    FOLDER.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    mark = FOLDER / "installed"
    with (FOLDER / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != digest:
            for name in ("package.json", "package-lock.json"):
                shutil.copy2(HERE / name, FOLDER / name)
            done = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=FOLDER, capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
            if done.returncode:
                pytest.skip(f"npm could not bring the packages: {done.stderr[-300:]}")
            mark.write_text(digest)
    for script in HERE.glob("*.mjs"):
        shutil.copy2(script, FOLDER / script.name)
    return FOLDER
