"""What is asked of a wallet, as a DCQL query (OpenID4VP 1.0 section 6), and whether an answer holds what was asked.

Only what our queries need of the language is here: credentials of the format `dc+sd-jwt`, their types, the claims by
path, sets of credentials. The claims path pointer is the whole of section 7.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from elicense.licence import Kind

FORMAT: Final = "dc+sd-jwt"

Types = Callable[[Kind], Sequence[str]]
"""The types of credentials (`vct`) for a kind of licence: one at each issuer that may certify it."""

Path = tuple[str | int | None, ...]
"""A claims path pointer: names, indexes of arrays, None for every element of an array."""


class NothingThere(LookupError):
    """A path that selects nothing in these claims, or does not fit their shape."""


def select(claims: Any, path: Sequence[str | int | None]) -> list[Any]:  # noqa: ANN401 - JSON is any value
    """Process a claims path pointer (section 7.1.1): the selected values. Raises `NothingThere`."""
    selected = [claims]
    for part in path:
        selected = [found for value in selected for found in _step(value, part)]
    if not selected or not path:
        raise NothingThere
    return selected


def _step(value: Any, part: object) -> Iterable[Any]:  # noqa: ANN401
    match part:
        case str():
            if not isinstance(value, dict):
                raise NothingThere
            return [value[part]] if part in value else []
        case None:
            if not isinstance(value, list):
                raise NothingThere
            return value
        case int() if not isinstance(part, bool) and part >= 0:
            if not isinstance(value, list):
                raise NothingThere
            return value[part : part + 1]
    raise NothingThere


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialQuery:
    """One credential that is asked for: its name in this query, the kind of licence, the claims that shall be shown."""

    id: str
    kind: Kind
    claims: tuple[Path, ...] = ()

    def to_json(self, types: Types) -> dict[str, Any]:
        """The Credential Query of section 6.1; `types` gives the values of `vct` for a kind."""
        query: dict[str, Any] = {"id": self.id, "format": FORMAT, "meta": {"vct_values": list(types(self.kind))}}
        if self.claims:
            query["claims"] = [{"path": list(path)} for path in self.claims]
        return query

    def lacking(self, claims: dict[str, Any]) -> tuple[Path, ...]:
        """The claims that were asked for and are not there."""
        return tuple(path for path in self.claims if not _there(claims, path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """All that one request asks for. Credentials that are `optional` may stay away."""

    credentials: tuple[CredentialQuery, ...]
    optional: frozenset[str] = frozenset()

    def to_json(self, types: Types) -> dict[str, Any]:
        """The DCQL query of section 6."""
        query: dict[str, Any] = {"credentials": [one.to_json(types) for one in self.credentials]}
        if self.optional:
            query["credential_sets"] = [
                {"options": [[one.id]], "required": one.id not in self.optional} for one in self.credentials
            ]
        return query

    def named(self, name: str) -> CredentialQuery | None:
        """The credential query of a name."""
        return next((one for one in self.credentials if one.id == name), None)

    @property
    def required(self) -> frozenset[str]:
        """The names of those that may not stay away."""
        return frozenset(one.id for one in self.credentials) - self.optional


def _there(claims: dict[str, Any], path: Path) -> bool:
    try:
        select(claims, path)
    except NothingThere:
        return False
    return True
