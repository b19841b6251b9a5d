"""Copies for devices: one in force, bound to a key in the holder's hands, following the register, whatever dies."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from elicense import Outcome, Reason
from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain.act import SignedAct
from issuer.domain.licence_copy import CopyId, CopyState, LicenceCopy
from issuer.domain.licence_record import LicenceRecord
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import copies, minting, publishing, registrations
from issuer.storage import StorageFailed, audit, failpoints, tables
from issuer.storage import copies as kept
from tests.issuer.conftest import by_hand
from tests.issuer.services.mint_world import MintWorld, keep_act

ROOT = Path(__file__).parents[3]
DEVICE = SoftwareSigner.generate(Algorithm.ES256)
OTHER = SoftwareSigner.generate(Algorithm.ES256)
POINTS = [name for name in failpoints.NAMES if name.startswith("copy.")]


def licensed(world: MintWorld) -> LicenceRecord:
    return minting.mint(world.desk, world.granted().id)


def signed(world: MintWorld, held: LicenceRecord, device: SoftwareSigner, who: str = "nurse") -> SignedAct:
    return world.signed(who, "licence.bind_device", held.registration, None, {"jwk": device.public_key.to_jwk()})


def bind(world: MintWorld, held: LicenceRecord, device: SoftwareSigner = DEVICE, who: str = "nurse") -> LicenceCopy:
    act = signed(world, held, device, who)
    return copies.bind(world.desk, act, device.sign(act.act_bytes))


def seen(world: MintWorld, one: LicenceRecord | LicenceCopy) -> tuple[Reason, ...]:
    world.later()
    assert publishing.publish_due(world.desk, world.at).failed == ()
    return world.scan(one).reasons


def test_a_copy_says_what_the_licence_says_and_names_the_device(mint_world: MintWorld) -> None:
    held = licensed(mint_world)
    made = bind(mint_world, held)
    assert seen(mint_world, made) == ()
    licence, copy = mint_world.scan(held).require(), mint_world.scan(made).require()
    assert copy.holder_key == DEVICE.public_key
    assert licence.holder_key is None
    assert (copy.number, copy.version, copy.name) == (licence.number, licence.version, licence.name)
    assert copy.status != licence.status
    assert copies.current(mint_world.desk, held.registration) == made


def test_a_new_device_supersedes_the_old_one_and_leaves_the_licence_alone(mint_world: MintWorld) -> None:
    held = licensed(mint_world)
    first, second = bind(mint_world, held), bind(mint_world, held, OTHER)
    assert seen(mint_world, first) == (Reason.SUPERSEDED,)
    assert (seen(mint_world, second), seen(mint_world, held)) == ((), ())
    assert copies.current(mint_world.desk, held.registration) == second


def test_a_copy_follows_the_register(mint_world: MintWorld) -> None:
    """Suspended, resumed, superseded by a new version, and never valid again."""

    def officer(function: Callable[..., Registration], action: str, **body: object) -> None:
        entry = mint_world.registration(case)
        mint_world.act(function, "decide", f"registration.{action}", entry.id, entry.revision, dict(body))

    case = mint_world.granted()
    held = minting.mint(mint_world.desk, case.id)
    made = bind(mint_world, held)
    officer(registrations.suspend, "suspend", grounds=["nurse_penalty"], reason="违反规定", until="2026-10-02")
    assert seen(mint_world, made) == (Reason.SUSPENDED,)
    assert seen(mint_world, bind(mint_world, held, OTHER)) == (Reason.SUSPENDED,)
    officer(registrations.resume, "resume", grounds=["term_ended"], reason="期满")
    made = bind(mint_world, held)
    assert seen(mint_world, made) == ()
    mint_world.later(days=1)
    minting.mint(mint_world.desk, mint_world.reissue_granted().id)
    assert seen(mint_world, made) == (Reason.SUPERSEDED,)
    assert copies.current(mint_world.desk, held.registration) is None
    newest = bind(mint_world, held)
    assert mint_world.scan(newest).licence is not None
    officer(registrations.revoke, "revoke_licence", grounds=["nurse_penalty"], reason="严重违反规定")
    assert seen(mint_world, newest) == (Reason.REVOKED,)
    with pytest.raises(Refusal, match="registration-ended"):
        bind(mint_world, held)


def test_nobody_binds_a_key_that_is_not_in_their_hands(mint_world: MintWorld) -> None:
    held = licensed(mint_world)
    for possession in (b"", OTHER.sign(b"x"), bytes(64)):
        act = signed(mint_world, held, DEVICE)
        with pytest.raises(Refusal, match="possession-bad"):
            copies.bind(mint_world.desk, act, possession)
    act = signed(mint_world, held, DEVICE)
    with pytest.raises(Refusal, match="possession-bad"):
        copies.bind(mint_world.desk, act, OTHER.sign(act.act_bytes))
    earlier = signed(mint_world, held, DEVICE)
    with pytest.raises(Refusal, match="possession-bad"):
        copies.bind(mint_world.desk, act, DEVICE.sign(earlier.act_bytes))
    with pytest.raises(Refusal, match="key-malformed"):
        bind(mint_world, held, mint_world.signers["nurse"])


def test_only_the_holder_binds(mint_world: MintWorld) -> None:
    held = licensed(mint_world)
    for who in ("decide", "hospital"):
        with pytest.raises(Refusal, match="registration-unknown"):
            bind(mint_world, held, DEVICE, who)
    with mint_world.store.reading() as tx:
        hospital = tx.run(sa.select(tables.registration.c.id).where(tables.registration.c.kind == "institution")).one()
    act = mint_world.signed("hospital", "licence.bind_device", hospital.id, None, {"jwk": DEVICE.public_key.to_jwk()})
    with pytest.raises(Refusal, match="registration-unknown"):
        copies.bind(mint_world.desk, act, DEVICE.sign(act.act_bytes))


def test_an_act_binds_once(mint_world: MintWorld) -> None:
    held = licensed(mint_world)
    act = signed(mint_world, held, DEVICE)
    copies.bind(mint_world.desk, act, DEVICE.sign(act.act_bytes))
    with pytest.raises(Refusal, match="act-replayed"):
        copies.bind(mint_world.desk, act, DEVICE.sign(act.act_bytes))


def die(world: MintWorld, url: str, held: LicenceRecord, device: SoftwareSigner, point: str) -> None:
    """Bind a device in a child that is killed at a point."""
    act = signed(world, held, device)
    keep_act(world.folder, act, device.sign(act.act_bytes))
    command = [sys.executable, "-m", "tests.issuer.services.mint_world", str(world.folder), url, str(world.at), "bind"]
    environment = {**os.environ, failpoints.VARIABLE: point, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=60, capture_output=True)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize("what", ["tbs", "device"])
def test_stored_bytes_that_were_changed_are_not_signed_into_a_copy(
    broken_world: MintWorld, mint_url: str, what: str
) -> None:
    """Somebody with all rights over the database writes another name, or another device, before it is signed."""
    held = licensed(broken_world)
    die(broken_world, mint_url, held, DEVICE, "copy.recorded")
    with broken_world.store.transaction() as tx:
        [id_] = kept.intended(tx)
        made = kept.get(tx, id_)
        assert made is not None
        changed: dict[str, object] = {
            "tbs": made.tbs.replace("苏予安".encode(), "苏予乐".encode()),
            "device": OTHER.public_key.kid.hex(),
        }
        on = " ON licence_copy" if tx.on_postgresql else ""
        tx.run(sa.text(f"DROP TRIGGER licence_copy_fixed{on}"))
        by_hand(tx, sa.update(tables.licence_copy).values({what: changed[what]}))
    assert copies.resume(broken_world.desk) == ("minting-spoiled",)
    with broken_world.store.reading() as tx:
        found = kept.get(tx, id_)
    assert found is not None
    assert (found.state, found.token) == (CopyState.RETIRED, None)


@pytest.mark.parametrize("point", POINTS)
def test_a_death_on_the_way_leaves_one_copy(mint_world: MintWorld, mint_url: str, point: str) -> None:
    held = licensed(mint_world)
    first = bind(mint_world, held)
    die(mint_world, mint_url, held, OTHER, point)
    assert copies.resume(mint_world.desk) == ()
    made = copies.current(mint_world.desk, held.registration)
    assert made is not None
    assert made.device == OTHER.public_key.kid.hex()
    assert (seen(mint_world, first), seen(mint_world, made)) == ((Reason.SUPERSEDED,), ())
    assert mint_world.scan(made).outcome is Outcome.VALID
    with mint_world.store.reading() as tx:
        told = [row.event.tag for row in audit.find(tx, target=made.id)]
    assert told == ["copy.intended", "copy.released"]


def test_two_copies_never_live_side_by_side(mint_world: MintWorld) -> None:
    """The database itself refuses a second one."""
    made = bind(mint_world, licensed(mint_world))
    with pytest.raises(StorageFailed, match="storage-conflict"), mint_world.store.transaction() as tx:
        kept.add(tx, dataclasses.replace(made, id=CopyId("copy-2"), index=made.index + 1))
