"""The offline folder: anchor, trust list and status lists, with the marks that keep them from going back.

    anchor.json          pinned root keys, their threshold, where the trust list is
    trust-list.json      the newest trust list, signed
    status/<name>/<iat>.cwt|jwt   status lists; <name> stands for the address, each version has its time of issue
    marks.json           what was seen and must not be undercut (`verifier.marks`)
    tags.json            entity tags of what was fetched, to save traffic; of no other use

The trust list is opened, and its signatures checked, each time the folder is loaded, a status list when it is first
asked for: a file that was changed is a finding, never believed. Writing is atomic (temporary file, fsync, rename,
fsync of the folder) under a lock, so that several processes may share a folder; the marks come last, so that whatever
a power cut leaves behind is usable. A list older than its mark is `status-rolled-back`; a list that is gone leaves its
mark, so that removing a file takes an answer away and never changes one to valid.
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
from typing import Final

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected
from elicense.limits import IAT_SKEW_SECONDS
from elicense.reason import Reason
from elicense.status import StatusList, open_status_list
from elicense.trust import Anchor, TrustList, open_trust_list
from elicense.verify import Statuses
from verifier.limits import FOLDER_FILE_BYTES_MAX, HISTORY_PER_LIST_MAX
from verifier.marks import Marks, digest_of

_ANCHOR: Final = "anchor.json"
_TRUST: Final = "trust-list.json"
_MARKS: Final = "marks.json"
_TAGS: Final = "tags.json"
_STATUS: Final = "status"
_LOCK: Final = ".lock"
_TEMPORARY: Final = ".new-"


class FolderBad(ElicenseError):
    """The folder cannot be used at all. `reason` says why: no anchor, or a trust list that is not to be believed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.code}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Everything that judging needs. `newest` is the newest signed time ever seen in the folder, Unix seconds.

    `since` are the newest lists where `statuses` are those of an earlier time, to tell who asks about a past day what
    has become of the licence. They decide nothing.
    """

    trust: TrustList
    statuses: Statuses
    newest: int
    since: Statuses = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The signed bytes in a folder as they are, for handing them on; whoever takes them checks them again.

    `trust_list` is None as long as there is none; `status_lists` are those that this folder judges by, by address:
    chosen by what is in them, never by the name of a file.
    """

    anchor: Anchor
    trust_list: bytes | None
    status_lists: Mapping[str, bytes]


