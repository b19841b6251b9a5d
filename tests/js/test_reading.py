"""The parsers under the judge: CBOR, JSON, zlib, trust and status lists give what the library's give, or refuse too."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Callable
from typing import Any, Final

import cbor2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from elicense import Rejected, cbor, cose, jws, open_status_list, open_trust_list, strictjson
from elicense.keys import b64url
from elicense.limits import STATUS_LIST_BYTES_MAX
from elicense.status import CWT_TYP, JWT_TYP
from elicense.trust import TYP, payload_of
from tests.js.node import Node
from tests.world import T0, World, signer

MANY: Final = settings(max_examples=600, suppress_health_check=list(HealthCheck))
WORLD: Final = World()
PAYLOAD: Final[dict[str, Any]] = json.loads(payload_of(WORLD.trust()))
URI: Final = WORLD.hainan.list_uri(1)


def _spelled(value: Any) -> Any:
    """A CBOR value in the spelling of judge.mjs, which tells all types apart."""
    match value:
        case None | bool():
            return value
        case int():
            spelled: Any = {"int": str(value)}
        case str():
            spelled = {"text": value}
        case bytes():
            spelled = {"bytes": value.hex()}
        case float():
            spelled = {"float": True}
        case cbor2.CBORSimpleValue():
            spelled = {"simple": value.value}
        case list() | tuple():
            spelled = [_spelled(item) for item in value]
        case _ if value is cbor2.undefined:
            spelled = {"simple": 23}
        case _:
            spelled = {"map": [[_spelled(key), _spelled(item)] for key, item in value.items()]}
    return spelled


def _no_floats(value: Any) -> Any:
    """Floats are spelled differently by the two languages; that one stood there is enough."""
    if isinstance(value, dict):
        return {"float": True} if "float" in value else {key: _no_floats(item) for key, item in value.items()}
    return [_no_floats(item) for item in value] if isinstance(value, list) else value


def _outcome(work: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"ok": work()}
    except Rejected as refused:
        return {"rejected": refused.reason.code}


_scalars = st.one_of(
    st.integers(-(2**64), 2**64 - 1), st.booleans(), st.none(), st.binary(max_size=5), st.text(max_size=4),
    st.floats(), st.just(cbor2.undefined),
    st.integers(0, 255).filter(lambda n: not 20 <= n < 32).map(cbor2.CBORSimpleValue),
)  # fmt: skip
_trees = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_scalars, inner, max_size=4), max_leaves=12
)


@st.composite
def _cbor(draw: st.DrawFn) -> bytes:
    data = bytearray(cbor2.dumps(draw(_trees), canonical=draw(st.booleans())))
    for _ in range(draw(st.integers(0, 2))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data) + draw(st.sampled_from([b"", b"", b"\0"]))


def _agree(node: Node, data: bytes) -> None:
    readers = {"read": cbor.loads, "readOrdered": cbor.decode_ordered, "readAny": cbor.loads_any}
    for how, read in readers.items():
        here = _outcome(lambda read=read: _spelled(read(data)))  # type: ignore[misc]
        assert _no_floats(node.ask("cbor", how=how, data=data.hex())) == here, how


@MANY
@given(data=st.one_of(_cbor(), st.binary(max_size=12)))
def test_cbor_of_three_degrees_of_strictness(node: Node, data: bytes) -> None:
    _agree(node, data)


@pytest.mark.parametrize(
    "spelled",
    [
        "", "00 00", "18 17", "19 00ff", "1a 0000ffff", "1b 00000000ffffffff", "3b ffffffffffffffff", "58 01 00",
        "78 00", "9f ff", "9f 01 ff", "bf ff", "bf 01 02 ff", "5f 41 00 ff", "7f 61 61 ff", "5f 61 61 ff", "9f", "ff",
        "81 ff", "c0 00", "d2 80", "db ffffffffffffffff 00", "a2 01 02 01 03", "a2 02 00 01 00", "a1 80 00", "a1 f5 00",
        "a2 01 00 f5 00", "a2 01 00 fb 3ff0000000000000 00", "a2 00 00 fb 8000000000000000 00", "f9 7e00", "f9 7c00",
        "f9 fc00", "f9 7e01", "fa 7f800000", "fb 7ff8000000000000", "f8 18", "f8 20", "fc", "1c", "62 c328",
        "63 eda080", "63 efbbbf", "a2 61 61 00 60 00", "a2 41 01 00 61 01 00", "9b ffffffffffffffff",
        "5b 7fffffffffffffff", "bb 0020000000000000",
        *("81" * depth + tail for depth in (7, 8, 9, 15, 16, 17) for tail in ("00", "80", "a0")),
    ],
)  # fmt: skip
def test_cbor_that_decoders_read_differently(node: Node, spelled: str) -> None:
    _agree(node, bytes.fromhex(spelled))


_json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**54), 2**54), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)


@st.composite
def _json(draw: st.DrawFn) -> bytes:
    value = draw(_json_values)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.integers(0, 2))):
        data[draw(st.integers(0, len(data) - 1))] = draw(
            st.sampled_from(b'{}[]",:\\0189.eE+-tfn \t\n\x00\x1f\x7f\x80\xc3')
        )
    return bytes(data)


@MANY
@given(data=st.one_of(_json(), st.binary(max_size=8)))
@example(b'{"a":1,"a":2}')
@example(b'{"a":1,"\\u0061":2}')
@example(b'{"__proto__":1,"constructor":{"x":[]}}')
@example(b"\xef\xbb\xbf1")
@example(b"[" * 16 + b"]" * 16)
@example(b"[" * 17 + b"]" * 17)
@example(b'"' + b"[" * 40 + b'"')
@example(b"-0")
@example(b"9007199254740992")
@example(b"[1.0]")
@example(b'"\\ud800"')
@example(b'"\\ud83d\\ude00"')
@example(b'"\\ude00\\ud83d"')
@example(b'{"\\uDFFF":1}')
@example(b'"\\\\ud800"')
@example(b"[1,]")
@example(b'{"a":1,}')
@example(b"01")
@example(b"NaN")
def test_json_that_every_reader_reads_alike(node: Node, data: bytes) -> None:
    assert node.ask("json", data=data.hex()) == _outcome(lambda: strictjson.loads(data))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _put(copy[path[0]], path[1:], new)
    return copy


_odd = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2**40),
    st.sampled_from(["", "physician", "EC", "{list}", "é", "x" * 65, "A" * 9]),
    st.just([]), st.just({}), st.just([1]), st.just(PAYLOAD["issuers"][0]["keys"][0]), st.just(PAYLOAD["issuers"][1]),
)  # fmt: skip
_remove: Final = object()


@st.composite
def _trust_payload(draw: st.DrawFn) -> bytes:
    value: Any = PAYLOAD
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(_places(value)))
        if path and draw(st.booleans()):
            inside: Any = value
            for step in path[:-1]:
                inside = inside[step]
            kept = (
                {k: v for k, v in inside.items() if k != path[-1]} if isinstance(inside, dict) else [*inside, *inside]
            )
            value = _put(value, path[:-1], kept)
        else:
            value = _put(value, path, draw(_odd))
    return strictjson.dumps(value)


def _trust_agrees(node: Node, data: bytes) -> None:
    def opened() -> dict[str, Any]:
        trust = open_trust_list(data, WORLD.anchor)
        return {
            "sequence": trust.sequence,
            "issued": trust.issued,
            "issuers": [issuer.id for issuer in trust.issuers],
            "anchor": trust.anchor.to_json(),
        }

    assert node.ask("trust", anchor=WORLD.anchor.to_json(), data=data.hex()) == _outcome(opened)


@MANY
@given(payload=_trust_payload())
def test_trust_lists_with_something_wrong_in_them(node: Node, payload: bytes) -> None:
    _trust_agrees(node, jws.sign_general(payload, WORLD.roots[:2], TYP))


def test_trust_lists_whose_signatures_do_not_suffice(node: Node) -> None:
    good = json.loads(WORLD.signed_trust(None, *WORLD.roots))
    first = good["signatures"][0]
    changed = [
        good,
        {**good, "signatures": [first, first, first]},
        {**good, "signatures": []},
        {**good, "signatures": good["signatures"] * 6},
        {**good, "more": 1},
        {**good, "signatures": [{**first, "header": {}}, *good["signatures"]]},
        {**good, "signatures": [{**first, "signature": "a.b"}, *good["signatures"][1:]]},
        {**good, "signatures": [{**first, "signature": first["signature"] + "="}, *good["signatures"][1:]]},
        {**good, "signatures": [{**first, "protected": first["protected"] + "A"}, *good["signatures"][1:]]},
        {**good, "payload": good["payload"][:-1]},
        {**good, "payload": "é"},
    ]
    for value in changed:
        _trust_agrees(node, strictjson.dumps(value))
    for signers in ((signer("stranger"), WORLD.roots[0]), (WORLD.roots[0],), WORLD.roots[1:]):
        _trust_agrees(node, WORLD.signed_trust(None, *signers))
    for typ in ("JWT", "elicense-trust", TYP.upper()):
        _trust_agrees(node, jws.sign_general(strictjson.dumps(PAYLOAD), WORLD.roots, typ))


def test_a_trust_list_that_takes_the_place_of_another(node: Node) -> None:
    """Sequence, time, content and marks of compromise only move forward, here as there."""
    hainan = WORLD.hainan
    key = hainan.keys[0]
    marked = dataclasses.replace(hainan, keys=(dataclasses.replace(key, compromised_from=T0), *hainan.keys[1:]))
    lists = [
        WORLD.trust(), WORLD.trust(sequence=8), WORLD.trust(sequence=8, issued=T0 - 1), WORLD.trust(issued=T0 + 1),
        WORLD.trust(marked, sequence=8), WORLD.trust(hainan, sequence=9), WORLD.trust(WORLD.other, sequence=9),
        WORLD.trust(WORLD.other, WORLD.hainan),
    ]  # fmt: skip
    answers = set()
    for previous in lists:
        for following in lists:

            def opened(one: Any = following, other: Any = previous) -> str:
                WORLD.opened(one).require_successor(WORLD.opened(other))
                return "may follow"

            here = _outcome(opened)
            signed = {"next": WORLD.signed_trust(following).hex(), "previous": WORLD.signed_trust(previous).hex()}
            assert node.ask("successor", anchor=WORLD.anchor.to_json(), **signed) == here
            answers.add(json.dumps(here))
    assert len(answers) == 2


def _status_agrees(node: Node, data: bytes, uri: str = URI) -> dict[str, Any]:
    trust = WORLD.opened()

    def opened() -> dict[str, Any]:
        listed = open_status_list(data, uri, trust)
        return {
            "uri": listed.uri, "issuer": listed.issuer, "issuedAt": listed.issued_at, "expiresAt": listed.expires_at,
            "ttl": listed.ttl, "bits": listed.entries.bits, "data": listed.entries.data.hex(),
        }  # fmt: skip

    here = _outcome(opened)
    assert node.ask("status", data=data.hex(), uri=uri) == here
    return here


@pytest.fixture
def listed(node: Node) -> Node:
    node.lists(WORLD.anchor, WORLD.signed_trust(), {})
    return node


@MANY
@given(data=st.data())
def test_status_lists_with_something_wrong_in_them(node: Node, data: st.DataObject) -> None:
    node.lists(WORLD.anchor, WORLD.signed_trust(), {})
    inner: Any = {"bits": 2, "lst": zlib.compress(bytes(8))}
    as_jwt = data.draw(st.booleans())
    if as_jwt:
        inner = {"bits": 2, "lst": b64url(zlib.compress(bytes(8)))}
        claims: Any = {"sub": URI, "iat": T0, "exp": T0 + 9, "ttl": 5, "status_list": inner}
    else:
        claims = {2: URI, 4: T0 + 9, 6: T0, 65533: inner, 65534: 5}
    odd = st.one_of(_odd, st.sampled_from([1, 2, 4, 8, 16, T0, T0 + 9, True]))
    if not as_jwt:
        odd = st.one_of(odd, st.binary(max_size=5), st.just(zlib.compress(b"x")), st.floats())
    claims = _put(claims, data.draw(st.sampled_from(_places(claims))), data.draw(odd))
    key = data.draw(st.sampled_from([WORLD.status_key, WORLD.status_key, WORLD.licence_key, WORLD.other_status_key]))
    if as_jwt:
        token = jws.sign_compact(strictjson.dumps(claims), key, JWT_TYP).encode()
    else:
        token = cose.sign1(cbor2.dumps(claims, canonical=True), key, typ=CWT_TYP)
    _status_agrees(node, token)


def test_status_lists_of_other_writers(listed: Node) -> None:
    """COSE by other libraries: untagged lengths, more headers, indefinite arrays; and JWT with a dot too many."""
    good = WORLD.status_token()
    protected, _, payload, signature = cbor2.loads(good).value
    longer = b"\xd2\x84\x59" + len(protected).to_bytes(2, "big") + protected + b"\xa0"
    rest = cbor2.dumps(payload) + cbor2.dumps(signature)
    variants = {
        "good": good,
        "long length": longer + rest,
        "indefinite": b"\xd2\x9f" + cbor2.dumps(protected) + b"\xa0" + rest + b"\xff",
        "unprotected": b"\xd2\x84" + cbor2.dumps(protected) + cbor2.dumps({"x": [1, 2.5]}) + rest,
        "both maps": b"\xd2\x84" + cbor2.dumps(protected) + cbor2.dumps({1: -7}) + rest,
        "deep": b"\xd2\x84" + cbor2.dumps(protected) + b"\xa1\x18\x63" + b"\x81" * 20 + b"\x00" + rest,
        "large": b"\xd2\x84" + cbor2.dumps(protected) + cbor2.dumps({9: bytes(5000)}) + rest,
        "two tags": b"\xd2" + good,
        "cut": good[:-1],
        "followed": good + b"\0",
        "crit": _signed_header({1: -7, 2: [99], 4: WORLD.status_key.public_key.kid, 16: CWT_TYP, 99: 1}, payload),
        "crit known": _signed_header({1: -7, 2: [16], 4: WORLD.status_key.public_key.kid, 16: CWT_TYP}, payload),
        "other number": _signed_header({1: -9, 4: WORLD.status_key.public_key.kid, 16: CWT_TYP}, payload),
        "other typ": _signed_header({1: -7, 4: WORLD.status_key.public_key.kid, 16: "x"}, payload),
        "jwt": WORLD.status_token(cwt=False),
        "jwt with a dot": WORLD.status_token(cwt=False) + b".",
        "jwt with bytes": WORLD.status_token(cwt=False) + b"\xff",
    }
    accepted = {name for name, data in variants.items() if "ok" in _status_agrees(listed, data)}
    assert accepted == {"good", "long length", "unprotected", "crit known", "other number", "jwt"}


def _signed_header(header: Any, payload: bytes) -> bytes:
    used = cbor2.dumps(header, canonical=True)
    signed: bytes = cose.assemble(used, payload, WORLD.status_key.sign(cose.sign1_tbs(used, payload)))
    return signed


def test_lists_belong_to_their_address(listed: Node) -> None:
    for uri in (URI, WORLD.hainan.list_uri(2), WORLD.other.list_uri(1), URI + "x", "", "http://127.0.0.1:8080/status/"):
        token = WORLD.status_token(uri=uri)
        _status_agrees(listed, token, uri)
        _status_agrees(listed, token, URI)


def test_what_inflates_is_bounded_whole_and_alone(node: Node) -> None:
    """A bomb is refused, and so is what is cut short or followed by something."""
    most = STATUS_LIST_BYTES_MAX
    small = zlib.compress(b"list")
    for data, length in (
        (small, 4), (small[:-1], None), (small + b"\0", None), (small + small, None), (small[:-4] + bytes(4), None),
        (zlib.compress(b""), None), (b"", None), (b"\0" * 9, None), (zlib.compress(bytes(most)), most),
        (zlib.compress(bytes(most + 1)), None), (zlib.compress(bytes(64 * most), 9), None),
    ):  # fmt: skip
        assert node.ask("inflate", data=data.hex(), most=most)["ok"] == length
