"""docs/format.md and its examples say what the code does; a stranger can check the examples with nothing of ours."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import zlib
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

import elicense.limits
from elicense import (
    Outcome,
    Reason,
    Shown,
    check_text,
    checkdigits,
    claims,
    cose,
    notes,
    open_status_list,
    qr,
    status,
    trust,
)
from elicense.fields import BadValue, text
from elicense.keys import Algorithm, b64url, b64url_decode
from elicense.numbers import NumberWarning
from issuer.services import publishing
from tests import make_format
from tests.made import regions
from tests.made.against import ROOT, SCHEMAS
from tests.made.dump import iter_hex
from tests.made.meanings import FIELDS, NOTES, REASONS, TABLES
from tests.made.tokens import EXAMPLES, INSTITUTION, NURSE, PHYSICIAN, TRUST, WORLD
from tests.world import BASE, T0

FORMAT = (ROOT / "docs/format.md").read_text("utf-8")
EXAMPLES_TEXT = (ROOT / "docs/format-examples.md").read_text("utf-8")


@pytest.mark.parametrize("name", make_format.DOCUMENTS)
def test_made_regions_are_what_the_code_makes(name: str) -> None:
    """Write them anew with `make docs-format`."""
    text = (ROOT / name).read_text("utf-8")
    assert make_format.fill(text, make_format.DOCUMENTS[name]()) == text


@pytest.mark.parametrize(
    "document", ["no region", "<!-- made: a -->\n\nx\n\n<!-- end -->\n<!-- made: b -->\n\nx\n\n<!-- end -->"]
)
def test_a_region_that_is_missing_or_too_much_is_found(document: str) -> None:
    with pytest.raises(ValueError, match="each made region"):
        make_format.fill(document, {"a": "1"})
    assert "\n\n1\n\n" in make_format.fill("<!-- made: a -->\n\nold\n\n<!-- end -->", {"a": "1"})


# ---------------------------------------------------------------- nothing is missing, nothing too much


def test_every_field_reason_note_and_table_has_its_sentence_and_no_other() -> None:
    fields = {(form.cls.kind.text, held.name) for form in claims.FORMS.values() for _, held, _ in form.fields}
    for kind, name in fields:
        assert f"{kind}.{name}" in FIELDS or name in FIELDS, name
    for key in FIELDS:
        kind, dot, name = key.rpartition(".")
        assert (kind, name) in fields if dot else key in {name for _, name in fields}, key
    assert set(REASONS) == set(Reason)
    assert set(NOTES) == {*map(str, NumberWarning), notes.UNKNOWN_CODE, notes.UNKNOWN_LABEL, notes.UNKNOWN_AUTHORITY}
    assert all((ROOT / f"elicense/data/tables/{name}.csv").exists() for name in TABLES)


def _section(title: str) -> str:
    found = re.search(rf"^##+ (?:\d+ )?{title}\n(.*?)(?=^## |\Z)", FORMAT, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_every_field_stands_in_the_tables() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", _section("The licence"), re.MULTILINE)
    shown = {(int(label), name) for label, name in rows}
    assert shown == {(held.label, held.name) for form in claims.FORMS.values() for _, held, _ in form.fields}


def test_every_reason_stands_in_its_table() -> None:
    rows = re.findall(r"^\| (?:\((\d)\) \w+|loading) \| `([a-z-]+)` \| (\w+) \|", FORMAT, re.MULTILINE)
    assert {(int(check or 0), code, outcome) for check, code, outcome in rows} == {
        (int(each.check), each.code, each.outcome.value) for each in Reason
    }
    assert len(rows) == len(Reason)
    assert all(f"`{outcome.value}`" in _section("Judging") for outcome in Outcome)


def test_every_limit_stands_in_its_table() -> None:
    limits = _section("Limits")
    names = [name for name in vars(elicense.limits) if name.isupper()]
    assert len(names) > 20
    for name in names:
        assert f"`{name}`" in limits, name
        assert f"{getattr(elicense.limits, name):,}" in limits, name


def test_a_limit_without_a_sentence_is_found() -> None:
    source = Path(elicense.limits.__file__).read_text("utf-8")
    last = ast.parse(source).body[-1]
    assert isinstance(last, ast.Expr), "the last limit has no sentence"
    assert regions.limits()


@pytest.mark.parametrize(
    "word",
    [
        trust.TYP, trust.MEDIA_TYPE, trust.LIST_PLACEHOLDER, status.JWT_TYP, status.CWT_TYP, status.JWT_MEDIA_TYPE,
        status.CWT_MEDIA_TYPE, '"status_lists"', "/.well-known/elicense/trust-list",
        "/.well-known/elicense/anchor.json",
    ],
)  # fmt: skip
def test_every_name_of_the_formats_is_told(word: str) -> None:
    assert word in FORMAT


def test_numbers_told_in_prose_are_those_of_the_code() -> None:
    """What no table is made of: claims, algorithms, status values, the tolerance, the placeholders of the issuer."""
    for number in (claims.EXP, claims.IAT, claims.CNF, claims.LICENCE):
        assert re.search(rf"^\| {str(number).replace('-', '−')} \|", FORMAT, re.MULTILINE), number
    for algorithm in Algorithm:
        for number in algorithm.cose_accepted:
            assert f"−{-number}" in _section("Keys")
        assert f"`{algorithm.jose}`" in _section("Keys")
    values = dict(re.findall(r"^\| (\d) \| [^|]* \| `?([a-z]*)`? *\|$", _section("Status lists"), re.MULTILINE))
    assert values == {"0": "", "1": "revoked", "2": "suspended", "3": "superseded"}
    assert f"`iat ≤ at + {elicense.limits.IAT_SKEW_SECONDS}`" in FORMAT
    assert f"{elicense.limits.QR_DIGITS_MAX:,} digits" in FORMAT
    assert f"labels\nbelow {claims.CRITICAL_BELOW} " in FORMAT
    assert publishing.TRUST_FILE in FORMAT
    assert Shown.STATIC.value == "static"


def test_the_characters_told_are_exactly_those_that_are_taken() -> None:
    """Every code point there is, asked as a text of its own; a blank is taken inside only."""
    told = _section("The licence")
    spans = re.findall(r"U\+([0-9A-F]+)(?:–U\+([0-9A-F]+)| (.))", told)
    allowed = {point for low, high, _ in spans for point in range(int(low, 16), int(high or low, 16) + 1)}
    assert all(ord(one) == int(low, 16) for low, _, one in spans if one)
    takes = text(3).from_json
    for point in range(0x110000):
        try:
            takes(f"A{chr(point)}A")
        except BadValue:
            assert point not in allowed, hex(point)
        else:
            assert point in allowed, hex(point)


def test_check_characters_are_worked_out_as_told() -> None:
    """Section 2, followed word by word."""
    alphanumeric, credit = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert credit in FORMAT
    p = 0
    for digit in "11010519491231002":
        p = 2 * (p + int(digit)) % 11
    assert "0123456789X"[(12 - p) % 11] == checkdigits.mod_11_2("11010519491231002") == "X"
    body = "11460100MBT000038"
    total = sum(credit.index(each) * pow(3, i, 31) for i, each in enumerate(body))
    assert credit[-total % 31] == checkdigits.gb_32100(body) == "N"
    total = sum(
        alphanumeric.index(each) * weight for each, weight in zip("MBT10001", (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    assert "0123456789X"[-total % 11] == checkdigits.gb_11714("MBT10001")
    identifier = str(check_text(PHYSICIAN.link, TRUST, {}, T0).identifier)
    body, check = identifier.removeprefix("1.2.156.3005.2.").replace(".", "")[:-1], identifier[-1]
    p = 36
    for each in body:
        p = ((p + alphanumeric.index(each)) % 36 or 36) * 2 % 37
    assert alphanumeric[(1 - p) % 36] == check


def test_every_schema_is_named_and_every_named_one_is_there() -> None:
    named = set(re.findall(r"\]\(\.\./schemas/([\w.-]+)\)", FORMAT))
    assert named == {path.name for path in SCHEMAS.iterdir()}


# ---------------------------------------------------------------- the examples, read by other means


def _region(name: str) -> str:
    found = re.search(rf"<!-- made: {name} -->\n(.*?)\n<!-- end -->", EXAMPLES_TEXT, re.DOTALL)
    assert found, name
    return found[1]


def _blocks(name: str) -> list[str]:
    return re.findall(r"```\w+\n(.*?)\n```", _region(name), re.DOTALL)


def _points() -> dict[str, tuple[str, str, str]]:
    rows = re.findall(r"^\| ([\w ]+) \| `(\w{16})` \| `([\w-]+)` \| `([\w-]+)` \|$", _region("keys"), re.MULTILINE)
    return {name: (kid, x, y) for name, kid, x, y in rows}


def _verifies(point: tuple[str, str, str], data: bytes, signature: bytes) -> None:
    """Verify ES256 with the plain library, from the coordinates that the document shows."""
    x, y = (int.from_bytes(b64url_decode(each), "big") for each in point[1:])
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def test_the_token_that_is_shown_verifies_with_the_key_that_is_shown() -> None:
    shown = bytes(iter_hex(_blocks("token")[0]))
    message = cbor2.loads(shown)
    assert message.tag == 18
    header, unprotected, payload, signature = message.value
    assert unprotected == {}
    point = _points()["licence"]
    assert cbor2.loads(header) == {1: -7, 4: bytes.fromhex(point[0])}
    _verifies(point, cbor2.dumps(["Signature1", header, b"", payload]), signature)
    assert shown == PHYSICIAN.token


def test_the_key_id_comes_about_as_shown() -> None:
    (text,) = _blocks("thumbprint")
    encoded = bytes(iter_hex(text.partition("\n\n")[0]))
    kid, x, y = _points()["licence"]
    assert cbor2.loads(encoded) == {1: 2, -1: 1, -2: b64url_decode(x), -3: b64url_decode(y)}
    assert hashlib.sha256(encoded).hexdigest() in text
    assert hashlib.sha256(encoded).hexdigest()[:16] == kid


def test_the_link_holds_the_token_that_is_shown() -> None:
    (link,) = _blocks("link")
    base, _, digits = link.partition("#")
    assert base + "#" == BASE
    assert int(digits).to_bytes(len(PHYSICIAN.token), "big") == PHYSICIAN.token
    verdict = check_text(link, TRUST, {}, T0)
    assert verdict.licence == PHYSICIAN.licence
    assert json.loads(_blocks("named")[0]) == claims.to_json(PHYSICIAN.licence)
    assert _blocks("identifier")[0].splitlines()[0] == str(verdict.identifier)


def _notation(text: str) -> Any:
    """A value in diagnostic notation without its comments; Python reads what is left nearly as it stands."""
    plain = re.sub(r"/ [\w ]+ / ", "", text)
    plain = re.sub(r"h'([0-9a-f]*)'", lambda found: repr(bytes.fromhex(found[1])), plain)
    return ast.literal_eval(
        re.sub(r"\b(true|false|null)\b", lambda found: found[1].title().replace("Null", "None"), plain)
    )


@pytest.mark.parametrize(("name", "example"), [("nurse", NURSE), ("institution", INSTITUTION)])
def test_the_payloads_that_are_shown_are_those_of_the_tokens(name: str, example: Any) -> None:
    (text,) = _blocks(name)
    assert _notation(text) == cbor2.loads(example.payload)
    assert list(_notation(text)[claims.LICENCE]) == list(cbor2.loads(example.payload)[claims.LICENCE])


def test_the_trust_list_that_is_shown_was_signed_by_the_roots_that_are_shown() -> None:
    envelope, header, payload = (json.loads(text) for text in _blocks("trust"))
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    encoded = b64url(canonical)
    assert encoded.startswith(envelope["payload"].rstrip("…"))
    for number, one in enumerate(envelope["signatures"], 1):
        _verifies(
            _points()[f"root {number}"], f"{one['protected']}.{encoded}".encode(), b64url_decode(one["signature"])
        )
    assert json.loads(b64url_decode(envelope["signatures"][0]["protected"])) == header
    assert payload["roots"] == json.loads(_blocks("anchor")[0])


def test_the_status_list_that_is_shown_says_what_is_said() -> None:
    header, body, cwt = _blocks("status")
    listed = json.loads(body)["status_list"]
    data = zlib.decompress(b64url_decode(listed["lst"]))
    assert listed["bits"] == 2
    found = {index: data[index // 4] >> 2 * (index % 4) & 3 for index in range(4 * len(data))}
    assert {index: value for index, value in found.items() if value} == {102: 2, 104: 3, 105: 1}
    assert json.loads(header)["kid"] == _points()["status"][0]
    protected, payload = (_notation(text) for text in re.split(r"\n(?=\{)", cwt))
    assert protected == {1: -7, 4: bytes.fromhex(_points()["status"][0]), 16: status.CWT_TYP}
    assert zlib.decompress(payload[65533]["lst"]) == data
    token = WORLD.status_token()
    assert cbor2.loads(cose.open_sign1(token, WORLD.status_key.public_key).payload) == payload
    assert open_status_list(token, payload[2], TRUST).entries.data == data
    assert json.loads(_blocks("lists")[0]) == {"status_lists": [payload[2]]}


def test_the_bits_that_are_shown_are_those_of_the_draft() -> None:
    """draft-ietf-oauth-status-list, section 4.1: c9 44 f9."""
    rows = re.findall(r"^\| `(\w\w)` \| `([01 ]+)` \| (.*) \|$", _region("bits"), re.MULTILINE)
    assert [int(byte, 16) for byte, _, _ in rows] == [0xC9, 0x44, 0xF9]
    assert all(int(bits.replace(" ", ""), 2) == int(byte, 16) for byte, bits, _ in rows)


def test_the_sizes_that_are_promised_hold() -> None:
    """A physician's code of at most 61 modules a side at M, an institution's of 69, a licence for a device of 77."""
    sides = {each.title: 17 + 4 * int(qr.symbol(each.link).version) for each in EXAMPLES}
    assert sides["physician"] <= 61
    assert sides["institution, 15 subjects"] <= 69
    assert sides["physician, shown by a device"] <= 77
