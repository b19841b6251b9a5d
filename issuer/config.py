"""The settings of the issuing service: one frozen value, read once from a TOML file and the environment.

Nothing is read at import. A key that is not known refuses to start: a mistyped setting must not become a default.
Environment variables `ELICENSE_ISSUER_<NAME>` go before the file. Whatever names a file does so relative to the folder
of the settings file, wherever the program was started; a `Config` with any other relative path cannot be made. Secrets
never stand here: a passphrase is only pointed at, as `env:NAME` or `file:PATH`.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from issuer.domain.note import KeyType, NoteBad, VerifierKey, read_key

PREFIX: Final = "ELICENSE_ISSUER_"
_DAY: Final = 86_400
_NOWHERE: Final = Path("/dev/null")
"""Below it no file can be made: a place that was not set is not the folder in which somebody happens to stand."""
_FILE: Final = "file:"
_DIGITS: Final = 12
_LOG_NAME: Final = re.compile(r"log(-[0-9a-z]{1,32})?")
DATABASE: Final = "sqlite:///issuer.db"
"""The database of a settings file that names none."""


class ConfigBad(ValueError):
    """The settings cannot be used. The text names the setting, never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who is asked to sign the checkpoints of the log: the key that counts, and the address below which it answers."""

    key: VerifierKey
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. Times are seconds. In a file, what is not absolute is taken from the folder of that file.

    `database` is a URL, SQLite or PostgreSQL. `issuer` is the id of this issuer's entry in the trust list; `anchor`
    the file with the pinned root keys; `published` the folder of the files that are served. A status list has
    `list_size` entries, of which licences and decoys take at most half; `decoys` are there from the start and up to
    `decoy_moves` of them change whenever a list is published, so that the number of changes tells little. A list is
    published at the latest a third of `status_lifetime` after the last time; `status_ttl` is how long a client may
    keep it without asking. Lists of the past can be asked for over `history_days` (0: never). `trusted_proxy` is the
    address of a proxy in front, whose word on the reader's address is taken. `security_key_models` are the AAGUIDs,
    parted by blanks, of the FIDO2 security keys that officers may be handed; empty: any key, for demonstrations.
    The audit trail is published as a log below `base_url`, in the folder `log_name`; `witnesses` are the key and the
    address of each witness of it, parted by blanks, of whom `witness_quorum` must sign a checkpoint.
    """

    database: str = f"sqlite:///{_NOWHERE}/issuer.db"
    vault: Path = _NOWHERE / "vault"
    published: Path = _NOWHERE / "published"
    anchor: Path = _NOWHERE / "anchor.json"
    issuer: str = ""
    base_url: str = "http://127.0.0.1:8080"
    scan_url: str = "http://127.0.0.1:8081/v#"
    trusted_proxy: str = ""
    security_key_models: str = ""
    passphrase_licence: str = "env:ELICENSE_PASSPHRASE_LICENCE"  # noqa: S105 - says where it is
    passphrase_status: str = "env:ELICENSE_PASSPHRASE_STATUS"  # noqa: S105 - says where it is
    passphrase_document: str = "env:ELICENSE_PASSPHRASE_DOCUMENT"  # noqa: S105 - says where it is
    passphrase_log: str = "env:ELICENSE_PASSPHRASE_LOG"  # noqa: S105 - says where it is
    passphrase_record: str = "env:ELICENSE_PASSPHRASE_RECORD"  # noqa: S105 - says where it is
    passphrase_lookup: str = "env:ELICENSE_PASSPHRASE_LOOKUP"  # noqa: S105 - says where it is
    list_size: int = 2**20
    decoys: int = 1024
    decoy_moves: int = 3
    status_ttl: int = 3_600
    status_lifetime: int = 3 * _DAY
    history_days: int = 3_653
    publish_every: int = 30
    log_name: str = "log"
    witnesses: str = ""
    witness_quorum: int = 0

    def __post_init__(self) -> None:
        """Raise ConfigBad if a setting is out of its range or names a place that depends on where we stand."""
        if not 64 <= self.list_size <= 2**24 or self.list_size % 4:
            raise ConfigBad("list_size: between 64 and 2^24, a multiple of 4")
        if not 0 <= self.decoys <= self.list_size // 4 or not 0 <= self.decoy_moves <= 64:
            raise ConfigBad("decoys: at most a quarter of the list; decoy_moves: at most 64")
        if not 60 <= self.status_ttl <= self.status_lifetime // 3:
            raise ConfigBad("status_ttl: at least a minute and at most a third of status_lifetime")
        if not 180 <= self.status_lifetime <= 31 * _DAY:
            raise ConfigBad("status_lifetime: between three minutes and 31 days")
        if not 1 <= self.publish_every <= self.status_lifetime // 20:
            raise ConfigBad("publish_every: at most a twentieth of status_lifetime")
        if not 0 <= self.history_days <= 100 * 366:
            raise ConfigBad("history_days: between 0 and 36600")
        if not _LOG_NAME.fullmatch(self.log_name):
            raise ConfigBad("log_name: `log`, or `log-` and small letters or digits")
        if not 0 <= self.witness_quorum <= len(self.known_witnesses):
            raise ConfigBad("witness_quorum: at most as many as there are witnesses")
        for field in dataclasses.fields(self):
            self._check_place(field.name, getattr(self, field.name))

    @property
    def models(self) -> frozenset[str]:
        """The models of security keys that may be handed over; empty: any."""
        return frozenset(self.security_key_models.split())

    @property
    def log_origin(self) -> str:
        """The name of the log: its address without the scheme (C2SP tlog-tiles)."""
        return f"{self.base_url.partition('://')[2].rstrip('/')}/{self.log_name}"

    @property
    def known_witnesses(self) -> tuple[Witness, ...]:
        """The witnesses of the log. Raises ConfigBad if the setting does not name some in turn with their addresses."""
        parts = self.witnesses.split()
        try:
            found = tuple(
                Witness(key=read_key(key, KeyType.WITNESS), url=url.rstrip("/"))
                for key, url in zip(parts[::2], parts[1::2], strict=True)
            )
        except (NoteBad, ValueError):
            raise ConfigBad("witnesses: the key and the address of each, parted by blanks") from None
        addresses = [urlsplit(one.url) for one in found]
        if not all(one.scheme in {"http", "https"} and one.hostname for one in addresses):
            raise ConfigBad("witnesses: an address begins with http:// or https://")
        if len({one.key.key for one in found}) != len(found):
            raise ConfigBad("witnesses: one of them stands there twice")
        return found

    def _check_place(self, name: str, value: object) -> None:
        if isinstance(value, Path) and not value.is_absolute():
            raise ConfigBad(f"{name}: needs an absolute path outside a settings file")
        if not isinstance(value, str):
            return
        if name == "database" and _relative(value):
            raise ConfigBad("database: needs an absolute path outside a settings file")
        if name.startswith("passphrase_"):
            if not value.startswith(("env:", _FILE)):
                raise ConfigBad(f"{name}: name it as env:NAME or file:PATH")
            if value.startswith(_FILE) and not Path(value.removeprefix(_FILE)).is_absolute():
                raise ConfigBad(f"{name}: needs an absolute path outside a settings file")


