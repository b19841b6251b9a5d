"""`python -m tests.conformance COMMAND [WORD ...]`: run the kit against a program; status 1 if anything is wrong."""

import sys

from tests.conformance import kit

if len(sys.argv) < 2:
    raise SystemExit(__doc__)
RESULTS = kit.hold(sys.argv[1:])
print(kit.table(RESULTS))  # noqa: T201 - it is a program
sys.exit(any(result.wrong for result in RESULTS.values()))
