"""An issuer in one temporary database, with its people and their keys: the tests of the desks read as stories.

All data fictional. The clock stands still until a test moves it. `World.act` signs an act as somebody and hands it to
a desk function; `World.registered` walks an application all the way to its approval.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from elicense.keys import Algorithm, SoftwareSigner
from issuer.domain import canonical
from issuer.domain.account import Account, AccountId, Role
from issuer.domain.act import Act, Es256Proof, SignedAct
from issuer.domain.application import Application
from issuer.domain.kind import Kind
from issuer.domain.officer_key import ElectronicKey
from issuer.domain.organisation import Branch, Level, Organisation, OrganisationId, OrganisationKind
from issuer.domain.registration import Registration
from issuer.services import accounts, applications, casework, officer_keys, organisations, rules
from issuer.services.desk import Desk
from issuer.storage import Store, keys, registrations
from issuer.vault import MemoryVault

START = 1_772_416_800
"""2026-03-02 02:00:00 UTC, 10:00 at UTC+8, a Monday."""
DAY = 86_400

HOSPITAL = {"number": "MBT10001246010011A1001", "name": "海口市示例综合医院"}
CLINIC = {"number": "MBT10002046900217D1521", "name": "白塘示例口腔门诊部"}
NURSE = ("苏予安", "460000199505050027", "1995-05-05")
NURSE_2 = ("梁晚舟", "460000198812120043", "1988-12-12")
PHYSICIAN = ("林知远", "460000199001010013", "1990-01-01")
SALT = "5a" * 16

T = TypeVar("T")


@dataclass
class World:
    store: Store
    at: int = START
    signers: dict[str, SoftwareSigner] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)
    places: dict[str, Organisation] = field(default_factory=dict)
    nonces: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.desk = Desk(store=self.store, vault=MemoryVault.generate(), clock=lambda: self.at, rules=rules.load())

    @classmethod
    def copied(cls, first: World, store: Store) -> World:
        """Return the same world over a copy of its database; the nonces go on."""
        made = cls(
            store=store,
            at=first.at,
            signers=dict(first.signers),
            people=dict(first.people),
            places=dict(first.places),
            nonces=itertools.count(1_000_000),
        )
        made.desk = dataclasses.replace(made.desk, vault=first.desk.vault)
        return made

    def later(self, days: int = 0, seconds: int = 60) -> None:
        self.at += days * DAY + seconds

    def signed(
        self,
        who: str,
        name: str,
        target: str,
        revision: int | None,
        body: dict[str, Any] | None = None,
        **changes: Any,
    ) -> SignedAct:
        signer = self.signers[who]
        actor = self.people[who].id if who in self.people else AccountId("new")
        act = Act(
            name=name,
            actor=actor,
            target=target,
            revision=revision,
            at=self.at,
            nonce=f"{next(self.nonces):032x}",
            body=canonical.dumps(body or {}),
        )
        act = dataclasses.replace(act, **changes)
        act_bytes = act.to_bytes()
        return SignedAct(
            act_bytes=act_bytes,
            key_id=signer.public_key.kid.hex(),
            proof=Es256Proof(signature=signer.sign(act_bytes)),
        )

    def act(
        self,
        desk_function: Callable[..., T],
        who: str,
        name: str,
        target: str = "new",
        revision: int | None = None,
        body: dict[str, Any] | None = None,
        *extra: Any,
    ) -> T:
        return desk_function(self.desk, self.signed(who, name, target, revision, body), *extra)

    def jwk(self, who: str) -> dict[str, str]:
        self.signers.setdefault(who, SoftwareSigner.generate(Algorithm.ES256))
        return self.signers[who].public_key.to_jwk()

    # --- the beginning -------------------------------------------------------------------------------

    def begin(self) -> None:
        province = Organisation(
            id=OrganisationId("org-province"),
            kind=OrganisationKind.AUTHORITY,
            name="海南省卫生健康委员会(示例)",
            division="460000",
            parent=None,
            level=Level.PROVINCE,
            branch=Branch.HEALTH,
            uscc="11460000MBT000011R",
            trust_number=0,
        )
        everything = frozenset({Role.ACCEPTANCE, Role.REVIEW, Role.DECISION})
        first = [
            ("keys-1", frozenset({Role.KEY_MANAGER})),
            ("keys-2", frozenset({Role.KEY_MANAGER})),
            ("province-all", everything),
        ]
        officers = [
            accounts.FirstOfficer(
                name=f"示例{name}", roles=roles, jwk=canonical.dumps(dict(self.jwk(name))).decode("utf-8")
            )
            for name, roles in first
        ]
        place, made = accounts.bootstrap(self.desk, province, officers)
        self.places["province"] = place
        self.people |= {name: account for (name, _), account in zip(first, made, strict=True)}
        self.authority("haikou", "海口市卫生健康委员会(示例)", "460100", Level.PREFECTURE, "11460100MBT000038N", 1)
        self.authority("qionghai", "琼海市卫生健康委员会(示例)", "469002", Level.COUNTY, "11469002MBT000046Q", 2)
        for name, role in (
            ("accept", Role.ACCEPTANCE),
            ("review", Role.REVIEW),
            ("review-2", Role.REVIEW),
            ("decide", Role.DECISION),
        ):
            self.officer(name, "haikou", role)
        self.officer("all", "haikou", Role.ACCEPTANCE, Role.REVIEW, Role.DECISION)
        self.institution("hospital", HOSPITAL["name"], "460100", "12460100MBT100012H")

    def authority(self, key: str, name: str, division: str, level: Level, uscc: str, number: int) -> Organisation:
        body = {
            "name": name,
            "division": division,
            "level": level.value,
            "branch": "health",
            "parent": self.places["province"].id,
            "uscc": uscc,
            "trust_number": number,
        }
        self.places[key] = self.act(
            organisations.create_authority, "keys-1", "organisation.create_authority", body=body
        )
        return self.places[key]

    def officer(self, who: str, place: str, *roles: Role) -> Account:
        body = {"organisation": self.places[place].id, "name": f"示例{who}", "roles": [role.value for role in roles]}
        account = self.act(accounts.create_officer, "keys-1", "account.create_officer", body=body)
        self.people[who] = account
        key = self.act(officer_keys.request, "keys-1", "key.request", account.id, None, {"reason": "new officer"})
        key = self.act(officer_keys.approve, "keys-2", "key.approve", key.id, key.revision)
        self.act(officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, {"jwk": self.jwk(who)})
        return account

    def institution(self, key: str, name: str, division: str, uscc: str, approver: str = "haikou") -> Organisation:
        body = {
            "name": name,
            "division": division,
            "uscc": uscc,
            "authority": self.places[approver].id,
            "administrator": {"name": f"示例{key}", "jwk": self.jwk(key)},
        }
        who = "accept" if approver == "haikou" else "province-all"
        place, account = self.act(organisations.create_institution, who, "organisation.create_institution", body=body)
        self.places[key], self.people[key] = place, account
        return place

    def person(self, who: str, name: str, number: str) -> Account:
        evidence = canonical.dumps({"name": name, "id_number": number})
        body = {"jwk": self.jwk(who)}
        self.people[who] = self.act(
            accounts.activate_person,
            who,
            "account.activate",
            "new",
            None,
            body,
            evidence,
            accounts.DemonstrationProof(),
        )
        return self.people[who]

    def key(self, who: str) -> ElectronicKey:
        with self.store.reading() as tx:
            found = keys.by_kid(tx, self.signers[who].public_key.kid.hex())
        assert found is not None
        return found

    # --- applications --------------------------------------------------------------------------------

    def open(
        self, who: str, kind: Kind, action: str, content: dict[str, Any], restricted: dict[str, Any] | None = None
    ) -> Application:
        sealed = canonical.dumps({"salt": SALT, **(restricted or {})})
        body = {
            "kind": kind.value,
            "action": action,
            "content": content,
            "restricted": hashlib.sha256(sealed).hexdigest(),
        }
        return self.act(applications.open_draft, who, "application.open", "new", None, body, sealed)

    def step(
        self,
        function: Callable[..., Application],
        who: str,
        step: str,
        case: Application,
        **body: Any,
    ) -> Application:
        return self.act(function, who, f"application.{step}", case.id, case.revision, body)

    def submitted(self, case: Application, who: str) -> Application:
        case = self.step(applications.submit, who, "submit", case)
        if case.stage == "institution_confirm":
            case = self.step(applications.confirm, "hospital", "confirm", case)
        return case

    def reviewed(self, case: Application) -> Application:
        case = self.step(applications.accept, "accept", "accept", case)
        case = self.step(applications.review, "review", "review", case, finding="favourable")
        if case.kind is Kind.INSTITUTION:
            case = self.step(applications.review, "review-2", "review", case, finding="favourable")
        return case

    def approved(self, case: Application, who: str) -> tuple[Application, Registration]:
        case = self.reviewed(self.submitted(case, who))
        case = self.step(applications.approve, "decide", "approve", case)
        return self.minted(case), self.registration(case)

    def minted(self, case: Application) -> Application:
        """Stand in for minting: what its release does to the application."""
        with self.store.transaction() as tx:
            return applications.delivered(self.desk, tx, case.id, self.at)

    def registration(self, case: Application) -> Registration:
        with self.store.reading() as tx:
            found = registrations.of_holder(tx, case.holder, case.kind)
        assert found is not None
        return found

    def restricted(self, held: Registration) -> dict[str, Any]:
        return dict(casework.opened(self.desk, held.sealed, held.id))

    # --- the three kinds -----------------------------------------------------------------------------

    def hospital(self) -> Registration:
        content = {
            **HOSPITAL,
            "address": "海口市示例路1号",
            "principal": "示例负责人",
            "subjects": [{"code": "03", "name": "内科"}, {"code": "04", "name": "外科"}],
            "beds": 600,
        }
        case = self.open("hospital", Kind.INSTITUTION, "practice_registration", content, {"uscc": "12460100MBT100012H"})
        return self.approved(case, "hospital")[1]

    def clinic(self) -> Registration:
        """A second institution, approved by another authority, `qionghai`, with officers of its own."""
        self.institution("clinic", CLINIC["name"], "469002", "52469002MBT100020F", "qionghai")
        for who, role in (("clinic-review", Role.REVIEW), ("clinic-decide", Role.DECISION)):
            self.officer(who, "qionghai", role)
        content = {
            **CLINIC,
            "address": "琼海市示例路1号",
            "principal": "示例负责人",
            "subjects": [{"code": "12", "name": "口腔科"}],
            "dental_chairs": 4,
        }
        case = self.open("clinic", Kind.INSTITUTION, "practice_registration", content, {"uscc": "52469002MBT100020F"})
        case = self.step(applications.submit, "clinic", "submit", case)
        case = self.step(applications.accept, "province-all", "accept", case)
        for who in ("province-all", "clinic-review"):
            case = self.step(applications.review, who, "review", case, finding="favourable")
        return self.registration(self.minted(self.step(applications.approve, "clinic-decide", "approve", case)))

    def nurse_draft(self, who: str = "nurse", person: tuple[str, str, str] = NURSE) -> Application:
        name, number, birth = person
        if who not in self.people:
            self.person(who, name, number)
        content = {"name": name, "sex": 2, "institution": HOSPITAL, "place": 460100}
        restricted = {
            "id_number": number,
            "birth_date": birth,
            "exam_passed_on": "2025-06-01",
            "health": "meets_standard",
        }
        return self.open(who, Kind.NURSE, "first_registration", content, restricted)

    def nurse(self, who: str = "nurse", person: tuple[str, str, str] = NURSE) -> Registration:
        return self.approved(self.nurse_draft(who, person), who)[1]

    def physician_draft(self) -> Application:
        name, number, birth = PHYSICIAN
        if "physician" not in self.people:
            self.person("physician", name, number)
        content = {
            "name": name,
            "sex": 1,
            "institution": HOSPITAL,
            "place": 460000,
            "level": 1,
            "category": 1,
            "scopes": [11],
        }
        restricted = {
            "id_number": number,
            "birth_date": birth,
            "qualification_number": "201546110460000199001010013",
            "qualified_on": "2015-12-01",
            "assessment": "passed 2026-01",
        }
        return self.open("physician", Kind.PHYSICIAN, "first_registration", content, restricted)

    def physician(self) -> Registration:
        return self.approved(self.physician_draft(), "physician")[1]