def from_mapping(settings: Mapping[str, Any], folder: Path) -> Config:
    """Return the settings in a mapping, with every file name taken from `folder`.

    Raises ConfigBad for an unknown key or a value of another type.
    """
    fields = {field.name: field for field in dataclasses.fields(Config)}
    unknown = sorted(settings.keys() - fields.keys())
    if unknown:
        raise ConfigBad(f"not a setting: {', '.join(unknown)}")
    home = folder.absolute()
    named = {name: fields[name].default for name in ("vault", "published", "anchor")}
    places: dict[str, Any] = {name: default.name for name, default in named.items() if isinstance(default, Path)}
    held = {"database": DATABASE, **places, **settings}
    values: dict[str, Any] = {name: _value(name, fields[name].default, value, home) for name, value in held.items()}
    return Config(**values)


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Return the settings of a TOML file and the environment. Raises ConfigBad."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigBad(f"{path.name} cannot be read as TOML") from None
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            settings[variable.removeprefix(PREFIX).lower()] = text
    return from_mapping(settings, path.parent)


def _value(name: str, default: object, held: object, home: Path) -> object:
    if isinstance(default, Path) and isinstance(held, str) and held:
        return home / held
    if isinstance(default, int):
        if isinstance(held, str) and held.isascii() and held.isdigit() and len(held) <= _DIGITS:
            return int(held)
        if isinstance(held, int) and not isinstance(held, bool):
            return held
    if type(default) is str and isinstance(held, str):
        return _placed(name, held, home)
    raise ConfigBad(f"{name}: a value of another type")


def _placed(name: str, text: str, home: Path) -> str:
    """A text that names a file, with its place in full; any other as it is."""
    if name.startswith("passphrase_") and len(text) > len(_FILE) and text.startswith(_FILE):
        return f"{_FILE}{home / text.removeprefix(_FILE)}"
    if name == "database" and (file := _relative(text)):
        return f"{text.removesuffix(file)}{home / file}"
    return text


def _relative(database: str) -> str:
    """The file of a SQLite address that does not say where it lies; empty for every other address."""
    scheme, mark, file = database.partition(":///")
    return file if mark and scheme.startswith("sqlite") and not file.startswith("/") else ""
