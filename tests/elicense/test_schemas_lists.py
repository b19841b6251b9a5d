"""The schemas of what is published, and the code that reads it, refuse and take the same."""

from __future__ import annotations

import copy
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Algorithm, Anchor, Rejected, cbor, cose, jws, open_status_list, open_trust_list, strictjson
from elicense.keys import b64url, b64url_decode
from elicense.status import CWT_TYP, JWT_TYP, StatusArray, encode_cwt, encode_jwt
from elicense.trust import payload_of, read_unverified
from tests.made.against import accepts, errors, fits
from tests.made.lists import ANCHOR, STATUS, TRUST
from tests.world import DAY, T0, World, signer

WORLD = World(values={1: 1, 2: 2, 3: 3})
OPENED = WORLD.opened()
URI = WORLD.hainan.list_uri(1)
SIGNED = json.loads(WORLD.signed_trust())
MARKED = WORLD.trust().issuers[0]


def _payload() -> dict[str, Any]:
    """A payload with every member that a list can have."""
    payload: dict[str, Any] = json.loads(payload_of(WORLD.trust()))
    payload["issuers"][0]["keys"][0] |= {"until": T0 + DAY, "compromised_from": T0}
    return payload


PAYLOAD = _payload()


def _reads(payload: object) -> bool:
    data = strictjson.dumps({"payload": b64url(strictjson.dumps(payload)), "signatures": []})
    try:
        read_unverified(data)
    except Rejected:
        return False
    return True


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value, from the root down."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, held in inner for place in _places(held, (*path, key)))]


def _changed(value: object, path: tuple[str | int, ...], new: object) -> Any:
    """A copy with something else at a place, or with nothing there."""
    if not path:
        return new
    made: Any = copy.deepcopy(value)
    here = made
    for step in path[:-1]:
        here = here[step]
    if new is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = new
    return made


PLACES = _places(PAYLOAD)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2**53), st.sampled_from([0, 1, 460_000, 109_999, 830_000, T0]),
    st.text(max_size=4), st.sampled_from(["physician", "licence", "ES256", "11460000MBT000011R", "https://h/{list}"]),
    st.just([]), st.just({}), st.just(...), st.lists(st.integers(110_000, 829_999), max_size=2),
)  # fmt: skip


# ---------------------------------------------------------------- trust list


def test_a_signed_list_fits_with_all_that_is_encoded_in_it() -> None:
    assert errors(TRUST, SIGNED) == []
    assert errors(f"{TRUST}#payload", json.loads(b64url_decode(SIGNED["payload"]))) == []
    assert errors(f"{TRUST}#payload", PAYLOAD) == []
    assert _reads(PAYLOAD)


@given(st.sampled_from(PLACES[1:]), ODD)
@settings(max_examples=400)
def test_a_trust_list_that_opens_fits(place: tuple[str | int, ...], value: object) -> None:
    payload = _changed(PAYLOAD, place, value)
    if _reads(payload):
        assert errors(f"{TRUST}#payload", payload) == []


@pytest.mark.parametrize("place", PLACES[1:], ids=lambda place: ".".join(map(str, place)))
def test_a_wrong_or_missing_member_is_refused_by_both(place: tuple[str | int, ...]) -> None:
    values: tuple[object, ...] = (..., {"odd": []})
    for value in values:
        payload = _changed(PAYLOAD, place, value)
        if not _reads(payload):
            assert not accepts(f"{TRUST}#payload", payload) or place[-1] == "threshold"
        else:
            assert accepts(f"{TRUST}#payload", payload)


_EDGES: dict[str, tuple[list[object], list[object]]] = {
    "version": ([1], [0, 2, "1"]),
    "sequence": ([1, 2**53 - 1], [0, -1]),
    "issued": ([1_000_000_000], [999_999_999, 2**33]),
    "next_update": ([2**33 - 1], [2**33, 0]),
    "roots.threshold": ([1, 3], [0, -1]),
    "issuers.0.id": (["ABCDEF", "Z" * 32], ["ABCDE", "Z" * 33, "abcdef", "ABC DEF"]),
    "issuers.0.name": (["省" * 64], ["省" * 65, "", " 省", "a\u202eb"]),
    "issuers.0.kinds": ([["nurse"]], [[], ["dentist"], "nurse"]),
    "issuers.0.divisions": ([[110_000, 829_999]], [[], [109_999], [830_000], ["460000"]]),
    "issuers.0.type_codes": ([{}], [{"dentist": "Z" * 18 + "001"}, {"nurse": "Z" * 18 + "01"}]),
    "issuers.0.authorities.0.number": ([0, 65_535], [-1, 65_536]),
    "issuers.0.status_uri": (["http://h/{list}", "https://h/a{list}.x"], ["https://h/", "ftp://h/{list}", "https://h/{list}{list}"]),
    "issuers.0.keys.0.purpose": (["status"], ["root"]),
    "issuers.0.keys.0.since": ([1_000_000_000, 2**33 - 1], [999_999_999, 2**33]),
    "issuers.0.keys.0.until": ([None, 2**33 - 1], [2**33, "x"]),
    "issuers.0.keys.0.compromised_from": ([None, 1_000_000_000], [0, "x"]),
    "issuers.0.keys.0.jwk": ([signer("x").public_key.to_jwk()], [{}, {"kty": "EC", "crv": "P-384"}, {"kty": "OKP"}]),
    "issuers.0.keys.0.jwk.x": ([], ["", "A" * 42, "A" * 44, "A" * 42 + "B"]),
}  # fmt: skip


