"""Where a passphrase comes from: a file or an environment variable, named in the configuration. Never an argument.

Command lines are seen by every user of a machine and kept in histories; so a passphrase is only ever pointed at.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from issuer.vault.errors import KeyRefused, KeyUnavailable

ENVIRONMENT, FILE = "env:", "file:"


def read(source: str, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the passphrase that `source` points at: `env:NAME` or `file:/path`. One trailing line end is dropped.

    Raises KeyUnavailable if it is not there or empty, KeyRefused for another form or a file that others may read.
    """
    if source.startswith(ENVIRONMENT):
        held = (os.environ if environment is None else environment).get(source.removeprefix(ENVIRONMENT), "")
        value = held.encode("utf-8", "surrogateescape")
    elif source.startswith(FILE):
        path = Path(source.removeprefix(FILE))
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise KeyRefused("the passphrase file may be read by others; set its mode to 0600")
            value = path.read_bytes()
        except OSError:
            raise KeyUnavailable("the passphrase file cannot be read") from None
    else:
        raise KeyRefused("a passphrase is named as env:NAME or file:/path")
    value = value.removesuffix(b"\n").removesuffix(b"\r")
    if not value:
        raise KeyUnavailable("the passphrase is empty or not set")
    return value
