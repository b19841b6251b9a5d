"""JWS signing and opening; the only module of the core that imports PyJWT.

Compact JWS for status lists, and the general JSON form (RFC 7515 section 7.2.1) with several signatures
for the trust list. The algorithm is the key's, never the message's; `typ` is required and exact; the
header holds alg, kid and typ and nothing else, in whatever order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from elicense import strictjson
from elicense.errors import Rejected
from elicense.keys import KID_BYTES, SIGNATURE_BYTES, Algorithm, PublicKey, Signer, b64url, b64url_decode
from elicense.reason import Reason

if TYPE_CHECKING:
    from jwt import PyJWS

_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_COMPACT_PARTS: Final = 3
_KID: Final = re.compile(f"[0-9a-f]{{{2 * KID_BYTES}}}")


@cache
def _machine() -> PyJWS:
    """PyJWT over `PublicKey` and `Signer`, so that hardware keys and the closed set serve JWS too.

    Loaded by the first list that is signed or opened: it is a third of what importing this package costs, and
    judging a licence needs none of it.
    """
    from jwt import PyJWS  # noqa: PLC0415
    from jwt.algorithms import Algorithm as JwsAlgorithm  # noqa: PLC0415

    class OurAlgorithm(JwsAlgorithm):
        def prepare_key(self, key: Any) -> Any:  # noqa: ANN401 - PyJWT's signature
            return key

        def sign(self, msg: bytes, key: Signer) -> bytes:
            return key.sign(msg)

        def verify(self, msg: bytes, key: PublicKey, sig: bytes) -> bool:
            return key.verify(msg, sig)

        def check_key_length(self, key: object) -> str | None:  # noqa: ARG002 - PyJWT's signature
            return None

        @staticmethod
        def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyJWT's signature
            raise NotImplementedError

        @staticmethod
        def from_jwk(jwk: Any) -> Any:  # noqa: ANN401 - PyJWT's signature
            raise NotImplementedError

    machine = PyJWS(algorithms=[])
    for algorithm in Algorithm:
        machine.register_algorithm(algorithm.jose, OurAlgorithm())
    return machine


def sign_compact(payload: bytes, signer: Signer, typ: str) -> str:
    """Sign `payload` as a compact JWS with alg, kid (hex) and typ in its header."""
    key = signer.public_key
    headers = {"kid": key.kid.hex(), "typ": typ}
    return _machine().encode(payload, signer, algorithm=key.algorithm.jose, headers=headers)  # type: ignore[arg-type]


def open_compact(token: bytes, typ: str, keys: Callable[[bytes], Iterable[PublicKey]]) -> tuple[bytes, PublicKey]:
    """Open a compact JWS: the payload and the key that signed it. Raises `Rejected`, whatever the bytes.

    `keys` gives the keys that may have signed for a key id of 8 bytes; an empty answer is `issuer-unknown`.
    """
    parts = token.split(b".")
    if len(parts) != _COMPACT_PARTS or not token.isascii():
        raise Rejected(Reason.MALFORMED, "not a compact JWS")
    alg, kid = _header(_bytes(parts[0].decode("ascii")), typ)
    candidates = tuple(keys(kid))
    if not candidates:
        raise Rejected(Reason.ISSUER_UNKNOWN)
    return _open(token, alg, candidates)


def sign_general(payload: bytes, signers: Sequence[Signer], typ: str) -> bytes:
    """Sign `payload` with every signer, as JWS in the general JSON form."""
    signed = [sign_compact(payload, signer, typ).split(".") for signer in signers]
    signatures = [{"protected": header, "signature": signature} for header, _, signature in signed]
    return strictjson.dumps({"payload": b64url(payload), "signatures": signatures})


def merge_general(first: bytes, second: bytes) -> bytes:
    """Put the signatures of two general JWS over the same payload together. Raises `Rejected`."""
    one, two = _general(first), _general(second)
    if one["payload"] != two["payload"]:
        raise Rejected(Reason.MALFORMED, "the two sign different payloads")
    signatures = one["signatures"] + [each for each in two["signatures"] if each not in one["signatures"]]
    return strictjson.dumps({"payload": one["payload"], "signatures": signatures})


def read_general(data: bytes) -> bytes:
    """The payload of a general JWS, nobody's word yet: only for asking which keys should have signed it."""
    return _bytes(_general(data)["payload"])


