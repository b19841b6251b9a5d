"""The offline folder: anchor, trust list and status lists, with the marks that keep them from going back.

    anchor.json          pinned root keys, their threshold, where the trust list is
    trust-list.json      the newest trust list, signed
    status/<name>/<iat>.cwt|jwt   status lists by address, each version by its time of issue
    marks.json           trust sequence, newest time of issue of each list, newest signed time seen

Everything is opened, and its signature checked, each time the folder is loaded: a file that was changed is a finding,
never believed. Writing is atomic (temporary file, fsync, rename) under a lock, so that several processes may share a
folder. A list older than its mark is `status-rolled-back`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected
from elicense.limits import IAT_SKEW_SECONDS
from elicense.reason import Reason
from elicense.status import StatusList, open_status_list
from elicense.trust import Anchor, TrustList, open_trust_list
from elicense.verify import Statuses
from verifier.limits import HISTORY_PER_LIST_MAX

_ANCHOR: Final = "anchor.json"
_TRUST: Final = "trust-list.json"
_MARKS: Final = "marks.json"
_STATUS: Final = "status"
_LOCK: Final = ".lock"


class FolderBad(ElicenseError):
    """The folder cannot be used at all. `reason` says why: no anchor, or a trust list that is not to be believed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.code}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What has been seen and must not be undercut. `newest` is the newest signed time of issue, Unix seconds."""

    sequence: int = 0
    newest: int = 0
    lists: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Everything that judging needs, opened and checked. `newest` is the newest signed time ever seen here."""

    trust: TrustList
    statuses: Statuses
    newest: int


