"""What a wallet may not: every wrong request gets the error of the texts, gives nothing, and loses nothing."""

from __future__ import annotations

import json
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest

from elicense.keys import Algorithm, b64url
from issuer.domain.offer import OFFER_SECONDS, TOKEN_SECONDS
from issuer.storage import wallets
from issuer.web.limit import PER_SOURCE, WINDOW_SECONDS
from tests.issuer.wallets.wallet import FORM, GRANT, JSON, TYP, Wallet, jwt, key, offered, redeemed
from tests.issuer.web.api.api import Answer, Api


@pytest.fixture
def entry(api: Api) -> str:
    """The hospital's own registration."""
    [found] = api.client("hospital").get("registrations")["registrations"]
    return str(found["id"])


def error(answer: Answer) -> str:
    """The error of an answer, in the form that the texts ask for."""
    assert answer.media == JSON, answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json.keys() <= {"error", "error_description"}
    assert answer.json.get("error_description", "").isascii()
    wanted = {"invalid_token": 401, "insufficient_scope": 403}.get(answer.json["error"], 400)
    assert answer.status == wanted
    if wanted != 400:
        assert answer.headers["WWW-Authenticate"] == f'Bearer error="{answer.json["error"]}"'
    return str(answer.json["error"])


def still_good(wallet: Wallet) -> None:
    """Nothing was lost and nothing was issued: the right request is answered, and by the only copy that there is."""
    with wallet.api.world.store.reading() as tx:
        assert tx.all(wallets.wallet_copy.select()) == []
    assert len(wallet.get(key())) == 1


def test_a_hundred_token_requests_at_once_are_one_token_and_then_slow_down(api: Api, entry: str) -> None:
    """What is beyond the limit costs the offer none of its tries; after a minute the address may ask again."""
    wallet, tx_code = offered(api, "hospital", entry)
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: Wallet(api, wallet.offer).redeem(tx_code), range(100)))
    said = Counter((one.status, one.json.get("error")) for one in answers)
    assert said == {(200, None): 1, (400, "invalid_grant"): PER_SOURCE - 1, (429, "slow_down"): 100 - PER_SOURCE}
    late = next(one for one in answers if one.status == 429)
    assert (late.media, late.headers["Cache-Control"], late.headers["Retry-After"]) == (JSON, "no-store", "60")
    assert late.headers["Access-Control-Allow-Origin"] == "*"
    again, tx_code = offered(api, "hospital", entry)
    assert [again.redeem("wrong").status for _ in range(9)] == [429] * 9
    api.world.at += WINDOW_SECONDS
    assert again.redeem(tx_code).status == 200


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"pre-authorized_code": None}, "invalid_request"),
        ({"pre-authorized_code": ""}, "invalid_request"),
        ({"pre-authorized_code": "x"}, "invalid_grant"),
        ({"pre-authorized_code": "x" * 5_000}, "invalid_request"),
        ({"tx_code": None}, "invalid_request"),
        ({"tx_code": "１２３４５６"}, "invalid_grant"),
        ({"tx_code": ""}, "invalid_grant"),
        ({"authorization_details": "[]"}, "invalid_request"),
    ],
)
def test_a_wrong_token_request_gives_no_token(api: Api, entry: str, change: dict[str, str | None], wanted: str) -> None:
    wallet, tx_code = offered(api, "hospital", entry)
    right = {"grant_type": GRANT, "pre-authorized_code": wallet.code, "tx_code": tx_code}
    fields: dict[str, str | None] = {**right, **change}
    body = urlencode({name: value for name, value in fields.items() if value is not None}).encode()
    assert error(wallet.post("token", body, FORM)) == wanted
    assert wallet.redeem(tx_code).status == 200
    still_good(wallet)


