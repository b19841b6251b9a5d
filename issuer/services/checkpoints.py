"""The log of the audit trail: sign its newest head, have witnesses sign it too, publish it as tiles.

    1 sign     the root over all events, once it agrees with all that was signed and published before; stored
    2 ask      each witness that has not signed it yet, with the proof that it contains what the witness knows
    3 publish  tiles, then the checkpoint with what witnesses signed, once the quorum is there

Each step is repeated by the next call, whatever stopped it. For one size one root is ever signed: a checkpoint is
stored before anybody gets it, and the database holds one of a size. What speaks against the log (a witness that knows
more, or something else; files that are ahead of the register; rows that were chained anew) is kept as an alarm, which
stops issuing (`witnessed`), and is never taken back: another log is begun (`log_name`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from issuer.config import Witness
from issuer.domain import merkle, note, tiles
from issuer.domain.checkpoint import Checkpoint, Submission, empty, read_checkpoint, read_size
from issuer.domain.note import Note, NoteBad, Signature
from issuer.domain.refusal import Refusal
from issuer.domain.tiles import TileBad
from issuer.services import logbook, witness_client, witnessed
from issuer.services.desk import Desk, writing
from issuer.services.publishing import write_file
from issuer.services.witness_client import WitnessSilent
from issuer.storage import Transaction, checkpoints, failpoints
from issuer.storage.checkpoints import Alarm, Stored
from issuer.vault import Purpose, VaultError

_LOG: Final = logging.getLogger("issuer.log")
FORKED: Final = "log-forked"
BEHIND: Final = "register-behind"
_SILENT: Final = "witness-silent"
_REFUSED: Final = "witness-refuses"
_CONFLICT, _UNPROVEN, _SIGNED = 409, 422, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """What one call did: the sizes of the newest signed and of the published checkpoint; (who, code) of failures."""

    signed: int
    published: int
    failed: tuple[tuple[str, str], ...]


def advance(desk: Desk, at: int, *, anew: bool = False) -> Advanced | None:
    """Bring the log up to the trail, as far as witnesses and disk allow; None where no key for it exists.

    With `anew` every tile is made from the rows again, for when some were lost or damaged.
    Raises Refusal("log-renamed"), and KeyUnavailable, KeyRefused, StorageFailed, OSError: then the next call goes on.
    """
    if not desk.vault.kids(Purpose.LOG):
        return None
    failed: list[tuple[str, str]] = []
    lost = logbook.published(desk) is None
    try:
        _sign(desk, at)
    except Refusal as refused:
        failed.append(("log", refused.code))
    with desk.store.reading() as tx:
        newest = checkpoints.newest(tx, desk.config.log_origin)
    if newest is not None:
        failed += _ask_all(desk, newest, at)
        if lost and not _behind(failed):
            failed += _refused(desk)
        if not (lost and _behind(failed)):
            _publish(desk, anew=anew)
    for who, code in failed:
        _LOG.error("log: %s: %s", who, code)
    held = logbook.published(desk)
    return Advanced(signed=newest.size if newest else 0, published=held.size if held else 0, failed=tuple(failed))


def require_current(desk: Desk) -> None:
    """Raise Refusal("register-behind") if the published log or a witness knows more than this register.

    Raises Refusal("log-renamed") if the folder of the log holds another one.

    For whoever starts a service. A witness that does not answer says nothing; it is asked again by `advance`.
    """
    try:
        if not desk.vault.kids(Purpose.LOG):
            return
        held = logbook.published(desk)
        greeting = logbook.signed(desk, empty(desk.config.log_origin))
    except VaultError:
        return  # without its key the log neither says nor signs anything; the log of the service says so
    with desk.store.reading() as tx:
        size = checkpoints.size(tx)
        if held is not None and (held.size > size or logbook.tree(desk, tx, size).root(held.size) != held.root):
            raise Refusal(BEHIND, "log")
    for one in desk.config.known_witnesses:
        try:
            _probe(desk, one, greeting)
        except WitnessSilent:
            _LOG.warning("log: %s: %s", one.key.name, _SILENT)


def _refused(desk: Desk) -> list[tuple[str, str]]:
    """Who knows more than a register whose published files are gone: an older checkpoint must not come back."""
    try:
        require_current(desk)
    except Refusal as refused:
        return [(refused.detail, refused.code)]
    return []


def _behind(failed: list[tuple[str, str]]) -> bool:
    return any(code == BEHIND for _, code in failed)


# --- 1 sign --------------------------------------------------------------------------------------------------


def _sign(desk: Desk, at: int) -> None:
    """Sign and store the newest head. Raises Refusal: register-behind, log-forked (both kept), clock-behind."""
    origin = desk.config.log_origin
    held = logbook.published(desk)  # before the rows are looked at: another process may publish meanwhile
    with desk.store.reading() as tx:
        size, last = checkpoints.size(tx), checkpoints.newest(tx, origin)
        known = [one for one in (last, held) if one is not None]
        code: str | None = BEHIND if any(one.size > size for one in known) else None
        try:
            tree = None if code else logbook.tree(desk, tx, size)
        except Refusal as gone:
            tree, code = None, gone.code
    if tree is not None and any(tree.root(one.size) != one.root for one in known):
        code = FORKED
    if code is not None:
        _against(desk, Alarm(origin=origin, witness="", code=code, size=size, at=at))
        raise Refusal(code, "log")
    if tree is None or not size or (last is not None and last.size == size):
        return
    if last is not None and at < last.at:
        raise Refusal("clock-behind", "the last checkpoint is younger than the clock")
    value = Checkpoint(origin=origin, size=size, root=tree.root(size))
    data = logbook.signed(desk, value).to_bytes()
    note.signed_by(note.read_note(data), logbook.keys(desk)[-1:])  # as a stranger will read it
    failpoints.reach("log.signed")
    with writing(desk) as tx:
        tx.lock("log")
        last = checkpoints.newest(tx, origin)
        if last is None or (last.size < size and last.at <= at):  # else another process was first, with these rows
            checkpoints.add(tx, Stored(origin=origin, size=size, root=value.root, note=data, at=at))
    failpoints.reach("log.recorded")


def _alarm(tx: Transaction, value: Alarm) -> None:
    if checkpoints.alarm(tx, value):
        _LOG.critical("log %s: %s found by %s at %d", value.origin, value.code, value.witness or "itself", value.size)


# --- 2 ask ---------------------------------------------------------------------------------------------------


def _ask_all(desk: Desk, newest: Stored, at: int) -> Iterator[tuple[str, str]]:
    """Ask every witness that has not signed the newest checkpoint; return who did not, and why."""
    with desk.store.reading() as tx:
        have = checkpoints.lines(tx, newest)
    for one in desk.config.known_witnesses:
        if one.key.text in have:
            continue
        code = _ask(desk, one, newest, at)
        if code is not None:
            yield one.key.name, code


def _ask(desk: Desk, witness: Witness, newest: Stored, at: int) -> str | None:
    """Have one witness sign a checkpoint; return None, or the code of what went wrong."""
    who = witness.key.text
    with desk.store.reading() as tx:
        old = checkpoints.signed_size(tx, newest.origin, who)
    tried: set[int] = set()
    against = Alarm(origin=newest.origin, witness=who, code=FORKED, size=newest.size, at=at)
    try:
        while old not in tried:
            tried.add(old)
            answer = witness_client.ask(witness.url, _submission(desk, newest, old).to_bytes())
            if answer.status == _SIGNED:
                return _keep(desk, witness, newest, answer.body, at)
            if answer.status == _UNPROVEN:
                break
            size = _size(answer.body) if answer.status == _CONFLICT else None
            if size is None:
                return _REFUSED
            if size > newest.size:
                against = Alarm(origin=newest.origin, witness=who, code=BEHIND, size=size, at=at)
                break
            old = size
    except WitnessSilent:
        return _SILENT
    if against.code == BEHIND and against.size <= _newest_size(desk):
        return None  # another process of this service was there meanwhile, with more
    return _against(desk, against)


def _submission(desk: Desk, newest: Stored, old: int) -> Submission:
    with desk.store.reading() as tx:
        try:
            proof = merkle.consistency(logbook.tree(desk, tx, newest.size).node, old, newest.size)
        except (OSError, TileBad):  # a tile that the root does not need is gone
            proof = merkle.consistency(logbook.tree(desk, tx, newest.size, anew=True).node, old, newest.size)
    held = note.read_note(newest.note)
    return Submission(old=old, proof=proof, note=held, checkpoint=read_checkpoint(held.text))


def _keep(desk: Desk, witness: Witness, newest: Stored, body: bytes, at: int) -> str | None:
    """Keep what a witness signed, if it did."""
    try:
        found = _by(witness, newest, body)
    except (NoteBad, UnicodeDecodeError):
        return _REFUSED
    failpoints.reach("log.cosigned")
    with writing(desk) as tx:
        checkpoints.cosign(tx, newest, witness.key.text, found.line, at)
    return None


def _by(witness: Witness, newest: Stored, body: bytes) -> Signature:
    """The one line of this witness's key in an answer, checked. Raises NoteBad."""
    lines = note.read_signatures(body.decode("utf-8"))
    mine = [one for one in lines if (one.name, one.id) == (witness.key.name, witness.key.id)]
    note.signed_by(Note(text=note.read_note(newest.note).text, signatures=tuple(mine)), [witness.key])
    return mine[0]


