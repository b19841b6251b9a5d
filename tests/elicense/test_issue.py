"""Making a token: what is signed is what was prepared, and nothing leaves that a verifier would refuse."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given, settings

from elicense import (
    Filing,
    Licence,
    PhysicianLicence,
    Reason,
    SoftwareSigner,
    cbor,
    claims,
    cose,
    issue,
    prepare,
    seal,
    verify,
)
from elicense.issue import SealRefused, restore
from elicense.limits import TOKEN_BYTES_MAX
from tests import strategies
from tests.world import T0, World, institution, nurse, physician, signer

WORLD = World()
TRUST = WORLD.opened()
KINDS = [physician(), nurse(), institution()]
KEYS = [WORLD.licence_key, WORLD.edwards_key]
SHAPE_TO_CLAIMS = {reason for reason in Reason if 1 <= reason.check <= 4}


def long(characters: int) -> PhysicianLicence:
    """A licence that fills a token: the more characters, the longer."""
    filings = tuple(
        Filing(number=f"MBT1000{n}246010011A1001", name="海口市示例综合医院" * 7, start=nurse().registered_on)
        for n in range(2, 5)
    )
    return physician(filings=filings, scope_text="例" * 30 + "x" * characters)


@pytest.mark.parametrize("held", KEYS, ids=["ES256", "EdDSA"])
@pytest.mark.parametrize("licence", KINDS, ids=lambda licence: licence.kind.text)
def test_a_token_made_in_two_steps_is_the_one_made_at_once(licence: Licence, held: SoftwareSigner) -> None:
    prepared = prepare(licence, held.public_key)
    again = restore(prepared.header, prepared.payload, held.public_key)
    assert again == prepared
    assert seal(again, held.sign(again.tbs)) == issue(licence, held)


def test_what_is_signed_is_the_structure_of_rfc_9052() -> None:
    prepared = prepare(physician(), WORLD.licence_key.public_key)
    header = cbor2.dumps({1: -7, 4: WORLD.licence_key.public_key.kid}, canonical=True)
    assert prepared.tbs == cbor2.dumps(["Signature1", header, b"", prepared.payload])
    token = issue(physician(), WORLD.licence_key)
    assert token == b"\xd2" + cbor2.dumps([header, {}, prepared.payload, token[-64:]])


@given(strategies.licences)
@settings(max_examples=300)
def test_the_claims_of_a_licence_are_deterministic_as_they_are(licence: Licence) -> None:
    """Nothing is sorted or checked when a licence is signed: its fields have seen to that."""
    wire = claims.to_wire(licence)
    assert cbor.encode_ordered(wire) == cbor.dumps(wire)


def test_a_signature_that_does_not_verify_is_never_sealed() -> None:
    prepared = prepare(physician(), WORLD.licence_key.public_key)
    good = WORLD.licence_key.sign(prepared.tbs)
    for bad in (
        b"", good[:-1], good + b"\0", bytes(64), WORLD.other_key.sign(prepared.tbs), WORLD.licence_key.sign(b"other"),
        WORLD.edwards_key.sign(prepared.tbs), bytes((good[0] ^ 1,)) + good[1:],
    ):  # fmt: skip
        with pytest.raises(SealRefused):
            seal(prepared, bad)
    assert seal(prepared, good)


def test_a_key_that_signs_something_else_is_noticed_at_once() -> None:
    """A broken hardware module answers with some other message's signature."""

    class Broken:
        public_key = WORLD.licence_key.public_key

        def sign(self, data: bytes) -> bytes:
            return WORLD.licence_key.sign(data + b"\0")

    with pytest.raises(SealRefused):
        issue(physician(), Broken())


def test_no_token_is_made_that_the_verifier_finds_too_large() -> None:
    sizes = []
    for characters in range(99):
        try:
            token = issue(long(characters), WORLD.licence_key)
        except ValueError:
            continue
        sizes.append(len(token))
        assert verify(token, TRUST, WORLD.statuses(), T0).reasons == ()
    assert max(sizes) == TOKEN_BYTES_MAX
    assert len(sizes) < 99


@given(strategies.licences)
@settings(max_examples=40)
def test_every_licence_that_can_be_made_is_read_back(licence: Licence) -> None:
    try:
        token = issue(licence, WORLD.licence_key)
    except ValueError:
        return
    reasons = verify(token, TRUST, {}, T0).reasons
    assert not SHAPE_TO_CLAIMS & set(reasons)
    assert claims.from_payload(cose.split_licence(token).payload) == (licence, ())


def test_random_nonces_sign_too_and_never_twice_alike() -> None:
    held = SoftwareSigner.from_pkcs8(signer("licence").to_pkcs8())
    tokens = {issue(physician(), held) for _ in range(8)}
    assert len(tokens) == 8
    assert {verify(token, TRUST, WORLD.statuses(), T0).reasons for token in tokens} == {()}
