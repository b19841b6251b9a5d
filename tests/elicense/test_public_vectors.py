"""Other people's vectors: signatures, COSE messages, thumbprints and status lists that we did not make ourselves."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from elicense import PublicKey, Reason, Rejected, SoftwareSigner, cbor, cose
from elicense.status import CWT_TYP, StatusArray, encode_jwt
from tests.world import DAY, T0, World

FOLDER: Final = Path(__file__).parents[1] / "vectors" / "public"


def read(name: str) -> Any:
    """A file of the folder."""
    return json.loads((FOLDER / name).read_text("utf-8"))


def key(x: str, y: str | None = None) -> PublicKey:
    """A key from the coordinates of a JWK."""
    return PublicKey.from_jwk({"kty": "EC", "crv": "P-256", "x": x, "y": y} if y else
                              {"kty": "OKP", "crv": "Ed25519", "x": x})  # fmt: skip


ECDSA: Final = read("wycheproof/ecdsa_secp256r1_sha256_p1363.json")
EDWARDS: Final = read("wycheproof/ed25519.json")
FIPS: Final = read("pyca/fips186-3.json")
ED25519: Final = read("pyca/ed25519.json")
RFC6979: Final = read("pyca/rfc6979.json")
SIGN1: Final = read("cose-wg/sign1.json")


@pytest.mark.parametrize(
    ("group", "test"), [(group, test) for group in ECDSA["groups"] for test in group["tests"]],
    ids=lambda one: str(one.get("tcId", "")),
)  # fmt: skip
def test_wycheproof_ecdsa(group: dict[str, Any], test: dict[str, str]) -> None:
    good = key(group["x"], group["y"]).verify(bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
    assert good is (test["result"] == "valid"), test["comment"]


@pytest.mark.parametrize("test", EDWARDS["tests"], ids=lambda test: str(test["tcId"]))
def test_wycheproof_ed25519(test: dict[str, str]) -> None:
    good = key(EDWARDS["x"]).verify(bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
    assert good is (test["result"] == "valid"), test["comment"]


@pytest.mark.parametrize("test", FIPS["tests"], ids=lambda test: test["why"])
def test_fips_186_signatures(test: dict[str, str]) -> None:
    """Five ways to be wrong: message, r, s or key changed. A key that was changed may be no point at all."""
    signature = bytes.fromhex(test["r"]).rjust(32, b"\0") + bytes.fromhex(test["s"]).rjust(32, b"\0")
    good = key(test["x"], test["y"]).verify(bytes.fromhex(test["msg"]), signature)
    assert good is (test["result"] == "P"), test["why"]


@pytest.mark.parametrize("test", ED25519["tests"], ids=lambda test: f"{len(test['msg']) // 2} bytes")
def test_rfc_8032_signatures_are_made_and_verified(test: dict[str, str]) -> None:
    held = SoftwareSigner(ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(test["seed"])))
    assert held.public_key == key(test["x"])
    message = bytes.fromhex(test["msg"])
    assert held.sign(message).hex() == test["sig"]
    assert held.public_key.verify(message, bytes.fromhex(test["sig"]))


@pytest.mark.parametrize("test", RFC6979["tests"], ids=lambda test: test["msg"])
def test_rfc_6979_nonces_are_those_of_our_vectors(test: dict[str, str]) -> None:
    """Deterministic signing makes our own vectors the same everywhere."""
    native = ec.derive_private_key(int(RFC6979["d"], 16), ec.SECP256R1())
    held = SoftwareSigner(native, deterministic=True)
    assert held.public_key == key(RFC6979["x"], RFC6979["y"])
    assert held.sign(test["msg"].encode()).hex().upper() == test["r"] + test["s"]


REFUSED_HERE: Final = {"sign1-tests/sign-pass-01.json", "sign1-tests/sign-pass-02.json"}
"""Good COSE that this profile refuses: the algorithm not protected; external data."""


@pytest.mark.parametrize("case", SIGN1["cases"], ids=lambda case: case["file"])
def test_cose_wg_sign1(case: dict[str, Any]) -> None:
    signer = PublicKey.from_jwk(SIGN1["key"])
    data = bytes.fromhex(case["cbor"])
    if case["fail"] or case["file"] in REFUSED_HERE:
        with pytest.raises(Rejected) as caught:
            cose.open_sign1(data, signer)
        assert caught.value.reason in {Reason.MALFORMED, Reason.ALGORITHM_BAD, Reason.SIGNATURE_BAD}
    else:
        assert cose.open_sign1(data, signer).payload == b"This is the content."


@pytest.mark.parametrize("name", ["ietf/rfc8392-a3.json", "cose-wg/cwt.json"])
def test_signed_cwt_of_rfc_8392(name: str) -> None:
    vector = read(name)
    opened = cose.open_sign1(bytes.fromhex(vector["cbor"]), PublicKey.from_jwk(vector["key"]))
    claims = cbor.loads(opened.payload)
    expected = read("ietf/rfc8392-a3.json")["claims"]
    labels = {1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat", 7: "cti"}
    assert claims == {
        label: bytes.fromhex("0b71") if name == "cti" else expected[name] for label, name in labels.items()
    }


def test_single_signer_of_rfc_9052() -> None:
    vector = read("ietf/rfc9052-c21.json")
    opened = cose.open_sign1(bytes.fromhex(vector["cbor"]), PublicKey.from_jwk(vector["key"]))
    assert (opened.payload.decode(), opened.protected, opened.unprotected) == (vector["payload"], {1: -7}, {4: b"11"})


def test_thumbprint_of_rfc_9679() -> None:
    vector = read("ietf/rfc9679-6.json")
    signer = PublicKey.from_jwk(vector["key"])
    assert signer.to_cose().hex().upper() == vector["cose_key"]
    assert signer.thumbprint.hex() == vector["sha256"]
    assert signer.kid.hex() == vector["sha256"][:16]


@pytest.mark.parametrize("listed", read("ietf/status-list.json")["lists"], ids=lambda listed: f"{listed['bits']} bits")
def test_status_lists_of_the_draft(listed: dict[str, Any]) -> None:
    array = StatusArray.build(len(listed["values"]), dict(enumerate(listed["values"])), listed["bits"])
    assert array.data.hex() == listed["bytes"]
    assert [array.get(index) for index in range(len(array))] == listed["values"]
    token = encode_jwt(array, World().status_key, uri="u", issued_at=T0, expires_at=T0 + DAY, ttl=1)
    middle = token.split(b".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + b"=" * (-len(middle) % 4)))
    assert claims["status_list"] == {"bits": listed["bits"], "lst": listed["lst"]}


def test_the_status_list_token_of_the_draft_has_our_claims() -> None:
    """Its map is not in deterministic order and its key id not protected, which our own lists are."""
    vector = read("ietf/status-list.json")["cwt"]
    data = bytes.fromhex(vector["cbor"])
    assert cose.claimed_header(data) == {1: -7, 16: CWT_TYP}
    payload = data[2 + 34 + 5 + 2 : -66]
    assert cbor.loads_any(payload) == {
        2: vector["sub"], 6: vector["iat"], 4: vector["exp"], 65534: vector["ttl"],
        65533: {"bits": 1, "lst": bytes.fromhex("78dadbb918000217015d")},
    }  # fmt: skip


def test_every_file_is_run_and_names_its_origin() -> None:
    names = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    assert len(names) == 12
    assert all(read(name)["origin"] for name in names)
