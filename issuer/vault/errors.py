"""What can go wrong with a key. No text here ever holds key material or a passphrase."""

from __future__ import annotations


class VaultError(Exception):
    """Root of the vault's errors. `code` is stable, lower case with hyphens; `detail` names purposes and key ids."""

    code = "vault"

    def __init__(self, detail: str) -> None:
        super().__init__(f"{self.code}: {detail}")
        self.detail = detail


class KeyUnavailable(VaultError):
    """The key cannot be had now: no file, no passphrase, device gone. Asking again later may help."""

    code = "key-unavailable"


class KeyRefused(VaultError):
    """The key is there and must not be used so: wrong passphrase, damaged file, another purpose, open permissions."""

    code = "key-refused"
