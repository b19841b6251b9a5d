"""The ready queries: what each kind of asker wants to see of which licence, and nothing else.

They are data (queries.json), one for each profile of the verifier: title and purpose in both languages, credentials,
claims. What is not asked for does not leave the wallet.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from elicense.licence import Kind
from verifier.openid4vp.dcql import CredentialQuery, Query
from verifier.texts import Lang

_KINDS: Final = {kind.text: kind for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A query with the words that say what it is for."""

    name: str
    title: Mapping[Lang, str]
    purpose: Mapping[Lang, str]
    query: Query


def _read() -> dict[str, Ready]:
    data = pkgutil.get_data(__name__, "queries.json")
    if data is None:
        raise FileNotFoundError("queries.json")
    return {name: _ready(name, held) for name, held in json.loads(data).items()}


def _ready(name: str, held: dict[str, Any]) -> Ready:
    credentials = tuple(
        CredentialQuery(id=one["id"], kind=_KINDS[one["kind"]], claims=tuple(tuple(path) for path in one["claims"]))
        for one in held["credentials"]
    )
    optional = frozenset(one["id"] for one in held["credentials"] if one.get("optional"))
    return Ready(
        name=name,
        title={"zh": held["zh"][0], "en": held["en"][0]},
        purpose={"zh": held["zh"][1], "en": held["en"][1]},
        query=Query(credentials=credentials, optional=optional),
    )


QUERIES: Final[Mapping[str, Ready]] = _read()
