"""Vectors of `sdjwt/opened`: SD-JWT of anybody, claims hidden at any depth, and what RFC 9901 says must be refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from elicense import Algorithm, SoftwareSigner
from elicense.keys import b64url
from tests.elicense.sdjwt.made import digest, disclosure, jws
from tests.making.wallets import salt
from tests.world import signer

Json = dict[str, Any]
KEY: Final = signer("anybody")
FORGED: Final = b'{"a":1}'
EDWARDS: Final = signer("anybody ed", Algorithm.EDDSA)


def item(name: str, value: Any) -> str:
    """A disclosure of a member of an object."""
    return disclosure(salt(name), name, value)


def element(word: str, value: Any) -> str:
    """A disclosure of an array element."""
    return disclosure(salt(word), value)


def sd(*disclosures: str) -> Json:
    """The member in which the digests of an object stand."""
    return {"_sd": sorted(map(digest, disclosures))}


def place(disclosed: str) -> Json:
    """What stands in an array where an element is hidden."""
    return {"...": digest(disclosed)}


def case(name: str, payload: Any, *disclosures: str, key: SoftwareSigner = KEY, **expect: Any) -> Json:
    """A case with its answer: `claims`, or `refused` with a reason."""
    head = {"alg": key.public_key.algorithm.jose, "typ": "example+sd-jwt", **expect.pop("head", {})}
    return {
        "name": name, "key": expect.pop("by", key).public_key.to_jwk(),
        "text": "~".join([jws(head, payload, key), *disclosures, ""]), "expect": expect,
    }  # fmt: skip


def cases() -> Iterator[Json]:
    """All of them."""
    yield from good()
    yield from places()
    yield from names()
    yield from signed()


def good() -> Iterator[Json]:
    """What is put back: whole and in part, nested, in arrays, beside decoys."""
    name, street, city = item("name", "林知远"), item("street", "示例路1号"), item("city", "海口")
    address = item("address", {"country": "CN", **sd(street, city)})
    one, two, pair = element("1", 11), element("2", 12), element("3", [element_of("x")])
    yield case("nothing hidden", {"a": 1}, claims={"a": 1})
    yield case("no claims at all", {}, claims={})
    yield case("one claim", sd(name), name, claims={"name": "林知远"})
    yield case("one of two", sd(name, city), city, claims={"city": "海口"})
    yield case("nothing of two", sd(name, city), claims={})
    yield case("in another order", sd(name, city), city, name, claims={"name": "林知远", "city": "海口"})
    yield case(
        "inside another", sd(address), address, street, claims={"address": {"country": "CN", "street": "示例路1号"}}
    )
    yield case("the outer one alone", sd(address), address, claims={"address": {"country": "CN"}})
    yield case("inside an open object", {"address": sd(city)}, city, claims={"address": {"city": "海口"}})
    yield case("an element", {"scopes": [place(one), 13]}, one, claims={"scopes": [11, 13]})
    yield case("no element", {"scopes": [place(one), place(two)]}, claims={"scopes": []})
    yield case("the second element", {"scopes": [place(one), place(two)]}, two, claims={"scopes": [12]})
    yield case("an element of an element", {"x": [place(pair)]}, pair, element("x", 1), claims={"x": [[1]]})
    yield case("a decoy in an object", sd(name, "decoy"), name, claims={"name": "林知远"})
    yield case("a decoy in an array", {"x": [place("decoy"), 1]}, claims={"x": [1]})
    yield case("the hash is named", {"_sd_alg": "sha-256", **sd(name)}, name, claims={"name": "林知远"})
    yield case("no digests in the list", {"_sd": []}, claims={})
    yield case(
        "null, true and empty",
        sd(item("a", None), item("b", [])),
        item("a", None),
        item("b", []),
        claims={"a": None, "b": []},
    )
    yield case(
        "a short salt, which is anybody's own matter", sd(short := disclosure("s", "a", 1)), short, claims={"a": 1}
    )
    spaced = b64url('["6qMQvRL5haj",  "family_name", "Möbius"]'.encode())
    yield case("white space and letters as they are", sd(spaced), spaced, claims={"family_name": "Möbius"})
    escaped = b64url(b'["6qMQvRL5haj", "family_name", "M\\u00f6bius \\ud83d\\ude00"]')
    yield case("letters by escapes", sd(escaped), escaped, claims={"family_name": "Möbius 😀"})
    yield case("by Ed25519", sd(name), name, key=EDWARDS, claims={"name": "林知远"})


def element_of(word: str) -> Json:
    """The place of an element that holds the number one."""
    return place(element(word, 1))


def places() -> Iterator[Json]:
    """A disclosure stands for one digest, in a place of its sort."""
    name, other, one = item("name", "林知远"), item("name", "何星野"), element("1", 11)
    bad = "disclosure-bad"
    yield case("a disclosure that nobody signed", sd(name), other, refused=bad)
    yield case("a disclosure twice", sd(name), name, name, refused=bad)
    yield case("an inner one without its outer one", sd(item("a", sd(name))), name, refused=bad)
    yield case("a digest twice in a list", {"_sd": [digest(name)] * 2}, name, refused=bad)
    yield case("a digest twice in two places", {"a": sd(name), "b": sd(name)}, name, refused=bad)
    yield case("a digest twice, and nothing of it shown", {"_sd": [digest(name)] * 2}, refused=bad)
    yield case("an element in an object", sd(one), one, refused=bad)
    yield case("a member in an array", {"x": [place(name)]}, name, refused=bad)
    yield case("a digest in an array, with company", {"x": [{**place(one), "y": 1}]}, one, refused=bad)
    yield case("an ellipsis in an object", {"...": digest(one)}, refused=bad)
    yield case("digests that are no list", {"_sd": digest(name)}, refused=bad)
    yield case("a digest that is a number", {"_sd": [1]}, refused=bad)
    yield case("an element whose digest is null", {"x": [{"...": None}]}, refused=bad)
    yield case("itself inside itself", {"x": 1}, item("a", sd("a")), refused=bad)
    deep: Any = 1
    for _ in range(14):
        deep = [deep]
    outer = item("outer", {"a": {"b": sd(inner := item("inner", deep))}})
    yield case("deeper than strict JSON once disclosed", sd(outer), outer, inner, refused=bad)


def names() -> Iterator[Json]:
    """A disclosure is an array of two or three with a text as salt; its name is free and not reserved."""
    for name, value, reason in (
        ("a name in the open", [salt("x"), "a", 2], "disclosure-bad"),
        ("named _sd", [salt("x"), "_sd", []], "disclosure-bad"),
        ("named ...", [salt("x"), "...", 1], "disclosure-bad"),
        ("a name that is null", [salt("x"), None, 1], "disclosure-bad"),
        ("a salt that is a number", [1, "name", 1], "disclosure-bad"),
        ("an array of one", [salt("x")], "disclosure-bad"),
        ("an array of four", [salt("x"), "name", 1, 1], "disclosure-bad"),
        ("no array", {"name": 1}, "disclosure-bad"),
        ("a float inside", [salt("x"), "name", 1.5], "malformed"),
    ):
        made = b64url(json.dumps(value).encode())
        yield case(name, {"a": 1, **sd(made)}, made, refused=reason)
    for name, text, reason in (
        ("no base64url", "*", "malformed"),
        ("padding", "WyJhIiwiYiIsMV0=", "malformed"),
        ("bits that mean nothing", "WyJhIiwiYiIsMX1", "malformed"),
        ("no JSON", b64url(b"["), "malformed"),
        ("a member twice", b64url(b'["s","n",{"a":1,"a":2}]'), "malformed"),
        ("half of a character", b64url(b'["s","n","\\ud800"]'), "malformed"),
        ("half of a character as a name", b64url(b'["s","\\udc00",1]'), "malformed"),
        ("latin letters in one byte", b64url('["s","n","é"]'.encode("latin-1")), "malformed"),
    ):
        yield case(name, {"_sd": [digest(text)]}, text, refused=reason)
    twice = disclosure("s", "name", 1), disclosure("t", "name", 2)
    yield case("two of one name", sd(*twice), *twice, refused="disclosure-bad")


def signed() -> Iterator[Json]:
    """Whose signature it is, by which algorithm, and what the header asks to be understood."""
    name = item("name", "林知远")
    other = signer("another")
    yield case("another's key", sd(name), name, by=other, refused="signature-bad")
    yield case("alg of the key's other kind", sd(name), name, head={"alg": "EdDSA"}, refused="algorithm-bad")
    yield case("alg none", sd(name), name, head={"alg": "none"}, refused="algorithm-bad")
    yield case("alg of a shared secret", sd(name), name, head={"alg": "HS256"}, refused="algorithm-bad")
    yield case("another hash", {"_sd_alg": "sha-512", **sd(name)}, name, refused="algorithm-bad")
    yield case("a hash that is null", {"_sd_alg": None, **sd(name)}, name, refused="algorithm-bad")
    yield case("the hash named inside", {"a": {"_sd_alg": "sha-256"}}, refused="disclosure-bad")
    yield case("crit", sd(name), name, head={"crit": ["x"], "x": 1}, refused="header-unknown")
    good = case("key binding that nobody asked for", sd(name), name, refused="malformed")
    yield {**good, "text": good["text"] + jws({"alg": "ES256", "typ": "kb+jwt"}, {}, other)}
    plain = case("no tilde", {}, refused="malformed")
    yield {**plain, "text": plain["text"].rstrip("~")}
    head, _, signature = plain["text"].rstrip("~").split(".")
    changed = case("another payload under the signature", {}, refused="signature-bad")
    yield {**changed, "text": f"{head}.{b64url(FORGED)}.{signature}~"}
