"""Publishing: status lists and the trust list, as files that anybody may fetch.

An act notes in its own transaction that a list changed; `publish_due` makes the tokens (JWT and CWT from one array of
bits), stores them, writes the files, and notes success; whatever step fails is recorded and repeated by the next
call. Files are replaced whole (temporary file, fsync, rename) and always by the newest stored token, under the lock of
the list, so that a list never goes back. The time of issue of a list only grows. Every token is kept: the status as
of a day can be asked later.

Decoys: a list holds entries that belong to no licence; some of them change whenever it is published. Who compares two
lists sees more changes than there were (draft-ietf-oauth-status-list, section on herd privacy). This hides counts from
strangers, not from the issuer.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elicense import status
from elicense.errors import Rejected
from elicense.status import StatusArray, StatusList
from elicense.trust import Issuer, TrustList
from elicense.trust import Purpose as TrustPurpose
from issuer.domain.audit import Event
from issuer.domain.licence_copy import CopyId
from issuer.domain.licence_record import LicenceId, StatusEntry
from issuer.domain.offer import WalletCopyId
from issuer.domain.refusal import Refusal
from issuer.services import trusting, witnessed
from issuer.services.desk import Desk, writing
from issuer.storage import StorageFailed, Transaction, audit, failpoints, publications, statuses
from issuer.storage.publications import Failure, Publication
from issuer.storage.statuses import ListRow
from issuer.vault import VaultError

TRUST_FILE: Final = "trust-list"
LISTS_FILE: Final = "status-lists.json"
STATUS_FOLDER: Final = "status"
ENDINGS: Final = {status.JWT_MEDIA_TYPE: "jwt", status.CWT_MEDIA_TYPE: "cwt"}
AHEAD_MAX: Final = 60
"""Seconds by which the time of issue may run ahead of the clock when a list is published several times a second."""

_LOG: Final = logging.getLogger("issuer.publishing")
_STEPS: Final = {0: (1, 2), 2: (0, 1), 3: ()}
"""Where a decoy may go from a value: where a licence may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one call did: numbers of lists published, and (number, code) of those that failed."""

    lists: tuple[int, ...]
    failed: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHealth:
    """One list: issue and end of its newest published token (None: never), and whether the next one is late."""

    number: int
    issued_at: int | None
    expires_at: int | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How publishing stands. `waiting_since` is the time of the oldest change that is not published."""

    ok: bool
    lists: tuple[ListHealth, ...]
    failures: tuple[Failure, ...]
    waiting_since: int | None
    trust_sequence: int | None
    trust_next_update: int | None


def publish_due(desk: Desk, at: int) -> Published:
    """Publish every list that changed, grows old, or was not finished. Never raises for one list's failure."""
    with desk.store.reading() as tx:
        due = _due(tx, at)
        unfinished = any(not one.published for one in publications.newest(tx, publications.TRUST))
    if unfinished:
        _try_trust_file(desk, at)
    done: list[int] = []
    failed: list[tuple[int, str]] = []
    for number in due:
        code = _try(desk, number, at)
        if code is None:
            done.append(number)
        else:
            failed.append((number, code))
    return Published(lists=tuple(done), failed=tuple(failed))


def publishing_health(desk: Desk, at: int) -> Health:
    """Return how publishing stands at an instant: the page that an operator watches."""
    with desk.store.reading() as tx:
        lists = tuple(_list_health(tx, row, at) for row in statuses.lists(tx))
        failures = publications.failures(tx)
        waiting = statuses.oldest_note(tx)
    try:
        trust: TrustList | None = trusting.published(desk)
    except Refusal:
        trust = None
    ok = not failures and not any(one.late for one in lists) and trust is not None and not trust.stale(at)
    return Health(
        ok=ok and (waiting is None or at - waiting <= 10 * desk.config.publish_every),
        lists=lists,
        failures=failures,
        waiting_since=waiting,
        trust_sequence=None if trust is None else trust.sequence,
        trust_next_update=None if trust is None else trust.next_update,
    )


def status_token(desk: Desk, number: int, media: str, *, time: int | None = None) -> Publication | None:
    """Return the published token of a list in a media type: the newest, or the one in force at an instant."""
    with desk.store.reading() as tx:
        found = publications.as_of(tx, publications.STATUS, number, time)
    return next((one for one in found if one.media == media and (time is None or time < one.exp)), None)


def list_of_lists(desk: Desk) -> bytes:
    """Return the list of all lists: JSON with `status_lists`, the addresses in the order of their numbers."""
    issuer = trusting.own(desk, trusting.published(desk))
    with desk.store.reading() as tx:
        return _list_of_lists(tx, issuer)


