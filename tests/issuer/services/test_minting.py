"""The mint: one licence for one approval, whatever dies, whoever signs badly, however many try at once."""

import dataclasses
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from elicense import Outcome, Reason
from elicense.keys import Algorithm, PublicKey, SoftwareSigner
from elicense.trust import Purpose as TrustPurpose
from elicense.trust import TrustKey
from issuer.domain.application import Application
from issuer.domain.licence_record import LicenceRecord, LicenceState
from issuer.domain.refusal import Refusal
from issuer.domain.registration import Registration
from issuer.services import keys, minting, publishing, registrations, trusting
from issuer.storage import Store, Transaction, audit, licences, statuses, tables
from issuer.vault import KeyUnavailable, MemoryVault, Purpose
from tests.issuer.conftest import by_hand
from tests.issuer.services.mint_world import MintWorld, faults
from tests.issuer.services.world import DAY


def of(store: Store, case: Application) -> LicenceRecord:
    with store.reading() as tx:
        found = licences.of_application(tx, case.id)
    assert found is not None
    return found


def test_an_approval_becomes_one_licence_that_a_stranger_believes(mint_world: MintWorld) -> None:
    case = mint_world.granted()
    record = minting.mint(mint_world.desk, case.id)
    assert record.state is LicenceState.ACTIVE
    assert minting.mint(mint_world.desk, case.id) == record
    publishing.publish_due(mint_world.desk, mint_world.at)
    verdict = mint_world.scan(record)
    assert verdict.outcome is Outcome.VALID, verdict.reasons
    assert verdict.require().version == 1


def test_the_story_of_a_licence_in_the_published_lists(mint_world: MintWorld) -> None:
    """Suspended, resumed, changed (the old one superseded), revoked: as a stranger sees it after each list."""

    def seen(record: LicenceRecord) -> tuple[Reason, ...]:
        mint_world.later()
        assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ()
        return mint_world.scan(record).reasons

    def officer(function: Callable[..., Registration], action: str, **body: object) -> None:
        held = mint_world.registration(case)
        mint_world.act(function, "decide", f"registration.{action}", held.id, held.revision, dict(body))

    case = mint_world.granted()
    first = minting.mint(mint_world.desk, case.id)
    assert seen(first) == ()
    officer(registrations.suspend, "suspend", grounds=["nurse_penalty"], reason="违反规定", until="2026-10-02")
    assert seen(first) == (Reason.SUSPENDED,)
    officer(registrations.resume, "resume", grounds=["term_ended"], reason="期满")
    assert seen(first) == ()
    mint_world.later(days=1)
    second = minting.mint(mint_world.desk, mint_world.reissue_granted().id)
    assert (seen(first), seen(second)) == ((Reason.SUPERSEDED,), ())
    officer(registrations.revoke, "revoke_licence", grounds=["nurse_penalty"], reason="严重违反规定")
    assert (seen(first), seen(second)) == ((Reason.SUPERSEDED,), (Reason.REVOKED,))
    with mint_world.store.transaction() as tx:
        statuses.set_current(tx, first.registration, 0, mint_world.at)  # no way leads back
    assert seen(second) == (Reason.REVOKED,)


