"""Signed notes: a text, and below it lines in which named keys sign it. C2SP signed-note, and its keys.

Two kinds of Ed25519 signatures (RFC 8032): of a log over the text (type 0x01), and of a witness over a time and the
text (type 0x04, C2SP tlog-cosignature, `cosignature/v1`). Other kinds are read past, never believed. Reading is strict:
a note has one spelling, or it is refused. Nothing here knows what the text says, or whom to believe.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from elicense.keys import Algorithm, KeyBad, PublicKey, Signer

NOTE_MAX: Final = 64 * 1024
"""Bytes of the longest note that is read."""
SIGNATURES_MAX: Final = 32
"""Lines of signatures that are read. The text asks for sixteen at least."""
NAME_MAX: Final = 255
TIME_MAX: Final = 2**63 - 1

_DASH: Final = "\u2014 "
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_HEX: Final = re.compile(r"[0-9a-f]{8}")


class NoteBad(ValueError):
    """These bytes are no note, no key, or not signed by whom they must be. The text is a code in lower case."""


class KeyType(IntEnum):
    """What the keys of these types sign."""

    LOG = 0x01
    WITNESS = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public key of a log or of a witness, with the name that it signs under."""

    name: str
    type: KeyType
    key: PublicKey

    def __post_init__(self) -> None:
        """Raise NoteBad: name-bad, key-bad."""
        check_name(self.name)
        if self.key.algorithm is not Algorithm.EDDSA:
            raise NoteBad("key-bad")

    @property
    def id(self) -> bytes:
        """Four bytes by which a line of signature names the key. They identify, they do not bind."""
        return hashlib.sha256(self.name.encode("utf-8") + b"\n" + self._encoded).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as it is handed on: `name+id+base64`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self._encoded).decode('ascii')}"

    @property
    def _encoded(self) -> bytes:
        return bytes([self.type]) + self.key.x


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line below a note: whose it says it is, and what it holds after the four bytes."""

    name: str
    id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line without its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.id + self.value).decode('ascii')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that ends in a newline, and the lines below it. None of them is believed before `signed_by`."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is sent."""
        return (self.text + "\n" + "".join(f"{one.line}\n" for one in self.signatures)).encode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """That a key signed a note; `at` is the time which a witness put beside it, None for a log."""

    key: VerifierKey
    at: int | None


def read_note(data: bytes) -> Note:
    """Return the note in these bytes. Raises NoteBad: note-too-large, note-malformed."""
    if len(data) > NOTE_MAX:
        raise NoteBad("note-too-large")
    try:
        held = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NoteBad("note-malformed") from None
    text, blank, below = held.rpartition("\n\n")
    if not blank or not below or any(sign < " " and sign != "\n" for sign in held):
        raise NoteBad("note-malformed")
    return Note(text=text + "\n", signatures=read_signatures(below))


def read_signatures(lines: str) -> tuple[Signature, ...]:
    """Return the signatures in whole lines: the end of a note, or what a witness answers. Raises NoteBad."""
    *whole, rest = lines.split("\n")
    if rest or not 1 <= len(whole) <= SIGNATURES_MAX:
        raise NoteBad("note-malformed")
    return tuple(map(_signature, whole))


def read_key(text: str, type_: KeyType) -> VerifierKey:
    """Return the key in `name+id+base64`, which must be of this type. Raises NoteBad("key-bad")."""
    name, _, rest = text.partition("+")
    id_, _, encoded = rest.partition("+")
    try:
        data = decode64(encoded)
        if data[:1] == bytes([type_]) and len(data) == 1 + _KEY_BYTES and _HEX.fullmatch(id_):
            found = VerifierKey(name=name, type=type_, key=PublicKey(Algorithm.EDDSA, data[1:]))
            if found.id.hex() == id_:
                return found
    except (NoteBad, KeyBad):
        pass
    raise NoteBad("key-bad")


def check_name(name: str) -> None:
    """Check the name of a key. Raises NoteBad("name-bad"): empty, with blanks, a plus or what does not print."""
    if not 1 <= len(name) <= NAME_MAX or "+" in name or not name.isprintable() or any(map(str.isspace, name)):
        raise NoteBad("name-bad")


def sign(text: str, key: VerifierKey, signer: Signer, at: int | None = None) -> Signature:
    """Return the line by which a key signs a text: a witness with its time `at`, a log with none."""
    stamp = b"" if at is None else at.to_bytes(_TIME_BYTES)
    return Signature(name=key.name, id=key.id, value=stamp + signer.sign(_message(text, at)))


def signed_by(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
    """Return which of these keys signed a note; lines of other keys count for nothing.

    Raises NoteBad: not-signed (by none of them), signature-bad (one of them did not sign this), signed-twice.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[tuple[str, bytes], Signed] = {}
    for one in note.signatures:
        key = known.get((one.name, one.id))
        if key is None:
            continue
        if (one.name, one.id) in found:
            raise NoteBad("signed-twice")
        found[one.name, one.id] = _checked(note.text, key, one.value)
    if not found:
        raise NoteBad("not-signed")
    return tuple(found.values())


def with_signatures(note: Note, more: Sequence[Signature]) -> Note:
    """Return the note with further lines below it."""
    return Note(text=note.text, signatures=(*note.signatures, *more))


def decode64(text: str) -> bytes:
    """Return what stands in base64 with padding, in its one spelling. Raises NoteBad("note-malformed")."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteBad("note-malformed") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise NoteBad("note-malformed")
    return data


def _signature(line: str) -> Signature:
    name, blank, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not blank:
        raise NoteBad("note-malformed")
    data = decode64(encoded)
    if len(data) <= _ID_BYTES:
        raise NoteBad("note-malformed")
    try:
        check_name(name)
    except NoteBad:
        raise NoteBad("note-malformed") from None
    return Signature(name=name, id=data[:_ID_BYTES], value=data[_ID_BYTES:])


def _checked(text: str, key: VerifierKey, value: bytes) -> Signed:
    """That a known key signed a text. Raises NoteBad("signature-bad")."""
    at: int | None = None
    if key.type is KeyType.WITNESS:
        at, value = int.from_bytes(value[:_TIME_BYTES]), value[_TIME_BYTES:]
    if len(value) != _SIGNATURE_BYTES or (at or 0) > TIME_MAX or not key.key.verify(_message(text, at), value):
        raise NoteBad("signature-bad")
    return Signed(key=key, at=at)


def _message(text: str, at: int | None) -> bytes:
    """What is signed: the text, and before it the time of a witness."""
    return (text if at is None else f"cosignature/v1\ntime {at}\n{text}").encode("utf-8")
