"""Rotation, compromise, new roots and new authorities, end to end by the command line, judged as a stranger judges."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from cryptography import x509

from elicense import Reason, cose
from elicense.keys import PublicKey
from elicense.trust import Purpose, TrustKey
from examples import world
from issuer.services.keys import OVERLAP_SECONDS
from tests.issuer.cli.office import HOLDERS, Office, run


def keys(office: Office, purpose: Purpose) -> list[TrustKey]:
    (issuer,) = office.trust().issuers
    return [key for key in issuer.keys if key.purpose is purpose]


def reasons(office: Office, token: str) -> list[Reason]:
    return list(office.scan(token).reasons)


def signer(token: str) -> bytes:
    """The id of the key that a licence names."""
    return cose.claimed_kid(cose.split_licence(bytes.fromhex(token)).header)[1]


def signed_by(office: Office, draft: Path, *holders: str) -> str:
    said = ""
    for holder in holders:
        ran = run("ceremony", "sign", *office.root(holder), draft)
        assert ran.status == 0, ran
        said = ran.out
    return said


def test_a_rotated_licence_key_signs_what_is_new_and_what_is_old_stays_good(lived: Office) -> None:
    with lived.serving():
        old = {who: lived.token(who, lived.entries[who]) for who in ("nurse", "colleague", "hospital")}
        assert all(map(lived.valid, old.values()))
        (first,) = keys(lived, Purpose.LICENCE)
        lived.done("ceremony", "rotate", "licence", "--lead", "0", "--out", lived.folder / "draft")
        assert first.until is None
        lived.publish(lived.folder / "draft")
        before, after = keys(lived, Purpose.LICENCE)
        assert before.until == after.since + OVERLAP_SECONDS

        case = lived.client("nurse").open("nurse", "reissue", {}, {"cause": "lost"})
        new = lived.token("nurse", lived.granted("nurse", case))
        assert lived.valid(new)
        assert [signer(old["colleague"]), signer(new)] == [before.key.kid, after.key.kid]
        assert lived.valid(old["colleague"])
        assert lived.valid(old["hospital"])
        assert reasons(lived, old["nurse"]) == [Reason.SUPERSEDED]


def test_a_list_that_took_too_long_to_sign_kills_no_licence(lived: Office) -> None:
    """The old key ended when the draft was made; licences went on being signed until it was published."""
    draft = lived.folder / "draft"
    with lived.serving():
        lived.done("ceremony", "rotate", "licence", "--lead", "0", "--overlap", "0", "--out", draft)
        time.sleep(1.1)
        case = lived.client("nurse").open("nurse", "reissue", {}, {"cause": "lost"})
        token = lived.token("nurse", lived.granted("nurse", case))
        for holder in HOLDERS[:2]:
            signed_by(lived, draft, holder)
        refused = lived.cli("ceremony", "publish", draft)
        assert (refused.status, refused.err.partition(":")[0]) == (1, "trust-cuts-off")
        assert "--overlap" in refused.err
        assert lived.valid(token)
        time.sleep(1.1)
        (old,) = keys(lived, Purpose.LICENCE)
        lived.done("ceremony", "retire", old.key.kid.hex(), "--out", draft)
        lived.publish(draft)
        assert lived.valid(token), "what an ended key signed before its end stays good"


def test_a_rotated_status_key_signs_every_list_anew(lived: Office) -> None:
    with lived.serving():
        token = lived.token("nurse", lived.entries["nurse"])
        before = (lived.lists / "status" / "1.cwt").read_bytes()
        lived.done("ceremony", "rotate", "status", "--lead", "0", "--out", lived.folder / "draft")
        lived.publish(lived.folder / "draft")
        assert lived.done("publish").startswith("1 lists published")
        assert (lived.lists / "status" / "1.cwt").read_bytes() != before
        assert lived.valid(token)


def test_a_new_key_waits_until_verifiers_have_it(lived: Office) -> None:
    with lived.serving():
        lived.done("ceremony", "rotate", "licence", "--out", lived.folder / "draft")
        lived.publish(lived.folder / "draft")
        case = lived.client("nurse").open("nurse", "reissue", {}, {"cause": "lost"})
        token = lived.token("nurse", lived.granted("nurse", case))
        assert lived.valid(token)
        first, second = keys(lived, Purpose.LICENCE)
        assert first.until == second.since + OVERLAP_SECONDS
        assert signer(token) == first.key.kid


def test_a_compromised_licence_key_ends_everything_it_signed_and_licences_are_issued_anew(lived: Office) -> None:
    with lived.serving():
        old = {who: lived.token(who, lived.entries[who]) for who in ("nurse", "colleague")}
        (stolen,) = keys(lived, Purpose.LICENCE)
        draft = lived.folder / "draft"
        lived.done("ceremony", "compromise", "--replace", "--since", "1700000000", stolen.key.kid.hex(), "--out", draft)
        assert "COMPROMISED from 1700000000" in run("ceremony", "show", draft).out
        assert all(map(lived.valid, old.values())), "a draft changes nothing"
        lived.publish(draft)
        for token in old.values():
            assert reasons(lived, token) == [Reason.KEY_COMPROMISED]

        case = lived.client("nurse").open("nurse", "reissue", {}, {"cause": "key compromised"})
        assert lived.valid(lived.token("nurse", lived.granted("nurse", case)))
        assert not lived.valid(old["colleague"])
        lived.done("publish")
        assert lived.cli("health").status == 0


def test_a_compromised_key_without_a_new_one_stops_the_mint_until_there_is_one(lived: Office) -> None:
    with lived.serving():
        (stolen,) = keys(lived, Purpose.LICENCE)
        draft = lived.folder / "draft"
        lived.done("ceremony", "compromise", stolen.key.kid.hex(), "--out", draft)
        lived.publish(draft)
        nurse = lived.client("nurse")
        case = nurse.step("submit", nurse.open("nurse", "reissue", {}, {"cause": "lost"}))
        for who, step in (("accept", "accept"), ("review", "review"), ("decide", "approve")):
            if case["stage"] == "institution_confirm":
                case = lived.client("hospital").step("confirm", case)
            case = lived.client(who).step(step, case, **({"finding": "favourable"} if step == "review" else {}))
        assert case["stage"] == "approved", "the decision stands"
        waiting = lived.cli("resume")
        assert (waiting.status, waiting.err.strip()) == (2, f"{case['id']}: key-unavailable")
        lived.done("ceremony", "rotate", "licence", "--lead", "0", "--out", draft)
        lived.publish(draft)
        assert lived.done("resume").startswith("1 released")
        assert lived.valid(lived.token("nurse", lived.entries["nurse"]))


def test_a_new_authority_gets_its_licences_once_the_trust_list_names_it(begun: Office) -> None:
    other = {**world.CITY, "name": "三亚市卫生健康委员会(示例)", "division": "460200", "uscc": "11460200MBT000054J",
             "trust_number": 7}  # fmt: skip
    entry = begun.folder / "entry.json"
    said = json.loads(entry.read_text())
    more = {"number": 7, "name": other["name"], "code": other["uscc"], "division": 460200}
    entry.write_text(json.dumps({**said, "authorities": [*said["authorities"], more]}))
    draft = begun.folder / "draft"
    begun.done("ceremony", "amend", "--issuer", entry, "--out", draft)
    assert "authority 7 11460200MBT000054J" in run("ceremony", "show", draft).out
    before = keys(begun, Purpose.LICENCE)
    begun.publish(draft)
    assert 7 in begun.trust().issuers[0].by_number
    assert keys(begun, Purpose.LICENCE) == before
    foreign = begun.folder / "foreign.json"
    foreign.write_text(json.dumps({**said, "id": "11110000MBT00099XX"}))
    refused = begun.cli("ceremony", "amend", "--issuer", foreign, "--out", draft)
    assert (refused.status, "another issuer's" in refused.err) == (64, True)


def test_new_root_keys_are_named_by_old_and_new_holders_and_old_anchors_follow(begun: Office) -> None:
    files = [begun.holder(name) for name in ("d", "e")]
    (kept,) = (begun.folder / "holders" / "a").glob("root-*.json")
    draft = begun.folder / "draft"
    begun.done("ceremony", "roots", kept, *files, "--out", draft)
    signed_by(begun, draft, "d", "e")
    few = begun.cli("ceremony", "publish", draft)
    assert (few.status, few.err.startswith("trust-bad")) == (1, True), "enough of the new ones, none of the old"
    signed_by(begun, draft, "a", "b")
    begun.done("ceremony", "publish", draft)
    assert begun.trust().sequence == 2
    begun.done("ceremony", "renew", "--out", draft)
    signed_by(begun, draft, "b", "c")
    assert begun.cli("ceremony", "publish", draft).status == 1, "the old ones alone are roots no more"
    signed_by(begun, draft, "d", "e")
    begun.done("ceremony", "publish", draft)
    begun.done("publish")
    assert begun.done("health").startswith("ok")


def test_a_draft_needs_enough_holders_and_says_what_is_next(begun: Office) -> None:
    draft = begun.folder / "draft"
    begun.done("ceremony", "renew", "--out", draft)
    unsigned = begun.cli("ceremony", "publish", draft)
    assert (unsigned.status, unsigned.err.count("\n")) == (1, 1)
    assert "trust-bad" in unsigned.err
    assert "enough holders must have signed" in unsigned.err
    assert "1 of 2" in signed_by(begun, draft, HOLDERS[0])
    assert "1 of 2" in signed_by(begun, draft, HOLDERS[0]), "one holder is one holder"
    assert begun.cli("ceremony", "publish", draft).status == 1
    assert "2 of 2" in signed_by(begun, draft, HOLDERS[1])
    begun.done("ceremony", "publish", draft)
    begun.done("ceremony", "publish", draft)
    again = begun.folder / "again"
    begun.done("ceremony", "renew", "--out", again)
    again.write_bytes(again.read_bytes().replace(b"payload", b"payloaf"))
    assert run("ceremony", "show", again).status == 1


@pytest.mark.parametrize("words", ["file:{folder}/holders/b/words", "file:{folder}/none", "env:NOT_SET", "plain words"])
def test_another_holders_words_open_nothing(begun: Office, words: str) -> None:
    draft = begun.folder / "draft"
    begun.done("ceremony", "renew", "--out", draft)
    before = draft.read_bytes()
    key = begun.root("a")[1]
    ran = run("ceremony", "sign", "--key", key, "--passphrase", words.format(folder=begun.folder), draft)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(("key-refused", "key-unavailable"))
    assert "plain words" not in ran.err
    assert draft.read_bytes() == before


def test_a_new_document_key_is_the_one_in_use_and_has_its_certificate(lived: Office) -> None:
    vault = next(path.parent for path in lived.folder.rglob("document-*.json"))
    [before] = vault.glob("document-*.cer")
    said = lived.done("ceremony", "document")
    after = {path.stem for path in vault.glob("document-*.cer")}
    assert before.stem in after
    assert {one.removeprefix("document-") for one in after - {before.stem}} == {said.split()[-1]}


def test_a_certificate_is_made_for_the_licence_key_in_use_and_lies_beside_it(lived: Office) -> None:
    root = lived.folder / "root.pem"
    said = lived.done("ceremony", "certify", "--out", root)
    kid = said.split(";")[0].split()[-1]
    assert kid in {one.key.kid.hex() for one in lived.trust().issuers[0].keys if one.purpose is Purpose.LICENCE}
    [path] = lived.folder.rglob(f"licence-{kid}.pem")
    leaf = x509.load_pem_x509_certificate(path.read_bytes())
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(root.read_bytes()))
    assert PublicKey.from_native(leaf.public_key()).kid.hex() == kid
    assert b"PRIVATE" not in path.read_bytes() + root.read_bytes()
