"""Trust lists and status lists by themselves: which open, which do not, which may follow on which."""

from __future__ import annotations

import copy
import dataclasses
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import cbor2

from elicense import SoftwareSigner, TrustList, jws, strictjson
from elicense.keys import b64url
from elicense.limits import STATUS_LIST_BYTES_MAX
from elicense.status import CWT_TYP, JWT_TYP, encode_cwt, encode_jwt
from elicense.trust import TYP, Purpose, TrustKey, sign_trust_list
from tests import forge
from tests.making.world import DAY, LIST_SIZE, NEW_ANCHOR, NEW_ROOTS, STATUSES, T0, TRUSTS, URI, VALUES, WORLD, status
from tests.world import signer

Json = dict[str, Any]
ROOTS: Final = WORLD.roots
MAIN: Final = dataclasses.replace(
    TRUSTS["main"], issuers=tuple(dataclasses.replace(each, keys=each.keys[:1]) for each in TRUSTS["main"].issuers)
)
PAYLOAD: Final[Json] = json.loads(jws.read_general(WORLD.signed_trust(MAIN)))


def _signed(payload: object, *signers: SoftwareSigner, typ: str = TYP) -> bytes:
    data = payload if isinstance(payload, bytes) else strictjson.dumps(payload)
    return jws.sign_general(data, signers or ROOTS[:2], typ)


def _edited(path: str, value: object) -> bytes:
    """The main list with one member changed, `...` taken away, signed anew."""
    payload = copy.deepcopy(PAYLOAD)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    here: Any = payload
    for step in steps:
        here = here[step]
    if value is ...:
        del here[last]
    else:
        here[last] = value
    return _signed(payload)


def _rewritten(change: Callable[[Json], object]) -> bytes:
    """The signed list with its envelope changed."""
    envelope: Json = json.loads(WORLD.signed_trust(MAIN))
    change(envelope)
    return strictjson.dumps(envelope)


def _header(envelope: Json, **members: object) -> None:
    for number, one in enumerate(envelope["signatures"]):
        header = {"alg": "ES256", "kid": ROOTS[number].public_key.kid.hex(), "typ": TYP, **members}
        one["protected"] = b64url(strictjson.dumps({k: v for k, v in header.items() if v is not ...}))


def trust() -> Iterator[Json]:
    """A signed trust list and an anchor: opened, or refused as `trust-bad`."""
    moved = dataclasses.replace(MAIN, anchor=NEW_ANCHOR, sequence=8)
    later = copy.deepcopy(PAYLOAD) | {"remark": "of a later version"}
    later["issuers"][0]["chain"] = []
    for name, data, anchor, sequence in (
        ("two of three", WORLD.signed_trust(MAIN), "main", 7),
        ("the other two", sign_trust_list(MAIN, ROOTS[1:]), "main", 7),
        ("all three", sign_trust_list(MAIN, ROOTS), "main", 7),
        ("a stranger's signature beside two good ones", sign_trust_list(MAIN, (signer("x"), *ROOTS[:2])), "main", 7),
        ("unknown members", _signed(later), "main", 7),
        ("new root keys, signed by the old and by themselves",
         sign_trust_list(moved, (*ROOTS[:2], *NEW_ROOTS[:2])), "main", 8),
        ("the same, by who knows the new root keys", sign_trust_list(moved, (*ROOTS[:2], *NEW_ROOTS[:2])), "new", 8),
        ("new root keys, signed by themselves, by who knows them", sign_trust_list(moved, NEW_ROOTS[1:]), "new", 8),
    ):  # fmt: skip
        yield {"name": name, "anchor": anchor, "list": data.decode("utf-8"), "expect": {"sequence": sequence}}
    for name, data, anchor in _bad_trusts(moved):
        yield {"name": name, "anchor": anchor, "list": data.decode("utf-8"), "expect": {"refused": "trust-bad"}}


