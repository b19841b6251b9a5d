"""Every limit of the formats, in one place.

A limit is part of the format (docs/format.md, section "Limits"): whatever is larger is answered
`too-large` or `malformed` before any work is done on it. Units stand in the names.
"""

from typing import Final

QR_DIGITS_MAX: Final = 1_100
"""Decimal digits after the `#` of a QR link; 1,100 digits hold 456 bytes."""

TEXT_CHARS_MAX: Final = 4_096
"""Characters of a text that is searched for a link at all."""

TOKEN_BYTES_MAX: Final = 1_024
"""Bytes of a licence token in any form (QR text, file, API)."""

PAYLOAD_DEPTH_MAX: Final = 8
"""Nesting of maps and arrays in deterministic CBOR of this format."""

COSE_BYTES_MAX: Final = 16 * 1024 * 1024
"""Bytes of a COSE_Sign1 that `elicense.cose` opens (a status list is the largest we know)."""

TRUST_LIST_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes of a signed trust list."""

TRUST_SIGNATURES_MAX: Final = 16
"""Signatures on one trust list."""

STATUS_TOKEN_BYTES_MAX: Final = 8 * 1024 * 1024
"""Bytes of a status list token (JWT or CWT)."""

STATUS_LIST_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes of an inflated status list: 16 M entries of two bits."""

IAT_SKEW_SECONDS: Final = 120
"""How far the time of issue may lie after the verifier's clock."""

LIVE_PERIOD_SECONDS: Final = 30
"""How often a device makes a new live code."""

LIVE_OLD_SECONDS_MAX: Final = 90
LIVE_AHEAD_SECONDS_MAX: Final = 60
"""Age of a live code that counts as shown now: a period, and clocks that differ by a minute either way."""

CLOCKS_DIFFER_SECONDS_MAX: Final = 300
"""Beyond that a live code is an old copy, or one of the two clocks is wrong."""

REPLAYS_MAX: Final = 100_000
"""Live codes that a verifier remembers, so that it can tell one that comes again."""

AUDIENCE_CHARS_MAX: Final = 128
NONCE_BYTES_MIN: Final = 8
NONCE_BYTES_MAX: Final = 64
"""What a verifier may ask a device to sign along (the nonce as in RFC 9711)."""

INSTANT_MIN: Final = 1_000_000_000
INSTANT_MAX: Final = 2**33 - 1
"""Instants are whole Unix seconds between 2001 and 2242."""

DAY_MIN: Final = 0
DAY_MAX: Final = 99_420
"""Civil days are counted from 1970-01-01; the last is 2242-03-15."""

NAME_CHARS_MAX: Final = 64
"""Characters of a name of a person or an institution."""

TEXT_FIELD_CHARS_MAX: Final = 128
"""Characters of an address or another text field."""

VERSION_MAX: Final = 999
"""GB/T 36904 writes the version with three digits."""

SCOPES_MAX: Final = 16
SUBJECTS_MAX: Final = 180
FILINGS_MAX: Final = 16
OTHER_NAMES_MAX: Final = 4
SERVICE_MODES_MAX: Final = 16
"""Items of the arrays in a licence."""

SDJWT_BYTES_MAX: Final = 65_536
SDJWT_DISCLOSURES_MAX: Final = 256
"""Characters of an SD-JWT with its disclosures and key binding, and how many disclosures it may have."""

SDJWT_SALT_CHARS_MIN: Final = 22
"""Characters of a salt in a licence's disclosure: 128 bits in base64url (RFC 9901 section 9.3)."""

X5C_MAX: Final = 4
"""Certificates in the header of a licence's copy."""

KEY_BINDING_SECONDS_MAX: Final = 300
"""Age of a holder's proof: as long as a verifier waits for an answer."""
