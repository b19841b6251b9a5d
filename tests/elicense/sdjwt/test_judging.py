"""A licence from a wallet: judged by the checks and reasons of a printed code, and only as far as it is shown."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import claims
from elicense.keys import Algorithm
from elicense.licence import Kind, Licence
from elicense.limits import KEY_BINDING_SECONDS_MAX
from elicense.reason import Outcome, Reason
from elicense.sdjwt import Asked, bind, issue_sdjwt, making, open_sdjwt, select, split, types, vct, verify_sdjwt
from elicense.sdjwt.judging import OPEN
from elicense.trust import Issuer
from tests import strategies
from tests.elicense.sdjwt.made import ASKED, HOLDER, copy, digest, disclosure, jws, open_claims, shown, wrong
from tests.world import DAY, T0, World, institution, nurse, physician, signer

WORLD = World()
TRUST = WORLD.opened()
STATUSES = WORLD.statuses()


def judged(text: str, at: int = T0, **changes: Any) -> tuple[Reason, ...]:
    given: dict[str, Any] = {"trust": TRUST, "status": STATUSES, "asked": ASKED, **changes}
    return verify_sdjwt(text, given["trust"], given["status"], at, asked=given["asked"]).reasons


@pytest.mark.parametrize("licence", [physician(), nurse(), institution()])
@pytest.mark.parametrize("key", [WORLD.licence_key, WORLD.edwards_key])
def test_a_wallet_shows_what_it_is_asked_for_and_nothing_else(licence: Licence, key: Any) -> None:
    held = copy(WORLD, licence, key)
    said = {
        name: value for name, value in claims.to_json(licence).items() if name not in {"kind", "issued_at", "status"}
    }
    for names in ((), ("name",), ("name", "number"), tuple(said)):
        found = verify_sdjwt(shown(held, *names), TRUST, STATUSES, T0, asked=ASKED)
        assert (found.outcome, found.reasons) == (Outcome.VALID, ())
        assert dict(found.claims) == {name: said[name] for name in said if name in names}
        assert (found.kind, found.bound) == (licence.kind, True)
        assert found.issuer is not None
        assert found.issuer.id == WORLD.hainan.id


def test_what_a_wallet_gets_is_judged_without_a_proof() -> None:
    assert judged(copy(WORLD), asked=None) == ()
    assert not verify_sdjwt(copy(WORLD), TRUST, STATUSES, T0).bound


@pytest.mark.parametrize(("value", "reason"), [(1, Reason.REVOKED), (2, Reason.SUSPENDED), (3, Reason.SUPERSEDED)])
def test_the_list_of_the_same_entry_says_how_it_stands(value: int, reason: Reason) -> None:
    world = World(values={physician().status.index: value})
    assert judged(shown(copy(world)), status=world.statuses()) == (reason,)


def test_what_cannot_be_known_is_never_valid() -> None:
    text = shown(copy(WORLD))
    assert judged(text, status={}) == (Reason.STATUS_UNKNOWN,)
    later = T0 + 10 * DAY
    assert judged(shown(copy(WORLD), at=later), at=later) == (Reason.STATUS_STALE,)
    much_later = T0 + 31 * DAY
    assert Reason.TRUST_STALE in judged(shown(copy(WORLD), at=much_later), at=much_later)


def test_days_are_those_of_the_licence_where_they_are_open_or_shown() -> None:
    ended = nurse(valid_until=dt.date(2026, 11, 20), registered_on=dt.date(2021, 11, 21))
    assert judged(shown(copy(WORLD, ended))) == (Reason.EXPIRED,)
    overdue = institution(verified_until=dt.date(2026, 11, 1))
    assert judged(shown(copy(WORLD, overdue))) == (), "what is kept back cannot be checked"
    assert judged(shown(copy(WORLD, overdue), "verified_until")) == (Reason.VERIFICATION_OVERDUE,)
    begins = institution(valid_from=dt.date(2027, 1, 1))
    assert judged(shown(copy(WORLD, begins), "valid_from")) == (Reason.NOT_YET_VALID,)


PROOFS: dict[str, str] = {
    "none": select(copy(WORLD), ()),
    "another nonce": shown(copy(WORLD), asked=Asked(audience=ASKED.audience, nonce="another")),
    "another audience": shown(copy(WORLD), asked=Asked(audience="another", nonce=ASKED.nonce)),
    "another key": shown(copy(WORLD), key=signer("thief")),
    "another algorithm": shown(copy(WORLD), key=signer("wallet", Algorithm.EDDSA)),
    "too old": shown(copy(WORLD), at=T0 - KEY_BINDING_SECONDS_MAX - 1),
    "from the future": shown(copy(WORLD), at=T0 + 121),
    "of another copy": select(copy(WORLD), ()) + shown(copy(WORLD)).rpartition("~")[2],
}
_PRESENTED = select(copy(WORLD), ())
_GOOD = {"aud": ASKED.audience, "iat": T0, "nonce": ASKED.nonce, "sd_hash": digest(_PRESENTED)}
for _name, _header, _claims in (
    ("another type", {"alg": "ES256", "typ": "jwt"}, _GOOD),
    ("no type", {"alg": "ES256"}, _GOOD),
    ("alg none", {"alg": "none", "typ": "kb+jwt"}, _GOOD),
    ("alg of a shared secret", {"alg": "HS256", "typ": "kb+jwt"}, _GOOD),
    ("crit", {"alg": "ES256", "typ": "kb+jwt", "crit": []}, _GOOD),
    ("no sd_hash", {"alg": "ES256", "typ": "kb+jwt"}, {name: _GOOD[name] for name in ("aud", "iat", "nonce")}),
    ("an audience among others", {"alg": "ES256", "typ": "kb+jwt"}, {**_GOOD, "aud": [ASKED.audience, "x"]}),
    ("a time that is no integer", {"alg": "ES256", "typ": "kb+jwt"}, {**_GOOD, "iat": True}),
    ("a claim more", {"alg": "ES256", "typ": "kb+jwt"}, {**_GOOD, "exp": T0 + 60}),
):
    PROOFS[_name] = _PRESENTED + jws(_header, _claims, HOLDER)
PROOFS["not a JWT"] = _PRESENTED + "x"


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_that_is_not_good_is_told(name: str) -> None:
    assert judged(PROOFS[name]) == (Reason.HOLDER_PROOF_BAD,), name


def test_a_proof_that_nobody_asked_for_is_none() -> None:
    assert judged(shown(copy(WORLD)), asked=None) == (Reason.HOLDER_PROOF_BAD,)


def test_a_good_proof_made_by_hand_is_good() -> None:
    assert judged(_PRESENTED + jws({"alg": "ES256", "typ": "kb+jwt"}, _GOOD, HOLDER)) == ()


def test_taking_an_item_away_or_adding_one_breaks_the_proof() -> None:
    held = copy(WORLD)
    text = bind(select(held, ("name", "number")), HOLDER, ASKED, T0)
    issued, *items, proof = text.split("~")
    assert judged("~".join([issued, items[0], proof])) == (Reason.HOLDER_PROOF_BAD,)
    more = next(one for one in held.split("~")[1:-1] if one not in items)
    assert judged("~".join([issued, *items, more, proof])) == (Reason.HOLDER_PROOF_BAD,)


WRONG: dict[str, tuple[str, Reason]] = {
    "a stranger's key": (wrong(WORLD, key=signer("stranger")), Reason.ISSUER_UNKNOWN),
    "the status key": (wrong(WORLD, key=WORLD.status_key), Reason.ISSUER_UNKNOWN),
    "a known id over another key": (
        wrong(WORLD, key=signer("x"), header={"kid": WORLD.licence_key.public_key.kid.hex()}), Reason.SIGNATURE_BAD,
    ),
    "another algorithm": (
        wrong(WORLD, header={"kid": WORLD.edwards_key.public_key.kid.hex()}), Reason.ALGORITHM_BAD,
    ),
    "another type": (wrong(WORLD, header={"typ": "vc+sd-jwt"}), Reason.TYPE_WRONG),
    "no type": (wrong(WORLD, header={"typ": None}), Reason.TYPE_WRONG),
    "a key in the header": (wrong(WORLD, header={"jwk": {}}), Reason.HEADER_UNKNOWN),
    "an x5c of nobody": (wrong(WORLD, header={"x5c": []}), Reason.MALFORMED),
    "no kid": (wrong(WORLD, header={"kid": None}), Reason.MALFORMED),
    "a kid that is none": (wrong(WORLD, header={"kid": "../etc"}), Reason.MALFORMED),
    "another province's type": (wrong(WORLD, vct=vct(f"{WORLD.host}/beijing", Kind.PHYSICIAN)), Reason.TYPE_WRONG),
    "a later version": (wrong(WORLD, vct=f"{WORLD.host}/vct/physician/2"), Reason.TYPE_WRONG),
    "another issuer's name": (wrong(WORLD, iss="https://elsewhere.example"), Reason.TYPE_WRONG),
    "another province's list": (
        wrong(WORLD, status={"status_list": {"idx": 1, "uri": WORLD.other.list_uri(1)}}), Reason.CLAIMS_BAD,
    ),
    "a list that is none": (wrong(WORLD, status={"status_list": {"idx": 1, "uri": "x"}}), Reason.CLAIMS_BAD),
    "a number that is no list": (
        wrong(WORLD, status={"status_list": {"idx": 1, "uri": WORLD.hainan.list_uri(1).replace("/1", "/01")}}),
        Reason.CLAIMS_BAD,
    ),
    "an index below nought": (
        wrong(WORLD, status={"status_list": {"idx": -1, "uri": WORLD.hainan.list_uri(1)}}), Reason.CLAIMS_BAD,
    ),
    "an index that is true": (
        wrong(WORLD, status={"status_list": {"idx": True, "uri": WORLD.hainan.list_uri(1)}}), Reason.CLAIMS_BAD,
    ),
    "an index too large": (
        wrong(WORLD, status={"status_list": {"idx": 2**40, "uri": WORLD.hainan.list_uri(1)}}), Reason.STATUS_UNKNOWN,
    ),
    "another way to tell the status": (wrong(WORLD, status={"crl": "x"}), Reason.CLAIMS_BAD),
    "a private key as the holder's": (
        wrong(WORLD, cnf={"jwk": {**HOLDER.public_key.to_jwk(), "d": "x"}}), Reason.CLAIMS_BAD,
    ),
    "a holder's key that is none": (wrong(WORLD, cnf={"jwk": {"kty": "RSA"}}), Reason.CLAIMS_BAD),
    "a holder's key by its name": (wrong(WORLD, cnf={"kid": "x"}), Reason.CLAIMS_BAD),
    "a time that is none": (wrong(WORLD, iat="today"), Reason.CLAIMS_BAD),
    "an end that is none": (wrong(WORLD, exp=True), Reason.CLAIMS_BAD),
    "a time before the key": (wrong(WORLD, iat=T0 - 400 * DAY), Reason.KEY_NOT_THEN),
    "an item in the open that no kind has": (wrong(WORLD, birth_date="1990-01-01"), Reason.CLAIMS_UNKNOWN),
    "a hidden item that no kind has": (wrong(WORLD, hidden={"id_number": "x"}), Reason.CLAIMS_UNKNOWN),
    "a nurse's item on a physician's": (wrong(WORLD, hidden={"registered_on": "2026-01-01"}), Reason.CLAIMS_UNKNOWN),
    "a name with a direction in it": (wrong(WORLD, hidden={"name": "林\u202e知远"}), Reason.CLAIMS_BAD),
    "a number that is none": (wrong(WORLD, hidden={"number": "1"}), Reason.CLAIMS_BAD),
    "scopes that are no list": (wrong(WORLD, hidden={"scopes": 11}), Reason.CLAIMS_BAD),
    "a place that is a text": (wrong(WORLD, hidden={"place": "460000"}), Reason.CLAIMS_BAD),
    "a place outside": (wrong(WORLD, hidden={"place": 110000}), Reason.KEY_NOT_FOR_AREA),
    "an institution that is a text": (wrong(WORLD, hidden={"institution": "x"}), Reason.CLAIMS_BAD),
    "an end without its exp": (wrong(WORLD, hidden={"valid_until": "2031-11-23"}), Reason.CLAIMS_BAD),
}  # fmt: skip
for _missing in ("iss", "iat", "vct", "cnf", "status"):
    WRONG[f"without {_missing}"] = (wrong(WORLD, without=(_missing,)), Reason.CLAIMS_BAD)
    _hidden = wrong(
        WORLD, without=(_missing,), hidden={_missing: open_claims(WORLD, physician(), HOLDER.public_key)[_missing]}
    )
    WRONG[f"{_missing} hidden"] = (_hidden, Reason.CLAIMS_BAD)


_STATUS = {
    "_sd": [digest(disclosure("salt-of-128-random-bits", "status_list", {"idx": 1, "uri": WORLD.hainan.list_uri(1)}))]
}
WRONG["a part of the status hidden"] = (
    wrong(WORLD, status=_STATUS)
    + disclosure("salt-of-128-random-bits", "status_list", {"idx": 1, "uri": WORLD.hainan.list_uri(1)})
    + "~",
    Reason.CLAIMS_BAD,
)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_with_its_reason(name: str) -> None:
    text, reason = WRONG[name]
    found = verify_sdjwt(text, TRUST, STATUSES, T0)
    assert found.reasons == (reason,), name
    if reason is not Reason.STATUS_UNKNOWN:
        assert (found.kind, found.issuer, dict(found.claims)) == (None, None, {}), "nothing of it is believed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: dataclasses.replace(one, kinds=frozenset({Kind.NURSE})), Reason.KEY_NOT_FOR_KIND),
        (
            lambda one: dataclasses.replace(
                one, keys=tuple(dataclasses.replace(key, compromised_from=T0 - DAY) for key in one.keys)
            ),
            Reason.KEY_COMPROMISED,
        ),
    ],
)
def test_what_the_trust_list_takes_away_is_not_believed(change: Any, reason: Reason) -> None:
    changed: Issuer = change(WORLD.hainan)
    assert judged(shown(copy(WORLD)), trust=WORLD.opened(WORLD.trust(changed))) == (reason,)


@pytest.mark.parametrize("licence", [physician(), nurse(), institution()])
@pytest.mark.parametrize("key", [WORLD.licence_key, WORLD.edwards_key])
def test_one_call_issues_what_a_wallet_takes_and_everything_in_it_is_hidden(licence: Licence, key: Any) -> None:
    text = issue_sdjwt(licence, key, WORLD.hainan, HOLDER.public_key, T0)
    found = verify_sdjwt(text, TRUST, STATUSES, T0)
    assert (found.outcome, dict(found.claims)) == (Outcome.VALID, making.said(licence))
    payload = split(text).jwt.payload
    assert payload.keys() - OPEN == {"_sd", "_sd_alg"}
    assert payload["iat"] % DAY == 16 * 3_600, "the day and not the second"
    assert dict(verify_sdjwt(select(text, ()), TRUST, STATUSES, T0).claims) == {}
    again = issue_sdjwt(licence, key, WORLD.hainan, HOLDER.public_key, T0)
    assert not {*text.split("~")[1:-1]} & {*again.split("~")[1:-1]}, "salts are never used twice"


@settings(max_examples=60)
@given(strategies.licences, st.data())
def test_of_any_licence_any_items_are_shown_and_no_others(licence: Licence, data: st.DataObject) -> None:
    said = making.said(licence)
    names = data.draw(st.sets(st.sampled_from(sorted(said))))
    text = issue_sdjwt(licence, WORLD.edwards_key, WORLD.hainan, HOLDER.public_key, T0)
    told = open_sdjwt(select(text, names), WORLD.edwards_key.public_key)
    assert {name: value for name, value in told.items() if name not in OPEN} == {name: said[name] for name in names}
    assert told["cnf"]["jwk"] == HOLDER.public_key.to_jwk()
    assert told.get("exp") == licence.expires_at


@pytest.mark.parametrize("key", [WORLD.status_key, WORLD.other_key, signer("stranger")])
def test_a_key_that_is_no_licence_key_of_the_issuer_issues_nothing(key: Any) -> None:
    with pytest.raises(ValueError, match="no licence key"):
        issue_sdjwt(physician(), key, WORLD.hainan, HOLDER.public_key, T0)


def test_types_are_those_of_every_issuer_that_may() -> None:
    assert types(TRUST, Kind.NURSE) == (f"{WORLD.host}/vct/nurse/1", f"{WORLD.host}/beijing/vct/nurse/1")


def test_a_wallet_can_hide_nothing_that_must_be_open() -> None:
    assert not {"iss", "exp", "cnf", "vct", "status"} - OPEN


_SHOWN = shown(copy(WORLD), "name", "scopes")
"""One text for all draws: salts and signatures are others each time."""


@settings(max_examples=300)
@given(st.data())
def test_any_flip_of_what_is_shown_is_never_valid(data: st.DataObject) -> None:
    text = _SHOWN
    at = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.sampled_from("ABCabc019-_~.=\x00é").filter(lambda one: one != text[at]))
    found = verify_sdjwt(text[:at] + char + text[at + 1 :], TRUST, STATUSES, T0, asked=ASKED)
    assert found.outcome is Outcome.INVALID


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**40)
    | st.text(max_size=4)
    | st.sampled_from(["2026-01-01", "x" * 40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
_NAMES = sorted(
    {held.name for kind in Kind for _, held, _ in claims.form_of(kind).fields} | {*OPEN, "valid_until", "x"}
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(_NAMES), _json, max_size=4), st.booleans())
def test_whatever_a_genuine_key_signs_there_is_an_answer(said: dict[str, Any], hide: bool) -> None:
    text = wrong(WORLD, hidden=said) if hide else wrong(WORLD, **said)
    assert isinstance(verify_sdjwt(text, TRUST, STATUSES, T0).outcome, Outcome)


@given(st.text(max_size=200))
def test_any_text_is_invalid(text: str) -> None:
    assert verify_sdjwt(text, TRUST, STATUSES, T0, asked=ASKED).outcome is Outcome.INVALID


def test_an_answer_is_no_boolean() -> None:
    with pytest.raises(TypeError):
        bool(verify_sdjwt("", TRUST, STATUSES, T0))