class Folder:
    """An offline folder on disk."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def create(self, anchor: Anchor, trust_uri: str) -> None:
        """Pin the root keys and where the trust list is. Raises `FileExistsError` if the folder has an anchor."""
        with self._locked():
            if os.path.lexists(self.path / _ANCHOR):
                raise FileExistsError(self.path / _ANCHOR)
            self._write(_MARKS, strictjson.dumps(Marks().to_json()))
            self._write(_ANCHOR, _anchor_file(anchor, trust_uri))

    def anchor(self) -> tuple[Anchor, str]:
        """The pinned root keys and the address of the trust list. Raises `FolderBad(trust-bad)`."""
        data = self._read(_ANCHOR)
        if data is None:
            raise FolderBad(Reason.TRUST_BAD, "the folder has no anchor: run init first")
        try:
            match strictjson.loads(data):
                case {"anchor": anchor, "trust_uri": str() as trust_uri}:
                    return Anchor.from_json(anchor), trust_uri
        except Rejected:
            pass
        raise FolderBad(Reason.TRUST_BAD, "anchor.json is damaged: run init in a new folder")

    def load(self, at: int | None = None) -> Lists:
        """Open and check what is needed to judge now, or as of the instant `at` (then the lists in force at that time).

        Raises `FolderBad` if there is no believable trust list. A status list that is not to be believed is in
        `statuses` as its reason.
        """
        anchor, _ = self.anchor()
        marks = self.marks()
        data = self._read(_TRUST)
        if data is None:
            raise FolderBad(Reason.TRUST_BAD, "no trust list yet: run refresh")
        try:
            trust = open_trust_list(data, anchor)
            marks.require(trust, digest_of(data))
        except Rejected as refused:
            raise FolderBad(refused.reason, f"trust-list.json is not to be believed ({refused.detail})") from None
        newest = _Shelf(self, trust, marks, None)
        return Lists(
            trust=trust,
            statuses=newest if at is None else _Shelf(self, trust, marks, at),
            newest=max(marks.newest, trust.issued),
            since={} if at is None else newest,
        )

    def signed(self, at: int | None = None) -> Signed:
        """What a verifier elsewhere needs to judge by itself, now or as of the instant `at`. Raises `FolderBad`.

        Without a believable trust list there is no believable status list either; the trust list goes out as it is,
        so that whoever takes it can say what is wrong with it.
        """
        (anchor, _), marks, data = self.anchor(), self.marks(), self._read(_TRUST)
        found: dict[str, bytes] = {}
        with contextlib.suppress(_Damaged):
            trust = _opened(data or b"", anchor)
            for uri, mark in marks.lists.items():
                held = self._found(uri, trust, at)
                due = mark if at is None or mark <= at else 0
                if held is not None and due <= held[0].issued_at and (at is None or held[0].issued_at <= at):
                    found[uri] = held[1]
        return Signed(anchor=anchor, trust_list=data, status_lists=found)

    def stamp(self) -> tuple[int, ...]:
        """Something that changes whenever anything was written: the marks are written last, each time."""
        try:
            held = (self.path / _MARKS).stat()
        except OSError:
            return ()
        return held.st_ino, held.st_mtime_ns

    def marks(self) -> Marks:
        """The marks. Raises `FolderBad` if the file is damaged or gone: a folder has it from the beginning."""
        data = self._read(_MARKS)
        if data is None:
            raise FolderBad(Reason.TRUST_ROLLED_BACK, "marks.json is gone: run init in a new folder")
        try:
            return Marks.from_bytes(data)
        except Rejected:
            raise FolderBad(Reason.TRUST_ROLLED_BACK, "marks.json is damaged: run init in a new folder") from None

    def put_trust_list(self, data: bytes) -> TrustList:
        """Take a trust list over, after every check. Raises `Rejected`: `trust-bad`, `trust-rolled-back`."""
        with self._locked():
            anchor, trust_uri = self.anchor()
            trust = open_trust_list(data, anchor)
            marks, digest = self.marks(), digest_of(data)
            marks.require(trust, digest)
            held = self._read(_TRUST)
            if held is not None and held != data:
                with contextlib.suppress(_Damaged):
                    trust.require_successor(_opened(held, anchor))  # it may be newer than the marks after a power cut
            if held != data:
                self._write(_TRUST, data)
            if trust.anchor != anchor:
                self._write(_ANCHOR, _anchor_file(trust.anchor, trust_uri))
            seen = marks.with_trust(trust, digest)
            if held != data or seen != marks:
                self._write(_MARKS, strictjson.dumps(seen.to_json()))
        return trust

    def put_status_list(self, data: bytes, uri: str, trust: TrustList, at: int | None = None) -> StatusList:
        """Take a status list over, after every check. Raises `Rejected`: `status-bad`, `status-rolled-back`.

        A list that was issued after `at`, what the clock shows now, is refused: its mark would keep all lists out that
        come before that time. A trust list may be: at least two root keys vouch for its time.
        """
        listed = open_status_list(data, uri, trust)
        if at is not None and listed.issued_at > at + IAT_SKEW_SECONDS:
            raise Rejected(Reason.STATUS_BAD, "issued later than this device's clock shows")
        with self._locked():
            marks = self.marks()
            if listed.issued_at < marks.lists.get(uri, 0):
                raise Rejected(Reason.STATUS_ROLLED_BACK, "older than a list already seen")
            held = self._newest(uri, trust, at=None)
            if isinstance(held, StatusList) and held.issued_at == listed.issued_at:
                if held != listed:
                    raise Rejected(Reason.STATUS_ROLLED_BACK, "another list with the same time of issue")
                if marks.lists.get(uri) == listed.issued_at:
                    return listed
            suffix = "cwt" if data.startswith(b"\xd2") else "jwt"
            self._write(f"{_place(uri)}/{listed.issued_at}.{suffix}", data)
            for _, old in sorted(self._files(uri))[:-HISTORY_PER_LIST_MAX]:
                old.unlink(missing_ok=True)
            self._write(_MARKS, strictjson.dumps(marks.with_list(uri, listed.issued_at).to_json()))
        return listed

    def put_history(self, data: bytes, uri: str, trust: TrustList, at: int) -> StatusList:
        """Keep a list as it stood at `at`, for questions about that time; what is judged now stays as it is.

        Raises `Rejected(status-bad)` for one that is not to be believed or was issued later than that.
        """
        listed = open_status_list(data, uri, trust)
        if listed.issued_at > at + IAT_SKEW_SECONDS:
            raise Rejected(Reason.STATUS_BAD, "issued later than the time that was asked for")
        with self._locked():
            if listed.issued_at > self.marks().lists.get(uri, 0):
                raise Rejected(Reason.STATUS_BAD, "newer than what is judged by now: refresh first")
            if listed.issued_at not in {issued_at for issued_at, _ in self._files(uri)}:
                suffix = "cwt" if data.startswith(b"\xd2") else "jwt"
                self._write(f"{_place(uri)}/{listed.issued_at}.{suffix}", data)
        return listed

    def tags(self) -> dict[str, str]:
        """The entity tags of what was fetched last, by address; none if they are not to be had."""
        try:
            held = strictjson.loads(self._read(_TAGS) or b"")
        except (FolderBad, Rejected):
            return {}
        return {k: v for k, v in held.items() if isinstance(v, str)} if isinstance(held, dict) else {}

    def put_tags(self, tags: Mapping[str, str]) -> None:
        """Keep entity tags for the next refresh."""
        with self._locked():
            self._write(_TAGS, strictjson.dumps(dict(tags)))

    def listed(self, uri: str, trust: TrustList, marks: Marks, at: int | None) -> StatusList | Reason:
        """The newest believable list at an address, or the newest that was issued by `at`; or why there is none.

        A file that is not to be believed hides none: only the mark says what must be there.
        """
        found = self._newest(uri, trust, at)
        mark = marks.lists.get(uri)
        due = mark if mark is not None and (at is None or mark <= at) else 0
        if isinstance(found, StatusList) and found.issued_at < due:
            return Reason.STATUS_ROLLED_BACK
        return found

    def _newest(self, uri: str, trust: TrustList, at: int | None) -> StatusList | Reason:
        found = self._found(uri, trust, at)
        return Reason.STATUS_BAD if found is None else found[0]

    def _found(self, uri: str, trust: TrustList, at: int | None) -> tuple[StatusList, bytes] | None:
        """The newest believable list and its bytes; files that are not to be believed are passed over."""
        files = sorted(self._files(uri), reverse=True)
        if at is not None:  # if there is none, the oldest says by its time of issue why it does not answer
            files = [one for one in files if one[0] <= at] or files[-1:]
        for issued_at, path in files:
            try:
                data = _bytes(path) or b""
                listed = open_status_list(data, uri, trust)
            except (Rejected, _Damaged):
                continue
            if listed.issued_at == issued_at:  # the name is only a hint
                return listed, data
        return None

    def _files(self, uri: str) -> Iterator[tuple[int, Path]]:
        try:
            paths = tuple((self.path / _place(uri)).iterdir())
        except OSError:
            return
        for path in paths:
            stem, _, suffix = path.name.partition(".")
            if suffix in ("cwt", "jwt") and stem.isascii() and stem.isdecimal():
                yield int(stem), path

    def _read(self, name: str) -> bytes | None:
        """The bytes of a file, None if there is none. Raises `FolderBad` if it cannot be read."""
        try:
            return _bytes(self.path / name)
        except _Damaged:
            raise FolderBad(Reason.TRUST_BAD, f"{name} cannot be read") from None

    def _write(self, name: str, data: bytes) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f"{_TEMPORARY}*"):  # by a power cut: whoever has the lock is alone
            left.unlink(missing_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=_TEMPORARY)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _Shelf(Mapping[str, StatusList | Reason]):
    """The status lists of a folder by address, each opened when it is first asked for."""

    def __init__(self, folder: Folder, trust: TrustList, marks: Marks, at: int | None) -> None:
        self._folder, self._trust, self._marks, self._at = folder, trust, marks, at
        self._opened: dict[str, StatusList | Reason] = {}

    def __getitem__(self, uri: str) -> StatusList | Reason:
        if uri not in self._marks.lists:
            raise KeyError(uri)
        if uri not in self._opened:
            self._opened[uri] = self._folder.listed(uri, self._trust, self._marks, self._at)
        return self._opened[uri]

    def __iter__(self) -> Iterator[str]:
        return iter(self._marks.lists)

    def __len__(self) -> int:
        return len(self._marks.lists)


class _Damaged(Exception):
    """A file that is there and cannot be read."""


def _place(uri: str) -> str:
    return f"{_STATUS}/{hashlib.sha256(uri.encode('utf-8')).hexdigest()[:32]}"


def _anchor_file(anchor: Anchor, trust_uri: str) -> bytes:
    return strictjson.dumps({"anchor": anchor.to_json(), "trust_uri": trust_uri})


def _opened(data: bytes, anchor: Anchor) -> TrustList:
    try:
        return open_trust_list(data, anchor)
    except Rejected:
        raise _Damaged from None


def _bytes(path: Path) -> bytes | None:
    """The bytes of an ordinary file, None if there is none. Raises `_Damaged` for whatever else is there."""
    try:
        if path.exists() and not path.is_file():
            raise _Damaged
        with path.open("rb") as file:
            data = file.read(FOLDER_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError:
        raise _Damaged from None
    if len(data) > FOLDER_FILE_BYTES_MAX:
        raise _Damaged
    return data
