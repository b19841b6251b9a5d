"""The key ceremony: two of three holders, keys that rotate and never vanish, marks that stay, roots that change."""

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from elicense import jws
from elicense.errors import Rejected
from elicense.keys import Algorithm, PublicKey, SoftwareSigner
from elicense.reason import Reason
from elicense.trust import Anchor, Issuer, TrustList, open_trust_list, payload_of, sign_trust_list
from elicense.trust import Purpose as TrustPurpose
from issuer.domain.refusal import Refusal
from issuer.services import keys, minting, publishing, trusting
from issuer.storage import audit, failpoints, publications
from issuer.vault import FileVault, KeyRefused, MemoryVault, Purpose, keyfile
from tests.issuer.services.mint_world import ISSUER, MintWorld
from tests.issuer.services.world import DAY, START

ROOT = Path(__file__).parents[3]


@dataclasses.dataclass(frozen=True)
class Holders:
    """Three holders with a folder, a key and words each; what all of them know is the anchor."""

    paths: tuple[Path, ...]
    words: tuple[str, ...]
    anchor: Anchor

    def sign(self, data: bytes, *who: int) -> bytes:
        for one in who:
            data = keys.sign_draft(data, self.paths[one], self.words[one])
        return data


@pytest.fixture(scope="module")
def holders(tmp_path_factory: pytest.TempPathFactory) -> Holders:
    paths, words, roots = [], [], []
    for number in range(3):
        folder = tmp_path_factory.mktemp(f"holder-{number}")
        secret = folder / "words"
        secret.write_text(f"the words of holder {number}", encoding="ascii")
        secret.chmod(0o600)
        path, public = keys.create_root_key(folder, f"file:{secret}", START)
        paths.append(path)
        words.append(f"file:{secret}")
        roots.append(public)
    return Holders(tuple(paths), tuple(words), keys.make_anchor(roots))


@pytest.fixture
def first(holders: Holders, issuer: Issuer) -> TrustList:
    return keys.first_list(holders.anchor, [issuer], START)


@pytest.fixture
def issuer(mint_world: MintWorld) -> Issuer:
    return mint_world.issuer()


def refused(code: str) -> "pytest.RaisesExc[Refusal]":
    return pytest.raises(Refusal, match=f"^{code}")


def test_two_of_three_make_a_list(holders: Holders, first: TrustList) -> None:
    draft = keys.draft(first)
    assert keys.shown(draft) == first
    assert keys.signed_by(draft, holders.anchor) == (0, 2)
    for data, count in (
        (holders.sign(draft, 0), 1),
        (holders.sign(draft, 0, 0), 1),
        (holders.sign(draft, 0, 2), 2),
        (holders.sign(draft, 2, 1, 0), 3),
    ):
        assert keys.signed_by(data, holders.anchor) == (count, 2)
        if count < 2:
            with pytest.raises(Rejected):
                open_trust_list(data, holders.anchor)
        else:
            assert open_trust_list(data, holders.anchor) == first


def test_a_holder_signs_only_what_is_shown(holders: Holders, first: TrustList) -> None:
    hidden = payload_of(first).replace(b'"sequence":1', b'"more":1,"sequence":1')
    for payload in (hidden, b"{}", b"not json"):
        with refused("trust-bad"):
            keys.sign_draft(jws.sign_general(payload, [], "elicense-trust+jwt"), holders.paths[0], holders.words[0])
    with refused("trust-bad"):
        keys.sign_draft(b"garbage", holders.paths[0], holders.words[0])


def test_another_holders_words_open_nothing(holders: Holders, first: TrustList) -> None:
    with pytest.raises(KeyRefused):
        keys.sign_draft(keys.draft(first), holders.paths[0], holders.words[1])


def test_a_root_key_is_not_a_service_key(holders: Holders) -> None:
    for purpose in (Purpose.LICENCE, Purpose.STATUS):
        with pytest.raises(KeyRefused):
            keyfile.open_key(holders.paths[0], b"the words of holder 0", purpose)
    vault = FileVault(holders.paths[0].parent, {Purpose.ROOT: holders.words[0]})
    with pytest.raises(KeyRefused):
        vault.signer(Purpose.ROOT)


