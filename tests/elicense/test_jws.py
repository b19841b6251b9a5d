"""JWS from strangers: the algorithm is the key's, the header holds three members, every spelling is one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elicense import PublicKey, Reason, Rejected, SoftwareSigner, jws, open_trust_list, strictjson
from elicense.keys import b64url
from tests import forge
from tests.world import World, signer

WORLD = World()
KEY = WORLD.status_key
EDWARDS = WORLD.edwards_key
TYP = "test+jwt"
PAYLOAD = b'{"a":1}'
TOKEN = jws.sign_compact(PAYLOAD, KEY, TYP).encode()


def _keys(*held: SoftwareSigner) -> Any:
    """A look-up by key id, as a trust list gives it."""

    def look_up(kid: bytes) -> Iterable[PublicKey]:
        return [one.public_key for one in held if one.public_key.kid == kid]

    return look_up


def reason(token: bytes, *held: SoftwareSigner) -> Reason:
    """Why a compact JWS does not open."""
    with pytest.raises(Rejected) as caught:
        jws.open_compact(token, TYP, _keys(*(held or (KEY,))))
    return caught.value.reason


def made(header: object, payload: bytes = PAYLOAD, held: SoftwareSigner = KEY, signature: bytes | None = None) -> bytes:
    """A compact JWS with any header, signed over what stands there."""
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    head = f"{b64url(data)}.{b64url(payload)}"
    return f"{head}.{b64url(held.sign(head.encode()) if signature is None else signature)}".encode()


def _header(**changes: Any) -> dict[str, Any]:
    header = {"alg": "ES256", "kid": KEY.public_key.kid.hex(), "typ": TYP, **changes}
    return {name: value for name, value in header.items() if value is not ...}


@pytest.mark.parametrize("held", [KEY, EDWARDS], ids=["ES256", "EdDSA"])
def test_what_was_signed_opens_with_the_key_that_signed(held: SoftwareSigner) -> None:
    token = jws.sign_compact(PAYLOAD, held, TYP).encode()
    assert jws.open_compact(token, TYP, _keys(KEY, EDWARDS)) == (PAYLOAD, held.public_key)
    head = json.loads(base64.urlsafe_b64decode(token.split(b".")[0] + b"=="))
    assert head == {"alg": held.public_key.algorithm.jose, "kid": held.public_key.kid.hex(), "typ": TYP}


def test_the_members_of_the_header_may_stand_in_any_order() -> None:
    header = _header()
    assert jws.open_compact(made(dict(reversed(header.items()))), TYP, _keys(KEY))[0] == PAYLOAD


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"alg": "none"}, Reason.ALGORITHM_BAD), ({"alg": "NONE"}, Reason.ALGORITHM_BAD),
        ({"alg": "HS256"}, Reason.ALGORITHM_BAD), ({"alg": "EdDSA"}, Reason.ALGORITHM_BAD),
        ({"alg": "ES384"}, Reason.ALGORITHM_BAD), ({"alg": "es256"}, Reason.ALGORITHM_BAD),
        ({"alg": ""}, Reason.ALGORITHM_BAD), ({"alg": None}, Reason.MALFORMED), ({"alg": ["ES256"]}, Reason.MALFORMED),
        ({"alg": ...}, Reason.MALFORMED), ({"kid": ...}, Reason.MALFORMED), ({"kid": 1}, Reason.MALFORMED),
        ({"kid": ""}, Reason.MALFORMED), ({"kid": "0" * 15}, Reason.MALFORMED), ({"kid": "../key"}, Reason.MALFORMED),
        ({"kid": KEY.public_key.kid.hex().upper()}, Reason.MALFORMED), ({"kid": "0" * 16}, Reason.ISSUER_UNKNOWN),
        ({"typ": ...}, Reason.TYPE_WRONG), ({"typ": "JWT"}, Reason.TYPE_WRONG),
        ({"typ": TYP.upper()}, Reason.TYPE_WRONG),
        ({"typ": f"application/{TYP}"}, Reason.TYPE_WRONG), ({"crit": ["exp"], "exp": 1}, Reason.HEADER_UNKNOWN),
        ({"b64": False, "crit": ["b64"]}, Reason.HEADER_UNKNOWN), ({"zip": "DEF"}, Reason.HEADER_UNKNOWN),
        ({"jwk": KEY.public_key.to_jwk()}, Reason.HEADER_UNKNOWN), ({"jku": "https://x"}, Reason.HEADER_UNKNOWN),
        ({"x5c": ["AA=="]}, Reason.HEADER_UNKNOWN), ({"x5u": "https://x"}, Reason.HEADER_UNKNOWN),
        ({"cty": "JWT"}, Reason.HEADER_UNKNOWN), ({"epk": {}}, Reason.HEADER_UNKNOWN),
    ],
    ids=str,
)  # fmt: skip
def test_a_header_decides_nothing_and_holds_nothing_else(changes: dict[str, Any], expected: Reason) -> None:
    assert reason(made(_header(**changes))) is expected


def test_a_key_that_travels_with_the_message_is_not_trusted() -> None:
    stranger = signer("stranger")
    token = made(_header(jwk=stranger.public_key.to_jwk(), kid=stranger.public_key.kid.hex()), held=stranger)
    assert reason(token) is Reason.HEADER_UNKNOWN
    assert reason(jws.sign_compact(PAYLOAD, stranger, TYP).encode()) is Reason.ISSUER_UNKNOWN


def test_the_public_key_is_no_secret_of_a_mac() -> None:
    """CVE-2022-29217, CVE-2024-33663: whoever verifies HS256 with a public key accepts what anybody makes."""
    head = f"{b64url(json.dumps(_header(alg='HS256')).encode())}.{b64url(PAYLOAD)}"
    for secret in (KEY.public_key.to_pem().encode(), KEY.public_key.x + KEY.public_key.y, b""):
        mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
        for signature in (mac, mac + mac):
            assert reason(f"{head}.{b64url(signature)}".encode()) in {Reason.ALGORITHM_BAD, Reason.SIGNATURE_BAD}


@pytest.mark.parametrize(
    "header",
    [
        b"", b"[]", b"null", b'"ES256"', b"{", b"\xff", b'{"alg":"ES256","alg":"ES256"}',
        b"\xef\xbb\xbf" + json.dumps(_header()).encode(), json.dumps(_header()).encode()[:-1] + b',"kid":"x"}',
    ],
    ids=range(9),
)  # fmt: skip
def test_a_header_that_readers_read_differently_is_refused(header: bytes) -> None:
    assert reason(made(header)) is Reason.MALFORMED


def test_only_64_raw_bytes_are_a_signature() -> None:
    good = KEY.sign(TOKEN.rpartition(b".")[0])
    for signature in (b"", good[:-1], good + b"\0", bytes(64), forge.der(good), good[32:] + good[:32]):
        assert reason(made(_header(), signature=signature)) is Reason.SIGNATURE_BAD
    assert reason(made(_header(), held=signer("stranger"))) is Reason.SIGNATURE_BAD


@pytest.mark.parametrize(
    "spelling",
    ["{h}=.{b}.{s}", "{h}.{b}=.{s}", "{h}.{b}.{s}==", "{h}.{b}.{s}\n", " {h}.{b}.{s}", "{h}.{b}.{s}.", "{h}.{b}",
     "{h}..{s}", "{h}.{b}.", "{h}.{b}.{other}", "{h}.{b}.\u00e9{s}", "{h}.{b}.{s}/", "{h}\n.{b}.{s}"],
)  # fmt: skip
def test_a_token_has_one_spelling(spelling: str) -> None:
    """`QQ` and `QR` are the same byte for a lax decoder: two texts, one token, two cache keys."""
    head, body, sign = TOKEN.decode().split(".")
    other = sign[:-1] + chr(ord(sign[-1]) + 1)
    assert base64.urlsafe_b64decode(other + "==") == base64.urlsafe_b64decode(sign + "==")
    changed = spelling.format(h=head, b=body, s=sign, other=other).encode()
    assert reason(changed) in {Reason.MALFORMED, Reason.SIGNATURE_BAD}


def test_every_changed_character_is_refused() -> None:
    for place, byte in enumerate(TOKEN):
        for other in (byte ^ 1, byte ^ 0x20, 0x2E, 0x3D):
            if other != byte:
                reason(TOKEN[:place] + bytes((other,)) + TOKEN[place + 1 :])
        reason(TOKEN[:place])


@given(st.one_of(st.binary(max_size=80), st.text("eyJ.=-_A\n", max_size=60).map(str.encode)))
@example(b"..")
@example(b"e30.e30.e30")
def test_any_bytes_are_refused(data: bytes) -> None:
    reason(data)
    for door in (jws.read_general, lambda one: jws.merge_general(one, one)):
        with pytest.raises(Rejected):
            door(data)


# ---- several signatures


def test_each_key_counts_once_and_strangers_never() -> None:
    one, two, stranger = signer("one"), signer("two"), signer("stranger")
    known = [one.public_key, two.public_key]
    data = jws.sign_general(PAYLOAD, (one, one, two, stranger), TYP)
    assert jws.signers_of_general(data, TYP, known, 16) == frozenset(known)
    assert jws.signers_of_general(data, TYP, known[:1], 16) == frozenset(known[:1])
    assert jws.signers_of_general(data, TYP, [], 16) == frozenset()
    assert jws.read_general(data) == PAYLOAD
    with pytest.raises(Rejected) as caught:
        jws.signers_of_general(data, TYP, known, 3)
    assert caught.value.reason is Reason.TOO_LARGE


def test_signatures_over_another_payload_do_not_count() -> None:
    value = json.loads(jws.sign_general(PAYLOAD, (KEY,), TYP))
    value["payload"] = b64url(b'{"a":2}')
    assert jws.signers_of_general(strictjson.dumps(value), TYP, [KEY.public_key], 16) == frozenset()


def test_merging_keeps_each_signature_once_and_refuses_another_payload() -> None:
    one, two = (jws.sign_general(PAYLOAD, (signer(name),), TYP) for name in ("one", "two"))
    both = jws.merge_general(one, two)
    assert len(json.loads(both)["signatures"]) == 2
    assert jws.merge_general(both, one) == both
    with pytest.raises(Rejected):
        jws.merge_general(one, jws.sign_general(b"{}", (signer("two"),), TYP))


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.pop("payload"), lambda value: value.update(payload=1), lambda value: value.update(extra=1),
        lambda value: value.update(signatures={}), lambda value: value["signatures"].append(1),
        lambda value: value["signatures"][0].pop("protected"), lambda value: value["signatures"][0].update(header={}),
        lambda value: value["signatures"][0].update(signature=None),
        lambda value: value["signatures"][0].update(signature="\u00e9"),
        lambda value: value["signatures"][0].update(protected="!"),
        lambda value: value["signatures"][0].update(protected=b64url(b"[]")),
    ],
    ids=range(11),
)  # fmt: skip
def test_the_general_form_has_its_members_and_no_others(change: Any) -> None:
    value = json.loads(jws.sign_general(PAYLOAD, (KEY,), TYP))
    change(value)
    with pytest.raises(Rejected) as caught:
        jws.signers_of_general(strictjson.dumps(value), TYP, [KEY.public_key], 16)
    assert caught.value.reason is Reason.MALFORMED


@pytest.mark.parametrize("dotted", ["a.b", ".", "a.b.c", "..."])
def test_a_dot_in_a_signature_neither_counts_nor_escapes(dotted: str) -> None:
    value = json.loads(WORLD.signed_trust(None, *WORLD.roots))
    value["signatures"][0]["signature"] = dotted
    assert open_trust_list(strictjson.dumps(value), WORLD.anchor) == WORLD.trust()
    value["signatures"][1]["signature"] = dotted
    with pytest.raises(Rejected) as caught:
        open_trust_list(strictjson.dumps(value), WORLD.anchor)
    assert caught.value.reason is Reason.TRUST_BAD
