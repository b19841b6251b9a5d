"""Every limit of the verifier that is not a limit of the formats (those stand in `elicense.limits`)."""

from typing import Final

PICTURE_BYTES_MAX: Final = 20 * 1024 * 1024
"""Bytes of a picture or PDF file."""

PICTURE_PIXELS_MAX: Final = 50_000_000
"""Pixels of a picture; a larger one is refused before it is decoded."""

PDF_PAGES_MAX: Final = 20
"""Pages of a PDF that are looked at."""

PDF_DPI: Final = 200
"""Resolution at which a PDF page is drawn."""

CODES_MAX: Final = 64
"""Codes taken from one picture."""

STDIN_BYTES_MAX: Final = PICTURE_BYTES_MAX

CLOCK_SKEW_SECONDS: Final = 120
"""How far the clock may lie before the newest signed time seen."""

REFRESH_TIMEOUT_SECONDS: Final = 10
"""Seconds that one connection may be silent."""

REFRESH_TOTAL_SECONDS: Final = 60
"""Seconds that one answer may take as a whole."""

REFRESH_REDIRECTS_MAX: Final = 3

LISTS_MAX: Final = 4_096
"""Status lists that a list of lists may name."""

HISTORY_PER_LIST_MAX: Final = 1_000
"""Older versions of one status list that a folder keeps."""

API_BODY_BYTES_MAX: Final = 28 * 1024 * 1024
"""Bytes of a request: a picture in base64 and its envelope."""

BATCH_TEXTS_MAX: Final = 1_000
"""Texts in one request of `/v1/batch`."""

BATCH_LINE_CHARS_MAX: Final = 65_536
"""Characters of one line of a CSV or JSON lines file."""
