"""The licence in force, in a wallet: what a copy says, how it follows the register, and when it comes later."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from elicense import sdjwt
from elicense.keys import Algorithm, PublicKey, b64url_decode
from elicense.reason import Reason
from elicense.status import open_status_list
from elicense.trust import open_trust_list
from issuer.app import create_app
from issuer.domain.kind import Kind
from issuer.domain.offer import Declined, Fault, OfferState, WalletEvent
from issuer.domain.registration import RegistrationId
from issuer.services import copies, fetch, minting, offers, publishing, registrations, trails, wallets
from issuer.storage import audit, licences
from issuer.vault import MemoryVault, Purpose
from tests.issuer.services.mint_world import URI, MintWorld
from tests.issuer.services.test_copies import DEVICE, bind
from tests.issuer.wallets.desk import CONFIGURATION, hospital, moved_to, offer, proof, token
from tests.issuer.wallets.wallet import GRANT, key, redeemed
from tests.issuer.web.api.api import Api
from tests.made.against import errors

ENDPOINTS = ("credential", "nonce", "deferred_credential", "notification")
NURSE_CONFIGURATION = CONFIGURATION.replace("institution", "nurse")


def said(credential: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands open in a copy, and what its disclosures tell."""
    jws, *disclosures = credential.removesuffix("~").split("~")
    open_ = json.loads(b64url_decode(jws.split(".")[1]))
    told = [json.loads(b64url_decode(one)) for one in disclosures]
    return open_, {one[1]: one[2] for one in told if len(one) == 3}


def status_of(world: MintWorld, credential: str) -> int | None:
    """What the published JWT list says of a copy, as a stranger reads it."""
    world.later()
    assert publishing.publish_due(world.desk, world.at).failed == ()
    folder = world.desk.config.published
    trust = open_trust_list((folder / publishing.TRUST_FILE).read_bytes(), world.anchor)
    where = said(credential)[0]["status"]["status_list"]
    number = where["uri"].rpartition("/")[2]
    data = (folder / publishing.STATUS_FOLDER / f"{number}.jwt").read_bytes()
    return open_status_list(data, URI.replace("{list}", number), trust).entries.get(where["idx"])


def nurse(world: MintWorld) -> RegistrationId:
    """A nurse with a licence."""
    return minting.mint(world.desk, world.granted().id).registration


def taken(world: MintWorld, who: str, registration: str, configuration: str, keys: int = 1) -> tuple[str, ...]:
    """Copies in a new wallet."""
    access, nonce = token(world, who, registration), offers.nonce(world.desk)
    proofs = [proof(world, key(), nonce) for _ in range(keys)]
    credentials = wallets.request(world.desk, access, configuration, proofs)[1]
    assert credentials is not None
    return credentials


def test_ten_copies_have_nothing_in_common_but_what_the_licence_says(mint_world: MintWorld) -> None:
    """Ten keys, ten indexes, ten sets of salts: two verifiers cannot tell by them that they saw one licence."""
    made = taken(mint_world, "nurse", nurse(mint_world), NURSE_CONFIGURATION, 10)
    opened = [said(one) for one in made]
    assert len({json.dumps(told, sort_keys=True) for _, told in opened}) == 1
    assert len({json.dumps(open_["cnf"]) for open_, _ in opened}) == 10
    assert len({open_["status"]["status_list"]["idx"] for open_, _ in opened}) == 10
    salted = [part for one in made for part in one.removesuffix("~").split("~")[1:]]
    assert len(set(salted)) == len(salted)
    [iat] = {open_["iat"] for open_, _ in opened}
    assert (iat + 8 * 3600) % 86_400 == 0, "the beginning of a day at UTC+8"
    assert iat <= mint_world.at < iat + 86_400
    assert [status_of(mint_world, one) for one in made] == [0] * 10


