"""Vectors of `sdjwt/presented`: licences that an issuer made, and what there is to say of them (checks 5 to 8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from elicense import StatusRef
from elicense.sdjwt import Asked, bind, making, select
from tests.elicense.sdjwt.made import digest, disclosure, jws
from tests.making.wallets import (
    ASKED,
    HOLDER,
    KEY,
    Presentation,
    copy,
    genuine,
    listed,
    refused,
    said,
    salt,
    shown,
)
from tests.making.world import DAY, LIST_SIZE, T0, TRUSTS, WORLD
from tests.world import institution, nurse, physician, signer

EDWARDS: Final = WORLD.edwards_key
COPY: Final = copy()
ISSUED: Final = COPY.partition("~")[0]
NAMED: Final = shown(COPY, "name", "scopes")
BARE: Final = select(COPY, ())
STRANGER: Final = signer("stranger")


def cases() -> Iterator[Presentation]:
    """All of them."""
    yield from good()
    yield from authority()
    yield from period()
    yield from status()
    yield from holder()


def good() -> Iterator[Presentation]:
    """What is valid: nothing shown, some, all, of each kind, by each algorithm, and what an issuer sends a wallet."""
    for licence in (physician(), nurse(), institution()):
        kind, everything = licence.kind.text, tuple(making.said(licence))
        yield genuine(f"{kind}: nothing but that there is one", licence)
        yield genuine(f"{kind}: name and number", licence, "name", "number")
        yield genuine(f"{kind}: everything", licence, *everything)
    yield genuine("by Ed25519", physician(), "name", sdjwt=copy(key=EDWARDS))
    yield genuine("decoys beside the digests", physician(), "name", sdjwt=copy(payload=_decoys()))
    yield genuine("the list as JWT", physician(), "name", lists="normal as JWT")
    yield Presentation(
        name="what an issuer sends: all, and no proof",
        text=COPY,
        claims=making.said(physician()),
        asked=None,
        bound=False,
    )
    yield Presentation(name="a proof of five minutes ago", text=shown(COPY, at=T0 - 300), claims={})
    yield Presentation(name="a proof of two minutes ahead", text=shown(COPY, at=T0 + 120), claims={})


def _decoys() -> dict[str, Any]:
    digests = [digest(one) for one in COPY.split("~")[1:-1]]
    return {"_sd": sorted([*digests, *(digest(f"decoy {number}") for number in range(3))])}


def authority() -> Iterator[Presentation]:
    """Check 5: the day that counts is `iat`; an area can be looked at only where the place is shown."""
    yield refused("nurses only: physician", COPY, "key-not-for-kind", trust="nurses only")
    yield genuine("nurses only: nurse", nurse(), "name", trust="nurses only")
    at_noon = copy(payload={"iat": T0})
    for trust in ("key since a second later", "key until that second", "key for no time at all"):
        yield refused(trust, at_noon, "key-not-then", trust=trust)
    for trust in ("key since that second", "key until a second later"):
        yield genuine(trust, physician(), sdjwt=at_noon, trust=trust)
    for trust in ("key compromised a year ago", "key compromised later", "other key compromised"):
        yield refused(trust, COPY, "key-compromised", trust=trust)
    yield genuine(
        "the other key beside a compromised one", physician(), sdjwt=copy(key=EDWARDS), trust="other key compromised"
    )
    beijing = copy(hidden={"place": 110_000})
    yield refused("Hainan for Beijing, place shown", beijing, "key-not-for-area", "place")
    yield genuine("Hainan for Beijing, place hidden", physician(), "name", sdjwt=beijing)
    yield refused("a city for the province, place shown", COPY, "key-not-for-area", "place", trust="one city")
    ends = TRUSTS["main"].next_update
    last: dict[str, Any] = {"at": ends - 1, "lists": "for fifty years"}
    yield genuine("the last second of the trust list", physician(), **last)
    yield genuine("a trust list too old", physician(), reasons="trust-stale", at=ends, lists="for fifty years")


def period() -> Iterator[Presentation]:
    """Check 6: civil days of UTC+8."""
    ends = nurse().expires_at or 0
    years: dict[str, Any] = {"trust": "main for fifty years", "lists": "for fifty years"}
    yield genuine("the last second of a nurse's", nurse(), at=ends - 1, **years)
    yield genuine("the second after", nurse(), reasons="expired", at=ends, **years)
    overdue = institution(verified_until=dt.date(2026, 11, 22))
    yield genuine("overdue, and told", overdue, "verified_until", reasons="verification-overdue")
    yield genuine("overdue, and kept back", overdue, "name")
    begins = institution(valid_from=dt.date(2026, 11, 24))
    yield genuine("begins tomorrow, and told", begins, "valid_from", reasons="not-yet-valid")
    yield genuine("begins tomorrow, and kept back", begins, "name")
    for seconds, reasons in ((120, ""), (121, "issued-later")):
        made = copy(payload={"iat": T0 + seconds})
        yield genuine(f"made {seconds} seconds from now", physician(), sdjwt=made, reasons=reasons)
    yield genuine("good from tomorrow", physician(), sdjwt=copy(payload={"nbf": T0 + DAY}), reasons="issued-later")


def status() -> Iterator[Presentation]:
    """Check 7: what the list says, and every way in which it does not."""
    for index, reason in ((201, "revoked"), (202, "suspended"), (203, "superseded"), (LIST_SIZE - 2, "")):
        held = physician(status=StatusRef(list=1, index=index))
        yield genuine(f"index {index}", held, "name", reasons=reason)
    beyond = copy(payload={"status": listed(idx=LIST_SIZE)})
    yield genuine("an index behind the last", physician(), sdjwt=beyond, reasons="status-unknown")
    other = copy(payload={"status": listed(uri=WORLD.hainan.list_uri(2))})
    yield genuine("a list that nobody has", physician(), sdjwt=other, reasons="status-unknown")
    for lists, reason in (
        ("none", "status-unknown"), ("only Beijing", "status-unknown"), ("rolled back", "status-rolled-back"),
        ("of another address", "status-bad"), ("by a licence key", "status-bad"), ("by another province", "status-bad"),
        ("the day before", "status-stale"), ("the day before, longer", ""), ("in two minutes", ""),
        ("a second after", "status-unknown"), ("short", "status-unknown"),
    ):  # fmt: skip
        yield genuine(f"list: {lists}", physician(), "name", reasons=reason, lists=lists)
    ended = nurse(
        status=StatusRef(list=1, index=201), valid_until=dt.date(2026, 11, 20), registered_on=dt.date(2021, 11, 21)
    )
    yield genuine("expired and revoked: both are told", ended, "name", reasons="expired revoked")


def holder() -> Iterator[Presentation]:
    """Check 8: by this holder, for this verifier and question, now, over this very presentation."""
    good_claims = {"aud": ASKED.audience, "iat": T0, "nonce": ASKED.nonce, "sd_hash": digest(BARE)}
    good_head = {"alg": "ES256", "typ": "kb+jwt"}
    yield Presentation(name="a proof made by hand", text=BARE + jws(good_head, good_claims, HOLDER), claims={})
    texts = {
        "no proof": BARE,
        "another nonce": shown(COPY, asked=Asked(audience=ASKED.audience, nonce="another")),
        "another audience": shown(COPY, asked=Asked(audience="x509_hash:another", nonce=ASKED.nonce)),
        "a thief's key": shown(COPY, key=signer("thief")),
        "the issuer's key": shown(COPY, key=KEY),
        "a second too old": shown(COPY, at=T0 - 301),
        "a second too early": shown(COPY, at=T0 + 121),
        "of another presentation": BARE + NAMED.rpartition("~")[2],
        "no JWT": f"{BARE}x",
        "a line break in its place": f"{BARE}\n",
    }
    for name, head, changes in (
        ("another typ", {**good_head, "typ": "JWT"}, {}),
        ("no typ in the proof", {"alg": "ES256"}, {}),
        ("alg none in the proof", {**good_head, "alg": "none"}, {}),
        ("alg of a shared secret in the proof", {**good_head, "alg": "HS256"}, {}),
        ("crit in the proof", {**good_head, "crit": ["exp"]}, {}),
        ("no sd_hash", good_head, {"sd_hash": None}),
        ("sd_hash of the JWT alone", good_head, {"sd_hash": digest(ISSUED)}),
        ("audiences in a list", good_head, {"aud": [ASKED.audience]}),
        ("a time that is true", good_head, {"iat": True}),
        ("no time", good_head, {"iat": None}),
        ("a claim more", good_head, {"exp": T0 + 60}),
    ):
        claims_ = {key: value for key, value in {**good_claims, **changes}.items() if value is not None}
        texts[name] = BARE + jws(head, claims_, HOLDER)
    for name, text in texts.items():
        yield Presentation(name=name, text=text, reasons=("holder-proof-bad",), claims={}, bound=False)
    issued, *items, proof = NAMED.split("~")
    more = next(one for one in COPY.split("~")[1:-1] if one not in items)
    yield Presentation(
        name="an item taken away", text="~".join([issued, items[0], proof]), reasons=("holder-proof-bad",),
        claims=_only(items[0]), bound=False,
    )  # fmt: skip
    yield Presentation(
        name="items exchanged", text="~".join([issued, *reversed(items), proof]), reasons=("holder-proof-bad",),
        claims=said(physician(), "name", "scopes"), bound=False,
    )  # fmt: skip
    yield Presentation(
        name="an item added", text="~".join([issued, *items, more, proof]), reasons=("holder-proof-bad",),
        claims={**_only(more), **said(physician(), "name", "scopes")}, bound=False,
    )  # fmt: skip
    yield Presentation(
        name="a proof that nobody asked for", text=bind(BARE, HOLDER, ASKED, T0), reasons=("holder-proof-bad",),
        claims={}, asked=None, bound=False,
    )  # fmt: skip


def _only(disclosed: str) -> dict[str, Any]:
    """The one item of a physician's that a disclosure stands for."""
    return next(
        {name: value}
        for name, value in making.said(physician()).items()
        if disclosure(salt(name), name, value) == disclosed
    )
