"""The interface of every vault: files, memory, and a hardware module one day."""

from __future__ import annotations

from typing import Protocol

from elicense.keys import Signer
from issuer.vault.purpose import Purpose


class Vault(Protocol):
    """Gives signers by purpose, seals and opens restricted fields, makes keyed digests. Gives out no key."""

    def kids(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the ids (16 hex digits) of the keys of a purpose, oldest first. Raises KeyUnavailable."""

    def signer(self, purpose: Purpose, kid: str | None = None) -> Signer:
        """Return the signer with that key id, or the newest of the purpose.

        Raises KeyUnavailable if there is none now, KeyRefused for a purpose that does not sign or is not for a
        service (root). The signer itself raises KeyRefused for bytes of another purpose.
        """

    def certificate(self, kid: str) -> bytes:
        """Return the certificate (X.509, DER) of a document key. Raises KeyUnavailable."""

    def chain(self, kid: str) -> tuple[bytes, ...]:
        """Return the certificates (X.509, DER) of a licence key, its own first; none if it was given none.

        Raises KeyRefused where they are not its own.
        """

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Seal a restricted field for one place (see `issuer.vault.context`), with the newest record key."""

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Open a sealed field. Raises KeyUnavailable, or KeyRefused if it was changed or moved."""

    def digest(self, value: bytes, context: str) -> bytes:
        """Return 32 bytes by which a value can be found again and not guessed without the vault."""
