"""The live code: only the device that the licence names can show it, and never as anything else than it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import cbor2
import cddl_verifier
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import (
    Algorithm,
    Challenge,
    InstitutionRef,
    Licence,
    Outcome,
    Reason,
    Rejected,
    Shown,
    SoftwareSigner,
    Verdict,
    cbor,
    check_text,
    cose,
    issue,
    present,
    qr,
    verify,
)
from elicense.issue import SealRefused, seal
from elicense.limits import TOKEN_BYTES_MAX
from elicense.presentation import TOKEN, is_presentation, open_presentation, prepare
from tests import strategies
from tests.project.tree import ROOT
from tests.world import BASE, T0, World, nurse, physician, signer

WORLD = World()
TRUST = WORLD.opened()
STATUSES = WORLD.statuses()
DEVICE = signer("device a")
OTHER_DEVICE = signer("device b")
HOLDER = physician(holder_key=DEVICE.public_key)
HELD = WORLD.token(HOLDER)
OTHER = WORLD.token(nurse(holder_key=OTHER_DEVICE.public_key))
PRINTED = WORLD.token()
SHOWN_AT = T0 + 1_000
LIVE = present(HELD, DEVICE, SHOWN_AT)
ASKED = Challenge(audience="https://hospital.example", nonce=b"0123456789abcdef")
BAD = (Outcome.INVALID, Shown.STATIC, (Reason.HOLDER_PROOF_BAD,))


def _judged(data: bytes, at: int = SHOWN_AT + 5, challenge: Challenge | None = None) -> Verdict:
    return verify(data, TRUST, STATUSES, at, challenge=challenge)


def _answer(data: bytes, at: int = SHOWN_AT + 5, challenge: Challenge | None = None) -> Any:
    verdict = _judged(data, at, challenge)
    return verdict.outcome, verdict.shown, verdict.reasons


def _signed(
    payload: object, held: SoftwareSigner = DEVICE, *, header: object = None, unprotected: object = None
) -> bytes:
    """A message that our own code would not make, correctly signed; every byte by another encoder."""
    head = cbor2.dumps({1: held.public_key.algorithm.cose} if header is None else header)
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    signature = held.sign(cbor2.dumps(["Signature1", head, b"", body]))
    return b"\xd2" + cbor2.dumps([head, unprotected or {}, body, signature])


# ---------------------------------------------------------------- what a genuine one is


def test_a_live_code_is_judged_as_its_licence_and_said_to_be_live() -> None:
    verdict = check_text(qr.to_link(LIVE, BASE), TRUST, STATUSES, SHOWN_AT + 5)
    assert (verdict.outcome, verdict.reasons, verdict.shown, verdict.shown_at) == (
        Outcome.VALID, (), Shown.LIVE, SHOWN_AT,
    )  # fmt: skip
    assert verdict.require() == HOLDER


def test_other_software_makes_the_same_bytes() -> None:
    assert _signed({6: SHOWN_AT, TOKEN: HELD}) == LIVE
    asked = present(HELD, DEVICE, SHOWN_AT, ASKED)
    assert _signed({3: ASKED.audience, 6: SHOWN_AT, 10: ASKED.nonce, TOKEN: HELD}) == asked


def test_the_published_cddl_describes_them() -> None:
    schema = "\n".join((ROOT / "schemas" / name).read_text("utf-8") for name in ("live-code.cddl", "licence.cddl"))
    validator = cddl_verifier.Validator(schema)
    for data in (LIVE, present(OTHER, OTHER_DEVICE, SHOWN_AT), present(HELD, DEVICE, SHOWN_AT, ASKED)):
        assert validator.validate(data, "live-code").valid
    for data in (HELD, _signed({6: SHOWN_AT, 9: 1, TOKEN: HELD}), _signed({6: SHOWN_AT, TOKEN: LIVE})):
        assert not validator.validate(data, "live-code").valid


@given(strategies.licences, st.integers(0, 100_000))
def test_every_licence_with_a_device_key_can_be_shown_and_no_other(licence: Licence, later: int) -> None:
    token, at = issue(licence, WORLD.licence_key), min(licence.issued_at + later, 2**33 - 1)
    if licence.holder_key is None:
        with pytest.raises(ValueError, match="no device key"):
            prepare(token, at)
    elif len(token) < TOKEN_BYTES_MAX - 100:
        held = DEVICE if licence.holder_key == DEVICE.public_key else OTHER_DEVICE
        opened = open_presentation(present(token, held, at))
        assert (opened.token, opened.shown_at, opened.challenge) == (token, at, None)
        assert opened.signed_by(licence.holder_key)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_each_number_of_the_device_key_s_algorithm_is_read(algorithm: Algorithm) -> None:
    device = signer("device", algorithm)
    token = WORLD.token(physician(holder_key=device.public_key))
    assert _answer(present(token, device, SHOWN_AT)) == (Outcome.VALID, Shown.LIVE, ())
    for number in (-7, -9, -8, -19):
        good = number in algorithm.cose_accepted
        answer = _answer(_signed({6: SHOWN_AT, TOKEN: token}, device, header={1: number}))
        assert answer == ((Outcome.VALID, Shown.LIVE, ()) if good else BAD)


# ---------------------------------------------------------------- never one for the other


@given(strategies.licences)
def test_a_licence_never_looks_like_a_live_code(licence: Licence) -> None:
    token = issue(licence, WORLD.licence_key)
    assert not is_presentation(token)
    with pytest.raises(Rejected):
        open_presentation(token)


def test_a_live_code_is_no_licence_and_no_token_for_another_live_code() -> None:
    assert is_presentation(LIVE)
    with pytest.raises(Rejected):
        cose.split_licence(LIVE)
    with pytest.raises(ValueError, match="not a licence token"):
        present(LIVE, DEVICE, SHOWN_AT)


def test_a_live_code_inside_a_live_code_is_refused() -> None:
    verdict = _judged(_signed({6: SHOWN_AT + 3, TOKEN: LIVE}))
    assert (verdict.outcome, verdict.licence, verdict.shown) == (Outcome.INVALID, None, Shown.STATIC)


def test_the_licence_inside_stays_what_it_is_on_paper() -> None:
    assert _answer(open_presentation(LIVE).token) == (Outcome.VALID, Shown.STATIC, ())
    assert _answer(PRINTED) == (Outcome.VALID, Shown.STATIC, ())
    assert _judged(HELD).shown_at is None


# ---------------------------------------------------------------- somebody else shows it


def test_another_device_cannot_show_a_licence() -> None:
    """Neither with a copy of the token, nor with its own good proof around somebody else's."""
    with pytest.raises(SealRefused):
        present(HELD, OTHER_DEVICE, SHOWN_AT)
    assert _answer(_signed({6: SHOWN_AT, TOKEN: HELD}, OTHER_DEVICE)) == BAD
    assert _answer(_signed({6: SHOWN_AT, TOKEN: OTHER}, DEVICE)) == BAD
    assert _answer(_signed({6: SHOWN_AT, TOKEN: HELD}, WORLD.licence_key)) == BAD


