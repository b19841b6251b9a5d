"""Decoding without believing: what a token claims, line by line. No signature is checked here and nothing is judged.

For developers and for support. The caller marks every line as unverified.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from elicense import cbor, claims, cose, qr
from elicense.presentation import is_presentation, open_presentation
from verifier.report import instant


def claimed(text: str) -> Iterator[str]:
    """What the text of a code claims to be. Raises `Rejected` where it cannot be read on."""
    token = qr.from_text(text)
    if is_presentation(token):
        shown = open_presentation(token)
        yield f"live code: {len(token)} bytes, claimed to be shown at {instant(shown.shown_at)}"
        token = shown.token
    yield f"token: {len(token)} bytes"
    parts = cose.split_licence(token)
    algorithm, kid = cose.claimed_kid(parts.header)
    yield f"claimed key: {kid.hex()} (algorithm {algorithm})"
    licence, ignored = claims.from_payload(parts.payload)
    yield f"claimed time of issue: {instant(licence.issued_at)}"
    for name, value in claims.to_json(licence).items():
        yield f"claimed {name}: {json.dumps(value, ensure_ascii=False)}"
    if ignored:
        yield f"labels that were passed over: {', '.join(map(str, ignored))}"
    yield f"payload: {cbor.dumps(cbor.loads(parts.payload)).hex()}"
