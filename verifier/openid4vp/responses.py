"""What a wallet sends back (OpenID4VP 1.0 section 8): read strictly, decrypted if it was to be encrypted.

Whatever the bytes, the outcome is a `Response`, a `Declined`, or `ResponseBad` with the error code that the wallet is
told. What a presentation says is not looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from elicense import strictjson
from elicense.errors import ElicenseError, Rejected

KEY_AGREEMENT: Final = "ECDH-ES"
ENCRYPTIONS: Final = ("A128GCM", "A256GCM")
RESPONSE_BYTES_MAX: Final = 262_144
"""Bytes of the body of a response: a few presentations of some kilobytes each."""
_ERRORS: Final = frozenset(
    {
        "invalid_scope", "invalid_request", "invalid_client", "access_denied", "vp_formats_not_supported",
        "invalid_request_uri_method", "invalid_transaction_data", "wallet_unavailable",
    }
)  # fmt: skip


class ResponseBad(ElicenseError):
    """A response that is not taken. `code` is an error of RFC 6749; the text says what to mend and repeats nothing."""

    def __init__(self, description: str, code: str = "invalid_request") -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class Response:
    """The presentations by the name of their credential query, each as the wallet wrote it."""

    presentations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Declined:
    """The wallet or its holder said no. `error` is one of the codes of section 8.5, or `other`."""

    error: str


def new_key() -> dict[str, Any]:
    """A key for one response, as a private JWK."""
    key = ECKey.generate_key("P-256")
    return {**key.as_dict(private=True), "kid": key.thumbprint()}


def public_part(private: Mapping[str, Any]) -> dict[str, Any]:
    """The public JWK of a key of `new_key`, as a request object offers it."""
    return {
        **{name: value for name, value in private.items() if name != "d"}, "use": "enc", "alg": KEY_AGREEMENT,
    }  # fmt: skip


def read(form: Mapping[str, list[str]], *, state: str, key: Mapping[str, Any] | None) -> Response | Declined:
    """Read a form of `direct_post`, or of `direct_post.jwt` where there is a key. Raises `ResponseBad`."""
    if any(len(values) != 1 for values in form.values()):
        raise ResponseBad("a parameter is sent twice")
    sent = {name: values[0] for name, values in form.items()}
    if "error" in sent:
        _same_state(sent.get("state"), state)
        return Declined(sent["error"] if sent["error"] in _ERRORS else "other")
    if key is None:
        _same_state(sent.get("state"), state)
        if "vp_token" not in sent:
            raise ResponseBad("vp_token is missing")
        return Response(_presentations(_json(sent["vp_token"].encode("utf-8", "replace"))))
    if "response" not in sent:
        raise ResponseBad("the response was to be encrypted, in the parameter response")
    held = _json(_decrypted(sent["response"], key))
    if not isinstance(held, dict):
        raise ResponseBad("the encrypted response is not an object")
    if "state" in held:
        _same_state(held["state"], state)
    if "error" in held:
        return Declined(held["error"] if held["error"] in _ERRORS else "other")
    if "vp_token" not in held:
        raise ResponseBad("vp_token is missing")
    return Response(_presentations(held["vp_token"]))


def _same_state(sent: object, state: str) -> None:
    if sent != state:
        raise ResponseBad("state is not that of this request")


def _presentations(token: object) -> dict[str, str]:
    """The presentations in a `vp_token`: an object of arrays of one text each; none of our queries allows more."""
    if not isinstance(token, dict) or not token:
        raise ResponseBad("vp_token is not an object of presentations")
    found = {}
    for name, held in token.items():
        match held:
            case [str() as one]:
                found[name] = one
            case _:
                raise ResponseBad("vp_token holds something else than one presentation for each credential")
    return found


def _decrypted(text: str, key: Mapping[str, Any]) -> bytes:
    registry = jwe.JWERegistry(algorithms=[KEY_AGREEMENT, *ENCRYPTIONS])
    registry.max_ciphertext_length = RESPONSE_BYTES_MAX
    try:
        opened = jwe.decrypt_compact(text, ECKey.import_key(dict(key)), registry=registry)
    except (JoseError, ValueError, TypeError, KeyError, ArithmeticError):
        raise ResponseBad("the encrypted response cannot be opened with the key of this request") from None
    if opened.protected.get("kid") != key["kid"] or "zip" in opened.protected:
        raise ResponseBad("the encrypted response names another key, or is compressed")
    if opened.plaintext is None:
        raise ResponseBad("the encrypted response is empty")
    return opened.plaintext


def _json(data: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    try:
        return strictjson.loads(data)
    except Rejected:
        raise ResponseBad("vp_token or the encrypted response is not strict JSON (RFC 7493, no floats)") from None
