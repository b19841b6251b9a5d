"""Status lists: the standard's own bytes, and nothing believed that the issuer did not say at this address."""

from __future__ import annotations

import dataclasses
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Reason, Rejected, StatusList, cbor, cose, jws, open_status_list, strictjson
from elicense.fields import BadValue
from elicense.keys import b64url
from elicense.limits import STATUS_TOKEN_BYTES_MAX
from elicense.status import CWT_TYP, JWT_TYP, StatusArray, encode_cwt, encode_jwt
from elicense.trust import Purpose
from tests.world import DAY, LIST_SIZE, T0, World, signer

WORLD = World(values={1: 1, 2: 2, 3: 3, 4095: 1})
TRUST = WORLD.opened()
URI = WORLD.hainan.list_uri(1)


def _refused(data: bytes, uri: str = URI) -> str:
    with pytest.raises(Rejected) as caught:
        open_status_list(data, uri, TRUST)
    assert caught.value.reason is Reason.STATUS_BAD
    return caught.value.detail


def _jwt(**changes: object) -> bytes:
    lst = b64url(zlib.compress(bytes(64)))
    claims = {"sub": URI, "iat": T0, "exp": T0 + DAY, "ttl": 900, "status_list": {"bits": 2, "lst": lst}, **changes}
    return jws.sign_compact(
        strictjson.dumps({k: v for k, v in claims.items() if v is not ...}), WORLD.status_key, JWT_TYP
    ).encode()


def _cwt(**changes: object) -> bytes:
    claims = {2: URI, 4: T0 + DAY, 6: T0, 65533: {"bits": 2, "lst": zlib.compress(bytes(64))}}
    claims.update({int(label[1:]): value for label, value in changes.items()})
    return cose.sign1(cbor.dumps({k: v for k, v in claims.items() if v is not ...}), WORLD.status_key, typ=CWT_TYP)


def test_the_bits_are_those_of_the_draft() -> None:
    """draft-ietf-oauth-status-list, section 4.1 and its compressed form."""
    one = (1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1)
    array = StatusArray.build(16, dict(enumerate(one)), bits=1)
    assert array.data.hex() == "b9a3"
    assert [array.get(index) for index in range(16)] == list(one)
    two = (1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)
    array = StatusArray.build(12, dict(enumerate(two)), bits=2)
    assert array.data.hex() == "c944f9"
    assert [array.get(index) for index in range(12)] == list(two)


def test_the_compressed_form_is_that_of_the_draft() -> None:
    array = StatusArray(1, bytes.fromhex("b9a3"))
    token = encode_jwt(array, WORLD.status_key, uri=URI, issued_at=T0, expires_at=T0 + DAY, ttl=900)
    payload, _ = jws.open_compact(token, JWT_TYP, lambda _: [WORLD.status_key.public_key])
    assert b'"lst":"eNrbuRgAAhcBXQ"' in payload


@pytest.mark.parametrize("cwt", [True, False])
def test_both_tokens_say_the_same(cwt: bool) -> None:
    opened = open_status_list(WORLD.status_token(cwt=cwt), URI, TRUST)
    entries = StatusArray.build(LIST_SIZE, WORLD.values)
    assert opened == StatusList(
        uri=URI, issuer=WORLD.hainan.id, issued_at=T0, expires_at=T0 + DAY, ttl=900, entries=entries
    )


@given(st.dictionaries(st.integers(0, 1023), st.integers(0, 3), max_size=50), st.sampled_from([1, 2, 4, 8]))
def test_every_entry_is_where_it_was_put(values: dict[int, int], bits: int) -> None:
    kept = {index: value for index, value in values.items() if value < 1 << bits}
    array = StatusArray.build(1024, kept, bits)
    assert len(array) == 1024
    assert all(array.get(index) == kept.get(index, 0) for index in range(1024))
    assert array.get(1024) is None
    assert array.get(-1) is None


@pytest.mark.parametrize(
    ("size", "values", "bits"), [(8, {8: 1}, 2), (8, {0: 4}, 2), (8, {-1: 1}, 2), (3, {}, 2), (0, {}, 1), (8, {}, 3)]
)
def test_what_does_not_fit_is_not_built(size: int, values: dict[int, int], bits: int) -> None:
    with pytest.raises(BadValue):
        StatusArray.build(size, values, bits)


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "https://other/status/1"}, {"sub": URI + "/"}, {"sub": 1}, {"sub": ...}, {"iat": ...}, {"exp": ...},
        {"iat": "x"}, {"iat": True}, {"exp": T0}, {"exp": T0 - 1}, {"ttl": 0}, {"ttl": "x"}, {"status_list": {}},
        {"status_list": {"bits": 3, "lst": b64url(zlib.compress(b"x"))}},
        {"status_list": {"bits": True, "lst": b64url(zlib.compress(b"x"))}},
        {"status_list": {"bits": 2, "lst": "!"}}, {"status_list": {"bits": 2, "lst": ""}},
        {"status_list": {"bits": 2, "lst": b64url(b"not zlib")}},
        {"status_list": {"bits": 2, "lst": b64url(zlib.compress(b"x")) + "=="}},
        {"status_list": {"bits": 2, "lst": b64url(zlib.compress(b"x") + b"more")}},
        {"status_list": {"bits": 2, "lst": b64url(zlib.compress(b"x" * 99)[:-3])}},
        {"status_list": {"bits": 2, "lst": b64url(zlib.compress(b""))}},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_member_spoils_the_list(changes: dict[str, object]) -> None:
    assert open_status_list(_jwt(), URI, TRUST).uri == URI
    _refused(_jwt(**changes))


