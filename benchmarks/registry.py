"""The benchmarks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from benchmarks import check, minting, pictures, starting, statuslists, storing, symbols
from benchmarks.peers import compare
from benchmarks.result import Result
from benchmarks.timing import Effort

REGISTERED: Final[Mapping[str, tuple[Callable[[Effort], Result], str]]] = {
    "check": (check.run, "QR text to verdict against the bare signature check"),
    "minting": (minting.run, "licence to token against the bare signature"),
    "storing": (storing.run, "licences minted and stored on both databases against the bare driver"),
    "symbols": (symbols.run, "size of the QR code beside EU DCC, SMART Health Card and SD-JWT VC"),
    "status": (statuslists.run, "status lists of 1 M and 12 M licences: size against entropy, time"),
    "pictures": (pictures.run, "QR code and licence card as PNG and SVG beside other QR libraries"),
    "starting": (starting.run, "importing elicense, starting the command lines"),
    "peers": (compare.run, "the same licences checked and signed by python-cwt, PyJWT, joserfc, sd-jwt, clasp-jwt"),
}