def test_two_threads_release_once(mint_world: MintWorld) -> None:
    case = mint_world.granted()
    record = minting._record(mint_world.desk, case.id, again=False)  # noqa: SLF001 - the step before the race
    got: list[LicenceRecord] = []
    workers = [
        threading.Thread(target=lambda: got.append(minting._finish(mint_world.desk, record)))  # noqa: SLF001
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(got) == 4
    assert len(set(got)) == 1


class Faulty:
    """A signer that misbehaves in one way."""

    def __init__(self, inner: SoftwareSigner, fault: Callable[[bytes], bytes]) -> None:
        self.public_key: PublicKey = inner.public_key
        self._fault = fault

    def sign(self, data: bytes) -> bytes:
        return self._fault(data)


def faulty(mint_world: MintWorld, kind: str) -> None:
    signer = mint_world.desk.vault
    assert isinstance(signer, MemoryVault)
    good = signer.signer(Purpose.LICENCE)
    faults_ = {
        "wrong": lambda _: SoftwareSigner.generate(Algorithm.ES256).sign(b"something"),
        "short": lambda data: good.sign(data)[:-1],
        "long": lambda data: good.sign(data) + b"\0",
        "empty": lambda _: b"",
        "zero": lambda _: bytes(64),
        "bit": lambda data: bytes([good.sign(data)[0] ^ 1]) + good.sign(data)[1:],
        "of other bytes": lambda data: good.sign(data[:-1] + bytes([data[-1] ^ 1])),
    }
    inner = SoftwareSigner.generate(Algorithm.ES256)
    bad = Faulty(inner, faults_[kind])
    bad.public_key = good.public_key
    replaced = MemoryVault(
        {Purpose.LICENCE: [bad], Purpose.STATUS: [signer.signer(Purpose.STATUS)]}, record=[b"r" * 32], lookup=b"l" * 32
    )
    mint_world.desk = dataclasses.replace(mint_world.desk, vault=replaced)


@pytest.mark.parametrize("kind", ["wrong", "short", "long", "empty", "zero", "bit", "of other bytes"])
def test_a_bad_signature_is_never_released(mint_world: MintWorld, kind: str) -> None:
    case, good = mint_world.granted(), mint_world.desk
    faulty(mint_world, kind)
    with pytest.raises(Refusal, match="minting-spoiled: signature-bad"):
        minting.mint(mint_world.desk, case.id)
    spoiled = of(mint_world.store, case)
    assert (spoiled.state, spoiled.token) == (LicenceState.SPOILED, None)
    with mint_world.store.reading() as tx:
        entry = statuses.entry_of(tx, spoiled.id)
        assert entry is not None
        assert entry.value == 1
        assert [row.event.detail[-1] for row in audit.find(tx, tag="licence.spoiled")] == [("fault", "signature-bad")]
    mint_world.desk = good
    with pytest.raises(Refusal, match="minting-spoiled"):
        minting.mint(mint_world.desk, case.id)
    assert minting.resume(mint_world.desk) == minting.Resumed(released=(), failed=())
    again = minting.mint_again(mint_world.desk, case.id)
    assert again.state is LicenceState.ACTIVE
    assert (again.list, again.index) != (spoiled.list, spoiled.index)


def test_a_key_that_is_away_leaves_the_row_for_later(mint_world: MintWorld) -> None:
    case, good = mint_world.granted(), mint_world.desk
    record = minting._record(mint_world.desk, case.id, again=False)  # noqa: SLF001 - recorded, then the key goes away
    mint_world.desk = dataclasses.replace(good, vault=MemoryVault({}))
    with pytest.raises(KeyUnavailable):
        minting.mint(mint_world.desk, case.id)
    assert minting.resume(mint_world.desk).failed == ((case.id, "key-unavailable"),)
    mint_world.desk = good
    assert minting.mint(mint_world.desk, case.id).tbs == record.tbs


def bent(tx: Transaction, **columns: object) -> None:
    """Change what a trigger keeps, as somebody with all rights over the database could."""
    on = " ON licence" if tx.on_postgresql else ""
    tx.run(sa.text(f"DROP TRIGGER licence_fixed{on}"))
    by_hand(tx, sa.update(tables.licence).where(tables.licence.c.state == "intended").values(**columns))


def test_stored_bytes_that_were_changed_are_not_signed_into_a_licence(broken_world: MintWorld) -> None:
    case = broken_world.granted()
    record = minting._record(broken_world.desk, case.id, again=False)  # noqa: SLF001
    changed = record.tbs.replace("苏予安".encode(), "苏予乐".encode())
    assert changed != record.tbs
    with broken_world.store.transaction() as tx:
        bent(tx, tbs=changed)
    with pytest.raises(Refusal, match="minting-spoiled: licence-differs"):
        minting.mint(broken_world.desk, case.id)
    with broken_world.store.reading() as tx:
        assert [one.rpartition(": ")[2].split()[0] for one in faults(tx)] == ["row-changed-outside"]


def test_a_key_marked_compromised_meanwhile_is_not_released(mint_world: MintWorld) -> None:
    case = mint_world.granted()
    minting._record(mint_world.desk, case.id, again=False)  # noqa: SLF001
    mint_world.later(days=1)
    trust = trusting.published(mint_world.desk)
    [issuer] = trust.issuers
    kid = mint_world.desk.vault.signer(Purpose.LICENCE).public_key.kid.hex()
    new = SoftwareSigner.generate(Algorithm.ES256)
    marked = keys.with_key(
        keys.compromised(issuer, kid, mint_world.at), new.public_key, TrustPurpose.LICENCE, mint_world.at - 1
    )
    mint_world.trust(keys.next_list(trust, mint_world.at, issuers=[marked]))
    with pytest.raises(Refusal, match="minting-spoiled: key-compromised"):
        minting.mint(mint_world.desk, case.id)
    with pytest.raises(KeyUnavailable):
        minting.mint_again(mint_world.desk, case.id)
    status = mint_world.desk.vault.signer(Purpose.STATUS)
    mint_world.desk = dataclasses.replace(
        mint_world.desk,
        vault=MemoryVault({Purpose.LICENCE: [new], Purpose.STATUS: [status]}, record=[b"r" * 32], lookup=b"l" * 32),
    )
    assert minting.mint_again(mint_world.desk, case.id).kid == new.public_key.kid.hex()


def test_nothing_is_minted_without_its_grant(mint_world: MintWorld) -> None:
    case = mint_world.submitted(mint_world.nurse_draft(), "nurse")
    with pytest.raises(Refusal, match="not-granted"):
        minting.mint(mint_world.desk, case.id)
    assert minting.resume(mint_world.desk) == minting.Resumed(released=(), failed=())


def test_nothing_is_minted_with_a_stale_or_missing_trust_list(mint_world: MintWorld) -> None:
    case, good = mint_world.granted(), mint_world.desk
    mint_world.desk = dataclasses.replace(
        good, config=dataclasses.replace(good.config, anchor=mint_world.folder / "none.json")
    )
    with pytest.raises(Refusal, match="trust-missing"):
        minting.mint(mint_world.desk, case.id)
    mint_world.desk = dataclasses.replace(good, clock=lambda: mint_world.at + 4000 * DAY)
    with pytest.raises(Refusal, match="trust-stale"):
        minting.mint(mint_world.desk, case.id)
    mint_world.desk = good
    assert minting.mint(mint_world.desk, case.id).state is LicenceState.ACTIVE


def test_a_new_version_retires_the_old_one(mint_world: MintWorld) -> None:
    first = minting.mint(mint_world.desk, mint_world.granted().id)
    mint_world.later(days=1)
    second = minting.mint(mint_world.desk, mint_world.reissue_granted().id)
    assert second.version == first.version + 1
    with mint_world.store.reading() as tx:
        before = licences.get(tx, first.id)
        assert before is not None
        assert before.state is LicenceState.RETIRED
        assert licences.current(tx, first.registration) == second
    mint_world.later()
    publishing.publish_due(mint_world.desk, mint_world.at)
    assert mint_world.scan(first).reasons == (Reason.SUPERSEDED,)
    assert mint_world.scan(second).reasons == ()


def test_a_full_list_is_followed_by_the_next(mint_world: MintWorld) -> None:
    with mint_world.store.transaction() as tx:
        tx.run(sa.update(tables.status_list).values(used=128))
    record = minting.mint(mint_world.desk, mint_world.granted().id)
    assert record.list == 2
    publishing.publish_due(mint_world.desk, mint_world.at)
    assert mint_world.scan(record).reasons == ()


def test_a_licence_key_of_another_purpose_is_not_used(mint_world: MintWorld) -> None:
    trust = trusting.published(mint_world.desk)
    [issuer] = trust.issuers
    only = tuple(key for key in issuer.keys if key.purpose is TrustPurpose.STATUS)
    assert all(isinstance(key, TrustKey) for key in only)
    with pytest.raises(KeyUnavailable):
        trusting.usable(mint_world.desk, dataclasses.replace(issuer, keys=only), TrustPurpose.LICENCE, mint_world.at)
