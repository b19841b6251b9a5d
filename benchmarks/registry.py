"""The benchmarks by name. Each is imported when it is run, so that none weighs on the others."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Final, cast

from benchmarks.result import Result
from benchmarks.timing import Effort

REGISTERED: Final[Mapping[str, tuple[str, str]]] = {
    "check": ("benchmarks.check", "QR text to verdict against the bare signature check"),
    "peers": (
        "benchmarks.peers.compare",
        "the same licences checked and signed by python-cwt, PyJWT, joserfc, sd-jwt, clasp-jwt",
    ),
    "minting": ("benchmarks.minting", "licence to token against the bare signature"),
    "storing": ("benchmarks.storing", "licences minted and stored on both databases against the bare driver"),
    "symbols": ("benchmarks.symbols", "size of the QR code beside EU DCC, SMART Health Card and SD-JWT VC"),
    "decoding": ("benchmarks.decoding", "how bad a photograph of each of these codes may be to be read"),
    "status": ("benchmarks.statuslists", "status lists of 1 M and 12 M licences: size against entropy, time"),
    "pictures": ("benchmarks.pictures", "QR code and licence card as PNG and SVG beside other QR libraries"),
    "batch": ("benchmarks.batch", "a file of many rows, on one process, two, Dask; a hundred in one HTTP request"),
    "wallets": (
        "benchmarks.wallets",
        "a licence shown by a wallet against the bare checks inside it, and beside sd-jwt, PyJWT, joserfc, openvc-core",
    ),
    "starting": ("benchmarks.starting", "importing elicense, starting the command lines"),
}
"""Name of the module, which has a function `run`, and one line for `--list`."""


def run(name: str, effort: Effort) -> Result:
    """Run one benchmark."""
    function = cast("Callable[[Effort], Result]", importlib.import_module(REGISTERED[name][0]).run)
    return function(effort)