def test_tokens_cannot_be_swapped_between_codes() -> None:
    """Two licences of one device: the proof of the one is not a proof of the other."""
    second = WORLD.token(dataclasses.replace(HOLDER, version=2))
    swapped = LIVE.replace(HELD, second)
    assert len(second) == len(HELD)
    assert _answer(swapped) == BAD
    assert _answer(present(second, DEVICE, SHOWN_AT))[1] is Shown.LIVE


def test_a_licence_without_a_device_key_cannot_be_shown_live() -> None:
    assert _answer(_signed({6: SHOWN_AT, TOKEN: PRINTED})) == BAD


def test_a_time_that_nobody_signed_is_worth_nothing() -> None:
    old = present(HELD, DEVICE, SHOWN_AT - 86_400)
    fresh = old.replace(cbor.dumps(SHOWN_AT - 86_400), cbor.dumps(SHOWN_AT))
    assert fresh != old
    assert _answer(fresh) == BAD
    assert _judged(fresh).shown_at is None


def test_every_flipped_bit_is_refused() -> None:
    for place in range(len(LIVE) * 8):
        bent = bytearray(LIVE)
        bent[place >> 3] ^= 1 << (place & 7)
        verdict = _judged(bytes(bent))
        assert (verdict.outcome, verdict.shown, verdict.shown_at) == (Outcome.INVALID, Shown.STATIC, None), place


