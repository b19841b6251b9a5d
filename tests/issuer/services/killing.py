"""A world in which the process dies at every act before it is done: once with all written, once with all committed.

`KilledWorld` plays like `World`. Before an act is done for good it is done twice by a child of this process that kills
itself: on the database, before the commit, which must leave not one byte of difference; and on a copy, right after the
commit, where the act must be there whole, on the record once, and refused when it is sent again.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from issuer.domain.act import SignedAct
from issuer.domain.audit import verify_chain
from issuer.domain.refusal import Refusal
from issuer.services import trail_check
from issuer.services.desk import Desk
from issuer.storage import Store, audit, failpoints
from tests.issuer.services.world import World

T = TypeVar("T")

_REFUSED: Final = 7
_SURVIVED: Final = 8
_OFTEN: Final = 2
"""How often an act of one name is killed in one process; more of the same shows nothing new."""

killed: Counter[str] = Counter()
"""How often acts of each name were killed and found right, in this process."""


@dataclass
class KilledWorld(World):
    """A world over an SQLite file whose acts die first."""

    path: Path = field(kw_only=True)

    def act(
        self,
        desk_function: Callable[..., T],
        who: str,
        name: str,
        target: str = "new",
        revision: int | None = None,
        body: dict[str, Any] | None = None,
        *extra: Any,
    ) -> T:
        signed = self.signed(who, name, target, revision, body)
        if killed[name] < _OFTEN and self._die(self.path, desk_function, signed, extra):
            killed[name] += 1
        return desk_function(self.desk, signed, *extra)

    def _die(self, path: Path, function: Callable[..., object], signed: SignedAct, extra: tuple[Any, ...]) -> bool:
        before = _content(path)
        ended = _child(self.desk, path, "transaction.written", function, signed, extra)
        if ended == _REFUSED:
            return False
        assert ended == -signal.SIGKILL, "an act that writes nothing is no act"
        assert _content(path) == before, "what was not committed left a trace"
        copy = path.with_name("copy.sqlite")
        with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
            source.backup(target)
        assert _child(self.desk, copy, "transaction.committed", function, signed, extra) == -signal.SIGKILL
        self._is_done_once(copy, before, function, signed, extra)
        for left in path.parent.glob("copy.sqlite*"):
            left.unlink()
        return True

    def _is_done_once(
        self,
        copy: Path,
        before: list[str],
        function: Callable[..., object],
        signed: SignedAct,
        extra: tuple[Any, ...],
    ) -> None:
        after = _content(copy)
        assert after != before
        store = Store(f"sqlite:///{copy}")
        try:
            with store.reading() as tx:
                trail = tuple(audit.read(tx))
                assert verify_chain(trail) == ()
                assert trail_check.register(tx, trail)[0] == ()
                assert [row.event.act for row in trail].count(signed.act_bytes) == 1
            try:
                function(dataclasses.replace(self.desk, store=store), signed, *extra)
            except Refusal:
                assert _content(copy) == after, "a refused repetition wrote something"
            else:
                raise AssertionError("the same act was done a second time")
        finally:
            store.close()


def world_at(path: Path, first: World | None = None) -> KilledWorld:
    """A killed world over the database at `path`, which goes on from `first` if there is one."""
    made = KilledWorld(Store(f"sqlite:///{path}"), path=path)
    if first is not None:
        held = World.copied(first, made.store)
        made.at, made.signers, made.people, made.places = held.at, held.signers, held.people, held.places
        made.nonces, made.desk = held.nonces, dataclasses.replace(made.desk, vault=first.desk.vault)
    return made


def _child(
    desk: Desk, path: Path, point: str, function: Callable[..., object], signed: SignedAct, extra: tuple[Any, ...]
) -> int:
    """Do an act in a child that dies at `point`; minus the signal, or how it ended if it did not die."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads: the child uses none of them
        child = os.fork()
    if child == 0:
        status = _SURVIVED
        try:
            os.environ[failpoints.VARIABLE] = point
            function(dataclasses.replace(desk, store=Store(f"sqlite:///{path}")), signed, *extra)
        except Refusal:
            status = _REFUSED
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended)


def _content(path: Path) -> list[str]:
    with sqlite3.connect(path) as database:
        return list(database.iterdump())


def copied(source: Path, folder: Path) -> Path:
    """A copy of a closed database in a folder of its own."""
    folder.mkdir()
    return Path(shutil.copy(source, folder / "world.sqlite"))
