"""The page judges as the library does: every report, face and sentence is the same, whatever the token.

Tokens are mutated before and after signing: what a stranger can send, and what a genuine key could have signed by
mistake or in a later version of the format.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicense import (
    Algorithm,
    Challenge,
    Kind,
    Licence,
    Reason,
    Shown,
    TrustList,
    check_text,
    claims,
    cose,
    open_status_list,
    present,
)
from elicense.issue import prepare
from elicense.keys import SoftwareSigner
from elicense.trust import Purpose
from elicense.verify import Statuses
from tests.js.node import Node, expected, text_of
from tests.strategies import licences
from tests.world import BASE, DAY, HOUR, T0, World, institution, nurse, physician, signer
from verifier.report import Report

MANY: Final = settings(max_examples=700, suppress_health_check=list(HealthCheck))
FEW: Final = settings(max_examples=150, suppress_health_check=list(HealthCheck))
HELD: Final = {"device": signer("device a"), "edwards device": signer("device e", Algorithm.EDDSA)}


class Both:
    """The two judges over the same lists. `same` is the answer of both."""

    def __init__(self, node: Node, world: World, trust: TrustList | None = None, **changes: Any) -> None:
        self.node, self.world = node, world
        signed = world.signed_trust(trust)
        self.trust = world.opened(trust)
        tokens = {world.hainan.list_uri(1): world.status_token(**changes)}
        node.lists(world.anchor, signed, tokens)
        self.statuses: Statuses = {}
        for uri, token in tokens.items():
            self.statuses = {**self.statuses, uri: open_status_list(token, uri, self.trust)}

    def same(self, text: str, at: int = T0) -> Report:
        """Judge with both and insist on the same report in every word."""
        report = Report(at=at, verdict=check_text(text, self.trust, self.statuses, at))
        assert self.node.check(text, at) == expected(report)
        return report

    def signed(self, payload: bytes, held: SoftwareSigner | None = None, header: bytes | None = None) -> str:
        """The text of a token with any payload and header, signed by a genuine key."""
        key = held or self.world.licence_key
        used = cose.protected_header(key.public_key) if header is None else header
        return text_of(cose.assemble(used, payload, key.sign(cose.sign1_tbs(used, payload))))


@pytest.fixture
def both(node: Node) -> Both:
    """Loaded for each test: others give the same process other lists."""
    world = World()
    world.values = {1: 1, 2: 2, 3: 3, 102: 2}
    return Both(node, world)


KINDS: Final[tuple[Licence, ...]] = (physician(), nurse(), institution())


@pytest.mark.parametrize("licence", KINDS, ids=lambda licence: licence.kind.text)
def test_each_kind(both: Both, licence: Licence) -> None:
    assert both.same(both.world.link(licence)).word == ("invalid" if licence.kind is Kind.NURSE else "valid")


def test_ed25519_in_licences_and_devices(both: Both) -> None:
    for held in HELD.values():
        licence = physician(holder_key=held.public_key)
        report = both.same(both.world.link(licence, both.world.edwards_key))
        assert report.word == "valid"
        assert report.to_json()["licence"]["holder_key"] == held.public_key.to_jwk()


@MANY
@given(licence=licences, late=st.integers(-400 * DAY, 4000 * DAY))
def test_any_licence_at_any_time(both: Both, licence: Licence, late: int) -> None:
    try:
        token = both.world.token(licence)
    except ValueError:
        return  # too large for a code
    both.same(text_of(token), T0 + late)


@MANY
@given(data=st.data())
def test_bytes_changed_on_the_way(both: Both, data: st.DataObject) -> None:
    token = bytearray(both.world.token(data.draw(st.sampled_from(KINDS))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(token) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert", "remove"])):
            case "change":
                token[place] = data.draw(st.integers(0, 255))
            case "cut":
                del token[max(1, place) :]
            case "insert":
                token[place:place] = data.draw(st.binary(min_size=1, max_size=3))
            case _ if len(token) > 1:
                del token[place]
    both.same(text_of(bytes(token)))


@MANY
@given(data=st.data())
def test_payload_bytes_changed_before_signing(both: Both, data: st.DataObject) -> None:
    licence = data.draw(st.sampled_from(KINDS))
    payload = bytearray(prepare(licence, both.world.licence_key.public_key).payload)
    for _ in range(data.draw(st.integers(1, 2))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    both.same(both.signed(bytes(payload)))


_atoms = st.one_of(
    st.integers(-(2**64), 2**64 - 1), st.integers(-70, 70), st.booleans(), st.none(), st.binary(max_size=4),
    st.text("示a<\u202e０ ", max_size=3), st.floats(), st.just(cbor2.undefined),
    st.integers(0, 19).map(cbor2.CBORSimpleValue),
)  # fmt: skip
_values = st.recursive(
    _atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(-3, 70), inner, max_size=3)
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, key))
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _places(item, (*path, number))


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _put(copy[path[0]], path[1:], new)
    return copy


@st.composite
def _claims(draw: st.DrawFn) -> Any:
    wire: Any = claims.to_wire(draw(st.one_of(st.sampled_from(KINDS), licences)))
    for _ in range(draw(st.integers(1, 2))):
        match draw(st.sampled_from(["replace", "label", "claim", "order", "drop"])):
            case "replace":
                wire = _put(wire, draw(st.sampled_from(list(_places(wire)))), draw(_values))
            case "label" if isinstance(wire, dict) and isinstance(inner := wire.get(claims.LICENCE), dict):
                more = {draw(st.one_of(st.integers(-3, 200), _atoms.filter(_hashable))): draw(_values)}
                wire = {**wire, claims.LICENCE: {**inner, **more}}
            case "claim" if isinstance(wire, dict):
                wire = {**wire, draw(st.sampled_from([1, 2, 4, 6, 7, 8, -1, "x", -65538])): draw(_values)}
            case "drop" if isinstance(wire, dict) and wire:
                wire = {key: value for key, value in wire.items() if key != draw(st.sampled_from(list(wire)))}
            case "order" if isinstance(wire, dict):
                wire = dict(draw(st.permutations(list(wire.items()))))
    return wire


def _hashable(value: object) -> bool:
    return not isinstance(value, dict | list)


@MANY
@given(wire=_claims(), canonical=st.booleans())
def test_claims_that_no_issuer_should_sign(both: Both, wire: Any, canonical: bool) -> None:
    payload = cbor2.dumps(wire, canonical=canonical)
    if len(payload) < 330:
        both.same(both.signed(payload))


@FEW
@given(
    header=st.dictionaries(
        st.sampled_from([1, 2, 3, 4, 5, 16, -1, "x"]),
        st.sampled_from([-7, -8, -9, -19, -35, -70001, True, None, b"", b"12345678", "x", [1]]),
        max_size=3,
    ),
    kid=st.booleans(),
    unprotected=st.sampled_from([{}, {4: b"12345678"}, {1: -7}]),
    size=st.sampled_from([64, 63, 65, 0]),
)
def test_headers_that_do_not_fit(both: Both, header: Any, kid: bool, unprotected: Any, size: int) -> None:
    key = both.world.licence_key
    used = cbor2.dumps({**header, 4: key.public_key.kid} if kid else header, canonical=True)
    prepared = prepare(physician(), key.public_key)
    both.same(both.signed(prepared.payload, header=used))
    message = cbor2.CBORTag(18, [used, unprotected, prepared.payload, bytes(size)])
    both.same(text_of(cbor2.dumps(message)))


@pytest.mark.parametrize("number", [-7, -9, -8, -19])
def test_every_number_of_an_algorithm(both: Both, number: int) -> None:
    for key in (both.world.licence_key, both.world.edwards_key):
        header = cbor2.dumps({1: number, 4: key.public_key.kid})
        prepared = prepare(physician(), key.public_key)
        both.same(both.signed(prepared.payload, key, header))


def test_texts_that_are_no_code(both: Both) -> None:
    link = both.world.link()
    texts = [
        "", "#", "0", "1", "#0", link + "x", link.replace("#", "#0"), link.upper(), link.partition("#")[2], "１２３",
        "²", "9" * 1_100, "9" * 1_101, "x" * 4_096, "x" * 4_097, "𠮷" * 4_096, "𠮷" * 4_097, f"{BASE}#{link}", "-1",
        link + "\n", "\ud800",
    ]  # fmt: skip
    for text in texts:
        both.same(text)


@pytest.mark.parametrize("cwt", [True, False], ids=["cwt", "jwt"])
@pytest.mark.parametrize("late", [-HOUR, -121, -120, 0, DAY - 1, DAY, 40 * DAY])
def test_status_lists_of_both_forms_and_every_age(node: Node, late: int, cwt: bool) -> None:
    world = World()
    world.values = {1: 1, 2: 2, 3: 3}
    both = Both(node, world, cwt=cwt)
    for index in (0, 1, 2, 3, 4_095, 4_096, 2**24 - 1):
        for number in (1, 2):
            licence = physician(status=dataclasses.replace(physician().status, list=number, index=index))
            both.same(world.link(licence), T0 + late)


def _issuers(world: World) -> list[tuple[str, Any, Reason | None]]:
    licence, status = world.hainan.keys[0], world.hainan.keys[2]
    marked = dataclasses.replace(licence, compromised_from=T0 + DAY)
    return [
        ("compromised", {"keys": (marked, status)}, Reason.KEY_COMPROMISED),
        ("not then", {"keys": (dataclasses.replace(licence, until=T0), status)}, Reason.KEY_NOT_THEN),
        ("just then", {"keys": (dataclasses.replace(licence, until=T0 + 1), status)}, None),
        ("kind", {"kinds": frozenset({Kind.NURSE})}, Reason.KEY_NOT_FOR_KIND),
        ("area", {"divisions": (460200,)}, Reason.KEY_NOT_FOR_AREA),
        ("city", {"divisions": (460100,)}, Reason.KEY_NOT_FOR_AREA),
        ("no types", {"type_codes": {}}, None),
        ("no authorities", {"authorities": ()}, None),
        ("elsewhere", {"status_uri": "https://elicense.example/{list}/other"}, None),
        ("purpose", {"keys": (world.key(world.licence_key, Purpose.STATUS), status)}, Reason.ISSUER_UNKNOWN),
    ]


@pytest.mark.parametrize(("name", "changes", "reason"), _issuers(World()), ids=[row[0] for row in _issuers(World())])
def test_what_the_trust_list_allows(node: Node, name: str, changes: Any, reason: Reason | None) -> None:
    world = World()
    trust = world.trust(dataclasses.replace(world.hainan, **changes), world.other)
    node.lists(world.anchor, world.signed_trust(trust), {})
    opened = world.opened(trust)
    for licence in KINDS:
        for at in (T0, T0 + 31 * DAY):
            link = world.link(licence)
            report = Report(at=at, verdict=check_text(link, opened, {}, at))
            assert node.check(link, at) == expected(report), name
    physicians = check_text(world.link(), opened, {}, T0).reasons
    assert physicians == ((reason,) if reason else (Reason.STATUS_UNKNOWN,))


def test_the_clock_that_lies_before_signed_data(node: Node) -> None:
    """As `verifier.checker` does: nothing is valid by a clock that cannot be right."""
    world = World()
    node.lists(world.anchor, world.signed_trust(), {world.hainan.list_uri(1): world.status_token()}, newest=T0)
    for at, word in ((T0 - 120, "valid"), (T0 - 121, "undetermined"), (T0 - 400 * DAY, "undetermined")):
        report = node.check(world.link(), at)["reports"]["en"]
        assert report["outcome"] == word
        assert (report["reasons"][-1:] and report["reasons"][-1]["code"] == "clock-bad") == (word != "valid" or [])


def test_an_engine_without_ed25519_says_that_it_cannot_check() -> None:
    """Older browsers have no Ed25519: not valid, not false, but undetermined; what needs none is judged as ever."""
    world = World()
    with Node("--without-ed25519") as old:
        old.lists(world.anchor, world.signed_trust(), {world.hainan.list_uri(1): world.status_token()})
        report = old.check(world.link(None, world.edwards_key), T0)["reports"]["zh"]
        assert (report["outcome"], report["problem"], report["licence"]) == ("undetermined", "cannot-check", None)
        assert old.check(world.link(), T0)["reports"]["zh"]["outcome"] == "valid"


DEVICE: Final = HELD["device"]


@pytest.mark.parametrize("late", [-301, -300, -61, -60, 0, 90, 91, 300, 301, 10 * DAY])
def test_live_codes_of_every_age(both: Both, late: int) -> None:
    token = both.world.token(physician(holder_key=DEVICE.public_key))
    report = both.same(text_of(present(token, DEVICE, T0)), T0 + late)
    assert report.verdict is not None
    assert report.verdict.shown is not Shown.STATIC


def test_live_codes_that_prove_nothing(both: Both) -> None:
    """Signed by another device, for a licence without one, in answer to somebody else, or changed on the way."""
    world = both.world
    token = world.token(physician(holder_key=DEVICE.public_key))
    good = present(token, DEVICE, T0)
    challenge = Challenge(audience="clinic", nonce=bytes(16))
    bare = world.token()
    payload = cbor2.dumps({6: T0, -65538: bare}, canonical=True)
    codes = [
        good[:-1] + bytes([good[-1] ^ 1]), good[:-1], good + b"\0", present(token, DEVICE, T0, challenge),
        _device_signed(payload), _device_signed(cbor2.dumps({6: T0, -65538: token}, canonical=True), "edwards device"),
        _device_signed(cbor2.dumps({6: T0, -65538: token, 1: 2}, canonical=True)),
        _device_signed(cbor2.dumps({6: True, -65538: token}, canonical=True)),
        _device_signed(cbor2.dumps({6: T0, 3: "", 10: bytes(8), -65538: token}, canonical=True)),
        _device_signed(cbor2.dumps({6: T0, 3: "x", 10: bytes(7), -65538: token}, canonical=True)),
        _device_signed(cbor2.dumps({6: T0, 3: "x", -65538: token}, canonical=True)),
        _device_signed(cbor2.dumps({6: T0, -65538: good}, canonical=True)),
        _device_signed(cbor2.dumps([1])), _device_signed(b""), _device_signed(b"\xff"),
    ]  # fmt: skip
    words = {both.same(text_of(code)).word for code in codes}
    assert words == {"invalid"}


def _device_signed(payload: bytes, name: str = "device") -> bytes:
    held = HELD[name]
    header = cbor2.dumps({1: held.public_key.algorithm.cose})
    return cose.assemble(header, payload, held.sign(cose.sign1_tbs(header, payload)))


@FEW
@given(data=st.data())
def test_live_codes_changed_on_the_way(both: Both, data: st.DataObject) -> None:
    code = bytearray(present(both.world.token(physician(holder_key=DEVICE.public_key)), DEVICE, T0))
    code[data.draw(st.integers(0, len(code) - 1))] = data.draw(st.integers(0, 255))
    both.same(text_of(bytes(code)))


def test_the_day_is_the_one_in_china(both: Both) -> None:
    licence = nurse(valid_until=dt.date(2027, 11, 23), status=dataclasses.replace(nurse().status, index=500))
    midnight = int(dt.datetime(2027, 11, 24, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp())
    assert Reason.EXPIRED not in both.same(both.world.link(licence), midnight - 1).reasons
    assert Reason.EXPIRED in both.same(both.world.link(licence), midnight).reasons