class Folder:
    """An offline folder on disk."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def create(self, anchor: Anchor, trust_uri: str) -> None:
        """Pin the root keys and where the trust list is. Raises `FileExistsError` if the folder has an anchor."""
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / _ANCHOR).exists():
            raise FileExistsError(self.path / _ANCHOR)
        self._write(_ANCHOR, strictjson.dumps({"anchor": anchor.to_json(), "trust_uri": trust_uri}))

    def anchor(self) -> tuple[Anchor, str]:
        """The pinned root keys and the address of the trust list. Raises `FolderBad(trust-bad)`."""
        try:
            match strictjson.loads((self.path / _ANCHOR).read_bytes()):
                case {"anchor": anchor, "trust_uri": str() as trust_uri}:
                    return Anchor.from_json(anchor), trust_uri
        except FileNotFoundError:
            raise FolderBad(Reason.TRUST_BAD, "the folder has no anchor: run init first") from None
        except Rejected:
            pass
        raise FolderBad(Reason.TRUST_BAD, "anchor.json is damaged")

    def load(self, at: int | None = None) -> Lists:
        """Open and check what is needed to judge now, or as of the instant `at` (then the lists in force at that time).

        Raises `FolderBad` if there is no believable trust list. A status list that is not to be believed is in
        `statuses` as its reason.
        """
        anchor, _ = self.anchor()
        marks = self.marks()
        try:
            trust = open_trust_list((self.path / _TRUST).read_bytes(), anchor)
        except FileNotFoundError:
            raise FolderBad(Reason.TRUST_BAD, "no trust list yet: run refresh") from None
        except Rejected as refused:
            raise FolderBad(refused.reason, "trust-list.json is not to be believed") from None
        if trust.sequence < marks.sequence:
            raise FolderBad(Reason.TRUST_ROLLED_BACK, "trust-list.json is older than one seen before")
        statuses = {uri: self._listed(uri, trust, marks, at) for uri in self._uris(marks)}
        return Lists(trust=trust, statuses=statuses, newest=max(marks.newest, trust.issued))

    def stamp(self) -> tuple[int, ...]:
        """Something that changes whenever anything was written: the marks are written last, each time."""
        try:
            held = (self.path / _MARKS).stat()
        except FileNotFoundError:
            return ()
        return held.st_ino, held.st_mtime_ns

    def marks(self) -> Marks:
        """The marks, or none at all in a new folder. Raises `FolderBad` if the file is damaged."""
        try:
            match strictjson.loads((self.path / _MARKS).read_bytes()):
                case {"sequence": int() as sequence, "newest": int() as newest, "lists": {**lists}}:
                    known = {str(uri): iat for uri, iat in lists.items() if isinstance(iat, int)}
                    return Marks(sequence=sequence, newest=newest, lists=MappingProxyType(known))
        except FileNotFoundError:
            return Marks()
        except Rejected:
            pass
        raise FolderBad(Reason.TRUST_ROLLED_BACK, "marks.json is damaged: what was seen before is not known")

    def put_trust_list(self, data: bytes) -> TrustList:
        """Take a trust list over, after every check. Raises `Rejected`: `trust-bad`, `trust-rolled-back`."""
        with self._locked():
            anchor, trust_uri = self.anchor()
            trust = open_trust_list(data, anchor)
            marks = self.marks()
            if trust.sequence < marks.sequence:
                raise Rejected(Reason.TRUST_ROLLED_BACK, "older than a list already seen")
            held = self.path / _TRUST
            if held.exists():
                trust.require_successor(open_trust_list(held.read_bytes(), anchor))
            self._write(_TRUST, data)
            if trust.anchor != anchor:
                self._write(_ANCHOR, strictjson.dumps({"anchor": trust.anchor.to_json(), "trust_uri": trust_uri}))
            self._put_marks(marks, sequence=trust.sequence, newest=trust.issued)
        return trust

    def put_status_list(self, data: bytes, uri: str, trust: TrustList) -> StatusList:
        """Take a status list over, after every check. Raises `Rejected`: `status-bad`, `status-rolled-back`."""
        listed = open_status_list(data, uri, trust)
        with self._locked():
            marks = self.marks()
            if listed.issued_at < marks.lists.get(uri, 0):
                raise Rejected(Reason.STATUS_ROLLED_BACK, "older than a list already seen")
            suffix = "cwt" if data.startswith(b"\xd2") else "jwt"
            place = self._place(uri)
            self._write(f"{place}/{listed.issued_at}.{suffix}", data)
            self._write(f"{place}/uri", uri.encode("utf-8"))
            for _, old in sorted(self._files(uri), key=lambda one: one[0])[:-HISTORY_PER_LIST_MAX]:
                old.unlink(missing_ok=True)
            self._put_marks(marks, newest=listed.issued_at, uri=uri)
        return listed

    def _listed(self, uri: str, trust: TrustList, marks: Marks, at: int | None) -> StatusList | Reason:
        """The newest list, or the newest issued by `at`; the name of a file is only a hint of its time of issue."""
        files = sorted(self._files(uri), key=lambda one: one[0])
        if at is not None:
            files = [one for one in files if one[0] <= at + IAT_SKEW_SECONDS] or files[:1]
        if not files:
            return Reason.STATUS_BAD
        issued_at, path = files[-1]
        try:
            listed = open_status_list(path.read_bytes(), uri, trust)
        except (Rejected, OSError):
            return Reason.STATUS_BAD
        if listed.issued_at != issued_at:
            return Reason.STATUS_BAD
        if at is None and listed.issued_at < marks.lists.get(uri, 0):
            return Reason.STATUS_ROLLED_BACK
        return listed

    def _files(self, uri: str) -> Iterator[tuple[int, Path]]:
        folder = self.path / self._place(uri)
        if folder.is_dir():
            for path in folder.iterdir():
                if path.suffix in (".cwt", ".jwt") and path.stem.isascii() and path.stem.isdigit():
                    yield int(path.stem), path

    def _uris(self, marks: Marks) -> tuple[str, ...]:
        found = dict.fromkeys(marks.lists)
        for path in sorted((self.path / _STATUS).glob("*/uri")):
            found.setdefault(path.read_text("utf-8"))
        return tuple(found)

    def _place(self, uri: str) -> str:
        return f"{_STATUS}/{hashlib.sha256(uri.encode('utf-8')).hexdigest()[:32]}"

    def _put_marks(self, marks: Marks, *, sequence: int = 0, newest: int = 0, uri: str | None = None) -> None:
        lists = dict(marks.lists)
        if uri is not None:
            lists[uri] = max(newest, lists.get(uri, 0))
        written: dict[str, Any] = {
            "sequence": max(sequence, marks.sequence),
            "newest": max(newest, marks.newest),
            "lists": lists,
        }
        self._write(_MARKS, strictjson.dumps(written))

    def _write(self, name: str, data: bytes) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
