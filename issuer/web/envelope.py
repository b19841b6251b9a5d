"""The envelope of every act: the exact signed bytes, the key, the proof, and what must not stand in the act itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import b64url_decode
from issuer.domain import act as acts
from issuer.domain.act import SignedAct
from issuer.domain.refusal import Refusal

_BASE64URL: Final = r"^[A-Za-z0-9_-]+$"
_ACT_MAX: Final = 90_000


class Proof(BaseModel):
    """A signature over the act bytes by a key file or a browser's key: raw r and s, 64 bytes, in base64url."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    type: Literal["es256"]
    signature: Annotated[str, Field(min_length=86, max_length=86, pattern=_BASE64URL)]


class AssertionProof(BaseModel):
    """The answer of a FIDO2 security key to the challenge SHA-256(act bytes), its three parts in base64url."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    type: Literal["webauthn"]
    authenticator_data: Annotated[str, Field(min_length=1, max_length=1_400, pattern=_BASE64URL)]
    client_data: Annotated[str, Field(min_length=1, max_length=5_500, pattern=_BASE64URL)]
    signature: Annotated[str, Field(min_length=1, max_length=96, pattern=_BASE64URL)]


class Envelope(BaseModel):
    """A signed act: `act` is its canonical JSON in base64url.

    `attachment`, in base64url too, is what the act names by its digest (restricted data), or proves an identity.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    act: Annotated[str, Field(min_length=1, max_length=_ACT_MAX, pattern=_BASE64URL)]
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="Key id: 16 hexadecimal digits.")]
    proof: Annotated[Proof | AssertionProof, Field(discriminator="type")]
    attachment: Annotated[str, Field(min_length=1, max_length=_ACT_MAX, pattern=_BASE64URL)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came in: the signed act and the attachment as bytes."""

    signed: SignedAct
    attachment: bytes | None


def body() -> Any:  # noqa: ANN401 - JSON is any value; a model comes next
    """The JSON body of the request. Raises Refusal("not-json") or Refusal("json-malformed")."""
    if request.mimetype != "application/json":
        raise Refusal("not-json", "send application/json")
    try:
        return strictjson.loads(request.get_data())
    except Rejected:
        raise Refusal("json-malformed", "strict JSON (RFC 7493) without floats is needed") from None


def receive() -> Received:
    """Parse the envelope. Raises Refusal("envelope-malformed"), naming no value."""
    try:
        return opened(Envelope.model_validate(body()))
    except ValidationError:
        raise Refusal("envelope-malformed") from None


def opened(envelope: Envelope) -> Received:
    """Take the bytes out of an envelope. Raises Refusal("envelope-malformed")."""
    try:
        signed = SignedAct(
            act_bytes=b64url_decode(envelope.act),
            key_id=envelope.key,
            proof=acts.proof_from_json(envelope.proof.model_dump()),
        )
        attachment = None if envelope.attachment is None else b64url_decode(envelope.attachment)
    except ValueError:
        raise Refusal("envelope-malformed") from None
    return Received(signed=signed, attachment=attachment)