def test_every_cut_and_anything_behind_is_refused() -> None:
    for length in range(len(LIVE)):
        assert _answer(LIVE[:length])[:2] == (Outcome.INVALID, Shown.STATIC), length
    for tail in (b"\0", b"\xf6", LIVE):
        assert _answer(LIVE + tail)[:2] == (Outcome.INVALID, Shown.STATIC)


# ---------------------------------------------------------------- what a device, or anybody, may send


@given(st.binary(max_size=400), st.sampled_from([b"", LIVE[:6], LIVE[:20], LIVE[:40]]))
def test_any_bytes_are_answered(data: bytes, start: bytes) -> None:
    assert _judged(start + data).outcome is Outcome.INVALID
    with pytest.raises(Rejected):
        open_presentation(start + data)


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**64), 2**64 - 1), st.text(max_size=140), st.binary(max_size=70),
    st.just(SHOWN_AT), st.just(HELD), st.just(LIVE), st.lists(st.integers(0, 9), max_size=2), st.just({1: 2}),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([1, 3, 4, 6, 8, 10, 100, TOKEN, "a"]), _VALUES))
@settings(max_examples=300)
def test_only_the_two_payloads_are_read_whatever_the_device_signs(payload: dict[Any, Any]) -> None:
    verdict = _judged(_signed(cbor.dumps(payload)))
    assert (verdict.shown is Shown.LIVE) == (payload == {6: SHOWN_AT, TOKEN: HELD})
    if verdict.licence is None:
        assert set(verdict.reasons) <= {Reason.MALFORMED, Reason.CLAIMS_UNKNOWN, Reason.TYPE_WRONG, Reason.TOO_LARGE}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_signed({6: SHOWN_AT, 11: 1, TOKEN: HELD}), Reason.CLAIMS_UNKNOWN),
        (_signed({6: SHOWN_AT, TOKEN: HELD, -65539: 1}), Reason.CLAIMS_UNKNOWN),
        (_signed({TOKEN: HELD}), Reason.MALFORMED),
        (_signed({6: SHOWN_AT}), Reason.MALFORMED),
        (_signed({TOKEN: HELD, 6: SHOWN_AT}), Reason.MALFORMED),
        (_signed({6: float(SHOWN_AT), TOKEN: HELD}), Reason.MALFORMED),
        (_signed({6: True, TOKEN: HELD}), Reason.MALFORMED),
        (_signed({6: 999_999_999, TOKEN: HELD}), Reason.MALFORMED),
        (_signed({6: 2**33, TOKEN: HELD}), Reason.MALFORMED),
        (_signed({3: "a", 6: SHOWN_AT, TOKEN: HELD}), Reason.MALFORMED),
        (_signed({6: SHOWN_AT, 10: b"12345678", TOKEN: HELD}), Reason.MALFORMED),
        (_signed({3: "a", 6: SHOWN_AT, 10: b"1234567", TOKEN: HELD}), Reason.MALFORMED),
        (_signed({3: "", 6: SHOWN_AT, 10: b"12345678", TOKEN: HELD}), Reason.MALFORMED),
        (_signed([SHOWN_AT, HELD]), Reason.MALFORMED),
        (_signed({6: SHOWN_AT, TOKEN: HELD}, unprotected={4: b"kid"}), Reason.HEADER_UNKNOWN),
        (_signed({6: SHOWN_AT, TOKEN: HELD}, header={1: -7, 16: 0}), Reason.TYPE_WRONG),
        (_signed({6: SHOWN_AT, TOKEN: HELD}, header={1: -7, 4: DEVICE.public_key.kid}), Reason.ISSUER_UNKNOWN),
        (_signed({6: SHOWN_AT, TOKEN: HELD}, header={1: -35}), Reason.MALFORMED),
        (_signed({6: SHOWN_AT, TOKEN: HELD}, header={1: -6}), Reason.MALFORMED),
        (_signed({6: SHOWN_AT, TOKEN: HELD}, header={16: 0}), Reason.TYPE_WRONG),
        (LIVE[:1] + b"\x98\x04" + LIVE[2:], Reason.MALFORMED),
        (_signed({6: SHOWN_AT, TOKEN: b""}), Reason.MALFORMED),
        (_signed({6: SHOWN_AT, TOKEN: bytes(TOKEN_BYTES_MAX)}), Reason.TOO_LARGE),
        (cose.assemble(cbor.dumps({1: -7}), cbor.dumps({6: SHOWN_AT, TOKEN: HELD}), b""), Reason.MALFORMED),
    ],
)
def test_what_is_no_live_code_says_why(data: bytes, reason: Reason) -> None:
    verdict = _judged(data)
    assert (verdict.reasons, verdict.licence, verdict.shown) == ((reason,), None, Shown.STATIC)