def _against(desk: Desk, value: Alarm) -> str:
    with writing(desk) as tx:
        _alarm(tx, value)
    return value.code


def _probe(desk: Desk, witness: Witness, greeting: Note) -> None:
    """Ask a witness how large the log is, by the empty checkpoint. Raises Refusal (register-behind), WitnessSilent."""
    asked = Submission(old=0, proof=(), note=greeting, checkpoint=read_checkpoint(greeting.text))
    answer = witness_client.ask(witness.url, asked.to_bytes())
    size = _size(answer.body) if answer.status == _CONFLICT else None
    if size is not None and size > _newest_size(desk):
        raise Refusal(BEHIND, f"witness {witness.key.name}")


def _newest_size(desk: Desk) -> int:
    """The size of the newest checkpoint that is stored now: what a witness may know, if it was asked before."""
    with desk.store.reading() as tx:
        newest = checkpoints.newest(tx, desk.config.log_origin)
    return newest.size if newest else 0


def _size(body: bytes) -> int | None:
    """The size in the answer of a witness that knows another one."""
    found = re.fullmatch(rb"([0-9]{1,19})\n", body)
    return None if found is None else read_size(found[1].decode("ascii"))


# --- 3 publish -----------------------------------------------------------------------------------------------


def _publish(desk: Desk, *, anew: bool) -> None:
    """Write tiles and checkpoint of the newest checkpoint with a quorum, never of an older one than is there."""
    folder = logbook.folder(desk)
    with logbook.one_publisher(desk), desk.store.reading() as tx:
        chosen = witnessed.checkpoint(desk, tx)
        held = logbook.published(desk)
        if chosen is None or (held is not None and held.size > chosen.size) or checkpoints.size(tx) < chosen.size:
            return
        tree = logbook.tree(desk, tx, chosen.size, anew=anew)
        if tree.root(chosen.size) != chosen.root:
            return  # the rows are not what was signed; `_sign` says so
        for tile in tiles.tiles(tree.filed, chosen.size):
            if not tile.level:
                first = tile.index * tiles.WIDTH
                entries = checkpoints.entries(tx, first + 1, first + tile.width)
                _place(folder / tile.entries_path, tiles.bundle(entries))
            _place(folder / tile.path, tiles.tile_bytes(tree.node, tile))
            failpoints.reach("log.tile")
        _place(folder / tiles.KEYS, "".join(f"{one.text}\n" for one in logbook.keys(desk)).encode("utf-8"))
        _place(folder / tiles.CHECKPOINT, witnessed.note(desk, tx, chosen))
    failpoints.reach("log.checkpoint")


def _place(path: Path, data: bytes) -> None:
    """Write a file unless it is there as it must be."""
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass
    write_file(path, data)
