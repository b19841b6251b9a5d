"""The folder of a witness: settings (TOML), key file, store. Made once, opened by whoever serves or shows it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elicense.keys import Algorithm, PublicKey
from issuer.domain.note import KeyType, NoteBad, VerifierKey, check_name, read_key
from issuer.vault import KeyRefused, KeyUnavailable, Purpose, keyfile, passphrase
from issuer.vault.purpose import PurposeSigner
from issuer.witness.deciding import Witness, known_logs
from issuer.witness.store import WitnessStore

SETTINGS: Final = "witness.toml"
STORE: Final = "witness.db"
_MEMBERS: Final = {"name", "passphrase", "logs"}


class FolderBad(ValueError):
    """The folder of a witness cannot be used. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `witness.toml` says: the witness's name, where its passphrase is, the keys of the logs that it knows."""

    name: str
    passphrase: str
    logs: tuple[VerifierKey, ...]


def make(folder: Path, name: str, passphrase_source: str, logs: Sequence[str], at: int) -> VerifierKey:
    """Make a witness in a folder of its own; return its key. Raises FolderBad, KeyRefused, KeyUnavailable."""
    try:
        check_name(name)
        known = [read_key(one, KeyType.LOG).text for one in logs]
    except NoteBad as bad:
        raise FolderBad(str(bad)) from None
    if (folder / SETTINGS).exists() or (folder / STORE).exists():
        raise FolderBad("a witness is made once, in a folder of its own")
    secret = passphrase.read(_placed(folder, passphrase_source))
    folder.mkdir(parents=True, exist_ok=True)
    path = keyfile.create(folder, Purpose.WITNESS, secret, at, Algorithm.EDDSA)
    WitnessStore(folder / STORE)
    lines = [f"name = {json.dumps(name)}", f"passphrase = {json.dumps(passphrase_source)}", "logs = ["]
    lines += [f"  {json.dumps(one)}," for one in known]
    with (folder / SETTINGS).open("x", encoding="utf-8") as file:
        file.write("\n".join([*lines, "]", ""]))
        file.flush()
        os.fsync(file.fileno())
    return _key(name, path)


def settings(folder: Path) -> Settings:
    """Return the settings of a witness. Raises FolderBad."""
    try:
        held = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        if held.keys() == _MEMBERS and all(isinstance(held[one], str) for one in ("name", "passphrase")):
            logs = tuple(read_key(str(one), KeyType.LOG) for one in list(held["logs"]))
            return Settings(name=held["name"], passphrase=_placed(folder, held["passphrase"]), logs=logs)
    except (OSError, ValueError, TypeError):
        pass
    raise FolderBad(f"{SETTINGS} must hold name, passphrase and logs (keys of logs)")


def open_witness(folder: Path) -> Witness:
    """Return the witness of a folder. Raises FolderBad, KeyRefused, KeyUnavailable."""
    said, path = settings(folder), _key_file(folder)
    if not (folder / STORE).is_file():
        raise FolderBad(f"{STORE} is gone: a witness without its memory begins anew, under another name and key")
    signer = keyfile.open_key(path, passphrase.read(said.passphrase), Purpose.WITNESS).signer
    if signer is None:
        raise KeyRefused(f"{path.name} does not sign")
    return Witness(
        key=_key(said.name, path),
        signer=PurposeSigner(Purpose.WITNESS, signer),
        store=WitnessStore(folder / STORE),
        logs=known_logs(said.logs),
    )


def public_key(folder: Path) -> VerifierKey:
    """Return the key of a witness without opening it. Raises FolderBad, KeyRefused, KeyUnavailable."""
    return _key(settings(folder).name, _key_file(folder))


def _key_file(folder: Path) -> Path:
    found = sorted(folder.glob(f"{Purpose.WITNESS.value}-*.json"))
    if len(found) != 1:
        raise KeyUnavailable(f"{len(found)} witness keys where one is needed")
    return found[0]


def _key(name: str, path: Path) -> VerifierKey:
    public: PublicKey | None = keyfile.read_head(path).public
    if public is None:
        raise KeyRefused(f"{path.name} does not sign")
    try:
        return VerifierKey(name=name, type=KeyType.WITNESS, key=public)
    except NoteBad as bad:
        raise FolderBad(str(bad)) from None


def _placed(folder: Path, source: str) -> str:
    """Where the passphrase is; a file is taken from the folder of the witness."""
    file = source.removeprefix("file:")
    return source if file == source else f"file:{folder.absolute() / file}"