def test_a_form_that_cannot_be_read_gives_no_token(api: Api, entry: str) -> None:
    """A parameter twice, another media type, another character set, a million bytes."""
    wallet, tx_code = offered(api, "hospital", entry)
    good = urlencode({"grant_type": GRANT, "pre-authorized_code": wallet.code, "tx_code": tx_code})
    for body, media in (
        (f"{good}&tx_code={tx_code}", FORM),
        (f"{good}&{good}", FORM),
        (good, JSON),
        (good, "text/plain"),
        (json.dumps({"grant_type": GRANT}), JSON),
        (f"{good}&x=%ff%fe", FORM),
        (f"{good}&" + "&".join(f"a{n}=1" for n in range(40)), FORM),
        ("", FORM),
    ):
        assert error(wallet.post("token", body.encode(), media)) == "invalid_request"
    large = wallet.post("token", b"a=" + b"x" * 1_000_000, FORM)
    assert (large.status, large.json["error"]) == (413, "invalid_request")
    assert wallet.redeem(tx_code).status == 200
    still_good(wallet)


def test_a_code_is_good_once_and_for_ten_minutes(api: Api, entry: str) -> None:
    wallet, tx_code = offered(api, "hospital", entry)
    assert wallet.redeem(tx_code).json.keys() == {"access_token", "token_type", "expires_in"}
    assert error(wallet.redeem(tx_code)) == "invalid_grant"
    late, tx_code = offered(api, "hospital", entry)
    api.world.later(seconds=OFFER_SECONDS)
    assert error(late.redeem(tx_code)) == "invalid_grant"
    reference = api.client("hospital").act("wallet.offer", entry)["link"].rpartition("%2F")[2]
    assert api.ask("GET", f"/wallet/offers/{reference}").status == 200
    api.world.later(seconds=OFFER_SECONDS)
    assert api.ask("GET", f"/wallet/offers/{reference}").status == 404
    assert api.ask("GET", "/wallet/offers/forged").status == 404


def test_five_wrong_transaction_codes_kill_an_offer_and_a_new_one_voids_the_old(api: Api, entry: str) -> None:
    wallet, tx_code = offered(api, "hospital", entry)
    for number in range(5):
        assert error(wallet.redeem(f"wrong-{number}")) == "invalid_grant"
    assert error(wallet.redeem(tx_code)) == "invalid_grant"
    four, right = offered(api, "hospital", entry)
    for number in range(4):
        assert error(four.redeem(f"wrong-{number}")) == "invalid_grant"
    assert four.redeem(right).status == 200
    old, old_code = offered(api, "hospital", entry)
    new, new_code = offered(api, "hospital", entry)
    assert error(old.redeem(old_code)) == "invalid_grant"
    assert error(four.ask(four.proof(key(), four.nonce()))) == "invalid_token"
    assert new.redeem(new_code).status == 200
    still_good(new)


@pytest.mark.parametrize("path", ["credential", "deferred", "notification"])
def test_without_a_good_token_nothing_is_heard(api: Api, entry: str, path: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    bare = wallet.post(path, b"{}", access="")
    assert (bare.status, bare.headers["WWW-Authenticate"], bare.body) == (401, "Bearer", b"")
    for wrong in ("x", "x" * 3_000, f"{wallet.access}x", wallet.access.swapcase(), "é"):
        assert (
            error(wallet.post(path, b"{}", access=wrong) if wrong != "é" else _latin(wallet, path)) == "invalid_token"
        )
    basic = api.ask("POST", f"/wallet/{path}", b"{}", Content_Type=JSON, Authorization=f"Basic {wallet.access}")
    assert basic.status == 401
    still_good(wallet)


def _latin(wallet: Wallet, path: str) -> Answer:
    return wallet.api.ask("POST", f"/wallet/{path}", b"{}", Content_Type=JSON, Authorization="Bearer \xe9")


def test_a_token_opens_for_five_minutes(api: Api, entry: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    api.world.later(seconds=TOKEN_SECONDS - 1)
    still_good(wallet)
    api.world.later(seconds=1)
    assert error(wallet.ask(wallet.proof(key(), wallet.nonce()))) == "invalid_token"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"alg": "none"}, {}),
        ({"alg": "HS256"}, {}),
        ({"alg": "EdDSA"}, {}),
        ({"alg": None}, {}),
        ({"typ": None}, {}),
        ({"typ": "JWT"}, {}),
        ({"typ": "OPENID4VCI-PROOF+JWT"}, {}),
        ({"jwk": None}, {}),
        ({"jwk": "x"}, {}),
        ({"jwk": None, "kid": "did:example:1#key"}, {}),
        ({"kid": "1"}, {}),
        ({"x5c": ["MIIB"]}, {}),
        ({"jku": "https://keys.example"}, {}),
        ({"crit": ["b64"], "b64": False}, {}),
        ({}, {"aud": None}),
        ({}, {"aud": "https://another.example"}),
        ({}, {"aud": ["https://another.example"]}),
        ({}, {"iat": None}),
        ({}, {"iat": 1}),
        ({}, {"iat": "now"}),
        ({}, {"iat": True}),
        ({}, {"iat": 1e9}),
        ({}, {"exp": 1}),
        ({}, {"iss": "somebody"}),
        ({}, {"nonce": None}),
        ({}, {"nonce": 5}),
    ],
    ids=str,
)
def test_a_proof_that_proves_nothing(api: Api, entry: str, header: dict[str, Any], claims: dict[str, Any]) -> None:
    wallet = redeemed(api, "hospital", entry)
    assert error(wallet.ask(wallet.proof(key(), wallet.nonce(), header, **claims))) == "invalid_proof"
    still_good(wallet)