def test_a_signature_of_another_length_is_a_bad_proof() -> None:
    header, payload = cbor.dumps({1: -7}), cbor.dumps({6: SHOWN_AT, TOKEN: HELD})
    raw = DEVICE.sign(cose.sign1_tbs(header, payload))
    for signature in (b"", raw[:-1], raw + b"\0"):
        assert _answer(b"\xd2" + cbor2.dumps([header, {}, payload, signature])) == BAD


# ---------------------------------------------------------------- time: grades, and never red for a clock

_LIVE = (Outcome.VALID, Shown.LIVE, ())
_DIFFER = (Outcome.VALID, Shown.CLOCKS_DIFFER, ())
_OLD = (Outcome.UNDETERMINED, Shown.OLD_COPY, (Reason.CODE_OLD,))
_AHEAD = (Outcome.UNDETERMINED, Shown.CLOCKS_DIFFER, (Reason.CLOCK_BAD,))


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (-86_400, _AHEAD), (-302, _AHEAD), (-301, _AHEAD), (-300, _DIFFER), (-299, _DIFFER),
        (-62, _DIFFER), (-61, _DIFFER), (-60, _LIVE), (-59, _LIVE), (-1, _LIVE), (0, _LIVE), (1, _LIVE),
        (30, _LIVE), (89, _LIVE), (90, _LIVE), (91, _DIFFER), (92, _DIFFER),
        (299, _DIFFER), (300, _DIFFER), (301, _OLD), (302, _OLD), (80_000, _OLD),
    ],
)  # fmt: skip
def test_each_border_of_the_grades(age: int, answer: object) -> None:
    assert _answer(present(HELD, DEVICE, SHOWN_AT - age), SHOWN_AT) == answer


@given(st.integers(-(10**9), 10**9))
def test_no_clock_makes_a_good_code_red(age: int) -> None:
    at = SHOWN_AT
    verdict = _judged(present(HELD, DEVICE, min(max(at - age, 10**9), 2**33 - 1)), at)
    assert verdict.outcome is not Outcome.INVALID
    assert (verdict.outcome is Outcome.VALID) == (not verdict.reasons) == (-300 <= age <= 300)
    assert verdict.licence == HOLDER


