"""A process that writes an offline folder, for tests that let several do so at once or kill one in the middle.

    python -m tests.verifier.writer FOLDER FIRST STEP COUNT

Puts status lists, and every tenth time a trust list, each `STEP` seconds later than the one before, and prints a line
once it has begun. A list that another process has overtaken is refused, which is right; anything else ends with 1.
"""

from __future__ import annotations

import dataclasses
import sys

from elicense import Reason, Rejected
from tests.world import T0, World
from verifier import Folder


def main(path: str, first: int, step: int, count: int) -> None:
    """Write."""
    folder, world = Folder(path), World()
    trust = folder.load().trust
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    for number in range(first, first + step * count, step):
        try:
            folder.put_status_list(world.status_token(T0 + number), world.hainan.list_uri(1), trust)
            if number % 10 == 0:
                newer = dataclasses.replace(world.trust(), sequence=7 + number, issued=T0 + number)
                folder.put_trust_list(world.signed_trust(newer))
        except Rejected as refused:
            if refused.reason not in (Reason.STATUS_ROLLED_BACK, Reason.TRUST_ROLLED_BACK):
                raise


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