def test_proofs_by_other_keys_with_private_keys_or_of_odd_bytes(api: Api, entry: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    mine, other = key(), key()
    nonce = wallet.nonce()
    good = wallet.proof(mine, nonce)
    head, said, signature = good.split(".")
    private = {**mine.public_key.to_jwk(), "d": b64url(b"1" * 32)}
    secret = {"kty": "oct", "k": b64url(b"1" * 32)}
    claims = {"aud": api.url, "iat": api.world.at, "nonce": nonce}
    twice = b64url(f'{{"aud":"x","aud":"{api.url}","iat":{api.world.at},"nonce":"{nonce}"}}'.encode())
    unsigned = f"{head}.{twice}"
    wrong = [
        wallet.proof(other, nonce, {"jwk": mine.public_key.to_jwk()}),
        wallet.proof(mine, nonce, {"jwk": private}),
        jwt({"alg": "HS256", "typ": TYP, "jwk": secret}, claims, mine),
        jwt({"alg": "ES256", "typ": TYP, "jwk": mine.public_key.to_jwk()}, [claims], mine),
        f"{unsigned}.{b64url(mine.sign(unsigned.encode()))}",
        f"{head}.{said}.",
        f"{head}.{said}.{signature}=",
        f"{head}.{said}.{signature[:-2]}",
        f"{head}.{said}",
        f"{good}.{signature}",
        "x" * 1_000,
        "",
        "é",
        wallet.proof(mine, nonce, x="y" * 5_000),
        wallet.proof(wallet.api.world.signers["hospital"], nonce),
    ]
    for proof in wrong:
        assert error(wallet.ask(proof)) == "invalid_proof"
        assert error(wallet.ask(good, proof)) == "invalid_proof"
    assert error(wallet.ask(good, good)) == "invalid_proof"
    assert error(wallet.ask()) == "invalid_proof"
    assert error(wallet.ask(*(wallet.proof(key(), nonce) for _ in range(11)))) == "invalid_proof"
    still_good(wallet)


def test_nonces_are_ours_young_and_used_once(api: Api, entry: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    mine = key()
    ours = wallet.nonce()
    for wrong in ("x", "", f"{ours}A", ours.swapcase(), b64url(b"0" * 37), b64url(b"")):
        assert error(wallet.ask(wallet.proof(mine, wrong))) == "invalid_nonce"
    mixed = (wallet.proof(mine, ours), wallet.proof(key(), "x"))
    assert error(wallet.ask(*mixed)) == "invalid_nonce"
    still_good(wallet)
    second = redeemed(api, "hospital", entry)
    used = second.nonce()
    assert second.ask(second.proof(mine, used)).status == 200
    third = redeemed(api, "hospital", entry)
    assert error(third.ask(third.proof(key(), used))) == "invalid_nonce"
    old, older = third.nonce(), third.nonce()
    fourth_at = api.world.at
    api.world.later(seconds=299)
    assert third.ask(third.proof(key(), old)).status == 200
    fourth = redeemed(api, "hospital", entry)
    api.world.later(seconds=1)
    assert error(fourth.ask(fourth.proof(key(), older))) == "invalid_nonce"
    assert fourth.ask(fourth.proof(key(), fourth.nonce())).status == 200
    assert api.world.at - fourth_at == 300


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"credential_configuration_id": None}, "invalid_credential_request"),
        ({"credential_configuration_id": 5}, "invalid_credential_request"),
        ({"credential_configuration_id": "degree"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": "nurse_licence"}, "insufficient_scope"),
        ({"credential_configuration_id": None, "credential_identifier": "x"}, "unknown_credential_identifier"),
        ({"credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}, "invalid_encryption_parameters"),
        ({"proofs": None}, "invalid_proof"),
        ({"proofs": {}}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": "x"}}, "invalid_proof"),
        ({"proofs": {"jwt": [5]}}, "invalid_proof"),
        ({"proofs": {"ldp_vp": [{}]}}, "invalid_proof"),
        ({"proofs": {"attestation": ["x"]}}, "invalid_proof"),
    ],
    ids=str,
)
def test_a_wrong_credential_request(api: Api, entry: str, change: dict[str, Any], wanted: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    assert error(wallet.ask(wallet.proof(key(), wallet.nonce()), **change)) == wanted
    still_good(wallet)


def test_a_body_that_is_no_strict_json(api: Api, entry: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    names = {"credential": "invalid_credential_request", "deferred": "invalid_credential_request"}
    for path, wanted in {**names, "notification": "invalid_notification_request"}.items():
        for body in (
            b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1.5}',
            b'{"a":-Infinity}', b"[" * 5_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b'{"a":1e999}', b"{}",
            b'{"transaction_id":5,"notification_id":5,"credential_configuration_id":5}',
        ):  # fmt: skip
            assert error(wallet.post(path, body)) == wanted, (path, body[:40])
        assert error(wallet.post(path, b"{}", "text/json")) == wanted
        large = wallet.post(path, b'{"x":"' + b"x" * 1_000_000 + b'"}')
        assert (large.status, large.media) == (413, JSON)
    still_good(wallet)


def test_transactions_and_notifications_of_nobody(api: Api, entry: str) -> None:
    wallet = redeemed(api, "hospital", entry)
    assert error(wallet.defer("x")) == "invalid_transaction_id"
    assert error(wallet.defer("\ud800")) == "invalid_credential_request", "half of a character is no JSON of ours"
    assert error(wallet.tell("x")) == "invalid_notification_id"
    assert error(wallet.tell("x", "credential_lost")) == "invalid_notification_request"
    assert error(wallet.tell("x", event_description='"')) == "invalid_notification_request"
    assert error(wallet.tell("x", event_description="收到")) == "invalid_notification_request"
    still_good(wallet)


def test_one_token_gives_one_batch_and_the_same_keys_the_same_copies(api: Api, entry: str) -> None:
    """An answer may get lost on its way; whoever asks again proves the same keys with a new nonce."""
    wallet = redeemed(api, "hospital", entry)
    mine = key(), key(Algorithm.EDDSA)
    first = wallet.get(*mine)
    assert wallet.get(*mine) == first
    assert error(wallet.ask(wallet.proof(key(), wallet.nonce()))) == "credential_request_denied"
    assert error(wallet.ask(wallet.proof(mine[0], wallet.nonce()))) == "credential_request_denied"


def test_nobody_offers_what_is_not_theirs(api: Api, entry: str) -> None:
    nurse = api.person("nurse", "苏予安", "460000199505050027")
    for who in (nurse, api.client("decide")):
        for act in ("wallet.offer", "wallet.remove"):
            assert who.refused(who.act, act, entry).code == "registration-unknown"


def test_nothing_personal_and_no_secret_is_in_the_log(api: Api, entry: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        wallet, tx_code = offered(api, "hospital", entry)
        wallet.redeem("wrong!")
        wallet.redeem(tx_code)
        mine = key()
        wallet.ask("canary-proof")
        wallet.get(mine)
        wallet.defer("canary-transaction")
    told = caplog.text
    secrets = (
        wallet.code,
        wallet.access,
        tx_code,
        "wrong!",
        "canary",
        mine.public_key.to_jwk()["x"],
        "海口市示例综合医院",
    )
    assert "/wallet/credential" in told
    assert [one for one in secrets if one in told] == []
