"""A small world in memory: root keys, two provinces, their lists, licences; only bytes leave it.

Keys come from fixed seeds and sign deterministically, so that everything here is the same in every run. Everybody is
invented. `T0` is an ordinary Monday afternoon; tests say how much later it is.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from elicense import (
    Algorithm,
    Anchor,
    InstitutionLicence,
    InstitutionRef,
    Issuer,
    Kind,
    Licence,
    NurseLicence,
    PhysicianLicence,
    SoftwareSigner,
    StatusList,
    StatusRef,
    TrustList,
    issue,
    open_status_list,
    open_trust_list,
    qr,
)
from elicense.status import StatusArray, encode_cwt, encode_jwt
from elicense.trust import Authority, Purpose, TrustKey, sign_trust_list

T0: Final = 1_795_420_800
"""2026-11-23 16:00:00 +08:00."""
HOUR: Final = 3_600
DAY: Final = 86_400
BASE: Final = "https://elicense.example/v#"
LIST_SIZE: Final = 4_096

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def signer(seed: str, algorithm: Algorithm = Algorithm.ES256) -> SoftwareSigner:
    """A key made from a word; never to be used outside tests."""
    digest = hashlib.sha256(b"elicense test key " + seed.encode()).digest()
    if algorithm is Algorithm.EDDSA:
        return SoftwareSigner(ed25519.Ed25519PrivateKey.from_private_bytes(digest))
    number = int.from_bytes(digest, "big") % (_ORDER - 1) + 1
    return SoftwareSigner(ec.derive_private_key(number, ec.SECP256R1()), deterministic=True)


HOSPITAL: Final = InstitutionRef(number="MBT10001246010011A1001", name="海口市示例综合医院")


def physician(**changes: Any) -> PhysicianLicence:
    """A clinical physician of the sample hospital."""
    made = PhysicianLicence(
        issued_at=T0, version=1, name="林知远", authority=1, status=StatusRef(list=1, index=101),
        number="110460100000123", place=460000, sex=1, institution=HOSPITAL, level=1, category=1, scopes=(11,),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def nurse(**changes: Any) -> NurseLicence:
    """A nurse of the sample hospital, registered for five years."""
    made = NurseLicence(
        issued_at=T0, version=1, name="苏予安", authority=1, status=StatusRef(list=1, index=102),
        number="201946000456", place=460100, sex=2, institution=HOSPITAL,
        registered_on=dt.date(2026, 11, 23), valid_until=dt.date(2031, 11, 23),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def institution(**changes: Any) -> InstitutionLicence:
    """The sample hospital itself."""
    made = InstitutionLicence(
        issued_at=T0, version=1, name=HOSPITAL.name, authority=1, status=StatusRef(list=1, index=103),
        number=HOSPITAL.number, valid_from=dt.date(2021, 1, 1), valid_until=dt.date(2035, 12, 31),
        verified_until=dt.date(2028, 12, 31), address="海南省海口市示例路1号", principal="何星野",
        legal_representative="梁晚舟", statutory_type=101, service_modes=(1, 2, 3), beds=600,
        subjects=(
            "03", "03.01", "03.04", "04", "04.01", "05", "07", "10", "11", "20", "26", "28", "30", "31", "32",
        ),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


@dataclass
class World:
    """Root keys, the province of Hainan and another one. Change `trust` with `dataclasses.replace` and sign again."""

    roots: tuple[SoftwareSigner, ...] = field(default_factory=lambda: tuple(signer(f"root {i}") for i in range(3)))
    licence_key: SoftwareSigner = field(default_factory=lambda: signer("licence"))
    status_key: SoftwareSigner = field(default_factory=lambda: signer("status"))
    edwards_key: SoftwareSigner = field(default_factory=lambda: signer("licence ed", Algorithm.EDDSA))
    other_key: SoftwareSigner = field(default_factory=lambda: signer("other licence"))
    other_status_key: SoftwareSigner = field(default_factory=lambda: signer("other status"))
    host: str = "http://127.0.0.1:8080"
    values: dict[int, int] = field(default_factory=dict)

    @property
    def anchor(self) -> Anchor:
        """What a verifier pins."""
        return Anchor(threshold=2, keys=tuple(root.public_key for root in self.roots))

    def key(self, held: SoftwareSigner, purpose: Purpose, **changes: Any) -> TrustKey:
        """An entry for a key, in force from a year before `T0`."""
        return dataclasses.replace(TrustKey(key=held.public_key, purpose=purpose, since=T0 - 365 * DAY), **changes)

    @property
    def hainan(self) -> Issuer:
        """The province whose licences the tests are about."""
        return Issuer(
            id="11460000MBT000011R",
            name="海南省卫生健康委员会(示例)",
            kinds=frozenset(Kind),
            divisions=(460000,),
            type_codes={kind: f"11460000MBT000011R00{kind.wire}" for kind in Kind},
            authorities=(
                Authority(number=1, name="海口市卫生健康委员会(示例)", code="11460100MBT000038N", division=460100),
            ),
            status_uri=f"{self.host}/status/{{list}}",
            keys=(
                self.key(self.licence_key, Purpose.LICENCE),
                self.key(self.edwards_key, Purpose.LICENCE),
                self.key(self.status_key, Purpose.STATUS),
            ),
        )

    @property
    def other(self) -> Issuer:
        """Another province, with keys of its own."""
        return Issuer(
            id="11110000MBT00099XX",
            name="北京市卫生健康委员会(示例)",
            kinds=frozenset(Kind),
            divisions=(110000,),
            type_codes={},
            authorities=(),
            status_uri=f"{self.host}/beijing/status/{{list}}",
            keys=(
                self.key(self.other_key, Purpose.LICENCE),
                self.key(self.other_status_key, Purpose.STATUS),
            ),
        )

    def trust(self, *issuers: Issuer, **changes: Any) -> TrustList:
        """The trust list: of both provinces, or of those given."""
        made = TrustList(
            sequence=7, issued=T0, next_update=T0 + 30 * DAY, anchor=self.anchor,
            issuers=issuers or (self.hainan, self.other),
        )  # fmt: skip
        return dataclasses.replace(made, **changes)

    def signed_trust(self, trust: TrustList | None = None, *signers: SoftwareSigner) -> bytes:
        """A trust list signed by two root keys, or by those given."""
        return sign_trust_list(trust or self.trust(), signers or self.roots[:2])

    def opened(self, trust: TrustList | None = None) -> TrustList:
        """The trust list after a round trip through its bytes."""
        return open_trust_list(self.signed_trust(trust), self.anchor)

    def status_token(
        self, at: int = T0, *, number: int = 1, cwt: bool = True, seconds: int = DAY, **changes: Any
    ) -> bytes:
        """A status list of Hainan with the values set so far."""
        array = StatusArray.build(LIST_SIZE, self.values)
        encode = encode_cwt if cwt else encode_jwt
        arguments = {"uri": self.hainan.list_uri(number), "issued_at": at, "expires_at": at + seconds, "ttl": 900}
        held = changes.pop("signer", self.status_key)
        return encode(array, held, **{**arguments, **changes})

    def statuses(self, at: int = T0, **changes: Any) -> dict[str, StatusList]:
        """The same list, opened, by its address."""
        listed = open_status_list(self.status_token(at, **changes), self.hainan.list_uri(1), self.opened())
        return {listed.uri: listed}

    def token(self, licence: Licence | None = None, held: SoftwareSigner | None = None) -> bytes:
        """A licence signed by Hainan."""
        return issue(licence or physician(), held or self.licence_key)

    def link(self, licence: Licence | None = None, held: SoftwareSigner | None = None) -> str:
        """The text of its QR code."""
        return qr.to_link(self.token(licence, held), BASE)
