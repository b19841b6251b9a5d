"""The checks 1 to 5 and the verdict: who wrote it, and might they. Time and status have a file of their own."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from elicense import (
    Issuer,
    Kind,
    Licence,
    NotAccepted,
    Outcome,
    PublicKey,
    Reason,
    SoftwareSigner,
    StatusRef,
    TrustList,
    Verdict,
    check_text,
    issue,
    qr,
    verify,
)
from elicense.limits import TOKEN_BYTES_MAX
from elicense.trust import Purpose
from elicense.verdict import verdict_of
from elicense.verify import Statuses
from tests import forge
from tests.world import BASE, T0, World, institution, nurse, physician, signer

WORLD = World()
TRUST = WORLD.opened()
LISTS: Statuses = WORLD.statuses()
KEY = WORLD.licence_key
KINDS = {Kind.PHYSICIAN: physician(), Kind.NURSE: nurse(), Kind.INSTITUTION: institution()}


def judged(token: bytes, trust: TrustList = TRUST, at: int = T0) -> tuple[Reason, ...]:
    """The reasons, after making sure that nothing is shown of a token that failed before the licence was certain."""
    verdict = verify(token, trust, LISTS, at)
    if verdict.findings and verdict.findings[0].reason.check <= 5 and Reason.TRUST_STALE not in verdict.reasons:
        assert len(verdict.findings) == 1
        assert (verdict.licence, verdict.issuer, verdict.status_list, verdict.notes) == (None, None, None, ())
        assert not verdict.findings[0].detail
        assert verdict.outcome is Outcome.INVALID
    return verdict.reasons


@pytest.mark.parametrize("held", [KEY, WORLD.edwards_key], ids=["ES256", "EdDSA"])
@pytest.mark.parametrize("licence", KINDS.values(), ids=lambda licence: licence.kind.text)
def test_a_genuine_licence_is_valid_and_read_whole(licence: Licence, held: SoftwareSigner) -> None:
    verdict = verify(WORLD.token(licence, held), TRUST, LISTS, T0)
    assert (verdict.outcome, verdict.findings, verdict.licence) == (Outcome.VALID, (), licence)
    assert (verdict.issuer, verdict.trust_sequence, verdict.at) == (WORLD.hainan, TRUST.sequence, T0)
    assert verdict.require() == licence
    assert check_text(WORLD.link(licence, held), TRUST, LISTS, T0) == verdict


# ---- 1 shape


def padded(size: int) -> bytes:
    """A genuine token of exactly so many bytes, in a label that may be ignored."""
    return forge.token(forge.wire(_64="x" * (size - len(forge.token(forge.wire(_64="x" * 300), KEY)) + 300)), KEY)


_BODY = forge.raw(forge.wire())
_TOKEN = WORLD.token()
_SHAPES = {
    "empty": (b"", Reason.MALFORMED),
    "break": (b"\xff", Reason.MALFORMED),
    "no tag": (_TOKEN[1:], Reason.MALFORMED),
    "tag in two bytes": (b"\xd8\x12" + _TOKEN[1:], Reason.MALFORMED),
    "tag 17": (b"\xd1" + _TOKEN[1:], Reason.MALFORMED),
    "tag 61 around": (b"\xd8\x3d" + _TOKEN, Reason.MALFORMED),
    "tag twice": (b"\xd2" + _TOKEN, Reason.MALFORMED),
    "something follows": (_TOKEN + b"\0", Reason.MALFORMED),
    "one byte too many": (padded(TOKEN_BYTES_MAX + 1), Reason.TOO_LARGE),
    "array of three": (b"\xd2\x83" + _TOKEN[2:-66], Reason.MALFORMED),
    "indefinite array": (b"\xd2\x9f" + _TOKEN[2:] + b"\xff", Reason.MALFORMED),
    "detached payload": (_TOKEN[:17] + b"\xf6" + _TOKEN[-66:], Reason.MALFORMED),
    "empty payload": (forge.token(b"", KEY), Reason.MALFORMED),
    "typ of a status list": (
        forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _16="application/statuslist+cwt")),
        Reason.TYPE_WRONG,
    ),
    "content type": (forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _3=0)), Reason.HEADER_UNKNOWN),
    "crit": (forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _2=[4])), Reason.HEADER_UNKNOWN),
    "crit of an unknown label": (
        forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _2=[99], _99=1)),
        Reason.HEADER_UNKNOWN,
    ),
    "something unprotected": (forge.token(_BODY, KEY, unprotected={4: b"x"}), Reason.HEADER_UNKNOWN),
    "algorithm unprotected": (
        forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _1=...), unprotected={1: -7}),
        Reason.ALGORITHM_BAD,
    ),
    "no key id": (forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _4=...)), Reason.CLAIMS_UNKNOWN),
    "short key id": (forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _4=bytes(7))), Reason.MALFORMED),
    "text as key id": (
        forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _4="01234567")),
        Reason.MALFORMED,
    ),
    "algorithm by name": (
        forge.token(_BODY, KEY, header=forge.protected(KEY.public_key, _1="ES256")),
        Reason.MALFORMED,
    ),
    "header empty": (forge.token(_BODY, KEY, header=b""), Reason.MALFORMED),
    "header an empty map": (forge.token(_BODY, KEY, header=b"\xa0"), Reason.ALGORITHM_BAD),
    "header unsorted": (
        forge.token(_BODY, KEY, header=b"\xa2\x04\x48" + KEY.public_key.kid + b"\x01\x26"),
        Reason.MALFORMED,
    ),
    "header label twice": (
        forge.token(_BODY, KEY, header=b"\xa3\x01\x26\x01\x26\x04\x48" + KEY.public_key.kid),
        Reason.MALFORMED,
    ),
    "trust list": (WORLD.signed_trust(), Reason.TOO_LARGE),
    "status list": (WORLD.status_token(), Reason.TYPE_WRONG),
    "status list as JWT": (WORLD.status_token(cwt=False), Reason.MALFORMED),
}


@pytest.mark.parametrize(("token", "reason"), _SHAPES.values(), ids=_SHAPES.keys())
def test_shape(token: bytes, reason: Reason) -> None:
    assert judged(token) == (reason,)


def test_the_largest_token_is_read() -> None:
    assert len(padded(TOKEN_BYTES_MAX)) == TOKEN_BYTES_MAX
    assert judged(padded(TOKEN_BYTES_MAX)) == ()


# ---- 2 key


@pytest.mark.parametrize("held", [signer("stranger"), WORLD.status_key, WORLD.roots[0]], ids=["none", "status", "root"])
def test_a_key_that_is_for_no_licence_is_unknown(held: SoftwareSigner) -> None:
    assert judged(WORLD.token(None, held)) == (Reason.ISSUER_UNKNOWN,)


@pytest.mark.parametrize("number", [-8, -19, -35, -37, 5, 1, 0, -257, -70_001, 2**63])
def test_the_algorithm_is_the_keys_and_never_the_messages(number: int) -> None:
    header = forge.protected(KEY.public_key, _1=number)
    assert judged(forge.token(_BODY, KEY, header=header)) == (Reason.ALGORITHM_BAD,)


def test_both_registered_numbers_of_an_algorithm_are_read() -> None:
    for held, number in ((KEY, -9), (WORLD.edwards_key, -19)):
        assert judged(forge.token(_BODY, held, header=forge.protected(held.public_key, _1=number))) == ()


def test_a_mac_with_the_public_key_as_its_secret_is_no_signature() -> None:
    """The oldest confusion: an attacker knows the public key, so it must never serve as a secret."""
    header = forge.protected(KEY.public_key, _1=5)
    assert judged(forge.token(_BODY, KEY, header=header, signature=lambda _: bytes(32))) == (Reason.SIGNATURE_BAD,)
    assert judged(forge.token(_BODY, KEY, header=header)) == (Reason.ALGORITHM_BAD,)


# ---- 3 signature


class Colliding(PublicKey):
    """A real key under the id of another one: an id has eight bytes, and nobody may rely on its being unique."""

    @property
    def kid(self) -> bytes:
        return KEY.public_key.kid


def test_of_two_keys_with_one_key_id_each_is_tried_and_no_other() -> None:
    other = WORLD.other_key.public_key
    double = dataclasses.replace(
        WORLD.key(WORLD.other_key, Purpose.LICENCE), key=Colliding(other.algorithm, other.x, other.y)
    )
    beijing = dataclasses.replace(WORLD.other, keys=(double,))
    theirs = forge.token(forge.wire(physician(place=110_000)), WORLD.other_key, header=forge.protected(KEY.public_key))
    for issuers in ((WORLD.hainan, beijing), (beijing, WORLD.hainan)):
        trust = WORLD.trust(*issuers)
        assert len(trust.by_kid[KEY.public_key.kid]) == 2
        assert verify(WORLD.token(), trust, LISTS, T0).issuer == WORLD.hainan
        assert verify(theirs, trust, LISTS, T0).issuer == beijing
        stranger = forge.token(_BODY, signer("stranger"), header=forge.protected(KEY.public_key))
        assert judged(stranger, trust) == (Reason.SIGNATURE_BAD,)
        hainans = forge.token(_BODY, WORLD.other_key, header=forge.protected(KEY.public_key))
        assert judged(hainans, trust) == (Reason.KEY_NOT_FOR_AREA,)


@pytest.mark.parametrize(
    "held",
    [WORLD.other_key, WORLD.status_key, signer("stranger"), WORLD.edwards_key],
    ids=["b", "status", "none", "ed"],
)
def test_another_key_under_this_key_id_is_a_forgery(held: SoftwareSigner) -> None:
    assert judged(forge.token(_BODY, held, header=forge.protected(KEY.public_key))) == (Reason.SIGNATURE_BAD,)


@pytest.mark.parametrize(
    "signature",
    [
        lambda made: bytes(len(made)), lambda made: made[:32] + bytes(32), lambda made: bytes(32) + made[32:],
        lambda made: made[:-1], lambda made: made + b"\0", lambda made: made[:0], forge.der,
        lambda made: made[32:] + made[:32], lambda made: b"\xff" * len(made),
    ],
)  # fmt: skip
def test_only_64_raw_bytes_that_verify_are_a_signature(signature: Any) -> None:
    assert judged(forge.token(_BODY, KEY, signature=signature)) == (Reason.SIGNATURE_BAD,)


def test_both_halves_of_s_are_one_licence_told_by_its_claims() -> None:
    """Whoever sees a token can make its twin: the bytes of a token are no identity."""
    twin = forge.token(_BODY, KEY, signature=forge.other_half)
    assert twin != _TOKEN
    assert verify(twin, TRUST, LISTS, T0) == verify(_TOKEN, TRUST, LISTS, T0)


def test_a_payload_of_one_licence_with_the_signature_of_another_is_a_forgery() -> None:
    nurses = WORLD.token(nurse())
    assert judged(forge.token(_BODY, KEY, signature=lambda _: nurses[-64:])) == (Reason.SIGNATURE_BAD,)


# ---- 4 claims


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xa0", Reason.CLAIMS_BAD), (b"\x80", Reason.CLAIMS_BAD), (b"\xf6", Reason.CLAIMS_BAD),
        (b"not cbor", Reason.CLAIMS_BAD), (_BODY + b"\0", Reason.CLAIMS_BAD),
        (forge.wire(_4="林\u202e知远"), Reason.CLAIMS_BAD), (forge.wire(_4="\u0410"), Reason.CLAIMS_BAD),
        (forge.wire(_4=...), Reason.CLAIMS_BAD), (forge.wire(_3=0), Reason.CLAIMS_BAD),
        (forge.wire(_63=1), Reason.CLAIMS_UNKNOWN), (forge.wire(_1=4), Reason.CLAIMS_UNKNOWN),
        (forge.wire(nurse(), _16=1), Reason.CLAIMS_UNKNOWN),
        (forge.changed(forge.wire(), {"_2": "sub"}), Reason.CLAIMS_UNKNOWN),
        (forge.changed(forge.wire(), {"_5": T0}), Reason.CLAIMS_UNKNOWN),
        (forge.changed(forge.wire(), {"_6": True}), Reason.CLAIMS_BAD),
        (forge.changed(forge.wire(), {"_6": ...}), Reason.CLAIMS_BAD),
    ],
)  # fmt: skip
def test_claims(payload: object, reason: Reason) -> None:
    assert judged(forge.token(payload, KEY)) == (reason,)


def test_a_label_that_may_be_ignored_is_told_and_changes_nothing() -> None:
    verdict = verify(forge.token(forge.wire(_64=1, _70="x"), KEY), TRUST, LISTS, T0)
    assert verdict.outcome is Outcome.VALID
    assert verdict.ignored_labels == (64, 70)
    assert [(note.code, note.field) for note in verdict.notes] == [("unknown-label", "64"), ("unknown-label", "70")]


# ---- the verdict


def test_a_verdict_filled_slot_by_slot_is_the_one_that_its_constructor_makes() -> None:
    """A field that is added to the class and forgotten in the short way would be missing, or be another's."""
    good = verify(WORLD.token(physician()), TRUST, LISTS, T0)
    values = {field.name: getattr(good, field.name) for field in dataclasses.fields(Verdict)}
    assert good == Verdict(**values)
    assert verdict_of(*values.values()) == Verdict(**values)
    assert list(inspect.signature(verdict_of).parameters) == list(values)


