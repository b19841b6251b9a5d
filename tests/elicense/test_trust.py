"""The trust list: enough distinct root keys, no way back, every member where it belongs."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Anchor, Reason, Rejected, TrustList, jws, open_trust_list, strictjson
from elicense.fields import BadValue
from elicense.keys import SoftwareSigner, b64url
from elicense.trust import TYP, Purpose, TrustKey, merge_signatures, payload_of, read_unverified, sign_trust_list
from tests.world import DAY, T0, World, signer

WORLD = World()
SIGNED = WORLD.signed_trust()
ANCHOR = WORLD.anchor
PAYLOAD = json.loads(jws.read_general(SIGNED))


def _refused(data: bytes, anchor: Anchor = ANCHOR) -> str:
    with pytest.raises(Rejected) as caught:
        open_trust_list(data, anchor)
    assert caught.value.reason is Reason.TRUST_BAD
    return caught.value.detail


def _signed(payload: object, *signers: SoftwareSigner) -> bytes:
    data = payload if isinstance(payload, bytes) else strictjson.dumps(payload)
    return jws.sign_general(data, signers or WORLD.roots[:2], TYP)


def test_a_list_signed_by_two_of_three_opens_as_it_was() -> None:
    assert open_trust_list(SIGNED, ANCHOR) == WORLD.trust()
    assert payload_of(open_trust_list(SIGNED, ANCHOR)) == jws.read_general(SIGNED)


def test_one_signature_is_not_enough_however_often_it_stands_there() -> None:
    once = WORLD.signed_trust(None, WORLD.roots[0])
    value = json.loads(once)
    value["signatures"] *= 3
    for data in (once, strictjson.dumps(value), WORLD.signed_trust(None, WORLD.roots[0], WORLD.roots[0])):
        assert _refused(data) == "not enough root keys signed"


def test_signatures_of_strangers_do_not_count() -> None:
    _refused(WORLD.signed_trust(None, WORLD.roots[0], signer("stranger"), WORLD.licence_key))


def test_signatures_made_apart_are_put_together() -> None:
    one, two = (WORLD.signed_trust(None, root) for root in WORLD.roots[1:])
    assert open_trust_list(merge_signatures(one, two), ANCHOR) == WORLD.trust()
    assert merge_signatures(one, one) == one
    with pytest.raises(Rejected):
        merge_signatures(one, WORLD.signed_trust(WORLD.trust(sequence=8), WORLD.roots[2]))


@pytest.mark.parametrize(("threshold", "keys"), [(0, 3), (4, 3), (-1, 3), (1, 0), (True, 3)])
def test_a_threshold_that_nobody_or_everybody_meets_is_refused(threshold: int, keys: int) -> None:
    with pytest.raises(BadValue):
        Anchor(threshold=threshold, keys=ANCHOR.keys[:keys])
    assert _refused(_signed({**PAYLOAD, "roots": {"threshold": threshold, "keys": PAYLOAD["roots"]["keys"][:keys]}}))


def test_the_same_root_key_twice_is_refused() -> None:
    with pytest.raises(BadValue):
        Anchor(threshold=2, keys=(ANCHOR.keys[0], ANCHOR.keys[0]))


def test_new_root_keys_are_signed_by_the_old_and_by_themselves() -> None:
    new = tuple(signer(f"new root {number}") for number in range(3))
    other = Anchor(threshold=2, keys=tuple(one.public_key for one in new))
    trust = WORLD.trust(sequence=8, anchor=other)
    _refused(sign_trust_list(trust, WORLD.roots[:2]))
    _refused(sign_trust_list(trust, new[:2]))
    _refused(sign_trust_list(trust, (*WORLD.roots[:2], new[0])))
    opened = open_trust_list(sign_trust_list(trust, (*WORLD.roots[:2], *new[:2])), ANCHOR)
    assert opened.anchor == other
    assert open_trust_list(sign_trust_list(dataclasses.replace(trust, sequence=9), new[1:]), other).sequence == 9


def test_the_algorithm_and_type_are_the_keys_and_ours() -> None:
    for header in (
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "EdDSA"},
        {"typ": "JWT"},
        {"crit": ["b64"], "b64": False},
    ):
        value = json.loads(SIGNED)
        for one in value["signatures"]:
            protected = {"alg": "ES256", "kid": WORLD.roots[0].public_key.kid.hex(), "typ": TYP, **header}
            one["protected"] = b64url(strictjson.dumps(protected))
        assert _refused(strictjson.dumps(value))


_EDITS: tuple[tuple[str, object], ...] = (
    ("version", 2), ("version", True), ("sequence", 0), ("sequence", "7"), ("issued", -1), ("issued", T0 + 99 * DAY),
    ("next_update", T0), ("roots", {}), ("issuers", {}), ("issuers.0.kinds", []), ("issuers.0.kinds", ["dentist"]),
    ("issuers.0.divisions", []), ("issuers.0.divisions", [46]), ("issuers.0.divisions", ["460000"]),
    ("issuers.0.keys.0.purpose", "root"), ("issuers.0.keys.0.since", None), ("issuers.0.keys.0.jwk", {}),
    ("issuers.0.keys.0.jwk.crv", "P-384"), ("issuers.0.keys.0.until", "x"), ("issuers.0.keys.0.compromised_from", 0),
    ("issuers.0.status_uri", "https://h/status"), ("issuers.0.status_uri", "ftp://h/{list}"),
    ("issuers.0.name", "A\u202eB"), ("issuers.0.authorities.0.number", -1), ("issuers.0.type_codes", {"nurse": "x"}),
    ("issuers.0.id", "x"),
)  # fmt: skip


@pytest.mark.parametrize(("place", "value"), _EDITS, ids=[f"{place}={value!r}" for place, value in _EDITS])
def test_a_wrong_member_spoils_the_list(place: str, value: object) -> None:
    payload = copy.deepcopy(PAYLOAD)
    *path, last = place.split(".")
    here = payload
    for step in path:
        here = here[int(step)] if step.isdigit() else here[step]
    here[last] = value
    assert _refused(_signed(payload))


def test_duplicates_spoil_the_list() -> None:
    issuer = PAYLOAD["issuers"][0]
    other = {**PAYLOAD["issuers"][1], "keys": issuer["keys"]}  # somebody else's key under one's own name
    for issuers in ([issuer, issuer], [issuer, other], [{**issuer, "keys": issuer["keys"] * 2}],
                    [{**issuer, "authorities": issuer["authorities"] * 2}]):  # fmt: skip
        assert _refused(_signed({**PAYLOAD, "issuers": issuers}))
    twice = jws.read_general(SIGNED).replace(b'"sequence":7', b'"sequence":7,"sequence":8')
    assert _refused(_signed(twice))


def test_a_list_with_unknown_members_still_opens() -> None:
    """A verifier in a clinic is older than the list."""
    payload = copy.deepcopy(PAYLOAD)
    payload["remark"] = "new"
    payload["issuers"][0]["chain"] = []
    assert open_trust_list(_signed(payload), ANCHOR) == WORLD.trust()


@given(st.one_of(st.binary(max_size=100), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_refused(data: bytes) -> None:
    _refused(data)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=60)
def test_a_changed_byte_is_refused(place: int, bits: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= bits
    try:
        opened = open_trust_list(bytes(changed), ANCHOR)
    except Rejected as refused:
        assert refused.reason is Reason.TRUST_BAD
    else:
        assert opened == WORLD.trust()  # white space or the third signature: never other content


def test_a_bomb_is_refused_before_it_is_read() -> None:
    for data in (b"[" * 500_000, b'{"payload":' * 90_000, b'{"a":"' + b"x" * 5_000_000 + b'"}'):
        _refused(data)


def test_what_was_seen_is_not_undercut() -> None:
    seen = WORLD.trust()
    for new in (
        WORLD.trust(sequence=6),
        WORLD.trust(sequence=8, issued=T0 - 1),
        WORLD.trust(next_update=T0 + 99 * DAY),
    ):
        with pytest.raises(Rejected) as caught:
            new.require_successor(seen)
        assert caught.value.reason is Reason.TRUST_ROLLED_BACK
    seen.require_successor(seen)
    WORLD.trust(sequence=8).require_successor(seen)


@pytest.mark.parametrize("mark", [None, T0 + 1])
def test_a_compromise_mark_never_disappears_or_moves_forward(mark: int | None) -> None:
    def marked(at: int | None, sequence: int) -> TrustList:
        key = WORLD.key(WORLD.licence_key, Purpose.LICENCE, compromised_from=at)
        return WORLD.trust(dataclasses.replace(WORLD.hainan, keys=(key,)), sequence=sequence)

    with pytest.raises(Rejected):
        marked(mark, 8).require_successor(marked(T0, 7))
    marked(T0 - 5, 8).require_successor(marked(T0, 7))


def test_a_compromised_key_is_not_washed_by_leaving_the_list_or_changing_hands() -> None:
    """Otherwise a list without the key, then one that has it again without its mark, would make it good."""
    key = WORLD.key(WORLD.licence_key, Purpose.LICENCE)
    marked = dataclasses.replace(key, compromised_from=T0)

    def trust(hainan: tuple[TrustKey, ...], other: tuple[TrustKey, ...] = (), sequence: int = 8) -> TrustList:
        issuers = (dataclasses.replace(WORLD.hainan, keys=hainan), dataclasses.replace(WORLD.other, keys=other))
        return WORLD.trust(*issuers, sequence=sequence)

    seen = trust((marked,), sequence=7)
    for laundered in (trust(()), trust((), (key,)), trust((), (dataclasses.replace(key, compromised_from=T0 + 1),))):
        with pytest.raises(Rejected):
            laundered.require_successor(seen)
    trust((), (marked,)).require_successor(seen)


def test_a_draft_can_be_read_and_believed_by_nobody() -> None:
    draft = sign_trust_list(WORLD.trust(), [])
    assert read_unverified(draft) == WORLD.trust()
    _refused(draft)