def test_how_it_is_shown_takes_nothing_away_from_what_the_licence_is() -> None:
    """A revoked licence is revoked live too; all reasons are told."""
    revoked = World(values={HOLDER.status.index: 1}).statuses()
    live = verify(LIVE, TRUST, revoked, SHOWN_AT + 5)
    assert (live.outcome, live.shown, live.reasons) == (Outcome.INVALID, Shown.LIVE, (Reason.REVOKED,))
    old = verify(LIVE, TRUST, revoked, SHOWN_AT + 5_000)
    assert (old.outcome, old.reasons) == (Outcome.INVALID, (Reason.REVOKED, Reason.CODE_OLD))
    forged = verify(_signed({6: SHOWN_AT, TOKEN: HELD}, OTHER_DEVICE), TRUST, {}, SHOWN_AT)
    assert forged.reasons == (Reason.STATUS_UNKNOWN, Reason.HOLDER_PROOF_BAD)


# ---------------------------------------------------------------- challenges


def test_the_answer_to_a_challenge_is_live_whatever_the_clocks() -> None:
    for age in (-80_000, 0, 80_000):
        data = present(HELD, DEVICE, SHOWN_AT - age, ASKED)
        assert _answer(data, SHOWN_AT, ASKED) == _LIVE
        assert check_text(qr.to_link(data, BASE), TRUST, STATUSES, SHOWN_AT, challenge=ASKED).shown is Shown.LIVE


@pytest.mark.parametrize(
    "challenge",
    [None, dataclasses.replace(ASKED, audience="https://other.example"), dataclasses.replace(ASKED, nonce=b"12345678")],
)
def test_an_answer_to_somebody_else_or_to_another_question_is_refused(challenge: Challenge | None) -> None:
    assert _answer(present(HELD, DEVICE, SHOWN_AT, ASKED), SHOWN_AT, challenge) == BAD


@pytest.mark.parametrize("data", [HELD, PRINTED, LIVE], ids=["token", "print", "without the nonce"])
def test_who_asks_is_not_content_with_less(data: bytes) -> None:
    assert _answer(data, SHOWN_AT, ASKED) == BAD


@pytest.mark.parametrize(
    ("audience", "nonce"), [("", b"12345678"), ("a" * 129, b"12345678"), ("a", b"1234567"), ("a", bytes(65))]
)
def test_a_challenge_has_its_limits(audience: str, nonce: bytes) -> None:
    with pytest.raises(ValueError, match=r"audience|nonce"):
        Challenge(audience=audience, nonce=nonce)


# ---------------------------------------------------------------- size


@pytest.mark.parametrize("make", [physician, nurse])
def test_the_symbol_has_at_most_77_modules(make: Any) -> None:
    hospital = InstitutionRef(number="MBT10001246010011A1001", name="示" * 22)
    token = WORLD.token(make(holder_key=DEVICE.public_key, institution=hospital))
    link = qr.to_link(present(token, DEVICE, SHOWN_AT), BASE)
    assert qr.symbol(link).symbol_size(border=0) == (77, 77)
    assert _answer(qr.from_text(link)) == _LIVE


def test_what_does_not_fit_is_refused_when_it_is_made() -> None:
    """Digits are the QR code's limit, bytes that of every message."""
    large = WORLD.token(dataclasses.replace(HOLDER, scope_text="示" * 60))
    with pytest.raises(ValueError, match="more digits"):
        qr.to_digits(present(large, DEVICE, SHOWN_AT))
    assert _answer(present(large, DEVICE, SHOWN_AT)) == _LIVE
    long = Challenge(audience="示" * 128, nonce=bytes(64))
    huge = WORLD.token(dataclasses.replace(HOLDER, scope_text="示" * 110))
    with pytest.raises(ValueError, match="does not fit"):
        present(huge, DEVICE, SHOWN_AT, long)
    with pytest.raises(ValueError, match="instant"):
        prepare(HELD, 5)


def test_a_signature_of_another_key_is_not_sealed() -> None:
    """The device in a browser signs what `prepare` gave; only its own signature is taken."""
    prepared = prepare(HELD, SHOWN_AT)
    assert seal(prepared, DEVICE.sign(prepared.tbs)) == LIVE
    with pytest.raises(SealRefused):
        seal(prepared, OTHER_DEVICE.sign(prepared.tbs))