def test_our_own_verifier_believes_what_is_shown_and_nothing_else(mint_world: MintWorld) -> None:
    """Selected, bound and judged by the core, as a verifier does: only number and level go, to this verifier."""
    access, mine = token(mint_world, "hospital", hospital(mint_world)), key()
    asked = sdjwt.Asked("https://verifier.example", "n-1")
    [made] = (
        wallets.request(
            mint_world.desk, access, CONFIGURATION, [proof(mint_world, mine, offers.nonce(mint_world.desk))]
        )[1]
        or ()
    )
    mint_world.later()
    publishing.publish_due(mint_world.desk, mint_world.at)
    folder = mint_world.desk.config.published
    trust = open_trust_list((folder / publishing.TRUST_FILE).read_bytes(), mint_world.anchor)
    where = said(made)[0]["status"]["status_list"]["uri"]
    data = (folder / publishing.STATUS_FOLDER / f"{where.rpartition('/')[2]}.jwt").read_bytes()
    lists = {where: open_status_list(data, where, trust)}
    shown = sdjwt.bind(sdjwt.select(made, {"number", "subjects"}), mine, asked, mint_world.at)
    found = sdjwt.verify_sdjwt(shown, trust, lists, mint_world.at, asked=asked)
    assert found.reasons == ()
    assert found.bound
    assert set(found.claims) == {"number", "subjects"}
    for wrong in (
        sdjwt.bind(sdjwt.select(made, {"number"}), key(), asked, mint_world.at),
        sdjwt.bind(sdjwt.select(made, {"number"}), mine, sdjwt.Asked("https://other.example", "n-1"), mint_world.at),
        made,
    ):
        assert sdjwt.verify_sdjwt(wrong, trust, lists, mint_world.at, asked=asked).reasons == (Reason.HOLDER_PROOF_BAD,)


def test_a_key_of_either_algorithm_is_bound_as_it_was_proven(mint_world: MintWorld) -> None:
    access, nonce = token(mint_world, "hospital", hospital(mint_world)), offers.nonce(mint_world.desk)
    mine = key(), key(Algorithm.EDDSA)
    made = wallets.request(mint_world.desk, access, CONFIGURATION, [proof(mint_world, one, nonce) for one in mine])[1]
    assert made is not None
    bound = [PublicKey.from_jwk(said(one)[0]["cnf"]["jwk"]) for one in made]
    assert bound == [one.public_key for one in mine]


def test_a_copy_follows_the_register(mint_world: MintWorld) -> None:
    """Suspended, resumed, superseded by a new version, revoked, and never made again."""
    id_ = nurse(mint_world)

    def officer(function: Any, action: str, **body: object) -> None:
        with mint_world.store.reading() as tx:
            entry = fetch.registration(tx, id_)
        mint_world.act(function, "decide", f"registration.{action}", entry.id, entry.revision, dict(body))

    [made] = taken(mint_world, "nurse", id_, NURSE_CONFIGURATION)
    officer(registrations.suspend, "suspend", grounds=["nurse_penalty"], reason="违反规定", until="2026-10-02")
    assert status_of(mint_world, made) == 2
    officer(registrations.resume, "resume", grounds=["term_ended"], reason="期满")
    assert status_of(mint_world, made) == 0
    mint_world.later(days=1)
    minting.mint(mint_world.desk, mint_world.reissue_granted().id)
    assert status_of(mint_world, made) == 3
    [newest] = taken(mint_world, "nurse", id_, NURSE_CONFIGURATION)
    open_ = offer(mint_world, "nurse", id_)
    access, nonce = token(mint_world, "nurse", id_), offers.nonce(mint_world.desk)
    officer(registrations.revoke, "revoke_licence", grounds=["nurse_penalty"], reason="严重违反规定")
    assert status_of(mint_world, newest) == 1
    with pytest.raises(Declined, match=Fault.CREDENTIAL_REQUEST_DENIED):
        wallets.request(mint_world.desk, access, NURSE_CONFIGURATION, [proof(mint_world, key(), nonce)])
    with pytest.raises(Exception, match="registration-ended"):
        offer(mint_world, "nurse", id_)
    assert open_.offer.state is OfferState.OPEN


