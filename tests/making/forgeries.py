"""Vectors of `sdjwt/refused`: what wallets show and nobody believes, from shape to claims (checks 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from elicense import Kind, strictjson
from elicense.keys import b64url
from elicense.limits import SDJWT_BYTES_MAX, SDJWT_DISCLOSURES_MAX
from elicense.sdjwt import select, vct
from tests.elicense.sdjwt.made import digest, disclosure, jws
from tests.making.wallets import (
    DAY_OF_ISSUE,
    HOLDER,
    KEY,
    Presentation,
    certificate,
    copy,
    genuine,
    header,
    listed,
    open_claims,
    refused,
    salt,
)
from tests.making.world import DAY, T0, WORLD
from tests.world import nurse, physician, signer

EDWARDS: Final = WORLD.edwards_key
COPY: Final = copy()
ISSUED: Final = COPY.partition("~")[0]
BARE: Final = select(COPY, ())
STRANGER: Final = signer("stranger")


def cases() -> Iterator[Presentation]:
    """All of them, and the good ones that stand close by."""
    yield from shape()
    yield from key_and_signature()
    yield from certificates()
    yield from disclosures()
    yield from claims()


def shape() -> Iterator[Presentation]:
    """Check 1, before anybody's key is asked for."""
    texts = {
        "nothing at all": "",
        "no tilde": ISSUED,
        "a tilde alone": "~",
        "two parts": "eyJ.eyJ~",
        "four parts": f"{ISSUED}.x~",
        "padding": f"{ISSUED}==~",
        "a letter outside base64url": ISSUED.replace(".", ".+", 1) + "~",
        "a blank": f" {BARE}",
        "a line break inside": f"{ISSUED}\n~",
        "no ASCII": BARE.replace("e", "е", 1),
        "bits that mean nothing": f"{ISSUED[:-1]}{_sibling(ISSUED[-1])}~",
        "JSON serialization": '{"payload":"e30","signatures":[]}',
        "payload is an array": jws(header(KEY), [], KEY) + "~",
        "header is an array": jws(b"[]", {}, KEY) + "~",
        "a member twice in the header": jws(b'{"alg":"ES256","alg":"ES256"}', {}, KEY) + "~",
        "half of a character in the header": jws(b'{"alg":"ES256","kid":"\\ud800"}', {}, KEY) + "~",
        "half of a character in the payload": jws(header(KEY), {"iss": "\ud800"}, KEY) + "~",
        "a float in the payload": jws(header(KEY), {"iat": 1.5}, KEY) + "~",
        "nested without end": jws(header(KEY), {"x": [[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]}, KEY) + "~",
    }
    for name, text in texts.items():
        yield Presentation(name=name, text=text, reasons=("malformed",), asked=None)
    many = BARE + "~".join(["WyJhIiwiYiIsMV0"] * (SDJWT_DISCLOSURES_MAX + 1)) + "~"
    long = f"{ISSUED}~{'A' * SDJWT_BYTES_MAX}~"
    for name, text in (("too many disclosures", many), ("too long", long)):
        yield Presentation(name=name, text=text, reasons=("too-large",), asked=None)
    for name, changes, reason in (
        ("an older typ", {"typ": "vc+sd-jwt"}, "type-wrong"),
        ("typ of a JWT", {"typ": "JWT"}, "type-wrong"),
        ("no typ", {"typ": None}, "type-wrong"),
        ("typ as a media type", {"typ": "application/dc+sd-jwt"}, "type-wrong"),
        ("a key in the header", {"jwk": HOLDER.public_key.to_jwk()}, "header-unknown"),
        ("an address of keys in the header", {"jku": "https://elsewhere.example/jwks"}, "header-unknown"),
        ("crit", {"crit": ["exp"]}, "header-unknown"),
        ("b64", {"b64": False}, "header-unknown"),
        ("no kid", {"kid": None}, "malformed"),
        ("a kid that is a path", {"kid": "../../etc/passwd"}, "malformed"),
        ("a kid in capitals", {"kid": KEY.public_key.kid.hex().upper()}, "malformed"),
        ("no alg", {"alg": None}, "algorithm-bad"),
        ("alg none", {"alg": "none"}, "algorithm-bad"),
        ("alg is a list", {"alg": ["ES256"]}, "algorithm-bad"),
    ):
        yield refused(name, copy(head=changes), reason, "name")


def _sibling(char: str) -> str:
    """The letter of base64url whose last bits differ: the same bytes, spelled otherwise."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return letters[letters.index(char) ^ 1]


def key_and_signature() -> Iterator[Presentation]:
    """Checks 2 and 3."""
    known = {"kid": KEY.public_key.kid.hex()}
    yield refused("a stranger's key", copy(key=STRANGER), "issuer-unknown", "name")
    yield refused("a key of status lists", copy(key=WORLD.status_key), "issuer-unknown", "name")
    yield refused("the holder's own key", copy(key=HOLDER), "issuer-unknown", "name")
    yield refused("the purposes of two keys exchanged", COPY, "issuer-unknown", "name", trust="keys change purpose")
    yield refused("no issuers", COPY, "issuer-unknown", trust="no issuers")
    yield refused("a stranger under a known id", copy(key=STRANGER, head=known), "signature-bad", "name")
    yield refused("the algorithm of another key", copy(head={"kid": EDWARDS.public_key.kid.hex()}), "algorithm-bad")
    yield refused("alg of a shared secret", copy(head={"alg": "HS256"}), "algorithm-bad")
    yield refused("alg by its other name", copy(head={"alg": "ESP256"}), "algorithm-bad")
    yield refused("another hash", copy(payload={"_sd_alg": "sha-512"}), "algorithm-bad", "name")
    head, payload, signature = ISSUED.split(".")
    changed = b64url(b'{"iss":"https://elicense.example"}')
    for name, text in (
        ("another payload under the signature", f"{head}.{changed}.{signature}"),
        (
            "another header under the signature",
            f"{jws(header(KEY, x5c=[]), {}, KEY).split('.')[0]}.{payload}.{signature}",
        ),
        ("no signature", f"{head}.{payload}."),
        ("half a signature", f"{head}.{payload}.{signature[:43]}"),
        ("a signature of zeros", f"{head}.{payload}.{'A' * 86}"),
        ("the signature in DER", f"{head}.{payload}.MEQCIA"),
    ):
        yield Presentation(name=name, text=f"{text}~", reasons=("signature-bad",), asked=None)
    stale: dict[str, Any] = {"at": T0 + 31 * DAY, "lists": "for fifty years"}
    yield Presentation(
        name="a stranger, and a list too old to say",
        text=copy(key=STRANGER),
        reasons=("trust-stale",),
        asked=None,
        **stale,
    )


def certificates() -> Iterator[Presentation]:
    """Check 1, `x5c`: whose certificate it is, and nothing else."""
    own, of_another = certificate(KEY), certificate(STRANGER)
    by_another = certificate(KEY, STRANGER)
    for name, chain in (
        ("x5c of the key", [own]),
        ("x5c of the key, by another, of a day that is over", [by_another]),
        ("x5c with what vouches for it behind", [by_another, of_another]),
    ):
        at = T0 if chain == [own] else T0 + 2 * DAY
        changes: dict[str, Any] = {"at": at, "lists": "for fifty years"}
        yield genuine(name, physician(), "name", sdjwt=copy(head={"x5c": chain}), **changes)
    for name, value in (
        ("x5c of another key", [of_another]),
        ("x5c of another key before that of the key", [of_another, own]),
        ("x5c that is empty", []),
        ("x5c that is a text", own),
        ("x5c that is no certificate", ["AAAA"]),
        ("x5c that is no base64", ["~"]),
        ("x5c in base64url", [own.replace("+", "-").replace("/", "_")]),
        ("x5c cut off", [own[: len(own) // 8 * 4]]),
        ("x5c of five", [own] * 5),
        ("x5c of numbers", [1]),
    ):
        yield refused(name, copy(head={"x5c": value}), "malformed", "name")
    yield refused("a stranger with a certificate", copy(key=STRANGER, head={"x5c": [of_another]}), "issuer-unknown")


def disclosures() -> Iterator[Presentation]:
    """Check 1, what the digests stand for: looked at once the signature is good."""
    name = disclosure(salt("name"), "name", "林知远")
    for title, one in (
        ("a disclosure that nobody signed", disclosure(salt("name"), "name", "何星野")),
        ("a disclosure with a blank more", b64url(f'["{salt("name")}",  "name", "林知远"]'.encode())),
        ("a disclosure twice", None),
    ):
        yield Presentation(name=title, text=f"{BARE}{name}~{one or name}~", reasons=("disclosure-bad",), asked=None)
    bad: dict[str, Any] = {
        "of an array element in an object": [salt("x"), "林知远"],
        "of four": [salt("x"), "name", "林知远", 1],
        "of one": [salt("x")],
        "that is an object": {"salt": salt("x"), "name": "林知远"},
        "that is a text": "林知远",
        "with a number as salt": [22, "name", "林知远"],
        "with a number as name": [salt("x"), 1, "林知远"],
        "with a salt of 120 bits": [salt("x")[:20], "name", "林知远"],
        "without a salt": ["", "name", "林知远"],
        "named _sd": [salt("x"), "_sd", ["x"]],
        "named ...": [salt("x"), "...", "x"],
        "of a name in the open": [salt("x"), "iss", WORLD.host],
        "with _sd_alg inside": [salt("x"), "name", {"_sd_alg": "sha-256"}],
        "with a digest that is a number": [salt("x"), "name", {"_sd": [1]}],
        "with digests that are no list": [salt("x"), "name", {"_sd": "x"}],
    }
    for title, value in bad.items():
        yield _disclosed(f"a disclosure {title}", [disclosure_of(value)], "disclosure-bad")
    twice = [disclosure(salt("x"), "name", "林知远"), disclosure(salt("y"), "name", "林知远")]
    yield _disclosed("a name twice", twice, "disclosure-bad")
    yield _disclosed("no JSON", [b64url(b"x")], "malformed")
    yield _disclosed("half of a character", [b64url(f'["{salt("x")}","name","\\ud800"]'.encode())], "malformed")
    yield _disclosed("a member twice", [b64url(f'["{salt("x")}","institution",{{"a":1,"a":1}}]'.encode())], "malformed")
    one = disclosure(salt("x"), "name", "林知远")
    digests = {"_sd": [digest(one), digest(one)]}
    yield Presentation(
        name="a digest twice", text=copy(payload=digests).partition("~")[0] + f"~{one}~", reasons=("disclosure-bad",),
        asked=None,
    )  # fmt: skip


def disclosure_of(value: Any) -> str:
    """A disclosure of any JSON."""
    return disclosure(*value) if isinstance(value, list) else b64url(strictjson.dumps(value))


def _disclosed(name: str, made: list[str], reason: str) -> Presentation:
    issued = copy(payload={"_sd": sorted(map(digest, made))}).partition("~")[0]
    return Presentation(name=name, text="~".join([issued, *made, ""]), reasons=(reason,), asked=None)


def claims() -> Iterator[Presentation]:
    """Check 4: what must be in the open, what may be shown, and what each item may be."""
    entry = {"idx": 101, "uri": WORLD.hainan.list_uri(1)}
    wrong: dict[str, tuple[Mapping[str, Any], str]] = {
        "another province's type": ({"vct": vct(f"{WORLD.host}/beijing", Kind.PHYSICIAN)}, "type-wrong"),
        "a later version of the type": ({"vct": f"{WORLD.host}/vct/physician/2"}, "type-wrong"),
        "another issuer's name": ({"iss": "https://elsewhere.example"}, "type-wrong"),
        "a slash behind the issuer": ({"iss": f"{WORLD.host}/"}, "type-wrong"),
        "another province's list": ({"status": listed(uri=WORLD.other.list_uri(1))}, "claims-bad"),
        "a list elsewhere": ({"status": listed(uri="https://elsewhere.example/status/1")}, "claims-bad"),
        "a list of another spelling": ({"status": listed(uri=f"{WORLD.host}/status/01")}, "claims-bad"),
        "an index below nought": ({"status": listed(idx=-1)}, "claims-bad"),
        "an index that is true": ({"status": listed(idx=True)}, "claims-bad"),
        "an index that is a text": ({"status": listed(idx="101")}, "claims-bad"),
        "a second way to tell the status": ({"status": {"status_list": entry, "crl": "x"}}, "claims-bad"),
        "a holder's private key": ({"cnf": {"jwk": {**HOLDER.public_key.to_jwk(), "d": "AAAA"}}}, "claims-bad"),
        "a holder's key off the curve": ({"cnf": {"jwk": {**HOLDER.public_key.to_jwk(), "y": "A" * 43}}}, "claims-bad"),
        "a holder's key of RSA": ({"cnf": {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}}, "claims-bad"),
        "two keys of a holder": ({"cnf": {"jwk": HOLDER.public_key.to_jwk(), "kid": "x"}}, "claims-bad"),
        "a time that is a text": ({"iat": str(DAY_OF_ISSUE)}, "claims-bad"),
        "a time before 2001": ({"iat": 1}, "claims-bad"),
        "an end that is true": ({"exp": True}, "claims-bad"),
        "a birth date in the open": ({"birth_date": "1990-01-01"}, "claims-unknown"),
    }
    for name in ("iss", "iat", "vct", "cnf", "status"):
        wrong[f"no {name}"] = ({name: None}, "claims-bad")
    for name, (payload, reason) in wrong.items():
        yield refused(name, copy(payload=payload), reason)
    for name in ("iss", "iat", "vct", "cnf", "status", "exp"):
        value = {**open_claims(nurse()), "exp": nurse().expires_at}[name]
        hidden = copy(nurse(), hidden={name: value}, payload={name: None})
        yield refused(f"{name} hidden", hidden, "claims-bad", name, "name")
    items: dict[str, tuple[Mapping[str, Any], str]] = {
        "an identity number": ({"id_number": "11010519491231002X"}, "claims-unknown"),
        "a nurse's item on a physician": ({"registered_on": "2026-01-01"}, "claims-unknown"),
        "a name that changes the direction": ({"name": "林\u202e知远"}, "claims-bad"),
        "a name that is no text": ({"name": ["林知远"]}, "claims-bad"),
        "a number of a nurse": ({"number": "201946000456"}, "claims-bad"),
        "scopes that are no list": ({"scopes": 11}, "claims-bad"),
        "a place that is a text": ({"place": "460000"}, "claims-bad"),
        "an institution without a name": ({"institution": {"number": "MBT10001246010011A1001"}}, "claims-bad"),
        "an end without its exp": ({"valid_until": "2031-11-23"}, "claims-bad"),
    }
    for name, (hidden_items, reason) in items.items():
        yield refused(name, copy(hidden=hidden_items), reason, *hidden_items)
    later = copy(nurse(), hidden={"valid_until": "2041-11-23"})
    yield refused("an end that is not exp", later, "claims-bad", "valid_until")
    part = disclosure(salt("part"), "idx", 101)
    inside = {"status_list": {"uri": WORLD.hainan.list_uri(1), "_sd": [digest(part)]}}
    yield Presentation(
        name="a part of the status hidden", text=f"{copy(payload={'status': inside}).partition('~')[0]}~{part}~",
        reasons=("claims-bad",), asked=None,
    )  # fmt: skip