def test_a_verdict_is_no_boolean() -> None:
    for token in (_TOKEN, b""):
        with pytest.raises(TypeError):
            bool(verify(token, TRUST, LISTS, T0))


def test_only_valid_passes_require() -> None:
    assert verify(_TOKEN, TRUST, LISTS, T0).require() == physician()
    for token, lists in ((_TOKEN, {}), (b"", LISTS), (WORLD.token(nurse(status=StatusRef(list=9, index=0))), LISTS)):
        verdict = verify(token, TRUST, lists, T0)
        with pytest.raises(NotAccepted) as caught:
            verdict.require()
        assert caught.value.verdict is verdict
        assert str(caught.value) == f"{verdict.outcome.value}: {verdict.reasons[0].code}"


def test_a_verdict_without_licence_and_findings_is_not_valid() -> None:
    assert Verdict(at=T0, findings=(), trust_sequence=1).outcome is Outcome.UNDETERMINED


def test_authority_and_identifier_come_from_the_trust_list() -> None:
    verdict = verify(_TOKEN, TRUST, LISTS, T0)
    assert verdict.authority is not None
    assert verdict.authority.name == "海口市卫生健康委员会(示例)"
    identifier = str(verdict.identifier)
    assert identifier.startswith("1.2.156.3005.2.11460000MBT000011R001.11460100MBT000038N.110460100000123.001.")
    stranger = verify(WORLD.token(physician(authority=9)), TRUST, LISTS, T0)
    assert (stranger.outcome, stranger.authority, stranger.identifier) == (Outcome.VALID, None, None)
    assert [note.code for note in stranger.notes] == ["unknown-authority"]
    assert verify(_TOKEN, WORLD.trust(dataclasses.replace(WORLD.hainan, type_codes={})), LISTS, T0).identifier is None
    assert verify(b"", TRUST, LISTS, T0).identifier is None


def test_the_host_of_a_link_says_nothing() -> None:
    """A code leads wherever its maker likes; the verifier takes the digits."""
    digits = qr.to_digits(issue(physician(), KEY))
    for text in (digits, f"{BASE}{digits}", f"https://elicense.example.evil.test/v#{digits}", f"javascript:x#{digits}"):
        assert check_text(text, TRUST, LISTS, T0).outcome is Outcome.VALID


def test_an_issuer_is_compared_as_a_whole() -> None:
    """Verdicts of the same bytes are equal, so that caches and tests may compare them."""
    assert verify(_TOKEN, TRUST, LISTS, T0) == verify(_TOKEN, WORLD.opened(), WORLD.statuses(), T0)
    assert isinstance(verify(_TOKEN, TRUST, LISTS, T0).issuer, Issuer)