@pytest.mark.parametrize("changes", [{"_2": "x"}, {"_4": ...}, {"_6": "x"}, {"_65533": 1}, {"_65534": 0}], ids=str)
def test_a_wrong_claim_spoils_the_cwt(changes: dict[str, object]) -> None:
    assert open_status_list(_cwt(), URI, TRUST).uri == URI
    _refused(_cwt(**changes))


def test_a_bomb_is_stopped_while_it_inflates() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024), 9)
    assert len(bomb) < 80_000
    _refused(_jwt(status_list={"bits": 2, "lst": b64url(bomb)}))
    _refused(_cwt(_65533={"bits": 2, "lst": bomb}))


def test_only_a_status_key_of_the_issuer_at_this_address_is_believed() -> None:
    array = StatusArray.build(64, {})
    for held in (WORLD.licence_key, WORLD.other_status_key, WORLD.other_key, WORLD.roots[0], signer("stranger")):
        for encode in (encode_jwt, encode_cwt):
            _refused(encode(array, held, uri=URI, issued_at=T0, expires_at=T0 + DAY, ttl=900))
    beijing = WORLD.other.list_uri(1)
    token = encode_cwt(array, WORLD.other_status_key, uri=beijing, issued_at=T0, expires_at=T0 + DAY, ttl=900)
    assert open_status_list(token, beijing, TRUST).issuer == WORLD.other.id
    _refused(token, URI)


@pytest.mark.parametrize("uri", ["", "x", URI + "x", URI[:-1], URI[:-1] + "²", URI[:-1] + "-1", URI + "/../2"])
def test_an_address_that_is_not_the_issuers_is_not_believed(uri: str) -> None:
    token = encode_cwt(StatusArray.build(64, {}), WORLD.status_key, uri=uri, issued_at=T0, expires_at=T0 + DAY, ttl=900)
    _refused(token, uri)


def test_a_key_out_of_its_time_or_compromised_is_not_believed() -> None:
    token = WORLD.status_token()
    for changes in ({"since": T0 + 1}, {"until": T0}, {"compromised_from": T0 + 99 * DAY}):
        key = WORLD.key(WORLD.status_key, Purpose.STATUS, **changes)
        trust = WORLD.trust(dataclasses.replace(WORLD.hainan, keys=(key,)))
        with pytest.raises(Rejected):
            open_status_list(token, URI, trust)


def test_other_tokens_are_no_status_lists() -> None:
    for token in (WORLD.token(), WORLD.token(None, WORLD.status_key), WORLD.signed_trust(), b"", b"\xd2", b"a.b.c",
                  b"..", jws.sign_compact(b"{}", WORLD.status_key, "JWT").encode()):  # fmt: skip
        _refused(token)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    _refused(data)
    _refused(b"\xd2" + data)


@given(st.integers(0, 10_000), st.integers(1, 255), st.booleans())
@settings(max_examples=60)
def test_a_changed_byte_is_refused(place: int, bits: int, cwt: bool) -> None:
    changed = bytearray(WORLD.status_token(cwt=cwt))
    changed[place % len(changed)] ^= bits
    _refused(bytes(changed))


def test_a_token_larger_than_the_limit_is_not_looked_at() -> None:
    """Genuine apart from its size, so that only the limit can refuse it."""
    least = len(_cwt(_1="x" * 70_000)) - 70_000
    assert open_status_list(_cwt(_1="x" * (STATUS_TOKEN_BYTES_MAX - least)), URI, TRUST).uri == URI
    assert _refused(_cwt(_1="x" * (STATUS_TOKEN_BYTES_MAX - least + 1))) == "too large"


@pytest.mark.parametrize(("ttl", "good"), [(0, False), (1, True), (2**31 - 1, True), (2**31, False)])
def test_the_time_to_keep_a_list_has_its_ends(ttl: int, good: bool) -> None:
    for token in (_jwt(ttl=ttl), _cwt(_65534=ttl)):
        if good:
            assert open_status_list(token, URI, TRUST).ttl == ttl
        else:
            _refused(token)