def path_of(desk: Desk, number: int, media: str) -> Path:
    """Return where the file of a list lies."""
    return desk.config.published / STATUS_FOLDER / f"{number}.{ENDINGS[media]}"


def numbers(desk: Desk) -> list[int]:
    """Return the numbers of the lists that have a file."""
    names = (path.stem for path in (desk.config.published / STATUS_FOLDER).glob("*.cwt"))
    return sorted(int(name) for name in names if name.isascii() and name.isdecimal())


def ahead(
    desk: Desk, tx: Transaction, number: int, media: str, trust: TrustList, issuer: Issuer
) -> tuple[StatusList, bytes] | None:
    """Return the list in a file, with its bytes, if this issuer signed it and the register does not know it.

    Then the register is older than what is published: it was restored from a backup (see `recovery`).
    """
    try:
        data = path_of(desk, number, media).read_bytes()
    except OSError:
        return None
    if publications.known(tx, hashlib.sha256(data).digest()):
        return None
    try:
        return status.open_status_list(data, issuer.list_uri(number), trust), data
    except Rejected:
        return None  # whatever lies there, it is no list of ours, and gives way


def write_file(path: Path, data: bytes) -> None:
    """Put a file in its place as a whole, and see it on the disk. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_trust_file(desk: Desk) -> None:
    """Write the file of the newest stored list and note that it is published. Does nothing if there is no list."""
    with writing(desk) as tx:
        tx.lock(publications.TRUST)
        stored = publications.all_of(tx, publications.TRUST)
        if not stored:
            return
        write_file(desk.config.published / TRUST_FILE, stored[-1].token)
        failpoints.reach("trust.file")
        publications.mark_published(tx, publications.TRUST, stored[-1].number, stored[-1].iat)


def _try_trust_file(desk: Desk, at: int) -> None:
    """Write the file of the trust list if it can be written; else record that it waits."""
    try:
        write_trust_file(desk)
    except (Refusal, OSError) as failed:
        code = failed.code if isinstance(failed, Refusal) else "file-not-written"
        _LOG.error("trust list not written: %s", code)
        with desk.store.transaction() as tx:
            publications.fail(tx, None, code, at)
    else:
        with desk.store.transaction() as tx:
            publications.recover(tx, None, at)


def _due(tx: Transaction, at: int) -> tuple[int, ...]:
    waiting = statuses.noted(tx)
    found: list[int] = []
    for row in statuses.lists(tx):
        newest = publications.newest(tx, publications.STATUS, row.number)
        if row.number in waiting or _aged(newest, at) or not all(one.published for one in newest):
            found.append(row.number)
    return tuple(found)


def _aged(newest: tuple[Publication, ...], at: int) -> bool:
    """Whether a list was never made, or made a third of its life ago."""
    return not newest or any(at >= one.iat + (one.exp - one.iat) // 3 for one in newest)


def _try(desk: Desk, number: int, at: int) -> str | None:
    """Publish one list; return None or the code of what went wrong, which is recorded."""
    try:
        _publish(desk, number, at)
    except (Refusal, StorageFailed, VaultError) as failed:
        code = failed.code
    except OSError:
        code = "file-not-written"
    else:
        return None
    _LOG.error("status list %d not published: %s", number, code)
    try:
        with desk.store.transaction() as tx:
            publications.fail(tx, number, code, at)
    except StorageFailed as failed:
        _LOG.error("the failure could not be recorded: %s", failed.code)
    return code


def _publish(desk: Desk, number: int, at: int) -> None:
    trust = trusting.published(desk)
    issuer = trusting.own(desk, trust)
    with writing(desk) as tx:
        row = _locked(tx, number)
        if any(ahead(desk, tx, number, media, trust, issuer) for media in ENDINGS):
            raise Refusal("register-behind", f"list {number}")
        newest = publications.newest(tx, publications.STATUS, number)
        if statuses.take_notes(tx, number) or _aged(newest, at):
            _make(desk, tx, row, issuer, trust, newest, at)
    failpoints.reach("publish.recorded")
    with writing(desk) as tx:
        row = _locked(tx, number)
        newest = publications.newest(tx, publications.STATUS, number)
        for one in newest:
            write_file(path_of(desk, number, one.media), one.token)
            failpoints.reach("publish.file")
        write_file(desk.config.published / LISTS_FILE, _list_of_lists(tx, issuer))
        failpoints.reach("publish.files")
        for one in newest:
            publications.mark_published(tx, publications.STATUS, number, one.iat)
        publications.recover(tx, number, at)


def _make(
    desk: Desk,
    tx: Transaction,
    row: ListRow,
    issuer: Issuer,
    trust: TrustList,
    newest: tuple[Publication, ...],
    at: int,
) -> None:
    """Make and store the two tokens of a list. The older one must be older."""
    issued_at = max(at, max((one.iat + 1 for one in newest), default=at))
    if issued_at - at > AHEAD_MAX:
        raise Refusal("clock-behind", "the last list is younger than the clock")
    _, signer = trusting.usable(desk, issuer, TrustPurpose.STATUS, issued_at)
    _move_decoys(desk, tx, row, at)
    array = StatusArray.build(row.size, statuses.shown(tx, row.number))
    uri, expires_at, ttl = issuer.list_uri(row.number), issued_at + desk.config.status_lifetime, desk.config.status_ttl
    tokens: dict[str, bytes] = {}
    for media, encode in ((status.JWT_MEDIA_TYPE, status.encode_jwt), (status.CWT_MEDIA_TYPE, status.encode_cwt)):
        tokens[media] = encode(array, signer, uri=uri, issued_at=issued_at, expires_at=expires_at, ttl=ttl)
        _believed(tokens[media], array, trust, uri, issued_at)
    failpoints.reach("publish.signed")
    for media, token in tokens.items():
        publications.add(
            tx,
            kind=publications.STATUS,
            number=row.number,
            iat=issued_at,
            exp=expires_at,
            media=media,
            token=token,
            made_at=at,
        )
    audit.append(
        tx,
        Event(
            at=at,
            tag="status.published",
            target=f"list-{row.number}",
            key=signer.public_key.kid.hex(),
            detail=(("iat", str(issued_at)), ("exp", str(expires_at))),
        ),
    )


def _believed(token: bytes, array: StatusArray, trust: TrustList, uri: str, issued_at: int) -> None:
    """Read a token as a verifier will, before anybody gets it. Raises Refusal("list-not-believed")."""
    try:
        opened = status.open_status_list(token, uri, trust)
    except Rejected as rejected:
        raise Refusal("list-not-believed", rejected.detail) from None
    if opened.entries != array or opened.issued_at != issued_at:
        raise Refusal("list-not-believed", "it says something else")


def take_index(desk: Desk, tx: Transaction, id_: LicenceId | CopyId | WalletCopyId, value: int, at: int) -> StatusEntry:
    """Give a licence or a copy an index, drawn at random from a list with room; a list that is opened gets decoys.

    Raises Refusal if the log says that nothing may be issued (`witnessed.require`).
    """
    witnessed.require(desk, tx, at)
    row, opened = statuses.list_with_room(tx, size=desk.config.list_size, at=at)
    if opened:
        _first_decoys(desk, tx, row, at)
    return statuses.allocate(tx, row, secrets.randbelow, licence_id=id_, value=value, at=at)


def _first_decoys(desk: Desk, tx: Transaction, row: ListRow, at: int) -> None:
    """Fill a list that was just opened with its decoys; some look ended or suspended from the start."""
    values: dict[int, int] = {}
    while len(values) < min(desk.config.decoys, row.size // 4):
        values[secrets.randbelow(row.size)] = secrets.choice((0, 0, 0, 0, 0, 0, 1, 2))
    statuses.add_decoys(tx, row, values, at)


def _move_decoys(desk: Desk, tx: Transaction, row: ListRow, at: int) -> None:
    moves = secrets.randbelow(desk.config.decoy_moves + 1)
    if not moves:
        return
    live = [one for one in statuses.decoys(tx, row.number) if _STEPS.get(one.value)]
    for _ in range(moves):
        if len(live) * 2 < desk.config.decoys and row.used * 2 < row.size:
            live.append(statuses.allocate(tx, row, secrets.randbelow, licence_id=None, value=0, at=at))
        if live:
            entry = live.pop(secrets.randbelow(len(live)))
            statuses.set_value(tx, entry, secrets.choice(_STEPS[entry.value]), at)
    statuses.take_notes(tx, row.number)  # they are part of what is being published


def _locked(tx: Transaction, number: int) -> ListRow:
    row = statuses.get_list(tx, number)
    if row is None:
        raise Refusal("status-list-unknown")
    return row


def _list_of_lists(tx: Transaction, issuer: Issuer) -> bytes:
    uris = [issuer.list_uri(row.number) for row in statuses.lists(tx)]
    return json.dumps({"status_lists": uris}, separators=(",", ":")).encode("ascii")


def _list_health(tx: Transaction, row: ListRow, at: int) -> ListHealth:
    found = publications.as_of(tx, publications.STATUS, row.number, None)
    if not found:
        return ListHealth(number=row.number, issued_at=None, expires_at=None, late=True)
    newest = found[0]
    late = (at - newest.iat) * 20 >= (newest.exp - newest.iat) * 9  # before half of its life, so that there is time
    return ListHealth(number=row.number, issued_at=newest.iat, expires_at=newest.exp, late=late)