def test_a_threshold_that_is_none_is_refused(holders: Holders) -> None:
    for threshold in (0, -1, 4):
        with refused("threshold-bad"):
            keys.make_anchor(holders.anchor.keys, threshold)
    with refused("threshold-bad"):
        keys.make_anchor([holders.anchor.keys[0]] * 3, 2)


def test_the_service_gets_one_key_of_each_purpose_once(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("the words of the service", encoding="ascii")
    words.chmod(0o600)
    vault = FileVault(tmp_path / "keys", dict.fromkeys(Purpose, f"file:{words}"))
    made = keys.create_service_keys(vault, START)
    assert set(made) == set(Purpose) - {Purpose.ROOT, Purpose.WITNESS}
    assert keys.create_service_keys(vault, START + 5) == made
    assert len(set(made.values())) == 6
    assert vault.signer(Purpose.LOG).public_key.algorithm is Algorithm.EDDSA


def test_the_published_list_is_the_signed_one_and_its_act_is_on_record(mint_world: MintWorld) -> None:
    published = (mint_world.desk.config.published / publishing.TRUST_FILE).read_bytes()
    with mint_world.store.reading() as tx:
        [held] = publications.all_of(tx, publications.TRUST)
        [event] = audit.find(tx, tag="trust.published")
    assert published == held.token
    assert (held.number, held.published, event.event.target) == (1, True, "trust-1")
    assert keys.publish_trust_list(mint_world.desk, published, mint_world.at).sequence == 1
    with mint_world.store.reading() as tx:
        assert len(audit.find(tx, tag="trust.published")) == 1


def following(mint_world: MintWorld, issuer: Issuer | None = None) -> TrustList:
    mint_world.later()
    previous = trusting.published(mint_world.desk)
    return keys.next_list(previous, mint_world.at, issuers=None if issuer is None else [issuer])


def test_too_few_or_foreign_signatures_publish_nothing(mint_world: MintWorld) -> None:
    new = following(mint_world)
    strangers = [SoftwareSigner.generate(Algorithm.ES256) for _ in range(3)]
    for data in (
        sign_trust_list(new, mint_world.roots[:1]),
        sign_trust_list(new, [mint_world.roots[0]] * 3),
        sign_trust_list(new, strangers),
        sign_trust_list(new, [mint_world.roots[0], *strangers]),
        keys.draft(new),
        b"",
    ):
        with refused("trust-bad"):
            keys.publish_trust_list(mint_world.desk, data, mint_world.at)
    assert trusting.published(mint_world.desk).sequence == 1


def test_a_list_never_goes_back(mint_world: MintWorld, issuer: Issuer) -> None:
    second = mint_world.trust(following(mint_world))
    assert second.sequence == 2
    third = keys.next_list(second, mint_world.at + 1)
    bad = {
        "the same number": dataclasses.replace(third, sequence=2),
        "a number left out": dataclasses.replace(third, sequence=4),
        "an older time": dataclasses.replace(third, issued=second.issued - 1),
        "no issuer": dataclasses.replace(third, issuers=()),
        "no key": dataclasses.replace(third, issuers=(dataclasses.replace(issuer, keys=issuer.keys[:1]),)),
    }
    for what, new in bad.items():
        with refused("trust-rolled-back"):
            mint_world.trust(new)
        assert trusting.published(mint_world.desk).sequence == 2, what
    with refused("trust-issued-later"):
        keys.publish_trust_list(
            mint_world.desk, sign_trust_list(third, mint_world.roots[:2]), third.issued - keys.SKEW_SECONDS - 1
        )


def test_a_mark_stays_and_only_moves_backwards(mint_world: MintWorld, issuer: Issuer) -> None:
    kid = issuer.keys[0].key.kid.hex()
    marked = keys.compromised(issuer, kid, START)
    assert keys.compromised(marked, kid, START + DAY) == marked
    assert keys.compromised(marked, kid, START - DAY).keys[0].compromised_from == START - DAY
    mint_world.trust(following(mint_world, marked))
    for issuers in (issuer, keys.compromised(issuer, kid, START + 1)):
        with refused("trust-rolled-back"):
            following(mint_world, issuers)
    with refused("key-unknown"):
        keys.compromised(issuer, "0" * 16, START)


def test_a_key_rotates_and_what_it_signed_stays_good(mint_world: MintWorld, issuer: Issuer) -> None:
    """A new licence key stands in the list a day before its first use; the old one ends; no verdict changes."""
    old = minting.mint(mint_world.desk, mint_world.granted().id)
    new = SoftwareSigner.generate(Algorithm.ES256)
    vault = mint_world.desk.vault
    held = MemoryVault(
        {Purpose.LICENCE: [Turned(vault), new], Purpose.STATUS: [vault.signer(Purpose.STATUS)]},
        record=[b"r" * 32],
        lookup=b"l" * 32,
    )
    mint_world.desk = dataclasses.replace(mint_world.desk, vault=held)
    changed = keys.rotated(issuer, new.public_key, TrustPurpose.LICENCE, mint_world.at, overlap=3600)
    mint_world.trust(following(mint_world, changed))
    publishing.publish_due(mint_world.desk, mint_world.at)
    assert mint_world.scan(old).reasons == ()
    early = minting.mint(mint_world.desk, mint_world.reissue_granted().id)
    assert early.kid == old.kid
    mint_world.later(days=1, seconds=3600)
    late = minting.mint(mint_world.desk, mint_world.reissue_granted().id)
    assert late.kid == new.public_key.kid.hex()
    publishing.publish_due(mint_world.desk, mint_world.at)
    assert mint_world.scan(late).reasons == ()
    assert mint_world.scan(old).reasons == (Reason.SUPERSEDED,)
    with refused("key-known"):
        keys.rotated(changed, new.public_key, TrustPurpose.LICENCE, mint_world.at)


class Turned:
    """The licence key of another vault."""

    def __init__(self, vault: object) -> None:
        assert isinstance(vault, MemoryVault)
        self._inner = vault.signer(Purpose.LICENCE)

    @property
    def public_key(self) -> PublicKey:
        return self._inner.public_key

    def sign(self, data: bytes) -> bytes:
        return self._inner.sign(data)


def test_a_status_key_rotates(mint_world: MintWorld, issuer: Issuer) -> None:
    record = minting.mint(mint_world.desk, mint_world.granted().id)
    new = SoftwareSigner.generate(Algorithm.EDDSA)
    vault = mint_world.desk.vault
    signers = {Purpose.LICENCE: [vault.signer(Purpose.LICENCE)], Purpose.STATUS: [vault.signer(Purpose.STATUS), new]}
    mint_world.desk = dataclasses.replace(
        mint_world.desk, vault=MemoryVault(signers, record=[b"r" * 32], lookup=b"l" * 32)
    )
    mint_world.trust(
        following(mint_world, keys.rotated(issuer, new.public_key, TrustPurpose.STATUS, mint_world.at, lead=3600))
    )
    for _ in range(3):
        assert publishing.publish_due(mint_world.desk, mint_world.at).failed == ()
        assert mint_world.scan(record).reasons == ()
        mint_world.later(days=1)
    with mint_world.store.reading() as tx:
        used = [row.event.key for row in audit.find(tx, tag="status.published")]
    assert used[0] != used[-1] == new.public_key.kid.hex()


def test_after_a_compromised_status_key_the_lists_are_signed_anew_at_once(
    mint_world: MintWorld, issuer: Issuer
) -> None:
    record = minting.mint(mint_world.desk, mint_world.granted().id)
    publishing.publish_due(mint_world.desk, mint_world.at)
    new = SoftwareSigner.generate(Algorithm.ES256)
    vault = mint_world.desk.vault
    signers = {Purpose.LICENCE: [vault.signer(Purpose.LICENCE)], Purpose.STATUS: [vault.signer(Purpose.STATUS), new]}
    mint_world.desk = dataclasses.replace(
        mint_world.desk, vault=MemoryVault(signers, record=[b"r" * 32], lookup=b"l" * 32)
    )
    marked = keys.compromised(issuer, issuer.keys[1].key.kid.hex(), mint_world.at)
    changed = keys.with_key(marked, new.public_key, TrustPurpose.STATUS, mint_world.at)
    mint_world.trust(following(mint_world, changed))
    with pytest.raises(Rejected, match="compromised"):
        mint_world.scan(record)
    assert publishing.publish_due(mint_world.desk, mint_world.at).lists == (1,)
    assert mint_world.scan(record).reasons == ()


def test_a_retired_key_signs_no_more(mint_world: MintWorld, issuer: Issuer) -> None:
    kid = issuer.keys[0].key.kid.hex()
    case = mint_world.granted()
    with refused("trust-cuts-off"):  # a licence was signed at this very second
        mint_world.trust(following(mint_world, keys.retired(issuer, kid, mint_world.at)))
    mint_world.later()
    mint_world.trust(following(mint_world, keys.retired(issuer, kid, mint_world.at)))
    assert minting.resume(mint_world.desk).failed == ((case.id, "key-unavailable"),)


def test_root_keys_change_by_a_list_that_old_and_new_sign(mint_world: MintWorld) -> None:
    """The anchor on paper stays the first one; the chain of lists leads from it to the new roots."""
    fresh = tuple(SoftwareSigner.generate(Algorithm.ES256) for _ in range(3))
    anchor = keys.make_anchor([one.public_key for one in fresh])
    mint_world.later()
    new = keys.next_list(trusting.published(mint_world.desk), mint_world.at, anchor=anchor)
    for signers in (mint_world.roots[:2], fresh[:2], (mint_world.roots[0], *fresh), (*mint_world.roots, fresh[0])):
        with refused("trust-bad"):
            keys.publish_trust_list(mint_world.desk, sign_trust_list(new, signers), mint_world.at)
    both = sign_trust_list(new, [*mint_world.roots[:2], *fresh[:2]])
    assert keys.publish_trust_list(mint_world.desk, both, mint_world.at).anchor == anchor
    assert trusting.published(mint_world.desk).sequence == 2
    mint_world.later()
    third = keys.next_list(trusting.published(mint_world.desk), mint_world.at)
    with refused("trust-bad"):
        keys.publish_trust_list(mint_world.desk, sign_trust_list(third, mint_world.roots[:2]), mint_world.at)
    done = keys.publish_trust_list(mint_world.desk, sign_trust_list(third, fresh[1:]), mint_world.at)
    assert trusting.published(mint_world.desk) == done


@pytest.mark.parametrize("point", ["trust.recorded", "trust.file", "transaction.written", "transaction.committed"])
def test_a_death_while_publishing_a_trust_list(mint_world: MintWorld, mint_url: str, point: str) -> None:
    data = sign_trust_list(following(mint_world), mint_world.roots[:2])
    (mint_world.folder / "new-list").write_bytes(data)
    died = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.issuer.services.mint_world",
            str(mint_world.folder),
            mint_url,
            str(mint_world.at),
            "trust",
        ],
        env={**os.environ, failpoints.VARIABLE: point, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    file = mint_world.desk.config.published / publishing.TRUST_FILE
    assert open_trust_list(file.read_bytes(), mint_world.anchor).sequence in {1, 2}
    publishing.publish_due(mint_world.desk, mint_world.at)
    if trusting.published(mint_world.desk).sequence == 1:
        keys.publish_trust_list(mint_world.desk, data, mint_world.at)
    assert file.read_bytes() == data
    assert trusting.published(mint_world.desk).sequence == 2
    assert mint_world.desk.config.issuer == ISSUER
