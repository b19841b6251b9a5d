"""Whole files at rest: each under a data key of its own, which the vault's record key seals.

Losing a data key loses one file; changing the record key means sealing small keys anew and no file. Both values are
bound to the place where they lie, so that a file put into another case does not open.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from issuer.vault import sealing

if TYPE_CHECKING:
    from issuer.vault.protocol import Vault


def seal_file(vault: Vault, data: bytes, where: str) -> tuple[bytes, bytes]:
    """Return the sealed data key and the sealed file, for one place. Raises KeyUnavailable."""
    key = os.urandom(sealing.KEY_BYTES)
    return vault.seal(key, sealing.context("paper key", where)), sealing.seal(key, data, where)


def open_file(vault: Vault, key: bytes, sealed: bytes, where: str) -> bytes:
    """Open what `seal_file` made. Raises KeyUnavailable, or KeyRefused if either was changed or moved."""
    opened = vault.unseal(key, sealing.context("paper key", where))
    return sealing.unseal({sealing.symmetric_kid(opened): opened}, sealed, where)