def test_another_wallet_supersedes_the_first_and_leaves_licence_and_device_alone(mint_world: MintWorld) -> None:
    id_ = nurse(mint_world)
    with mint_world.store.reading() as tx:
        held = licences.current(tx, id_)
    assert held is not None
    device = bind(mint_world, held, DEVICE)
    first = taken(mint_world, "nurse", id_, NURSE_CONFIGURATION, 2)
    [second] = taken(mint_world, "nurse", id_, NURSE_CONFIGURATION)
    assert [status_of(mint_world, one) for one in (*first, second)] == [3, 3, 0]
    assert mint_world.scan(held).reasons == ()
    assert copies.current(mint_world.desk, id_) == device
    mint_world.act(wallets.remove, "nurse", "wallet.remove", id_)
    assert status_of(mint_world, second) == 3
    assert mint_world.scan(held).reasons == ()


def test_what_a_wallet_does_not_keep_ends(mint_world: MintWorld) -> None:
    desk, access = mint_world.desk, token(mint_world, "hospital", hospital(mint_world))
    found, given = wallets.request(desk, access, CONFIGURATION, [proof(mint_world, key(), offers.nonce(desk))])
    assert given is not None
    id_ = offers.notification_id(desk, found.id)
    for event, wanted in (("ACCEPTED", 0), ("ACCEPTED", 0), ("DELETED", 3), ("DELETED", 3)):
        wallets.notified(desk, access, id_, WalletEvent[event])
        with mint_world.store.reading() as tx:
            told = [row.event.tag for row in audit.find(tx, target=found.id)]
        assert told.count(f"wallet.credential_{event.lower()}") == 1
        assert status_of(mint_world, given[0]) == wanted
        mint_world.at -= 60


def test_the_trail_of_the_registration_tells_every_step(mint_world: MintWorld) -> None:
    id_ = nurse(mint_world)
    taken(mint_world, "nurse", id_, NURSE_CONFIGURATION)
    lines = trails.of_registration(mint_world.desk, mint_world.people["nurse"], id_)
    told = [line.tag for line in lines if line.tag.startswith("wallet.")]
    assert told == [f"wallet.{step}" for step in ("offered", "redeemed", "requested", "intended", "issued")]
    assert [line.signed for line in lines if line.tag == "wallet.offered"] == [True]


def test_without_a_key_or_a_licence_it_comes_later(mint_world: MintWorld) -> None:
    """The vault is away, then back; nothing was lost, and the index is the one that was recorded."""
    whole = mint_world.desk
    access = token(mint_world, "hospital", hospital(mint_world))
    nonce = offers.nonce(whole)
    bare = MemoryVault({}, record=[b"r" * 32], lookup=b"l" * 32)
    mint_world.desk = dataclasses.replace(whole, vault=bare)
    asked = [proof(mint_world, key(), nonce)]
    found, credentials = wallets.request(mint_world.desk, access, CONFIGURATION, asked)
    assert credentials is None
    transaction = offers.transaction_id(mint_world.desk, found.id)
    assert wallets.deferred(mint_world.desk, access, transaction)[1] is None
    assert wallets.resume(mint_world.desk) == ("key-unavailable",)
    mint_world.desk = whole
    [made] = wallets.deferred(mint_world.desk, access, transaction)[1] or ()
    assert status_of(mint_world, made) == 0


def test_the_protocol_over_http(api: Api) -> None:
    """Status 200, 202, 204; the documents that a wallet reads before; any origin."""
    [entry] = api.client("hospital").get("registrations")["registrations"]
    wallet = redeemed(api, "hospital", entry["id"])
    answer = wallet.ask(wallet.proof(key(), wallet.nonce()))
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json.keys() == {"credentials", "notification_id"}
    for _ in range(2):
        told = wallet.tell(answer.json["notification_id"], more="ignored")
        assert (told.status, told.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    asked = api.ask("OPTIONS", "/wallet/credential", Origin="https://wallet.example")
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]


