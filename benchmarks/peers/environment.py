"""Makes the environments of the peers, under .build/peers, with uv and the package index that uv is set up to ask.

Peers pin versions that this project cannot have (python-cwt needs a cbor2 with known holes), so none of them ever comes
near the project's own environment. What cannot be installed is skipped, with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.timing import Disagreement

ROOT: Final = Path(__file__).resolve().parents[2]
_FOLDER: Final = ROOT / ".build" / "peers"
_SECONDS: Final = 120


class Unavailable(Exception):
    """A peer cannot be measured here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """An environment: its name, the module that runs in it, what is installed, whether our pins hold there."""

    name: str
    module: str
    requirements: Sequence[str]
    constrained: bool = True


CWT: Final = Peers(
    name="cwt", module="benchmarks.peers.cwt_peer", requirements=("cwt==3.3.0", "cbor2==5.9.0"), constrained=False
)
JOSE: Final = Peers(
    name="jose",
    module="benchmarks.peers.jose_peers",
    requirements=(
        "sd-jwt==0.10.4", "joserfc==1.8.0", "clasp-jwt==0.1.0",
        "pyjwt", "cbor2", "segno", "pillow", "fonttools", "pylopdf-fonts-zh-cn",
    ),
)  # fmt: skip
PRESENTED: Final = replace(JOSE, module="benchmarks.peers.presented_jose")
OPENVC: Final = Peers(
    name="openvc", module="benchmarks.peers.presented_openvc", requirements=("openvc-core==1.37.0",)
)  # fmt: skip


def python(peers: Peers) -> Path:
    """The interpreter of an environment, which is made the first time. Raises `Unavailable`."""
    wanted = [*peers.requirements, f"cryptography=={version('cryptography')}"]
    folder = _FOLDER / peers.name
    interpreter = folder / "bin" / "python"
    ready = folder / ".ready"
    note = "\n".join([sys.version, *wanted])
    if ready.exists() and ready.read_text(encoding="utf-8") == note:
        return interpreter
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise Unavailable("uv is not installed")
    pins = ["--constraints", str(ROOT / "constraints.txt")] if peers.constrained else []
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    _run([uv, "pip", "install", "--quiet", "--python", str(interpreter), *pins, *wanted])
    ready.write_text(note, encoding="utf-8")
    return interpreter


def run(peers: Peers, request: str) -> str:
    """Run the peers' module with a request on its standard input; what it prints.

    Raises `Unavailable`, and `Disagreement` if the peers answer otherwise than they should.
    """
    command = [str(python(peers)), "-m", peers.module]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=request, capture_output=True, text=True, timeout=_SECONDS,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise Unavailable(f"{peers.name}: {type(failure).__name__}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Disagreement(last) if Disagreement.__name__ in last else Unavailable(f"{peers.name}: {last}")
    return done.stdout


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise Unavailable(f"{Path(command[0]).name}: {type(failure).__name__}") from None
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} {command[1]}: {' '.join(done.stderr.split())[:300]}")
