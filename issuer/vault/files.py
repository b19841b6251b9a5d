"""The vault of encrypted files: one folder, one file a key, one passphrase a purpose.

Keys are opened when first needed and then kept in memory; a file that cannot be opened is tried again on the next
call, so that a vault recovers without a restart. Root keys are never opened here: they lie in their holders' folders
and are used by the ceremony only (`issuer.services.keys`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from elicense.keys import Algorithm, Signer
from issuer.vault import certificate, keyfile, passphrase, sealing
from issuer.vault.errors import KeyRefused, KeyUnavailable
from issuer.vault.purpose import Purpose, PurposeSigner


class FileVault:
    """Keys of `folder`. `passphrases` names the source of the passphrase of each purpose (see `passphrase.read`)."""

    __slots__ = ("_folder", "_lock", "_opened", "_passphrases")

    def __init__(self, folder: Path, passphrases: Mapping[Purpose, str]) -> None:
        self._folder = folder
        self._passphrases = dict(passphrases)
        self._opened: dict[tuple[Purpose, str], keyfile.OpenedKey] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"FileVault({self._folder.name})"

    def create(self, purpose: Purpose, at: int, algorithm: Algorithm = Algorithm.ES256) -> keyfile.KeyHead:
        """Make a new key of a purpose. It becomes the newest; the older ones stay."""
        if purpose is Purpose.ROOT:
            raise KeyRefused("root keys are not kept in a service's vault")
        path = keyfile.create(self._folder, purpose, self._passphrase(purpose), at, algorithm)
        head = keyfile.read_head(path)
        if purpose is Purpose.DOCUMENT and (signer := self._open(purpose, head.kid).signer) is not None:
            path.with_suffix(".cer").write_bytes(certificate.self_signed(signer, at))
        return head

    def heads(self, purpose: Purpose) -> tuple[keyfile.KeyHead, ...]:
        """Return what the files of a purpose say, oldest first, without opening them."""
        found = [keyfile.read_head(path) for path in self._folder.glob(f"{purpose.value}-*.json")]
        return tuple(sorted(found, key=lambda head: (head.created, head.kid)))

    def kids(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the ids of the keys of a purpose, oldest first."""
        return tuple(head.kid for head in self.heads(purpose))

    def signer(self, purpose: Purpose, kid: str | None = None) -> Signer:
        """Return the signer with that key id, or the newest of the purpose."""
        if not purpose.signs or purpose is Purpose.ROOT:
            raise KeyRefused(f"no signer for {purpose} here")
        opened = self._open(purpose, kid or self._newest(purpose))
        if opened.signer is None:
            raise KeyRefused(f"{purpose} key {opened.head.kid} does not sign")
        return PurposeSigner(purpose, opened.signer)

    def certificate(self, kid: str) -> bytes:
        """Return the certificate of a document key, which lies beside its file."""
        if kid not in self.kids(Purpose.DOCUMENT):
            raise KeyUnavailable("document key")
        try:
            return (self._folder / f"{Purpose.DOCUMENT.value}-{kid}.cer").read_bytes()
        except OSError:
            raise KeyUnavailable(f"certificate of the document key {kid}") from None

    def chain(self, kid: str) -> tuple[bytes, ...]:
        """Return the certificates of a licence key, which may lie beside its file: licence-<kid>.pem."""
        path = self._chain_of(kid)
        try:
            return certificate.chain(path.read_bytes(), kid)
        except FileNotFoundError:
            return ()
        except OSError:
            raise KeyUnavailable(f"certificates of the licence key {kid}") from None

    def put_chain(self, kid: str, pem: bytes) -> Path:
        """Give a licence key certificates in the place of those that it has. Raises KeyRefused."""
        if kid not in self.kids(Purpose.LICENCE):
            raise KeyUnavailable("licence key")
        certificate.chain(pem, kid)
        path = self._chain_of(kid)
        path.write_bytes(pem)
        return path

    def _chain_of(self, kid: str) -> Path:
        return self._folder / f"{Purpose.LICENCE.value}-{kid}.pem"

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Seal a restricted field for one place."""
        return sealing.seal(self._secret(Purpose.RECORD, self._newest(Purpose.RECORD)), plaintext, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Open a sealed field with the key it names."""
        kid = sealed[1:9].hex()
        known = kid in self.kids(Purpose.RECORD)
        return sealing.unseal({kid: self._secret(Purpose.RECORD, kid)} if known else {}, sealed, context)

    def digest(self, value: bytes, context: str) -> bytes:
        """Return 32 bytes by which a value can be found again. There is one lookup key, for ever."""
        kids = self.kids(Purpose.LOOKUP)
        if len(kids) != 1:
            raise KeyUnavailable(f"{len(kids)} lookup keys where one is needed")
        return sealing.keyed_digest(self._secret(Purpose.LOOKUP, kids[0]), value, context)

    def _newest(self, purpose: Purpose) -> str:
        kids = self.kids(purpose)
        if not kids:
            raise KeyUnavailable(f"no {purpose} key")
        return kids[-1]

    def _secret(self, purpose: Purpose, kid: str) -> bytes:
        secret = self._open(purpose, kid).secret
        if secret is None:
            raise KeyRefused(f"{purpose} key {kid} does not seal")
        return secret

    def _open(self, purpose: Purpose, kid: str) -> keyfile.OpenedKey:
        if not (kid.isascii() and kid.isalnum()):
            raise KeyUnavailable(f"{purpose} key")
        with self._lock:
            held = self._opened.get((purpose, kid))
            if held is None:
                path = self._folder / f"{purpose.value}-{kid}.json"
                held = keyfile.open_key(path, self._passphrase(purpose), purpose)
                self._opened[purpose, kid] = held
            return held

    def _passphrase(self, purpose: Purpose) -> bytes:
        if purpose not in self._passphrases:
            raise KeyUnavailable(f"no passphrase is named for {purpose} keys")
        return passphrase.read(self._passphrases[purpose])