def _bad_trusts(moved: TrustList) -> Iterator[tuple[str, bytes, str]]:
    one, eighth = ROOTS[0], b64url(strictjson.dumps({**PAYLOAD, "sequence": 8}))
    for name, data in (
        ("no signature", sign_trust_list(MAIN, ())),
        ("one signature", sign_trust_list(MAIN, (one,))),
        ("one signature, twice", sign_trust_list(MAIN, (one, one))),
        ("one signature and a stranger's", sign_trust_list(MAIN, (one, signer("x")))),
        ("signatures of the issuer's own keys", sign_trust_list(MAIN, (WORLD.licence_key, WORLD.status_key))),
        ("signatures for another type of message", _signed(PAYLOAD, typ=JWT_TYP)),
        ("new root keys, signed by the old only", sign_trust_list(moved, ROOTS[:2])),
        ("new root keys, signed by too few of themselves", sign_trust_list(moved, (*ROOTS[:2], NEW_ROOTS[0]))),
        ("payload of another list", _rewritten(lambda e: e.update(payload=eighth))),
        ("algorithm none", _rewritten(lambda e: _header(e, alg="none"))),
        ("algorithm HS256", _rewritten(lambda e: _header(e, alg="HS256"))),
        ("a critical header", _rewritten(lambda e: _header(e, crit=["b64"], b64=False))),
        ("no key id", _rewritten(lambda e: _header(e, kid=...))),
        ("an unprotected header", _rewritten(lambda e: e["signatures"][0].update(header={"kid": "x"}))),
        ("a compact JWS", jws.sign_compact(strictjson.dumps(PAYLOAD), one, TYP).encode()),
        ("a member twice", _signed(strictjson.dumps(PAYLOAD).replace(b'"sequence":7', b'"sequence":7,"sequence":8'))),
        ("half of a character", _signed(strictjson.dumps({**PAYLOAD, "note": "X"}).replace(b'"X"', b'"\\ud800"'))),
        ("a number as floating point", _signed(strictjson.dumps(PAYLOAD).replace(b'"sequence":7', b'"sequence":7.0'))),
        ("empty", b""), ("no JSON", b"trust me"), ("an array", b"[]"), ("nested too deeply", b"[" * 400),
    ):  # fmt: skip
        yield name, data, "main"
    yield "the list before the root keys changed, by who knows only the new ones", WORLD.signed_trust(MAIN), "new"
    issuer = PAYLOAD["issuers"][0]
    for path, value in (
        ("version", 2), ("sequence", 0), ("sequence", ...), ("issued", "yesterday"), ("next_update", T0),
        ("roots.threshold", 0), ("roots.threshold", 1.5), ("roots.threshold", 4), ("roots.keys", []),
        ("roots.keys.1", PAYLOAD["roots"]["keys"][0]), ("issuers", [issuer, issuer]),
        ("issuers.1.keys", issuer["keys"]), ("issuers.0.keys", issuer["keys"] * 2),
        ("issuers.0.authorities", issuer["authorities"] * 2), ("issuers.0.kinds", []), ("issuers.0.kinds", ["dentist"]),
        ("issuers.0.divisions", []), ("issuers.0.divisions", [46]), ("issuers.0.name", "省\u202e"),
        ("issuers.0.status_uri", "https://elicense.example/status"), ("issuers.0.status_uri", "javascript:{list}"),
        ("issuers.0.keys.0.purpose", "root"), ("issuers.0.keys.0.since", ...), ("issuers.0.keys.0.jwk.crv", "P-384"),
        ("issuers.0.keys.0.jwk.x", "AAAA"), ("issuers.0.keys.0.jwk.alg", "EdDSA"), ("issuers.0.keys.0.until", 0),
    ):  # fmt: skip
        shown = "missing" if value is ... else json.dumps(value, ensure_ascii=True)
        if isinstance(value, float):
            yield (
                f"{path}: {shown}",
                _signed(json.dumps({**PAYLOAD, "roots": {**PAYLOAD["roots"], "threshold": value}}).encode()),
                "main",
            )
        else:
            yield f"{path}: {shown if len(shown) < 40 else 'twice'}", _edited(path, value), "main"