def signers_of_general(data: bytes, typ: str, keys: Sequence[PublicKey], limit: int) -> frozenset[PublicKey]:
    """The distinct keys among `keys` with a good signature over the payload. Raises `Rejected(malformed)` for shape.

    Signatures of unknown keys are passed over; the same key twice is one key.
    """
    jws = _general(data)
    if len(jws["signatures"]) > limit:
        raise Rejected(Reason.TOO_LARGE, "too many signatures")
    good = set()
    for one in jws["signatures"]:
        alg, kid = _header(_bytes(one["protected"]), typ)
        compact = f"{one['protected']}.{jws['payload']}.{one['signature']}".encode("ascii")
        try:
            _, key = _open(compact, alg, tuple(key for key in keys if key.kid == kid))
        except Rejected:
            continue
        good.add(key)
    return frozenset(good)


def _general(data: bytes) -> dict[str, Any]:
    match strictjson.loads(data):
        case {"payload": str() as payload, "signatures": [*signatures]} as jws if len(jws) == len(("p", "s")):
            for one in signatures:
                match one:
                    case {"protected": str() as header, "signature": str() as signature, **rest} if not rest:
                        if not (header + signature + payload).isascii():
                            raise Rejected(Reason.MALFORMED, "not base64url")
                    case _:
                        raise Rejected(Reason.MALFORMED, "not a signature of the general JSON form")
            return {"payload": payload, "signatures": signatures}
    raise Rejected(Reason.MALFORMED, "not a JWS in the general JSON form")


def _header(data: bytes, typ: str) -> tuple[str, bytes]:
    header = strictjson.loads(data)
    if not isinstance(header, dict):
        raise Rejected(Reason.MALFORMED, "header is not an object")
    if header.get("typ") != typ:
        raise Rejected(Reason.TYPE_WRONG)
    if header.keys() - _MEMBERS:
        raise Rejected(Reason.HEADER_UNKNOWN)
    match header.get("alg"), header.get("kid"):
        case str() as alg, str() as kid:
            if not _KID.fullmatch(kid):
                raise Rejected(Reason.MALFORMED, "kid is not 16 hexadecimal digits")
            return alg, bytes.fromhex(kid)
    raise Rejected(Reason.MALFORMED, "alg and kid are required")


def _open(compact: bytes, alg: str, candidates: Sequence[PublicKey]) -> tuple[bytes, PublicKey]:
    parts = compact.split(b".")
    if len(parts) != _COMPACT_PARTS:
        raise Rejected(Reason.MALFORMED, "not base64url")
    header, _, signature = parts
    if len(_bytes(signature.decode("ascii"))) != SIGNATURE_BYTES:
        raise Rejected(Reason.SIGNATURE_BAD)
    _bytes(header.decode("ascii"))
    from jwt.exceptions import PyJWTError  # noqa: PLC0415 - see `_machine`

    reason = Reason.ALGORITHM_BAD
    for key in candidates:
        if key.algorithm.jose != alg:
            continue
        try:
            opened = _machine().decode_complete(compact, key, algorithms=[alg])  # type: ignore[arg-type]
        except PyJWTError:
            reason = Reason.SIGNATURE_BAD
            continue
        return opened["payload"], key
    raise Rejected(reason)


def _bytes(text: str) -> bytes:
    try:
        return b64url_decode(text)
    except ValueError:
        raise Rejected(Reason.MALFORMED, "not canonical base64url") from None
