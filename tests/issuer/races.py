"""Two at once: everybody starts at the same moment, each with a connection of its own, and one of them wins.

    python -m tests.issuer.races --times 2000 [--database URL]

races two officers who decide one case, two who stand against each other over an entry, a desk that accepts what its
applicant withdraws, and one act that is sent twice; in turn, on SQLite or on an empty PostgreSQL database. After each
race one was told that it was done and the other by a code that it was not; after all of them the trail and the register
are whole. That the transactions of two that start together overlap is likely, and not looked at.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from issuer.client import Refused
from issuer.domain.application import Application
from issuer.domain.kind import Kind
from issuer.domain.offer import Declined
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import applications, fetch, minting, registrations, trail_check
from issuer.storage import Store, schema
from issuer.storage import registrations as stored
from tests.issuer.services.mint_world import MintWorld

DONE: Final = "done"
LOSES: Final = frozenset({"changed-meanwhile", "act-replayed", "transition-not-allowed", "stage-order"})
"""What the second may be told: it was too late, by a moment or by more."""


def together(*acts: Callable[[], object]) -> list[str]:
    """Do all at once; return for each `done`, or the code of its refusal."""
    barrier = threading.Barrier(len(acts))
    answers = ["?"] * len(acts)

    def run(number: int) -> None:
        barrier.wait()
        try:
            acts[number]()
            answers[number] = DONE
        except (Refusal, Refused) as refusal:
            answers[number] = refusal.code
        except Declined as declined:
            answers[number] = declined.fault.value

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# ---------------------------------------------------------------- the races


def decide(world: MintWorld) -> list[str]:
    """One officer grants, another refuses."""
    case = world.reviewed(world.submitted(_reissue(world), "nurse"))
    approve = world.signed("decide", "application.approve", case.id, case.revision)
    said: dict[str, Any] = {"reason": "x", "grounds": ["nurse_conditions"]}
    refuse = world.signed("all", "application.refuse", case.id, case.revision, said)
    answers = together(
        lambda: applications.approve(world.desk, approve), lambda: applications.refuse(world.desk, refuse)
    )
    if answers[0] == DONE:
        minting.mint(world.desk, case.id)
    return answers


def withdraw(world: MintWorld) -> list[str]:
    """The desk accepts, and the applicant withdraws."""
    case = world.submitted(_reissue(world), "nurse")
    accept = world.signed("accept", "application.accept", case.id, case.revision)
    back = world.signed("nurse", "application.withdraw", case.id, case.revision)
    answers = together(lambda: applications.accept(world.desk, accept), lambda: applications.withdraw(world.desk, back))
    if answers[0] == DONE:
        world.step(applications.withdraw, "nurse", "withdraw", _case(world, case))
    return answers


def twice(world: MintWorld) -> list[str]:
    """One act, sent twice."""
    case = _reissue(world)
    signed = world.signed("nurse", "application.submit", case.id, case.revision)
    answers = together(*[lambda: applications.submit(world.desk, signed)] * 2)
    world.step(applications.withdraw, "nurse", "withdraw", _case(world, case))
    return answers


def stand(world: MintWorld) -> list[str]:
    """Two officers suspend one entry; afterwards one of them resumes it."""
    held = _entry(world)
    said: dict[str, Any] = {"grounds": ["nurse_penalty"], "reason": "x", "until": "2026-10-02"}
    acts = [world.signed(who, "registration.suspend", held.id, held.revision, said) for who in ("decide", "all")]
    answers = together(*[lambda one=one: registrations.suspend(world.desk, one) for one in acts])
    held, ended = _entry(world), {"grounds": ["suspension_withdrawn"], "reason": "x"}
    world.act(registrations.resume, "decide", "registration.resume", held.id, held.revision, ended)
    return answers


KINDS: Final[tuple[Callable[[MintWorld], list[str]], ...]] = (decide, withdraw, twice, stand)


def _reissue(world: MintWorld) -> Application:
    return world.open("nurse", Kind.NURSE, "reissue", {}, {"cause": "遗失"})


def _case(world: MintWorld, case: Application) -> Application:
    with world.store.reading() as tx:
        return fetch.application(tx, case.id)


def _entry(world: MintWorld) -> Registration:
    with world.store.reading() as tx:
        found = stored.of_holder(tx, world.people["nurse"].id, Kind.NURSE)
    assert found is not None
    return found


# ---------------------------------------------------------------- running them


def prepared(world: MintWorld) -> MintWorld:
    """A world with one licensed nurse, about whom all of it is."""
    minting.mint(world.desk, world.granted().id)
    return world


def raced(world: MintWorld, times: int) -> Iterator[tuple[str, list[str]]]:
    """Race so often, the kinds in turn; yield the kind and the answers of each."""
    for kind in itertools.islice(itertools.cycle(KINDS), times):
        world.later(seconds=61)
        yield kind.__name__, kind(world)


def main() -> int:
    """Race and say how it went; exit status 1 if anything was done twice, or not at all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=2000)
    parser.add_argument("--database", default="sqlite", help="sqlite, or the address of an empty PostgreSQL database")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/issuer.db" if asked.database == "sqlite" else asked.database
        schema.migrate(url)
        store = Store(url)
        world = prepared(MintWorld.begun(store, Path(folder) / "files"))
        begun, told, wrong = time.monotonic(), Counter[str](), 0
        for name, answers in raced(world, asked.times):
            wrong += answers.count(DONE) != 1 or not set(answers) <= {DONE, *LOSES}
            told.update(f"{name}: {one}" for one in answers)
        with store.reading() as tx:
            checked = trail_check.whole(tx)
        store.close()
    for line, count in sorted(told.items()):
        print(f"{line:40} {count:6}")  # noqa: T201 - a program
    print(f"{asked.times} races in {time.monotonic() - begun:.0f} s, {wrong} without one winner, "  # noqa: T201
          f"{len(checked.trail)} events, {len(checked.findings)} findings")  # fmt: skip
    return 1 if wrong or checked.findings else 0


if __name__ == "__main__":
    sys.exit(main())
