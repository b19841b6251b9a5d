"""The text of the format is enough: a verifier written from it alone gives the reasons that ours gives."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import cbor2
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from elicense import Algorithm, Kind, Licence, StatusList, check_text, claims, cose, qr
from elicense.keys import PublicKey, SoftwareSigner
from elicense.limits import INSTANT_MAX, INSTANT_MIN
from elicense.status import StatusArray
from elicense.trust import Purpose, TrustList, payload_of
from tests import strategies
from tests.elicense import stranger
from tests.made import bounds
from tests.world import BASE, DAY, T0, World, signer

WORLD = World()
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking a whole licence takes minutes and tells little
ENTRIES = bytes([0b11_10_01_00, 0, 0b11_10_01_00])
EPOCH = dt.date(1970, 1, 1).toordinal()
AGED = signer("aged")
MARKED = signer("marked")
SAME_ID = signer("status")  # a key of the list, but for another purpose
SIGNERS = (WORLD.licence_key, WORLD.edwards_key, AGED, MARKED, SAME_ID, signer("stranger"))


def _trust(place: int, kinds: frozenset[Kind], next_update: int) -> TrustList:
    issuer = dataclasses.replace(
        WORLD.hainan,
        kinds=kinds,
        divisions=(place,),
        keys=(
            WORLD.key(WORLD.licence_key, Purpose.LICENCE, since=INSTANT_MIN),
            WORLD.key(WORLD.edwards_key, Purpose.LICENCE, since=INSTANT_MIN),
            WORLD.key(AGED, Purpose.LICENCE, since=T0, until=T0 + 10 * DAY),
            WORLD.key(MARKED, Purpose.LICENCE, since=INSTANT_MIN, compromised_from=T0),
            WORLD.key(SAME_ID, Purpose.STATUS),
        ),
    )
    return WORLD.trust(issuer, next_update=next_update)


def _both(
    text: str, trust: TrustList, lists: dict[str, StatusList], at: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ours = check_text(text, trust, lists, at)
    plain = {
        uri: {"iat": each.issued_at, "exp": each.expires_at, "bits": each.entries.bits, "data": each.entries.data}
        for uri, each in lists.items()
    }
    theirs = stranger.judge(text, json.loads(payload_of(trust)), plain, at)
    return tuple(reason.code for reason in ours.reasons), theirs


def _lists(uri: str, issued_at: int, bits: int, data: bytes) -> dict[str, StatusList]:
    entries = StatusArray(bits, data)
    made = StatusList(
        uri=uri, issuer=WORLD.hainan.id, issued_at=issued_at, expires_at=issued_at + DAY, ttl=None, entries=entries
    )
    return {uri: made}


def _signed(payload: bytes, held: SoftwareSigner, header: dict[Any, Any] | None = None) -> str:
    labels = {1: held.public_key.algorithm.cose, 4: held.public_key.kid} if header is None else header
    protected = cbor2.dumps(labels)
    token = cose.assemble(protected, payload, held.sign(cose.sign1_tbs(protected, payload)))
    return BASE + str(int.from_bytes(token, "big"))


@given(strategies.licences, st.data())
@settings(max_examples=60, deadline=None, phases=PHASES)
def test_genuine_licences_are_judged_alike(licence: Licence, data: st.DataObject) -> None:
    """Instants are drawn at the edges of the licence, the lists and the keys."""

    def one_of(*values: Any) -> Any:
        return data.draw(st.sampled_from(values))

    place = one_of(licence.place, licence.place // 100 * 100, licence.place // 10_000 * 10_000, 460_000)
    begins = stranger.begins((licence.begins_on or licence.issued_on).toordinal() - EPOCH)
    edge = one_of(licence.issued_at, licence.issued_at - 120, licence.expires_at or T0, begins, T0, T0 + 10 * DAY)
    at = min(max(edge + one_of(-1, 0, 1), INSTANT_MIN), INSTANT_MAX)
    status = dataclasses.replace(licence.status, list=1, index=one_of(0, 1, 2, 3, 7, 8, 11, 12))
    licence = dataclasses.replace(licence, status=status, issued_at=one_of(licence.issued_at, T0, T0 + 10 * DAY))
    trust = _trust(place, one_of(frozenset(Kind), frozenset({Kind.NURSE})), one_of(at, at + 1, INSTANT_MAX))
    bits = one_of(1, 2, 4, 8)
    listed = _lists(WORLD.hainan.list_uri(1), one_of(at, at + 120, at + 121, at - DAY, at - DAY + 1), bits, ENTRIES)
    text = BASE + str(int.from_bytes(WORLD.token(licence, one_of(*SIGNERS)), "big"))
    ours, theirs = _both(text, trust, one_of({}, listed, listed), at)
    assert ours == theirs


TRUST = _trust(460_000, frozenset(Kind), T0 + DAY)
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**40),
    st.binary(max_size=3),
    st.text(max_size=3),
    st.just({}),
    st.just([]),
)
_FIELDS = [held for form in claims.FORMS.values() for _, held, _ in form.fields]


@given(strategies.licences, st.data())
@settings(max_examples=100, deadline=None, phases=PHASES)
def test_odd_content_is_judged_alike(licence: Licence, draw: st.DataObject) -> None:
    """A field, a claim or a label that is not as it should be, signed by the province all the same."""
    wire: dict[Any, Any] = claims.to_wire(licence)
    held = draw.draw(st.sampled_from(_FIELDS))
    values = [*bounds.inside(held.coder.wire), *bounds.outside(held.coder.wire)]
    match draw.draw(st.integers(0, 5)):
        case 0 | 1:
            wire[claims.LICENCE][held.label] = draw.draw(st.sampled_from(values))
        case 2:
            wire[claims.LICENCE].pop(draw.draw(st.sampled_from(sorted(wire[claims.LICENCE]))))
        case 3:
            wire[claims.LICENCE][draw.draw(st.one_of(st.integers(-2, 70), st.text(max_size=2)))] = draw.draw(_ODD)
        case 4:
            wire[draw.draw(st.sampled_from([2, 4, 6, 8, claims.LICENCE, claims.LICENCE - 1, "x"]))] = draw.draw(_ODD)
        case 5:
            wire.pop(draw.draw(st.sampled_from(list(wire))))
    shuffled = draw.draw(st.booleans())
    payload = cbor2.dumps(dict(reversed(wire.items())) if shuffled else wire, canonical=not shuffled)
    ours, theirs = _both(_signed(payload, WORLD.licence_key), TRUST, {}, T0)
    assert ours == theirs


@given(st.dictionaries(st.sampled_from([1, 2, 3, 4, 16, "x"]), st.one_of(
    _ODD, st.sampled_from([-7, -8, -9, -19, -35, WORLD.licence_key.public_key.kid, bytes(8)])), max_size=3),
    st.sampled_from(SIGNERS))  # fmt: skip
@settings(max_examples=100, deadline=None, phases=PHASES)
def test_odd_headers_are_judged_alike(header: dict[Any, Any], held: SoftwareSigner) -> None:
    assume(header.keys() != {1})  # with an algorithm and no key id it is a live code
    payload = cose.split_licence(WORLD.token()).payload
    ours, theirs = _both(
        _signed(payload, held, dict(sorted(header.items(), key=lambda one: cbor2.dumps(one[0])))), TRUST, {}, T0
    )
    assert ours == theirs


TOKENS = [WORLD.token(), WORLD.token(None, WORLD.edwards_key), WORLD.status_token()]


@given(st.sampled_from(TOKENS), st.integers(0, 400), st.binary(max_size=3), st.integers(0, 3))
@settings(max_examples=100, deadline=None, phases=PHASES)
def test_broken_tokens_are_judged_alike(token: bytes, place: int, new: bytes, drop: int) -> None:
    place %= len(token)
    changed = token[:place] + new + token[place + drop :]
    text = BASE + str(int.from_bytes(changed, "big"))
    ours, theirs = _both(text, TRUST, {}, T0)
    assert ours == theirs


@given(
    st.one_of(
        st.text(max_size=20), st.from_regex(r"[#0-9]{0,12}"), st.sampled_from(["0" * 9, "1" * 1101, "x" * 5000, "１２"])
    )
)
def test_texts_are_judged_alike(text: str) -> None:
    ours, theirs = _both(text, TRUST, {}, T0)
    assert ours == theirs


def test_the_second_verifier_finds_a_licence_valid_and_knows_all_algorithms() -> None:
    """That both refuse everything would also be agreement."""
    lists = _lists(WORLD.hainan.list_uri(1), T0, 2, bytes(64))
    for held in (WORLD.licence_key, WORLD.edwards_key):
        assert _both(qr.to_link(WORLD.token(None, held), BASE), TRUST, lists, T0) == ((), ())
        key: PublicKey = held.public_key
        for number in key.algorithm.cose_accepted:
            text = _signed(cose.split_licence(WORLD.token()).payload, held, {1: number, 4: key.kid})
            assert _both(text, TRUST, lists, T0) == ((), ())
    assert {each.jose for each in Algorithm} == {"ES256", "EdDSA"}
