"""The file of the wallet: credentials, each with its private key, written whole and readable by its owner alone."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One credential: the SD-JWT with all disclosures, the private key (JWK) it is bound to, and where it came from."""

    issuer: str
    configuration: str
    vct: str
    sdjwt: str
    key: dict[str, str]


def read(path: Path) -> list[Held]:
    """What the file holds; nothing if it is not there. Raises ValueError for another file."""
    if not path.exists():
        return []
    try:
        return [Held(**one) for one in json.loads(path.read_text(encoding="utf-8"))["credentials"]]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{path.name} is no file of this wallet") from None


def write(path: Path, credentials: list[Held]) -> None:
    """Put the file in its place as a whole."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"credentials": [asdict(one) for one in credentials]}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
