"""Refreshing: fills the offline folder from the network; the only part of the verifier that uses it.

It fetches the trust list from the pinned address and every status list that the issuers on it publish, found through
each issuer's list of lists, and those already in the folder. Hosts come from the trust list and the anchor alone,
never from a licence (`verifier.fetch` says which may be asked, and how long). Whatever arrives is verified before it
takes the place of anything; a failure keeps what was there and is reported. What has not changed is not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from elicense import strictjson
from elicense.errors import Rejected
from elicense.limits import STATUS_TOKEN_BYTES_MAX, TRUST_LIST_BYTES_MAX
from elicense.status import CWT_MEDIA_TYPE, StatusList
from elicense.trust import LIST_PLACEHOLDER, MEDIA_TYPE, Issuer, TrustList
from verifier.fetch import Answer, FetchFailed, Limits, fetch, get
from verifier.folder import Folder, FolderBad, Lists
from verifier.limits import LISTS_BYTES_MAX, LISTS_MAX, REFRESH_ISSUER_SECONDS

__all__ = ["FetchFailed", "Refreshed", "fetch", "refresh"]

_NUMBER_CHARS_MAX: Final = len(str(2**16 - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What one refresh did: `fetched` are addresses whose lists are now in the folder, `failed` the others with why."""

    sequence: int
    fetched: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def refresh(
    folder: Folder, clock: Callable[[], float], at: int | None = None, limits: Limits = Limits(),  # noqa: B008
) -> Refreshed:  # fmt: skip
    """Fetch trust list and status lists into the folder.

    `clock` gives monotonic seconds for the time limits; `at` is what the device's clock shows, Unix seconds: a status
    list from after it is refused. Raises `FetchFailed` or `Rejected` if the trust list cannot be had and the folder has
    none that can be used, `FolderBad` for an unusable folder, `OSError` if it cannot be written to; any other failure
    is reported.
    """
    return _Run(folder, clock, at, limits).everything()


@dataclass(slots=True)
class _Run:
    """One refresh and what came of it so far."""

    folder: Folder
    clock: Callable[[], float]
    at: int | None
    limits: Limits
    fetched: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    known: Mapping[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    started: float = 0.0

    def everything(self) -> Refreshed:
        self.started, self.known = self.clock(), self.folder.tags()
        held = self._held()
        trust = self._trust(held)
        for issuer in trust.issuers:
            self._issuer(issuer, trust, {} if held is None else held.statuses)
        self.folder.put_tags(self.tags)
        return Refreshed(sequence=trust.sequence, fetched=tuple(self.fetched), failed=tuple(self.failed))

    def _held(self) -> Lists | None:
        self.folder.anchor()
        try:
            return self.folder.load()
        except FolderBad:
            return None

    def _trust(self, held: Lists | None) -> TrustList:
        """The newest trust list, or the one that is there."""
        anchor, uri = self.folder.anchor()
        try:
            answer = self._get(uri, MEDIA_TYPE, TRUST_LIST_BYTES_MAX, held is not None and held.trust.anchor == anchor)
            if held is not None and answer.data is None:
                trust = held.trust
            else:
                trust = self.folder.put_trust_list(answer.data or b"")
        except (FetchFailed, Rejected) as fault:
            if held is None:
                raise
            self.failed.append((uri, str(fault)))
            return held.trust
        self._note(uri, answer)
        return trust

    def _issuer(self, issuer: Issuer, trust: TrustList, held: Mapping[str, object]) -> None:
        """All lists of one issuer, as long as its time lasts: a slow one does not keep the others waiting."""
        ends = self.clock() + REFRESH_ISSUER_SECONDS
        head, _, tail = issuer.status_uri.partition(LIST_PLACEHOLDER)
        uris = dict.fromkeys(uri for uri in held if uri.startswith(head) and uri.endswith(tail))
        try:
            uris.update(dict.fromkeys(self._lists_of(issuer)))
        except (FetchFailed, Rejected) as fault:
            self.failed.append((issuer.status_uri, str(fault)))
        for uri in uris:
            try:
                if self.clock() >= ends:
                    raise FetchFailed("the issuer's lists took longer than allowed")
                self._list(uri, trust, held)
            except (FetchFailed, Rejected) as fault:
                self.failed.append((uri, str(fault)))

    def _lists_of(self, issuer: Issuer) -> tuple[str, ...]:
        """The addresses in the issuer's list of lists. One that is not the issuer's is reported and not asked."""
        head, _, tail = issuer.status_uri.partition(LIST_PLACEHOLDER)
        data = get(head.rstrip("/"), "application/json", LISTS_BYTES_MAX, self.clock, limits=self.limits).data
        match strictjson.loads(data or b""):
            case {"status_lists": [*named]} if len(named) <= LISTS_MAX:
                numbers = [_number(uri, head, tail) for uri in named]
                if None in numbers:
                    self.failed.append((issuer.status_uri, "the list of lists names an address of somebody else"))
                return tuple(issuer.list_uri(number) for number in numbers if number is not None)
        raise FetchFailed("not a list of status lists")

    def _list(self, uri: str, trust: TrustList, held: Mapping[str, object]) -> None:
        answer = self._get(uri, CWT_MEDIA_TYPE, STATUS_TOKEN_BYTES_MAX, isinstance(held.get(uri), StatusList))
        if answer.data is not None:
            at = None if self.at is None else self.at + int(self.clock() - self.started)
            self.folder.put_status_list(answer.data, uri, trust, at)
        self.fetched.append(uri)
        self._note(uri, answer)

    def _get(self, uri: str, accept: str, limit: int, usable: bool) -> Answer:  # noqa: FBT001 - private, one meaning
        """What stands at an address; no data if it is what the folder has, which has to be `usable` for that."""
        tag = self.known.get(uri) if usable else None
        return get(uri, accept, limit, self.clock, tag=tag, limits=self.limits)

    def _note(self, uri: str, answer: Answer) -> None:
        """Keep the tag of what is in the folder now, and of nothing else."""
        if answer.tag is not None:
            self.tags[uri] = answer.tag


def _number(uri: object, head: str, tail: str) -> int | None:
    """The number of a list in its address, None if that is not one of this issuer."""
    if isinstance(uri, str) and uri.startswith(head) and uri.endswith(tail):
        number = uri[len(head) : len(uri) - len(tail)]
        if number.isascii() and number.isdecimal() and len(number) <= _NUMBER_CHARS_MAX:
            return int(number)
    return None
