"""What the numbers were measured on. Nothing that names a person, a host or a folder."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

_PACKAGES = ("cryptography", "cbor2", "segno", "pillow", "sqlalchemy", "psycopg", "zxing-cpp", "qrcode", "pyjwt")


def describe() -> dict[str, str]:
    """The machine, the interpreter and the libraries, as text."""
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "openssl": backend.openssl_version_text(),
        "sqlite": sqlite3.sqlite_version,
        "load": " ".join(f"{part:.1f}" for part in os.getloadavg()),
    }
    return found | {name: _version(name) for name in _PACKAGES}


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    features = [one for one in ("avx512ifma", "adx", "sha_ni") if re.search(rf"\b{one}\b", text)]
    return f"{name[1] if name else 'unknown'} ({' '.join(features) or 'plain'})"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
