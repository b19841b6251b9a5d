"""The settings of the issuing service: one frozen value, read once from a TOML file and the environment.

Nothing is read at import. A key that is not known refuses to start: a mistyped setting must not become a default.
Environment variables `ELICENSE_ISSUER_<NAME>` go before the file. Secrets never stand here: a passphrase is only
pointed at, as `env:NAME` or `file:/path`.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PREFIX: Final = "ELICENSE_ISSUER_"
_DAY: Final = 86_400


class ConfigBad(ValueError):
    """The settings cannot be used. The text names the setting, never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. Times are seconds. Relative paths are taken from the folder of the settings file.

    `issuer` is the id of this issuer's entry in the trust list; `anchor` the file with the pinned root keys;
    `published` the folder of the files that are served. A status list has `list_size` entries, of which licences and
    decoys take at most half; `decoys` are there from the start and up to `decoy_moves` of them change whenever a list
    is published, so that the number of changes tells little. A list is published at the latest a third of
    `status_lifetime` after the last time; `status_ttl` is how long a client may keep it without asking.
    """

    database: str = "sqlite:///issuer.db"
    vault: Path = Path("vault")
    published: Path = Path("published")
    anchor: Path = Path("anchor.json")
    issuer: str = ""
    base_url: str = "http://127.0.0.1:8080"
    scan_url: str = "http://127.0.0.1:8081/v#"
    passphrase_licence: str = "env:ELICENSE_PASSPHRASE_LICENCE"  # noqa: S105 - says where it is
    passphrase_status: str = "env:ELICENSE_PASSPHRASE_STATUS"  # noqa: S105 - says where it is
    passphrase_record: str = "env:ELICENSE_PASSPHRASE_RECORD"  # noqa: S105 - says where it is
    passphrase_lookup: str = "env:ELICENSE_PASSPHRASE_LOOKUP"  # noqa: S105 - says where it is
    list_size: int = 2**20
    decoys: int = 1024
    decoy_moves: int = 3
    status_ttl: int = 3_600
    status_lifetime: int = 3 * _DAY
    publish_every: int = 30

    def __post_init__(self) -> None:
        """Raise ConfigBad if a setting is out of its range."""
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
        for field in dataclasses.fields(self):
            if field.name.startswith("passphrase_") and not getattr(self, field.name).startswith(("env:", "file:")):
                raise ConfigBad(f"{field.name}: name it as env:NAME or file:/path")


def from_mapping(settings: Mapping[str, Any], folder: Path) -> Config:
    """Return the settings in a mapping. Raises ConfigBad for an unknown key or a value of another type."""
    fields = {field.name: field for field in dataclasses.fields(Config)}
    unknown = sorted(settings.keys() - fields.keys())
    if unknown:
        raise ConfigBad(f"not a setting: {', '.join(unknown)}")
    values: dict[str, Any] = {name: _value(name, fields[name].default, held, folder) for name, held in settings.items()}
    return Config(**values)


def load(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Return the settings of a TOML file (None: none) and the environment. Raises ConfigBad."""
    settings: dict[str, Any] = {}
    if path is not None:
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ConfigBad(f"{path.name} cannot be read as TOML") from None
    folder = Path() if path is None else path.parent
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            settings[variable.removeprefix(PREFIX).lower()] = text
    return from_mapping(settings, folder)


def _value(name: str, default: object, held: object, folder: Path) -> object:
    if isinstance(default, Path) and isinstance(held, str) and held:
        return folder / held
    if isinstance(default, int):
        if isinstance(held, str) and held.isascii() and held.isdigit():
            return int(held)
        if isinstance(held, int) and not isinstance(held, bool):
            return held
    if type(default) is str and isinstance(held, str):
        return held
    raise ConfigBad(f"{name}: a value of another type")
