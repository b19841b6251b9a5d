"""The closed vocabulary of a verdict: three outcomes, the reason codes, four ways of being shown.

The codes are part of the format (docs/format.md, section "Reasons"): stable, lower case, with
hyphens. A code is never renamed or reused. Sentences for people live in the verifier's texts.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Final


class Outcome(Enum):
    """What a verifier may do with a licence: nothing between these three exists."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


class Shown(Enum):
    """How a licence was shown. Apart from the outcome: a print can be valid, a live code can be of a revoked licence.

    `STATIC` is also the answer wherever nothing is proved: a print, a refused token, a proof that is not good.
    """

    LIVE = "live"
    CLOCKS_DIFFER = "clocks-differ"
    OLD_COPY = "old-copy"
    STATIC = "static"


class Check(IntEnum):
    """The numbered checks of `elicense.verify.verify`, in their order; LOAD stands for list loading."""

    LOAD = 0
    SHAPE = 1
    KEY = 2
    SIGNATURE = 3
    CLAIMS = 4
    AUTHORITY = 5
    PERIOD = 6
    STATUS = 7
    HOLDER = 8


class Reason(Enum):
    """Why a licence is not simply valid. `code` is what travels; `check` and `outcome` say what it means."""

    TOO_LARGE = ("too-large", Check.SHAPE, Outcome.INVALID)
    MALFORMED = ("malformed", Check.SHAPE, Outcome.INVALID)
    TYPE_WRONG = ("type-wrong", Check.SHAPE, Outcome.INVALID)
    HEADER_UNKNOWN = ("header-unknown", Check.SHAPE, Outcome.INVALID)
    DISCLOSURE_BAD = ("disclosure-bad", Check.SHAPE, Outcome.INVALID)

    ISSUER_UNKNOWN = ("issuer-unknown", Check.KEY, Outcome.INVALID)
    ALGORITHM_BAD = ("algorithm-bad", Check.KEY, Outcome.INVALID)

    SIGNATURE_BAD = ("signature-bad", Check.SIGNATURE, Outcome.INVALID)

    CLAIMS_BAD = ("claims-bad", Check.CLAIMS, Outcome.INVALID)
    CLAIMS_UNKNOWN = ("claims-unknown", Check.CLAIMS, Outcome.INVALID)

    KEY_NOT_FOR_KIND = ("key-not-for-kind", Check.AUTHORITY, Outcome.INVALID)
    KEY_NOT_FOR_AREA = ("key-not-for-area", Check.AUTHORITY, Outcome.INVALID)
    KEY_NOT_THEN = ("key-not-then", Check.AUTHORITY, Outcome.INVALID)
    KEY_COMPROMISED = ("key-compromised", Check.AUTHORITY, Outcome.INVALID)
    TRUST_STALE = ("trust-stale", Check.AUTHORITY, Outcome.UNDETERMINED)

    NOT_YET_VALID = ("not-yet-valid", Check.PERIOD, Outcome.INVALID)
    ISSUED_LATER = ("issued-later", Check.PERIOD, Outcome.UNDETERMINED)
    EXPIRED = ("expired", Check.PERIOD, Outcome.INVALID)
    VERIFICATION_OVERDUE = ("verification-overdue", Check.PERIOD, Outcome.UNDETERMINED)
    CLOCK_BAD = ("clock-bad", Check.PERIOD, Outcome.UNDETERMINED)

    REVOKED = ("revoked", Check.STATUS, Outcome.INVALID)
    SUSPENDED = ("suspended", Check.STATUS, Outcome.INVALID)
    SUPERSEDED = ("superseded", Check.STATUS, Outcome.INVALID)
    STATUS_UNKNOWN = ("status-unknown", Check.STATUS, Outcome.UNDETERMINED)
    STATUS_STALE = ("status-stale", Check.STATUS, Outcome.UNDETERMINED)
    STATUS_BAD = ("status-bad", Check.STATUS, Outcome.UNDETERMINED)
    STATUS_ROLLED_BACK = ("status-rolled-back", Check.STATUS, Outcome.UNDETERMINED)

    HOLDER_PROOF_BAD = ("holder-proof-bad", Check.HOLDER, Outcome.INVALID)
    CODE_OLD = ("code-old", Check.HOLDER, Outcome.UNDETERMINED)
    REPLAYED = ("replayed", Check.HOLDER, Outcome.UNDETERMINED)

    TRUST_BAD = ("trust-bad", Check.LOAD, Outcome.UNDETERMINED)
    TRUST_ROLLED_BACK = ("trust-rolled-back", Check.LOAD, Outcome.UNDETERMINED)

    def __init__(self, code: str, check: Check, outcome: Outcome) -> None:
        self.code: Final = code
        self.check: Final = check
        self.outcome: Final = outcome

    def __str__(self) -> str:
        return self.code
