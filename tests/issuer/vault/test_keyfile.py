"""Key files: encrypted, bound to their purpose, for their owner's eyes only; passphrases are only pointed at."""

import json
import os
import stat
from pathlib import Path

import pytest

from elicense.keys import Algorithm
from issuer.vault import FileVault, KeyRefused, KeyUnavailable, Purpose, keyfile, passphrase

AT = 1_772_416_800
WORDS = b"correct horse battery staple"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keyfile.create(tmp_path_factory.mktemp("keys"), Purpose.LICENCE, WORDS, AT)


def copy(path: Path, folder: Path, **changes: object) -> Path:
    named = json.loads(path.read_text(encoding="ascii")) | changes
    made = folder / path.name
    made.write_text(json.dumps(named), encoding="ascii")
    made.chmod(0o600)
    return made


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_key_comes_back(tmp_path: Path, algorithm: Algorithm) -> None:
    made = keyfile.create(tmp_path, Purpose.STATUS, WORDS, AT, algorithm)
    head = keyfile.read_head(made)
    opened = keyfile.open_key(made, WORDS, Purpose.STATUS)
    assert opened.signer is not None
    assert opened.signer.public_key == head.public
    assert (head.created, head.algorithm, head.purpose) == (AT, algorithm.jose, Purpose.STATUS)
    assert made.name == f"status-{head.kid}.json"


def test_a_secret_comes_back(tmp_path: Path) -> None:
    made = keyfile.create(tmp_path, Purpose.RECORD, WORDS, AT)
    opened = keyfile.open_key(made, WORDS, Purpose.RECORD)
    assert opened.secret is not None
    assert len(opened.secret) == 32
    assert opened.secret.hex() not in repr(opened)


def test_the_file_is_its_owners_and_holds_nothing_in_clear(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    opened = keyfile.open_key(path, WORDS, Purpose.LICENCE)
    assert opened.signer is not None
    secret = opened.signer.to_pkcs8()
    assert secret not in path.read_bytes()
    assert json.loads(path.read_text(encoding="ascii"))["kdf"]["n"] >= 2**15
    assert "PRIVATE" not in path.read_text(encoding="ascii")


@pytest.mark.parametrize("words", [b"", b"wrong words", WORDS + b" ", WORDS[:-1]])
def test_a_wrong_passphrase(path: Path, words: bytes) -> None:
    with pytest.raises(KeyRefused) as caught:
        keyfile.open_key(path, words, Purpose.LICENCE)
    assert repr(WORDS) not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_another_purpose_is_refused(path: Path) -> None:
    for purpose in set(Purpose) - {Purpose.LICENCE}:
        with pytest.raises(KeyRefused):
            keyfile.open_key(path, WORDS, purpose)


def test_a_purpose_that_was_edited_in_the_file_does_not_open(path: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="wrong passphrase or damaged"):
        keyfile.open_key(copy(path, tmp_path, purpose="status"), WORDS, Purpose.STATUS)


@pytest.mark.parametrize(
    "changes",
    [
        {"created": "2020-01-01T00:00:00Z"},
        {"created": "yesterday"},
        {"kid": "0" * 16},
        {"algorithm": "none"},
        {"v": 2},
        {"public": None},
        {"kdf": {"name": "scrypt", "n": 1024, "r": 8, "p": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"kdf": {"name": "scrypt", "n": 2**40, "r": 8, "p": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"cipher": {"name": "A256GCM", "nonce": "AAAA"}},
        {"ciphertext": ""},
        {"ciphertext": 5},
        {"more": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_edited_file_does_not_open(path: Path, tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(KeyRefused):
        keyfile.open_key(copy(path, tmp_path, **changes), WORDS, Purpose.LICENCE)


def test_a_truncated_file_does_not_open(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 37):
        cut = tmp_path / "cut.json"
        cut.write_bytes(whole[:length])
        cut.chmod(0o600)
        with pytest.raises(KeyRefused):
            keyfile.open_key(cut, WORDS, Purpose.LICENCE)


def test_a_file_that_others_may_read_is_refused(path: Path, tmp_path: Path) -> None:
    for mode in (0o640, 0o604, 0o660):
        opened = copy(path, tmp_path)
        opened.chmod(mode)
        with pytest.raises(KeyRefused, match="0600"):
            keyfile.open_key(opened, WORDS, Purpose.LICENCE)


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(KeyRefused):
        keyfile.open_key(link, WORDS, Purpose.LICENCE)


def test_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable):
        keyfile.open_key(tmp_path / "none.json", WORDS, Purpose.LICENCE)


def test_short_words_make_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused):
        keyfile.create(tmp_path, Purpose.LICENCE, b"1234567", AT)
    assert list(tmp_path.iterdir()) == []


def test_a_vault_recovers_without_a_restart(path: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    vault = FileVault(path.parent, {Purpose.LICENCE: f"file:{words}"})
    with pytest.raises(KeyUnavailable):
        vault.signer(Purpose.LICENCE)
    words.write_bytes(WORDS + b"\n")
    words.chmod(0o600)
    assert vault.signer(Purpose.LICENCE).public_key.kid.hex() in path.name


def test_a_new_key_becomes_the_newest_and_the_old_one_stays(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_bytes(WORDS)
    words.chmod(0o600)
    vault = FileVault(tmp_path / "keys", {Purpose.RECORD: f"file:{words}", Purpose.ROOT: f"file:{words}"})
    first = vault.create(Purpose.RECORD, AT)
    sealed = vault.seal(b"x", "t/1")
    second = vault.create(Purpose.RECORD, AT + 1)
    assert vault.kids(Purpose.RECORD) == (first.kid, second.kid)
    assert vault.seal(b"x", "t/1")[1:9].hex() == second.kid
    assert vault.unseal(sealed, "t/1") == b"x"
    with pytest.raises(KeyRefused):
        vault.create(Purpose.ROOT, AT)


def test_passphrases_are_only_pointed_at(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_bytes(b"from a file\r\n")
    words.chmod(0o600)
    assert passphrase.read(f"file:{words}") == b"from a file"
    assert passphrase.read("env:WORDS", {"WORDS": "from outside"}) == b"from outside"
    with pytest.raises(KeyRefused):
        passphrase.read("the passphrase itself")
    with pytest.raises(KeyUnavailable):
        passphrase.read("env:NOT_SET", {})
    with pytest.raises(KeyUnavailable):
        passphrase.read(f"file:{tmp_path / 'none'}")
    words.chmod(0o644)
    with pytest.raises(KeyRefused):
        passphrase.read(f"file:{words}")


def test_the_refusal_of_a_passphrase_given_in_clear_does_not_repeat_it() -> None:
    with pytest.raises(KeyRefused) as caught:
        passphrase.read("hunter2 hunter2")
    assert "hunter2" not in str(caught.value)


def test_the_folder_of_keys_is_its_owners(tmp_path: Path) -> None:
    keyfile.create(tmp_path / "new", Purpose.LOOKUP, WORDS, AT)
    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) & 0o077 == 0  # noqa: PTH116
