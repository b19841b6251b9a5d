"""Every limit of the verifier that is not a limit of the formats (those stand in `elicense.limits`)."""

from typing import Final

PICTURE_BYTES_MAX: Final = 20 * 1024 * 1024
"""Bytes of a picture or PDF file."""

PICTURE_PIXELS_MAX: Final = 50_000_000
"""Pixels of a picture; a larger one is refused before it is decoded."""

PICTURE_DECODED_BYTES_MAX: Final = 160_000_000
"""Bytes that a picture takes once it is decoded; colour and transparency count."""

PAGES_MAX: Final = 20
"""Pages of a PDF, or frames of a TIFF or an animation, that are looked at."""

PAGE_PIXELS_MAX: Final = 16_000_000
PAGE_DPI: Final = 200
"""How a PDF page is drawn: at this resolution, or at the one that gives these pixels if the page is huge."""

CODES_MAX: Final = 64
"""Codes taken from one picture, or lines from one text."""

SCAN_SECONDS: Final = 10
"""Seconds that one picture may take; then the process that reads it is ended."""

SCAN_MEMORY_BYTES: Final = 1024**3
"""Address space of the process that reads pictures."""

INPUT_BYTES_MAX: Final = PICTURE_BYTES_MAX
"""Bytes read from a file or from standard input."""

TEXT_BYTES_MAX: Final = 1024 * 1024
"""Bytes of an input that is a text."""

CLOCK_SKEW_SECONDS: Final = 120
"""How far the clock may lie before the newest signed time seen."""

REFRESH_TIMEOUT_SECONDS: Final = 10
"""Seconds that one connection may be silent."""

REFRESH_TOTAL_SECONDS: Final = 60
"""Seconds that one answer may take as a whole."""

REFRESH_ISSUER_SECONDS: Final = 300
"""Seconds that all lists of one issuer may take."""

REFRESH_REDIRECTS_MAX: Final = 3

TAG_CHARS_MAX: Final = 128
"""Characters of an entity tag (ETag) that is kept for the next refresh."""

LISTS_MAX: Final = 4_096
"""Status lists that a list of lists may name."""

LISTS_BYTES_MAX: Final = 1024 * 1024
"""Bytes of a list of lists."""

HISTORY_PER_LIST_MAX: Final = 1_000
"""Older versions of one status list that a folder keeps."""

FOLDER_FILE_BYTES_MAX: Final = 16 * 1024 * 1024
"""Bytes of a file of the folder; a larger one was not written by this program."""

API_PICTURE_BYTES_MAX: Final = 10 * 1024 * 1024
"""Bytes of a picture in a request."""

API_BODY_BYTES_MAX: Final = 14 * 1024 * 1024
"""Bytes of a request: a picture in base64 and its envelope."""

API_PARTS_MAX: Final = 65_536
"""Commas, opening brackets and quotation marks in a request: each may become a value, which takes most memory."""

API_PATIENCE_SECONDS: Final = 2
"""Seconds that a picture waits for its turn; then the answer is 503."""

API_THREADS: Final = 8
API_SCANNERS: Final = 2
"""Requests answered, and pictures read, at the same time."""

BATCH_TEXTS_MAX: Final = 1_000
"""Texts in one request of `/v1/batch`."""

BATCH_LINE_CHARS_MAX: Final = 65_536
"""Characters of one line of a CSV or JSON lines file."""