@pytest.mark.parametrize("place", _EDGES)
def test_each_end_of_each_member_is_the_same(place: str) -> None:
    path = tuple(int(step) if step.isdigit() else step for step in place.split("."))
    good, bad = _EDGES[place]
    for value in good:
        payload = _changed(PAYLOAD, path, value)
        assert _reads(payload), value
        assert errors(f"{TRUST}#payload", payload) == [], value
    for value in bad:
        payload = _changed(PAYLOAD, path, value)
        assert not _reads(payload), value
        assert not accepts(f"{TRUST}#payload", payload), value


@pytest.mark.parametrize(
    "change",
    [
        {"payload": ""},
        {"payload": 1},
        {"signatures": {}},
        {"header": {}},
        {"signatures": [{"protected": "e30"}]},
        {"signatures": [{"protected": "e30", "signature": "A" * 86, "header": {}}]},
        {"signatures": SIGNED["signatures"] * 9},
    ],
    ids=str,
)
def test_an_envelope_that_is_refused_is_refused_by_both(change: dict[str, Any]) -> None:
    data = {**SIGNED, **change}
    with pytest.raises(Rejected):
        open_trust_list(strictjson.dumps(data), WORLD.anchor)
    assert not accepts(TRUST, data)


@pytest.mark.parametrize(
    "change",
    [{"kid": "AB" * 8}, {"kid": "ab" * 7}, {"kid": "ab ab ab ab ab ab"}, {"typ": "JWT"}, {"typ": ...}, {"crit": []}],
    ids=str,
)
def test_a_header_that_is_refused_is_refused_by_both(change: dict[str, Any]) -> None:
    """Of the status list here: the trust list has the same three members with another typ."""
    held = {"alg": "ES256", "kid": WORLD.status_key.public_key.kid.hex(), "typ": JWT_TYP, **change}
    header = {name: value for name, value in held.items() if value is not ...}
    assert errors(f"{STATUS}#header", {"alg": "ES256", "kid": "0123456789abcdef", "typ": JWT_TYP}) == []
    assert not accepts(f"{STATUS}#header", header)
    with pytest.raises(Rejected):
        jws.open_compact(
            f"{b64url(strictjson.dumps(header))}.e30.".encode(), JWT_TYP, lambda _: [OPENED.anchor.keys[0]]
        )


# ---------------------------------------------------------------- anchor


@pytest.mark.parametrize("threshold", [True, 0, -1, "2", None, 1, 2, 3])
@pytest.mark.parametrize("size", [0, 1, 3])
def test_an_anchor_is_taken_by_both_or_by_neither(threshold: object, size: int) -> None:
    value = {"threshold": threshold, "keys": [key.to_jwk() for key in WORLD.anchor.keys[:size]]}
    too_high = isinstance(threshold, int) and threshold > size > 0  # no schema can count
    try:
        Anchor.from_json(value)
    except Rejected:
        assert too_high or not accepts(ANCHOR, value)
    else:
        assert errors(ANCHOR, value) == []


def test_a_root_key_twice_is_refused_by_both() -> None:
    value = {"threshold": 1, "keys": [WORLD.anchor.keys[0].to_jwk()] * 2}
    assert not accepts(ANCHOR, value)
    with pytest.raises(Rejected):
        Anchor.from_json(value)


# ---------------------------------------------------------------- status list


def _opens(data: bytes) -> bool:
    try:
        open_status_list(data, URI, OPENED)
    except Rejected:
        return False
    return True


@given(st.dictionaries(st.integers(0, 255), st.integers(0, 3), max_size=20), st.sampled_from([1, 2, 4, 8]))
def test_every_list_that_is_made_fits(values: dict[int, int], bits: int) -> None:
    array = StatusArray.build(256, {index: value & (1 << bits) - 1 for index, value in values.items()}, bits)
    times: dict[str, Any] = {"uri": URI, "issued_at": T0, "expires_at": T0 + DAY, "ttl": 900}
    cwt, jwt = (encode(array, WORLD.status_key, **times) for encode in (encode_cwt, encode_jwt))
    header, claims, _ = jwt.split(b".")
    assert fits("status-list", "status-list-token", cwt)
    assert errors(f"{STATUS}#header", json.loads(b64url_decode(header.decode()))) == []
    assert errors(STATUS, json.loads(b64url_decode(claims.decode()))) == []
    assert _opens(cwt)
    assert _opens(jwt)