def test_the_documents_that_a_wallet_reads_before(api: Api) -> None:
    """Issuer, authorization server, keys, types; and what is not there is not there."""

    def read(path: str) -> Any:
        answer = api.ask("GET", path)
        assert (answer.status, answer.media) == (200, "application/json")
        assert "max-age" in answer.headers["Cache-Control"]
        return answer.json

    issuer = read("/.well-known/openid-credential-issuer")
    assert issuer["credential_issuer"] == api.url
    assert all(issuer[f"{name}_endpoint"].startswith(f"{api.url}/wallet/") for name in ENDPOINTS)
    assert issuer["batch_credential_issuance"] == {"batch_size": 10}
    server = read("/.well-known/oauth-authorization-server")
    assert (server["issuer"], server["grant_types_supported"]) == (api.url, [GRANT])
    keys = read("/.well-known/jwt-vc-issuer")
    ours = {PublicKey.from_jwk(one).kid.hex() for one in keys["jwks"]["keys"]}
    assert ours == set(api.world.desk.vault.kids(Purpose.LICENCE))
    assert ours.isdisjoint(one["kid"] for one in keys["status_list_jwks"]["keys"])
    configurations = issuer["credential_configurations_supported"]
    assert configurations.keys() == {f"{kind}_licence" for kind in Kind}
    for kind in Kind:
        offered = configurations[f"{kind}_licence"]
        described = read(offered["vct"].removeprefix(api.url))
        assert described["vct"] == offered["vct"]
        assert errors("type-metadata.schema.json", described) == []
        for display in (offered["credential_metadata"]["display"], described["display"]):
            assert [one["locale"] for one in display] == ["zh-CN", "en"]
        hidden = {tuple(one["path"]) for one in described["claims"] if one["sd"] == "always"}
        assert hidden == {tuple(one["path"]) for one in offered["credential_metadata"]["claims"]}
        for claim in offered["credential_metadata"]["claims"]:
            assert all(said["name"] != claim["path"][0] for said in claim["display"]), "a label is a word for people"
    for path in ("/vct/degree/1", "/vct/nurse/2", "/.well-known/jwt-vc-issuer/another", "/wallet/offers/"):
        assert api.ask("GET", path).status == 404


def test_a_copy_has_the_claims_that_its_type_describes(api: Api) -> None:
    [entry] = api.client("hospital").get("registrations")["registrations"]
    [made] = redeemed(api, "hospital", entry["id"]).get(key())
    open_, hidden = said(made)
    described = api.ask("GET", open_["vct"].removeprefix(api.url)).json["claims"]
    sd = {one["path"][0]: one["sd"] for one in described}
    assert all(sd[name] == "always" for name in hidden)
    assert {name for name in open_ if not name.startswith("_")} <= {name for name in sd if sd[name] == "never"}
    assert {one["path"][0] for one in described if one.get("mandatory")} <= hidden.keys()


@pytest.mark.parametrize("kind", ["physician", "institution"])
def test_the_schema_of_a_type_refuses_what_is_another(api: Api, kind: str) -> None:
    described = api.ask("GET", f"/vct/{kind}/1").json
    claim = {"path": ["registered_on"], "sd": "always", "mandatory": True, "display": described["claims"][0]["display"]}
    others: list[dict[str, Any]] = [
        {"vct": f"{api.url}/vct/{kind}/2"},
        {"vct": f"{api.url}/vct/nurse/1"},
        {"display": described["display"][::-1]},
        {"display": described["display"][:1]},
        {"claims": []},
        {"claims": [*described["claims"], claim]},
        {"claims": [{**described["claims"][0], "sd": "allowed"}]},
        {"claims": [{"path": ["name"], "sd": "never"}]},
        {"claims": [{**described["claims"][0], "path": ["name", "first"]}]},
        {"extends": "https://elsewhere.example"},
    ]
    for other in others:
        assert errors("type-metadata.schema.json", {**described, **other}), other


def test_an_issuer_with_a_path_is_asked_for_it_behind_the_well_known_name(mint_world: MintWorld) -> None:
    base = "https://licence.example/hainan"
    moved_to(mint_world, base)
    mint_world.desk = dataclasses.replace(
        mint_world.desk, config=dataclasses.replace(mint_world.desk.config, base_url=base)
    )
    client = create_app(mint_world.desk).test_client()
    for name, member in (
        ("openid-credential-issuer", "credential_issuer"), ("oauth-authorization-server", "issuer"),
        ("jwt-vc-issuer", "issuer"),
    ):  # fmt: skip
        assert client.get(f"/.well-known/{name}/hainan").json[member] == base  # type: ignore[index]
        assert client.get(f"/.well-known/{name}").status_code == 404
        assert client.get(f"/.well-known/{name}/hainan/x").status_code == 404
