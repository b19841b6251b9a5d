"""Named points at which a test kills this process, to see that nothing is lost or done twice.

`ELICENSE_FAILPOINT=name` sends SIGKILL to the process when it first reaches the point of that name, `name:3` at the
third time. Nothing happens while the variable is unset. It gives nobody a new power: who can set the environment of a
process can kill it. All names are in `NAMES`; a test asks each of them.
"""

from __future__ import annotations

import os
import signal
from typing import Final

VARIABLE: Final = "ELICENSE_FAILPOINT"

NAMES: Final = (
    "transaction.written",  # all statements and the audit rows are written, nothing is committed
    "transaction.committed",  # the commit came back, the caller does not know yet
    "mint.recorded",  # number, index and bytes to be signed are stored
    "mint.signed",  # the vault answered, nobody has the signature
    "mint.checked",  # the token is good, nothing is stored
    "mint.released",  # token stored, licence active, the caller does not know yet
    "copy.recorded",  # the same for the copy of a device
    "copy.signed",
    "copy.released",
    "wallet.requested",  # the keys of a wallet are stored, its nonce and its token are used
    "wallet.recorded",  # the same as for a copy
    "wallet.signed",
    "wallet.released",
    "publish.signed",  # list tokens made, nothing stored
    "publish.recorded",  # list tokens stored, no file written
    "publish.file",  # the first file of a list is in its place, the others are not
    "publish.files",  # all files are in their places, not yet noted
    "trust.recorded",  # a trust list is stored, its file not written
    "trust.file",  # its file is in its place, not yet noted
    "log.signed",  # a checkpoint is signed, nothing is stored
    "log.recorded",  # it is stored, no witness knows it
    "log.cosigned",  # a witness signed it, its signature is not stored
    "log.tile",  # one tile is in its place, the checkpoint is not
    "log.checkpoint",  # the checkpoint is in its place, the caller does not know yet
)

_reached: dict[str, int] = {}


def reach(name: str) -> None:
    """Die here if the environment says so."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    point, _, turn = wanted.partition(":")
    if point == name:
        _reached[name] = _reached.get(name, 0) + 1
        if _reached[name] == int(turn or 1):
            os.kill(os.getpid(), signal.SIGKILL)
