"""Certificates in copies: carried where the licence key was given some, believed by others, and no trust of ours."""

from __future__ import annotations

import base64
import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from elicense import sdjwt
from elicense.keys import Algorithm, SoftwareSigner
from elicense.reason import Outcome, Reason
from elicense.status import open_status_list
from issuer.services import offers, publishing, trusting, wallets
from issuer.storage import audit
from issuer.vault import FileVault, KeyRefused, KeyUnavailable, MemoryVault, Purpose
from issuer.vault.certificate import chain, demonstration_chain
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.wallets.desk import CONFIGURATION, hospital, proof, token
from tests.issuer.wallets.wallet import key
from tests.outside.install import installed

ADDRESS = "https://licence.example/hainan"


def der(pem: bytes) -> bytes:
    """The bytes of a certificate."""
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def certified(world: MintWorld, of: SoftwareSigner | None = None) -> bytes:
    """Give the licence key a certificate, or one that is `of` another key; return its root."""
    kept = json.loads((world.folder / "secrets.json").read_text("ascii"))
    signers = {
        one: SoftwareSigner.from_pkcs8(bytes.fromhex(kept[one.value])) for one in (Purpose.LICENCE, Purpose.STATUS)
    }
    public = signers[Purpose.LICENCE].public_key
    pem, root = demonstration_chain((of or signers[Purpose.LICENCE]).public_key, ADDRESS, world.at)
    vault = MemoryVault(
        {purpose: [one] for purpose, one in signers.items()}, record=[b"r" * 32], lookup=b"l" * 32,
        chains={public.kid.hex(): [der(pem)]},
    )  # fmt: skip
    world.desk = dataclasses.replace(world.desk, vault=vault)
    return root


def asked(world: MintWorld) -> tuple[str, ...] | None:
    """Let the hospital's wallet ask for a copy."""
    access = token(world, "hospital", hospital(world))
    return wallets.request(world.desk, access, CONFIGURATION, [proof(world, key(), offers.nonce(world.desk))])[1]


def header(copy: str) -> Any:
    """The header of a copy."""
    return sdjwt.split(copy).jwt.header


def test_a_copy_carries_the_certificate_of_its_key_and_is_judged_as_before(mint_world: MintWorld) -> None:
    certified(mint_world)
    [copy] = asked(mint_world) or ()
    leaf = x509.load_der_x509_certificate(base64.b64decode(header(copy)["x5c"][0]))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [ADDRESS]
    assert judged(mint_world, copy).outcome is Outcome.VALID


def judged(world: MintWorld, copy: str) -> sdjwt.Presented:
    """What a stranger says who has the published lists."""
    assert publishing.publish_due(world.desk, world.at).failed == ()
    trust = trusting.published(world.desk)
    uri = sdjwt.split(copy).jwt.payload["status"]["status_list"]["uri"]
    [path] = (world.folder / "published").rglob(f"{uri.rpartition('/')[2]}.jwt")
    return sdjwt.verify_sdjwt(copy, trust, {uri: open_status_list(path.read_bytes(), uri, trust)}, world.at)


def test_without_certificates_there_is_no_x5c(mint_world: MintWorld) -> None:
    [copy] = asked(mint_world) or ()
    assert header(copy).keys() == {"alg", "kid", "typ"}


def test_a_certificate_of_another_key_never_leaves(mint_world: MintWorld) -> None:
    """The check before the release refuses it, as every stranger would."""
    certified(mint_world, SoftwareSigner.generate(Algorithm.ES256))
    assert asked(mint_world) is None
    with mint_world.store.reading() as tx:
        told = [dict(row.event.detail)["fault"] for row in audit.read(tx) if row.event.tag == "wallet.spoiled"]
    assert told == [Reason.MALFORMED.code]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_certificates_lie_beside_the_key_and_are_its_own(tmp_path: Path, algorithm: Algorithm) -> None:
    words = tmp_path / "words"
    words.write_text("six words that nobody will guess here")
    words.chmod(0o600)
    vault = FileVault(tmp_path / "vault", dict.fromkeys(Purpose, f"file:{words}"))
    head = vault.create(Purpose.LICENCE, 1_795_420_800, algorithm)
    public = vault.signer(Purpose.LICENCE, head.kid).public_key
    assert vault.chain(head.kid) == ()
    leaf, root = demonstration_chain(public, ADDRESS, 1_795_420_800)
    path = vault.put_chain(head.kid, leaf + root)
    assert vault.chain(head.kid) == (der(leaf), der(root))
    other, _ = demonstration_chain(SoftwareSigner.generate(algorithm).public_key, ADDRESS, 1_795_420_800)
    for wrong in (other, other + leaf, b"", b"words", leaf * 5, leaf[:200]):
        with pytest.raises(KeyRefused):
            vault.put_chain(head.kid, wrong)
        assert chain(path.read_bytes(), head.kid)
        path.write_bytes(wrong)
        with pytest.raises(KeyRefused):
            vault.chain(head.kid)
        path.write_bytes(leaf + root)
    with pytest.raises(KeyUnavailable):
        vault.put_chain("0" * 16, leaf)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: apt install nodejs npm")
def test_software_that_finds_keys_by_certificates_verifies_a_copy(mint_world: MintWorld) -> None:
    root = certified(mint_world)
    [copy] = asked(mint_world) or ()
    _, stranger = demonstration_chain(key().public_key, ADDRESS, mint_world.at)
    cases = [{"text": copy, "root": one.decode(), "asked": None, "at": mint_world.at} for one in (root, stranger)]
    done = subprocess.run(
        ["node", "judging.mjs"], cwd=installed(), input=json.dumps(cases), capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    good, bad = json.loads(done.stdout)
    assert good["accepted"], good
    assert good["claims"]["name"] == "海口市示例综合医院"
    assert not bad["accepted"]