def successor() -> Iterator[Json]:
    """A trust list (by its name) after another one: may it follow, or is it `trust-rolled-back`."""
    key = WORLD.key(WORLD.licence_key, Purpose.LICENCE)
    marked = dataclasses.replace(key, compromised_from=T0)
    earlier = dataclasses.replace(key, compromised_from=T0 - 1)
    later = dataclasses.replace(key, compromised_from=T0 + 1)

    def listed(sequence: int, hainan: TrustKey | None, beijing: TrustKey | None = None, **changes: Any) -> TrustList:
        issuers = (
            dataclasses.replace(WORLD.hainan, keys=(hainan,) if hainan else ()),
            dataclasses.replace(WORLD.other, keys=(beijing,) if beijing else ()),
        )
        return dataclasses.replace(MAIN, issuers=issuers, sequence=sequence, **changes)

    before = listed(7, marked)
    for name, previous, following, good in (
        ("the same list again", before, before, True),
        ("a later one", before, listed(8, marked), True),
        ("a mark put earlier", before, listed(8, earlier), True),
        ("a new mark", listed(7, key), listed(8, marked), True),
        ("a marked key in other hands, still marked", before, listed(8, None, marked), True),
        ("a key without a mark leaves", listed(7, key), listed(8, None), True),
        ("a lower sequence", before, listed(6, marked), False),
        ("a higher sequence, issued before", before, listed(8, marked, issued=T0 - 1), False),
        ("the same sequence, another list", before, listed(7, marked, next_update=T0 + 99 * DAY), False),
        ("a mark disappears", before, listed(8, key), False),
        ("a mark put later", before, listed(8, later), False),
        ("a marked key leaves", before, listed(8, None), False),
        ("a marked key in other hands without its mark", before, listed(8, None, key), False),
    ):
        expect = {"follows": True} if good else {"refused": "trust-rolled-back"}
        lists = {"previous": WORLD.signed_trust(previous).decode(), "list": WORLD.signed_trust(following).decode()}
        yield {"name": name, "anchor": "main", **lists, "expect": expect}


# ---- status lists


def _jwt(held: SoftwareSigner = WORLD.status_key, typ: str = JWT_TYP, **changes: object) -> bytes:
    claims: Json = {"sub": URI, "iat": T0, "exp": T0 + DAY, "ttl": 900, "status_list": _list(b64url(_ZEROS))}
    made = {name: value for name, value in (claims | changes).items() if value is not ...}
    return jws.sign_compact(json.dumps(made, separators=(",", ":")).encode(), held, typ).encode()


def _cwt(held: SoftwareSigner = WORLD.status_key, header: Json | None = None, **changes: object) -> bytes:
    claims = {2: URI, 4: T0 + DAY, 6: T0, 65533: _list(_ZEROS), 65534: 900}
    head: Json = {"_16": CWT_TYP} if header is None else header
    return forge.token(forge.changed(claims, changes), held, header=forge.protected(held.public_key, **head))


def _list(lst: object, bits: object = 2) -> Json:
    return {"lst": lst, "bits": bits}  # in the order of deterministic CBOR


_ZEROS: Final = zlib.compress(bytes(64), 9)
_BOMB: Final = zlib.compress(bytes(STATUS_LIST_BYTES_MAX + 1), 9)


def status_lists() -> Iterator[Json]:
    """A status list token and the address where it should stand: opened, or refused as `status-bad`."""
    facts = {"issuer": WORLD.hainan.id, "issued_at": T0, "expires_at": T0 + DAY, "ttl": 900, "bits": 2}
    entries = {
        str(index): VALUES.get(index, 0) for index in (0, 1, 200, 201, 202, 203, 204, LIST_SIZE - 2, LIST_SIZE - 1)
    }
    whole = {**facts, "size": LIST_SIZE, "entries": entries}
    zeros = {**facts, "size": 256, "entries": {"0": 0, "255": 0}}
    one = {**facts, "bits": 1, "size": 512, "entries": {"200": 0, "201": 1, "511": 0}}
    stored = b"\x78\x01\x01\x40\x00\xbf\xff" + bytes(64) + zlib.adler32(bytes(64)).to_bytes(4, "big")
    for name, token, expect in (
        ("CWT", STATUSES["normal"], whole),
        ("JWT", STATUSES["normal as JWT"], whole),
        ("CWT of one bit", STATUSES["one bit"], one),
        ("CWT, not compressed inside", _cwt(_65533=_list(stored)), zeros),
        ("JWT, not compressed inside", _jwt(status_list=_list(b64url(stored))), zeros),
        ("CWT without ttl", _cwt(_65534=...), {**zeros, "ttl": None}),
        ("JWT without ttl", _jwt(ttl=...), {**zeros, "ttl": None}),
        ("CWT with another claim", _cwt(_1="https://elicense.example"), zeros),
        ("JWT with another claim", _jwt(iss="https://elicense.example"), zeros),
    ):
        yield {"name": name, "trust": "main", "uri": URI, "list": b64url(token), "expect": expect}
    for name, token, changes in _bad_statuses():
        given = {"trust": "main", "uri": URI, "list": b64url(token)} | changes
        yield {"name": name, **given, "expect": {"refused": "status-bad"}}


