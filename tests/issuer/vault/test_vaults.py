"""One contract for every vault: purposes are kept apart, nothing secret shows, what is sealed stays in its place."""

import io
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import cbor, cose, jws, sdjwt, status, trust
from elicense.keys import Algorithm, Signer, SoftwareSigner, b64url
from issuer.domain import checkpoint
from issuer.vault import FileVault, KeyRefused, KeyUnavailable, MemoryVault, Purpose, Vault, context
from issuer.vault.purpose import PurposeSigner, fits

AT = 1_772_416_800
WORDS = {purpose: f"words of the {purpose} key" for purpose in Purpose}
SIGNING = (Purpose.LICENCE, Purpose.STATUS, Purpose.LOG)
ELSEWHERE = context("application", "app-2")
HERE = context("application", "app-1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("vault")
    for purpose, words in WORDS.items():
        path = made / f"{purpose}.words"
        path.write_text(words + "\n", encoding="utf-8")
        path.chmod(0o600)
    vault = FileVault(made / "keys", {purpose: f"file:{made / f'{purpose}.words'}" for purpose in Purpose})
    for purpose in (*SIGNING, Purpose.RECORD, Purpose.LOOKUP):
        vault.create(purpose, AT, Algorithm.EDDSA if purpose is Purpose.LOG else Algorithm.ES256)
    return made


@pytest.fixture(params=["files", "memory"])
def vault(request: pytest.FixtureRequest, folder: Path) -> Vault:
    if request.param == "memory":
        return MemoryVault.generate()
    return FileVault(folder / "keys", {purpose: f"file:{folder / f'{purpose}.words'}" for purpose in Purpose})


def bytes_for(purpose: Purpose, signer: Signer) -> bytes:
    """What a key of that purpose is made for."""
    if purpose is Purpose.LICENCE:
        return cose.sign1_tbs(cose.protected_header(signer.public_key), b"\xa0")
    if purpose is Purpose.STATUS:
        return cose.sign1_tbs(cose.protected_header(signer.public_key, status.CWT_TYP), b"\xa0")
    if purpose is Purpose.LOG:
        return checkpoint.empty("licence.example/log").text.encode("ascii")
    if purpose is Purpose.WITNESS:
        return b"cosignature/v1\ntime 1\n" + bytes_for(Purpose.LOG, signer)
    return jws.sign_compact(b"{}", signer, trust.TYP).rpartition(".")[0].encode("ascii")


@pytest.mark.parametrize("purpose", SIGNING)
def test_a_signer_signs_what_its_purpose_is(vault: Vault, purpose: Purpose) -> None:
    signer = vault.signer(purpose)
    data = bytes_for(purpose, signer)
    signature = signer.sign(data)
    assert len(signature) == 64
    assert signer.public_key.verify(data, signature)
    assert signer.public_key.kid.hex() in vault.kids(purpose)


@pytest.mark.parametrize("purpose", SIGNING)
def test_a_signer_refuses_what_is_anothers(vault: Vault, purpose: Purpose) -> None:
    signer, stranger = vault.signer(purpose), SoftwareSigner.generate(Algorithm.ES256)
    for other in (Purpose.ROOT, Purpose.WITNESS, *SIGNING):
        if other is not purpose:
            with pytest.raises(KeyRefused):
                signer.sign(bytes_for(other, stranger))
    for data in (b"", b"\x84", b"hello", b"e30.e30", b"\x84jSignature1\xff"):
        with pytest.raises(KeyRefused):
            signer.sign(data)


@pytest.mark.parametrize("purpose", [Purpose.ROOT, Purpose.RECORD, Purpose.LOOKUP])
def test_some_purposes_have_no_signer_in_a_service(vault: Vault, purpose: Purpose) -> None:
    with pytest.raises(KeyRefused):
        vault.signer(purpose)


def test_the_status_key_signs_both_list_tokens(vault: Vault) -> None:
    array = status.StatusArray.build(64, {1: 1})
    signer = vault.signer(Purpose.STATUS)
    for encode in (status.encode_jwt, status.encode_cwt):
        assert encode(array, signer, uri="https://a.example/1", issued_at=AT, expires_at=AT + 60, ttl=60)


def test_copies_for_wallets_are_signed_by_the_licence_key_alone_and_only_as_jws(vault: Vault) -> None:
    """A COSE structure that calls itself an SD-JWT is neither a licence nor a copy of one."""
    copy = f"{b64url(json.dumps({'alg': 'ES256', 'typ': sdjwt.TYP}).encode())}.e30".encode()
    header = cbor.dumps({cose.ALG: -7, cose.TYP: sdjwt.TYP})
    assert vault.signer(Purpose.LICENCE).sign(copy)
    for purpose, data in (
        (Purpose.STATUS, copy), (Purpose.LICENCE, cose.sign1_tbs(header, b"x")), (Purpose.LICENCE, b"e30.e30")
    ):  # fmt: skip
        with pytest.raises(KeyRefused):
            vault.signer(purpose).sign(data)


def test_an_unknown_key_is_unavailable(vault: Vault) -> None:
    for kid in ("0" * 16, "../../etc/passwd", "", "é"):
        if kid:
            with pytest.raises(KeyUnavailable):
                vault.signer(Purpose.LICENCE, kid)


def test_two_purposes_have_two_keys(vault: Vault) -> None:
    assert vault.signer(Purpose.LICENCE).public_key != vault.signer(Purpose.STATUS).public_key


def test_what_is_sealed_opens_in_its_place_only(vault: Vault) -> None:
    sealed = vault.seal(b"460000199505050027", HERE)
    assert b"4600001995" not in sealed
    assert vault.unseal(sealed, HERE) == b"460000199505050027"
    with pytest.raises(KeyRefused):
        vault.unseal(sealed, ELSEWHERE)


def test_sealing_twice_looks_different(vault: Vault) -> None:
    assert vault.seal(b"same", HERE) != vault.seal(b"same", HERE)


def test_a_changed_sealed_value_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(b"something of a person", HERE)
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises((KeyRefused, KeyUnavailable)):
            vault.unseal(changed, HERE)
    for length in range(0, len(sealed), 5):
        with pytest.raises((KeyRefused, KeyUnavailable)):
            vault.unseal(sealed[:length], HERE)


def test_a_digest_is_the_same_for_the_same_value_and_place(vault: Vault) -> None:
    assert vault.digest(b"1", "account/identity") == vault.digest(b"1", "account/identity")
    assert len({vault.digest(b"1", "a"), vault.digest(b"2", "a"), vault.digest(b"1", "b")}) == 3
    assert len(vault.digest(b"1", "a")) == 32


def test_two_vaults_digest_differently() -> None:
    assert MemoryVault.generate().digest(b"1", "a") != MemoryVault.generate().digest(b"1", "a")


def test_nothing_secret_shows(vault: Vault, folder: Path) -> None:
    """Neither in representations, nor in exceptions and their tracebacks, nor in a log."""
    stream = io.StringIO()
    logging.getLogger().addHandler(handler := logging.StreamHandler(stream))
    seen = [repr(vault), str(vault), repr(vault.signer(Purpose.LICENCE)), str(vault.signer(Purpose.LICENCE))]
    wrong = FileVault(folder / "keys", {Purpose.LICENCE: f"file:{folder / 'status.words'}"})
    acts: tuple[Callable[[], object], ...] = (
        lambda: vault.signer(Purpose.ROOT),
        lambda: vault.unseal(vault.seal(b"secret of a person", HERE), ELSEWHERE),
        lambda: vault.signer(Purpose.LICENCE).sign(b"secret of a person"),
        lambda: wrong.signer(Purpose.LICENCE),
    )
    for act in acts:
        try:
            act()
        except (KeyRefused, KeyUnavailable) as failed:
            seen += [str(failed), repr(failed), "".join(traceback.format_exception(failed))]
            logging.getLogger("test").warning("%s", failed)
    logging.getLogger().removeHandler(handler)
    text = "\n".join([*seen, stream.getvalue()])
    assert len(seen) > len(acts) * 2
    for words in WORDS.values():
        assert words not in text
    assert "secret of a person" not in text.replace('b"secret of a person"', "")  # the line of this test itself


@given(st.binary(max_size=300))
def test_the_check_of_purposes_never_raises(data: bytes) -> None:
    for purpose in Purpose:
        assert fits(purpose, data) in (True, False)
    assert sum(fits(purpose, data) for purpose in Purpose) <= 1


def test_a_signer_of_the_memory_vault_may_be_faulty_and_keeps_its_purpose() -> None:
    class Silent:
        public_key = SoftwareSigner.generate(Algorithm.EDDSA).public_key

        def sign(self, data: bytes) -> bytes:
            return b"" if data else b"x"

    faulty = MemoryVault({Purpose.LICENCE: [Silent()]})
    assert faulty.signer(Purpose.LICENCE).sign(bytes_for(Purpose.LICENCE, Silent())) == b""
    with pytest.raises(KeyUnavailable):
        faulty.seal(b"", HERE)
    with pytest.raises(KeyUnavailable):
        faulty.digest(b"", HERE)
    assert "PurposeSigner" in repr(PurposeSigner(Purpose.LICENCE, Silent()))
