"""One encrypted key file: scrypt (RFC 7914) and AES-256-GCM around a PKCS#8 key or 32 secret bytes.

The file is one JSON object. Everything outside the ciphertext (purpose, algorithm, key id, time, parameters) is
associated data: a file whose purpose was edited does not open. It is written once, readable by its owner only, and
never overwritten. Passphrases come in as arguments and are kept nowhere.
"""

from __future__ import annotations

import datetime
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from elicense.keys import Algorithm, KeyBad, PublicKey, SoftwareSigner, b64url, b64url_decode
from issuer.vault import sealing
from issuer.vault.errors import KeyRefused, KeyUnavailable
from issuer.vault.purpose import Purpose

SCRYPT_N: Final = 2**15
"""Work factor of new files: 32 MiB and about a tenth of a second (RFC 7914 with r = 8, p = 1)."""

PASSPHRASE_BYTES_MIN: Final = 8
"""A floor against empty and one-letter passphrases, not a policy."""

_SCRYPT_N_MAX: Final = 2**20
_SCRYPT_R, _SCRYPT_P = 8, 1
_SALT: Final = 16
_NONCE: Final = 12
_FILE_BYTES_MAX: Final = 16_384
_MODE: Final = 0o600
_SYMMETRIC: Final = "A256GCM"
_MEMBERS: Final = frozenset({"v", "purpose", "algorithm", "kid", "created", "public", "kdf", "cipher"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHead:
    """What a key file says without its passphrase. `created` is Unix seconds; `public` None for secret keys."""

    purpose: Purpose
    algorithm: str
    kid: str
    created: int
    public: PublicKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedKey:
    """A key in memory: a signer, or 32 secret bytes."""

    head: KeyHead
    signer: SoftwareSigner | None = field(repr=False)
    secret: bytes | None = field(repr=False)


def create(folder: Path, purpose: Purpose, passphrase: bytes, at: int, algorithm: Algorithm = Algorithm.ES256) -> Path:
    """Make a new key and write its file `<purpose>-<kid>.json`. Returns the path; raises KeyRefused, KeyUnavailable."""
    if len(passphrase) < PASSPHRASE_BYTES_MIN:
        raise KeyRefused("a passphrase needs at least eight bytes")
    public: PublicKey | None = None
    if purpose.signs:
        signer = SoftwareSigner.generate(algorithm)
        public, kid, name, plain = signer.public_key, signer.public_key.kid.hex(), algorithm.jose, signer.to_pkcs8()
    else:
        plain = os.urandom(sealing.KEY_BYTES)
        kid, name = sealing.symmetric_kid(plain), _SYMMETRIC
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    head: dict[str, Any] = {
        "v": 1,
        "purpose": purpose.value,
        "algorithm": name,
        "kid": kid,
        "created": datetime.datetime.fromtimestamp(at, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "public": None if public is None else public.to_jwk(),
        "kdf": {"name": "scrypt", "n": SCRYPT_N, "r": _SCRYPT_R, "p": _SCRYPT_P, "salt": b64url(salt)},
        "cipher": {"name": _SYMMETRIC, "nonce": b64url(nonce)},
    }
    sealed = AESGCM(_derive(passphrase, salt, SCRYPT_N)).encrypt(nonce, plain, _bound(head))
    path = folder / f"{purpose.value}-{kid}.json"
    named = {**head, "ciphertext": b64url(sealed)}
    _write_new(path, json.dumps(named, indent=1, sort_keys=True).encode("ascii") + b"\n")
    return path


def read_head(path: Path) -> KeyHead:
    """Return what the file says about its key. Raises KeyUnavailable (not there) or KeyRefused (damaged)."""
    return _head(_load(path))


def open_key(path: Path, passphrase: bytes, purpose: Purpose) -> OpenedKey:
    """Open a key file for one purpose.

    Raises KeyUnavailable if it cannot be read; KeyRefused for another purpose, a wrong passphrase, a damaged file or
    one that others may read.
    """
    named = _load(path)
    head = _head(named)
    if head.purpose is not purpose:
        raise KeyRefused(f"{path.name} is a {head.purpose} key, not a {purpose} key")
    try:
        sealed = b64url_decode(named["ciphertext"])
        salt, nonce = b64url_decode(named["kdf"]["salt"]), b64url_decode(named["cipher"]["nonce"])
        n = named["kdf"]["n"]
        bound = _bound({name: value for name, value in named.items() if name != "ciphertext"})
        plain = AESGCM(_derive(passphrase, salt, n)).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError, TypeError, KeyError):
        raise KeyRefused(f"{path.name}: wrong passphrase or damaged file") from None
    if not purpose.signs:
        if len(plain) != sealing.KEY_BYTES or sealing.symmetric_kid(plain) != head.kid:
            raise KeyRefused(f"{path.name}: not the key it says")
        return OpenedKey(head=head, signer=None, secret=plain)
    try:
        signer = SoftwareSigner.from_pkcs8(plain)
    except KeyBad:
        raise KeyRefused(f"{path.name}: not a key") from None
    if signer.public_key != head.public:
        raise KeyRefused(f"{path.name}: not the key it says")
    return OpenedKey(head=head, signer=signer, secret=None)


def _derive(passphrase: bytes, salt: bytes, n: object) -> bytes:
    if not isinstance(n, int) or not SCRYPT_N <= n <= _SCRYPT_N_MAX or len(salt) != _SALT:
        raise ValueError("scrypt parameters out of range")
    return Scrypt(salt=salt, length=sealing.KEY_BYTES, n=n, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase)


def _bound(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode("ascii")


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.is_symlink() or stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyRefused(f"{path.name}: others may read it; set its mode to 0600")
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES_MAX + 1)
    except OSError:
        raise KeyUnavailable(f"{path.name} cannot be read") from None
    try:
        named = json.loads(data)
    except (ValueError, RecursionError):
        named = None
    if len(data) > _FILE_BYTES_MAX or not isinstance(named, dict) or named.keys() != _MEMBERS | {"ciphertext"}:
        raise KeyRefused(f"{path.name}: not a key file, or cut short")
    return named


def _head(named: dict[str, Any]) -> KeyHead:
    try:
        created = datetime.datetime.strptime(named["created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
        purpose = Purpose(named["purpose"])
        public = PublicKey.from_jwk(named["public"]) if purpose.signs else None
        said = (named["kid"], named["algorithm"])
        same = public is None or (public.kid.hex(), public.algorithm.jose) == said
        known = (named["v"], named["kdf"]["r"], named["kdf"]["p"]) == (1, _SCRYPT_R, _SCRYPT_P)
    except (ValueError, TypeError, KeyError, AttributeError, KeyBad):
        same = known = False
    if not (same and known and isinstance(said[0], str) and isinstance(said[1], str)):
        raise KeyRefused("not a key file of this version, or not the key it says")
    return KeyHead(purpose=purpose, algorithm=said[1], kid=said[0], created=int(created.timestamp()), public=public)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that must not be there yet, for its owner only, and see it on the disk."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        raise KeyUnavailable(f"{path.name} cannot be written") from None
