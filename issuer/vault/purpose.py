"""What a key is for, and the check that it signs nothing else.

The bytes of the formats tell their purpose themselves: a licence is a COSE Sig_structure whose header carries no
`typ`, its copy for a wallet a JWS with the `typ` of SD-JWT VC, a status list is a COSE or JWS with its own, a trust
list a JWS with its own (RFC 9052 section 4.4, RFC 7515 section 5.1, RFC 9596). A signer of one purpose refuses the
bytes of another, so that a service that mixes keys up, or is made to, cannot turn a status key into a licence key.
A document key signs the signed attributes of a CMS over data (RFC 5652 section 5.4): a DER set, which none of the
others is. A log key signs checkpoints of the audit trail, a witness key signs them with a time before them (C2SP
tlog-checkpoint, tlog-cosignature): lines of text, which none of the others is.
"""

from __future__ import annotations

import json
from enum import StrEnum

from elicense import cbor, cose, sdjwt, status, trust
from elicense.errors import Rejected
from elicense.keys import PublicKey, Signer, b64url_decode
from issuer.domain import checkpoint
from issuer.vault.errors import KeyRefused

_ARRAY = b"\x84"
"""How a COSE Sig_structure begins."""
_SET = b"\x31"
_SET_MIN = 64
_LONG = 0x80
_CONTENT_IS_DATA = bytes.fromhex("06092a864886f70d010903310b06092a864886f70d010701")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")


class Purpose(StrEnum):
    """Purposes of keys. The first six sign; RECORD seals restricted fields, LOOKUP makes keyed digests.

    ROOT keys are never in the vault of a running service, WITNESS keys belong to a witness and to no issuer. LOOKUP is
    apart from RECORD because it cannot be changed: every digest in the register would have to be made anew.
    """

    ROOT = "root"
    LICENCE = "licence"
    STATUS = "status"
    DOCUMENT = "document"
    LOG = "log"
    WITNESS = "witness"
    RECORD = "record"
    LOOKUP = "lookup"

    @property
    def signs(self) -> bool:
        """Whether keys of this purpose are key pairs; the others are 32 secret bytes."""
        return self not in {Purpose.RECORD, Purpose.LOOKUP}


def fits(purpose: Purpose, data: bytes) -> bool:
    """Say whether `data` is what keys of this purpose sign. Never raises for bytes."""
    typ = _cose_typ(data) if data.startswith(_ARRAY) else _jws_typ(data)
    return {
        Purpose.LICENCE: lambda: typ == "" or (typ == sdjwt.TYP and data[:1] != _ARRAY),
        Purpose.STATUS: lambda: typ in {status.CWT_TYP, status.JWT_TYP},
        Purpose.ROOT: lambda: typ == trust.TYP,
        Purpose.DOCUMENT: lambda: _signed_attributes(data),
        Purpose.LOG: lambda: checkpoint.is_checkpoint(data),
        Purpose.WITNESS: lambda: checkpoint.is_cosigned(data),
    }.get(purpose, lambda: False)()


class PurposeSigner:
    """A signer that signs for one purpose only. It gives out no private key."""

    __slots__ = ("_purpose", "_signer")

    def __init__(self, purpose: Purpose, signer: Signer) -> None:
        self._purpose = purpose
        self._signer = signer

    def __repr__(self) -> str:
        return f"PurposeSigner({self._purpose}, {self.public_key.kid.hex()})"

    @property
    def public_key(self) -> PublicKey:
        """The public half of the key."""
        return self._signer.public_key

    def sign(self, data: bytes) -> bytes:
        """Sign `data` and return 64 raw bytes. Raises KeyRefused if they are another purpose's."""
        if not fits(self._purpose, data):
            raise KeyRefused(f"these bytes are not for a {self._purpose} key")
        return self._signer.sign(data)


def _signed_attributes(data: bytes) -> bool:
    """Whether bytes are a DER set, of their own length, with the content type `data` and a digest."""
    if data[:1] != _SET or len(data) < _SET_MIN:
        return False
    if data[1] < _LONG:
        head, length = 2, data[1]
    else:
        head = 2 + (data[1] & 0x7F)
        length = int.from_bytes(data[2:head], "big")
    return head + length == len(data) and _CONTENT_IS_DATA in data and _MESSAGE_DIGEST in data


def _cose_typ(data: bytes) -> str | None:
    """The `typ` of a Sig_structure, "" if it has none, None if the bytes are no such structure."""
    try:
        match cbor.loads_any(data):
            case ["Signature1", bytes() as header, b"", bytes()]:
                typ = cose.read_header(header).get(cose.TYP, "")
                return typ if isinstance(typ, str) else None
    except Rejected:
        pass
    return None


def _jws_typ(data: bytes) -> str | None:
    """The `typ` of a JWS signing input, None if the bytes are no such input or have none."""
    head, dot, _ = data.partition(b".")
    try:
        header = json.loads(b64url_decode(head.decode("ascii"))) if dot else None
    except (ValueError, RecursionError):
        return None
    typ = header.get("typ") if isinstance(header, dict) else None
    return typ if isinstance(typ, str) and typ else None
