"""A vault in memory, for tests and demonstrations. Its keys die with the process.

A test that needs a faulty signer puts one in: `MemoryVault({Purpose.LICENCE: [faulty], ...})`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from elicense.keys import Algorithm, Signer, SoftwareSigner
from issuer.vault import certificate, sealing
from issuer.vault.errors import KeyRefused, KeyUnavailable
from issuer.vault.purpose import Purpose, PurposeSigner


class MemoryVault:
    """Signers and secret keys held in memory, the oldest first. `since` is the day of the documents' certificates.

    `chains` are the certificates (DER) of licence keys by the key's id.
    """

    __slots__ = ("_certificates", "_chains", "_lookup", "_record", "_signers")

    def __init__(
        self,
        signers: Mapping[Purpose, Sequence[Signer]],
        *,
        record: Sequence[bytes] = (),
        lookup: bytes | None = None,
        since: int = 0,
        chains: Mapping[str, Sequence[bytes]] = MappingProxyType({}),
    ) -> None:
        self._chains = {kid: tuple(held) for kid, held in chains.items()}
        self._signers = {
            purpose: tuple(PurposeSigner(purpose, one) for one in held) for purpose, held in signers.items()
        }
        self._certificates = {
            one.public_key.kid.hex(): certificate.self_signed(one, since)
            for one in signers.get(Purpose.DOCUMENT, ())
            if isinstance(one, SoftwareSigner)
        }
        self._record = tuple(record)
        self._lookup = lookup

    @classmethod
    def generate(cls, algorithm: Algorithm = Algorithm.ES256) -> MemoryVault:
        """Return a vault with one fresh key of each purpose that a service holds."""
        return cls(
            {
                Purpose.LICENCE: [SoftwareSigner.generate(algorithm)],
                Purpose.STATUS: [SoftwareSigner.generate(algorithm)],
                Purpose.DOCUMENT: [SoftwareSigner.generate(Algorithm.ES256)],
                Purpose.LOG: [SoftwareSigner.generate(Algorithm.EDDSA)],
            },
            record=[os.urandom(sealing.KEY_BYTES)],
            lookup=os.urandom(sealing.KEY_BYTES),
        )

    def kids(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the ids of the keys of a purpose, oldest first."""
        if purpose is Purpose.RECORD:
            return tuple(map(sealing.symmetric_kid, self._record))
        if purpose is Purpose.LOOKUP:
            return () if self._lookup is None else (sealing.symmetric_kid(self._lookup),)
        return tuple(one.public_key.kid.hex() for one in self._signers.get(purpose, ()))

    def signer(self, purpose: Purpose, kid: str | None = None) -> Signer:
        """Return the signer with that key id, or the newest of the purpose."""
        if not purpose.signs or purpose is Purpose.ROOT:
            raise KeyRefused(f"no signer for {purpose} here")
        for one in reversed(self._signers.get(purpose, ())):
            if kid in {None, one.public_key.kid.hex()}:
                return one
        raise KeyUnavailable(f"{purpose} key {kid or ''}".strip())

    def certificate(self, kid: str) -> bytes:
        """Return the certificate of a document key."""
        if kid not in self._certificates:
            raise KeyUnavailable("document key")
        return self._certificates[kid]

    def chain(self, kid: str) -> tuple[bytes, ...]:
        """Return the certificates of a licence key."""
        return self._chains.get(kid, ())

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Seal a restricted field for one place."""
        if not self._record:
            raise KeyUnavailable("record key")
        return sealing.seal(self._record[-1], plaintext, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Open a sealed field."""
        return sealing.unseal({sealing.symmetric_kid(key): key for key in self._record}, sealed, context)

    def digest(self, value: bytes, context: str) -> bytes:
        """Return 32 bytes by which a value can be found again."""
        if self._lookup is None:
            raise KeyUnavailable("lookup key")
        return sealing.keyed_digest(self._lookup, value, context)
