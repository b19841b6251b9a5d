"""The only private keys of the issuer: signers by purpose, sealing of restricted fields, keyed digests.

Services ask a `Vault` for a signer of one purpose and get nothing else out of it: no private key ever leaves. Two
vaults stand here, encrypted files and memory; a hardware module is a third behind the same protocol. The signed
formats themselves are not known here, except for what tells one purpose from another (`purpose.fits`).
"""

from issuer.vault.envelope import open_file, seal_file
from issuer.vault.errors import KeyRefused, KeyUnavailable, VaultError
from issuer.vault.files import FileVault
from issuer.vault.memory import MemoryVault
from issuer.vault.protocol import Vault
from issuer.vault.purpose import Purpose
from issuer.vault.sealing import context

__all__ = [
    "FileVault",
    "KeyRefused",
    "KeyUnavailable",
    "MemoryVault",
    "Purpose",
    "Vault",
    "VaultError",
    "context",
    "open_file",
    "seal_file",
]
