"""A desk from the settings, and the machine's clock: what every program of the issuer begins with. No web in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from issuer.config import Config, load
from issuer.services import rules
from issuer.services.desk import Desk
from issuer.storage import Store
from issuer.vault import FileVault, Purpose


def now() -> int:
    """The clock of the service: Unix seconds UTC. The one place where it is read."""
    return int(time.time())  # noqa: TID251 - the edge: the one place where the clock is read


def open_vault(config: Config) -> FileVault:
    """The vault of the settings. Passphrases are read when a key is first used."""
    return FileVault(
        config.vault,
        {
            Purpose.LICENCE: config.passphrase_licence,
            Purpose.STATUS: config.passphrase_status,
            Purpose.DOCUMENT: config.passphrase_document,
            Purpose.LOG: config.passphrase_log,
            Purpose.RECORD: config.passphrase_record,
            Purpose.LOOKUP: config.passphrase_lookup,
        },
    )


def open_desk(settings: Path, environment: Mapping[str, str]) -> Desk:
    """A desk over the database and the vault of the settings. Raises ConfigBad, StorageFailed, VaultError."""
    config = load(settings, environment)
    return Desk(store=Store(config.database), vault=open_vault(config), clock=now, rules=rules.load(), config=config)