LISTED = {"bits": 2, "lst": zlib.compress(bytes(64))}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", ...), ("sub", 1), ("iat", ...), ("iat", 999_999_999), ("iat", "x"), ("exp", ...), ("exp", 2**33),
        ("ttl", 0), ("ttl", 2**31), ("ttl", "x"),
        ("status_list", ...), ("status_list", []), ("status_list", {"bits": 2}),
        ("status_list", {"bits": 3, "lst": LISTED["lst"]}), ("status_list", {"bits": 2, "lst": 5}),
    ],
    ids=str,
)  # fmt: skip
def test_claims_that_are_refused_are_refused_by_both(name: str, value: Any) -> None:
    labels = {"sub": 2, "exp": 4, "iat": 6, "status_list": 65533, "ttl": 65534}
    good: dict[str, Any] = {"sub": URI, "iat": T0, "exp": T0 + DAY, "ttl": 900, "status_list": LISTED, "more": 1}
    held = {key: each for key, each in {**good, name: value}.items() if each is not ...}

    def as_cwt(claims: dict[str, Any]) -> bytes:
        return cbor.dumps({labels.get(key, key): each for key, each in claims.items()})

    def as_jwt(claims: dict[str, Any]) -> dict[str, Any]:
        text: dict[str, Any] = json.loads(json.dumps(claims, default=b64url))
        return text

    assert fits("status-list", "claims", as_cwt(good))
    assert errors(STATUS, as_jwt(good)) == []
    assert not fits("status-list", "claims", as_cwt(held))
    assert not accepts(STATUS, as_jwt(held))
    assert not _opens(cose.sign1(as_cwt(held), WORLD.status_key, typ=CWT_TYP))
    assert not _opens(jws.sign_compact(strictjson.dumps(as_jwt(held)), WORLD.status_key, JWT_TYP).encode())
    assert _opens(cose.sign1(as_cwt(good), WORLD.status_key, typ=CWT_TYP))
    assert _opens(jws.sign_compact(strictjson.dumps(as_jwt(good)), WORLD.status_key, JWT_TYP).encode())


@pytest.mark.parametrize("name", ["sub", "iat", "exp", "ttl"])
@pytest.mark.parametrize("number", [0, 1, 1_000_000_000, 2**31 - 1, 2**33 - 1, ...])
def test_each_end_of_each_claim_is_the_same(name: str, number: Any) -> None:
    """Taken by the schemas wherever the reader could take it: what lies between the claims no schema can say."""
    claims = {"sub": URI, "iat": T0, "exp": T0 + DAY, "ttl": 900, "status_list": LISTED, name: number}
    held = {key: each for key, each in claims.items() if each is not ...}
    labels = {"sub": 2, "exp": 4, "iat": 6, "status_list": 65533, "ttl": 65534}
    ends = {"iat": (1_000_000_000, 2**33 - 1), "exp": (1_000_000_000, 2**33 - 1), "ttl": (1, 2**31 - 1)}.get(name)
    good = name == "ttl" if number is ... else ends is not None and ends[0] <= number <= ends[1]
    cwt = cbor.dumps({labels[key]: each for key, each in held.items()})
    assert fits("status-list", "claims", cwt) == good
    assert accepts(STATUS, json.loads(json.dumps(held, default=b64url))) == good
    if _opens(cose.sign1(cwt, WORLD.status_key, typ=CWT_TYP)):
        assert good


@pytest.mark.parametrize("algorithm", Algorithm, ids=lambda each: each.jose)
def test_a_list_may_be_signed_with_each_number(algorithm: Algorithm) -> None:
    held = signer("any", algorithm)
    payload = cose.open_sign1(WORLD.status_token(), WORLD.status_key.public_key).payload
    for number in algorithm.cose_accepted:
        header = cbor.dumps({1: number, 4: held.public_key.kid, 16: CWT_TYP})
        token = cose.assemble(header, payload, held.sign(cose.sign1_tbs(header, payload)))
        assert cose.open_sign1(token, held.public_key).payload == payload
        assert fits("status-list", "status-list-token", token)
    other = cbor.dumps({1: -10, 4: held.public_key.kid, 16: CWT_TYP})
    assert not fits("status-list", "status-list-token", cose.assemble(other, payload, bytes(64)))


def test_other_tokens_do_not_fit() -> None:
    assert not fits("status-list", "status-list-token", WORLD.token())
    assert not fits("licence", "licence-token", WORLD.status_token())