def _bad_statuses() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    good = STATUSES["normal"]
    for held, whose in (
        (WORLD.licence_key, "a licence key"), (WORLD.other_status_key, "another province"), (signer("x"), "a stranger"),
        (ROOTS[0], "a root key"),
    ):  # fmt: skip
        for encode, form in ((encode_cwt, "CWT"), (encode_jwt, "JWT")):
            yield f"{form} by {whose}", status(encode=encode, held=held), {}
    for uri in (URI + "/", URI[:-1], URI[:-1] + "2", URI[:-1] + "²", URI.replace("https", "http"), "", "x"):
        yield f"asked for at {uri!r}", good, {"uri": uri}
        yield f"says that it stands at {uri!r}", status(uri=uri), {}
    for trust_list in ("status key retired", "status key not yet", "status key compromised", "no issuers"):
        yield trust_list, good, {"trust": trust_list}
    for name, value in (
        ("no time of issue", {"iat": ...}), ("no end", {"exp": ...}), ("ends as it begins", {"exp": T0}),
        ("time as text", {"iat": str(T0)}), ("time as floating point", {"iat": float(T0)}),
        ("time true", {"iat": True}),
        ("ttl 0", {"ttl": 0}), ("no address", {"sub": ...}), ("no list", {"status_list": ...}),
        ("three bits", {"status_list": _list(b64url(_ZEROS), bits=3)}),
        ("bits true", {"status_list": _list(b64url(_ZEROS), bits=True)}),
        ("list not zlib", {"status_list": _list(b64url(b"0123456789"))}), ("list empty", {"status_list": _list("")}),
        ("list of nothing", {"status_list": _list(b64url(zlib.compress(b"")))}),
        ("list cut", {"status_list": _list(b64url(_ZEROS[:-2]))}),
        ("list with something behind", {"status_list": _list(b64url(_ZEROS + b"x"))}),
        ("list padded", {"status_list": _list(b64url(_ZEROS) + "==")}),
        ("list that inflates to more than allowed", {"status_list": _list(b64url(_BOMB))}),
    ):  # fmt: skip
        yield f"JWT: {name}", _jwt(**value), {}
    for name, labels in (
        ("no time of issue", {"_6": ...}), ("ends as it begins", {"_4": T0}), ("time as text", {"_6": str(T0)}),
        ("ttl 0", {"_65534": 0}), ("three bits", {"_65533": _list(_ZEROS, bits=3)}),
        ("list as text", {"_65533": _list("x")}),
        ("list that inflates to more than allowed", {"_65533": _list(_BOMB)}),
    ):  # fmt: skip
        yield f"CWT: {name}", _cwt(**labels), {}
    yield "CWT without typ", _cwt(header={}), {}
    yield "CWT with the typ of the JWT", _cwt(header={"_16": JWT_TYP}), {}
    yield "CWT with a critical header", _cwt(header={"_16": CWT_TYP, "_2": [99], "_99": 1}), {}
    yield "JWT with the typ JWT", _jwt(typ="JWT"), {}
    yield "CWT, last bit changed", good[:-1] + bytes((good[-1] ^ 1,)), {}
    yield "CWT, something follows", good + b"\0", {}
    yield "CWT in tag 61", b"\xd8\x3d" + good, {}
    yield "CWT of claims that are an array", forge.token(cbor2.dumps([URI]), WORLD.status_key), {}
    yield "JWT, last character changed", _flip(STATUSES["normal as JWT"]), {}
    yield "a licence", WORLD.token(), {}
    yield "a trust list", WORLD.signed_trust(), {}
    yield "nothing", b"", {}


def _flip(token: bytes) -> bytes:
    return token[:-2] + (b"A" if token[-2:-1] != b"A" else b"B") + token[-1:]
