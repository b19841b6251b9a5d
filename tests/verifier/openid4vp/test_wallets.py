"""Wallets are asked and answer: a wallet of other people's parts over HTTP, and the same service asked by hand."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from elicense.keys import b64url
from elicense.licence import Licence
from elicense.sdjwt import Asked
from tests.elicense.sdjwt.made import HOLDER, copy, shown
from tests.verifier.openid4vp.asking import Asking, asking
from tests.world import T0, institution, nurse, physician
from verifier.openid4vp.exchanges import ANSWERABLE_SECONDS
from verifier.openid4vp.queries import QUERIES
from verifier.openid4vp.responses import ResponseBad
from verifier.openid4vp.wallets import Gone

_NATIVE = serialization.load_der_private_key(HOLDER.to_pkcs8(), None)
assert isinstance(_NATIVE, ec.EllipticCurvePrivateKey)
KEY = {**HOLDER.public_key.to_jwk(), "d": b64url(_NATIVE.private_numbers().private_value.to_bytes(32, "big"))}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Asking]:
    with asking(tmp_path) as made:
        yield made


def held(service: Asking, licence: Licence) -> dict[str, Any]:
    return {"sdjwt": copy(service.world, licence), "key": KEY}


LICENCES = {"physician": physician, "nurse": nurse, "institution": institution}


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("query", QUERIES)
def test_each_ready_query_is_answered_by_a_wallet(service: Asking, query: str, encrypted: bool) -> None:
    wanted = [one.kind.text for one in QUERIES[query].query.credentials]
    asked = service.ask(query, encrypted=encrypted)
    assert service.result(asked) == {"state": "waiting", "query": query}
    told = service.present(asked["link"], *(held(service, made()) for made in LICENCES.values()))
    assert (told["version"], told["client"], told["satisfied"]) == (100, "x509_hash", True)
    assert told["answers"] == [{"status": 200, "body": {}}]
    result = service.result(asked)
    assert (result["state"], result["outcome"]) == ("answered", "valid")
    assert [one["kind"] for one in result["credentials"]] == wanted
    for one, credential in zip(result["credentials"], QUERIES[query].query.credentials, strict=True):
        assert set(one["claims"]) == {path[0] for path in credential.claims}, "nothing else left the wallet"
        assert one["told"]["en"]["heading"] == "Licence valid"
        assert all(row["label"]["en"] and row["value"]["zh"] for row in one["rows"])


def test_an_optional_credential_may_stay_away(service: Asking) -> None:
    asked = service.ask("hiring-institution")
    told = service.present(asked["link"], held(service, physician()))
    assert told["presented"] == ["physician"]
    assert [one["id"] for one in service.result(asked)["credentials"]] == ["physician"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("nonce", "holder-proof-bad"), ("audience", "holder-proof-bad"), ("other-key", "holder-proof-bad"),
        ("no-key-binding", "holder-proof-bad"), ("hide", "category"), ("state", "state"), ("more", "not asked for"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encrypted", [True, False])
def test_an_answer_that_is_not_what_was_asked_for_is_refused_and_the_request_stays(
    service: Asking, spoil: str, said: str, encrypted: bool
) -> None:
    asked = service.ask("telemedicine-physician", encrypted=encrypted)
    [answer] = service.present(asked["link"], held(service, physician()), spoil=spoil)["answers"]
    assert (answer["status"], answer["body"]["error"]) == (400, "invalid_request")
    assert said in answer["body"]["error_description"]
    assert service.result(asked)["state"] == "waiting"
    [answer] = service.present(asked["link"], held(service, physician()))["answers"]
    assert answer["status"] == 200


@pytest.mark.parametrize(
    ("value", "reason", "outcome"),
    [(1, "revoked", "invalid"), (2, "suspended", "invalid"), (3, "superseded", "invalid")],
)
def test_a_genuine_licence_that_ended_is_an_answer(service: Asking, value: int, reason: str, outcome: str) -> None:
    service.world.values[physician().status.index] = value
    asked = service.ask("telemedicine-physician")
    service.present(asked["link"], held(service, physician()))
    result = service.result(asked)
    assert (result["outcome"], result["credentials"][0]["reasons"]) == (outcome, [reason])
    assert result["credentials"][0]["told"]["en"]["heading"] != "Licence valid"


def test_what_cannot_be_judged_is_undetermined(service: Asking) -> None:
    service.at = T0 + 5 * 86_400
    asked = service.ask("telemedicine-physician")
    service.present(asked["link"], held(service, physician()))
    assert service.result(asked)["outcome"] == "undetermined"


def test_another_type_and_a_forged_credential_are_refused(service: Asking) -> None:
    wallets = service.wallets()
    begun = wallets.begin("telemedicine-physician", encrypted=False, same_device=False, now=T0).begun
    nonce = jwt.decode(wallets.request_object(begun.request_id, None, T0), options={"verify_signature": False})["nonce"]
    proof = Asked(audience=service.identity.client_id, nonce=nonce)
    for text in (
        shown(copy(service.world, nurse()), "place", asked=proof),
        shown(copy(service.world, key=HOLDER), "category", "level", "scopes", "place", "institution", asked=proof),
        "x",
    ):
        form = {"vp_token": [json.dumps({"physician": [text]})], "state": [begun.request_id]}
        with pytest.raises(ResponseBad):
            wallets.respond(begun.request_id, form, T0)
    good = shown(copy(service.world), "category", "level", "scopes", "place", "institution", asked=proof)
    form = {"vp_token": [json.dumps({"physician": [good]})], "state": [begun.request_id]}
    assert wallets.respond(begun.request_id, form, T0) == {}


def test_an_answer_counts_once(service: Asking) -> None:
    asked = service.ask("patient")
    first, second = service.present(asked["link"], held(service, physician()), twice=True)["answers"]
    assert (first["status"], second["status"]) == (200, 400)


def test_of_a_hundred_answers_at_once_one_counts(service: Asking) -> None:
    wallets = service.wallets()
    begun = wallets.begin("patient", encrypted=False, same_device=True, now=T0).begun
    nonce = jwt.decode(wallets.request_object(begun.request_id, None, T0), options={"verify_signature": False})["nonce"]
    proof = Asked(audience=service.identity.client_id, nonce=nonce)
    text = shown(copy(service.world), "name", "category", "scopes", "institution", asked=proof)
    form = {"vp_token": [json.dumps({"physician": [text]})], "state": [begun.request_id]}
    told: list[dict[str, str] | None] = []
    ready = threading.Barrier(100)

    def answer() -> None:
        ready.wait()
        try:
            told.append(wallets.respond(begun.request_id, form, T0))
        except Gone:
            told.append(None)

    threads = [threading.Thread(target=answer) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [link] = [one for one in told if one is not None]
    assert len(told) == 100
    code = urlsplit(link["redirect_uri"]).fragment.removeprefix("response_code=")
    assert wallets.result(begun.transaction_id, code, T0).result is not None


def test_on_one_device_the_wallet_brings_the_code_back(service: Asking) -> None:
    asked = service.ask("patient", same_device=True)
    [answer] = service.present(asked["link"], held(service, physician()))["answers"]
    where = urlsplit(answer["body"]["redirect_uri"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{service.url}/v/wallet"
    assert service.result(asked)["code"] == "not-found", "without the code of the wallet nothing is told"
    assert service.result(asked, "wrong")["code"] == "not-found"
    assert service.result(asked, where.fragment.removeprefix("response_code="))["state"] == "answered"


def test_the_request_object_says_what_the_specification_wants(service: Asking) -> None:
    asked = service.ask("telemedicine-nurse")
    said = parse_qs(urlsplit(asked["link"]).query)
    assert said["client_id"] == [service.identity.client_id]
    wallets = service.wallets()
    request_id = said["request_uri"][0].rpartition("/")[2]
    claims = jwt.decode(wallets.request_object(request_id, "of-the-wallet", T0), options={"verify_signature": False})
    assert (claims["wallet_nonce"], claims["aud"]) == ("of-the-wallet", "https://self-issued.me/v2")
    assert (claims["response_type"], claims["response_mode"]) == ("vp_token", "direct_post.jwt")
    assert "redirect_uri" not in claims
    [key] = claims["client_metadata"]["jwks"]["keys"]
    assert (key["alg"], key["use"], "d" in key) == ("ECDH-ES", "enc", False)
    [query] = claims["dcql_query"]["credentials"]
    assert query["meta"]["vct_values"] == [
        f"{service.world.host}/vct/nurse/1",
        f"{service.world.host}/beijing/vct/nurse/1",
    ]
    again = jwt.decode(wallets.request_object(request_id, None, T0), options={"verify_signature": False})
    assert "wallet_nonce" not in again
    assert again["nonce"] == claims["nonce"]
    other = jwt.decode(
        wallets.request_object(
            wallets.begin("patient", encrypted=True, same_device=False, now=T0).begun.request_id, None, T0
        ),
        options={"verify_signature": False},
    )
    assert other["nonce"] != claims["nonce"]
    assert other["client_metadata"]["jwks"] != claims["client_metadata"]["jwks"]


def test_a_late_answer_and_a_wallet_that_declines(service: Asking) -> None:
    asked = service.ask("patient")
    request_id = parse_qs(urlsplit(asked["link"]).query)["request_uri"][0].rpartition("/")[2]
    form = {"error": ["access_denied"], "state": [request_id]}
    with pytest.raises(Gone):
        service.wallets().respond(request_id, form, T0 + ANSWERABLE_SECONDS)
    service.at = T0 + ANSWERABLE_SECONDS
    assert service.result(asked)["state"] == "expired"
    service.at = T0
    assert service.wallets().respond(request_id, form, T0) == {}
    assert service.result(asked) == {"state": "declined", "query": "patient", "error": "access_denied"}


def test_without_lists_the_wallet_is_told_to_try_again(service: Asking) -> None:
    asked = service.ask("patient")
    service.listless = True
    request_id = parse_qs(urlsplit(asked["link"]).query)["request_uri"][0].rpartition("/")[2]
    with pytest.raises(ResponseBad) as refused:
        service.wallets().request_object(request_id, None, T0)
    assert refused.value.code == "temporarily_unavailable"
    service.listless = False
    assert service.result(asked)["state"] == "waiting"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"query": "other"}, {"query": ["patient"]}, {"query": "patient", "encrypted": "yes"},
        {"query": "patient", "more": 1}, {"query": None},
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(service: Asking, body: dict[str, Any]) -> None:
    assert service.post("/v1/wallet/requests", body)[0] == 422


def test_nothing_of_a_holder_is_logged(service: Asking, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked = service.ask("patient")
    service.present(asked["link"], held(service, physician()))
    service.present(service.ask("patient")["link"], held(service, physician()), spoil="nonce")
    assert service.result(asked)["outcome"] == "valid"
    assert physician().name not in caplog.text
    assert physician().number not in caplog.text
    assert asked["transaction_id"] not in caplog.text
