"""A world that mints: the world of the desks, a trust list signed by two of three roots, a checker of invariants.

Run as a program it does one thing in a world that another process began, so that a test can kill it on the way:
`python -m tests.issuer.services.mint_world FOLDER DATABASE_URL AT WHAT`.
"""

from __future__ import annotations

import itertools
import json
import secrets
import shutil
import sys
from pathlib import Path

import sqlalchemy as sa

from elicense import cose, qr
from elicense.keys import Algorithm, SoftwareSigner
from elicense.licence import Kind as LicenceKind
from elicense.status import StatusList, open_status_list
from elicense.trust import Anchor, Authority, Issuer, TrustKey, TrustList, open_trust_list, sign_trust_list
from elicense.trust import Purpose as TrustPurpose
from elicense.verdict import Verdict
from elicense.verify import verify
from issuer.config import Config
from issuer.domain.act import Es256Proof, SignedAct
from issuer.domain.application import Application, ApplicationId
from issuer.domain.audit import Event, verify_chain
from issuer.domain.kind import Kind
from issuer.domain.licence_copy import LicenceCopy
from issuer.domain.licence_record import LicenceId, LicenceRecord, LicenceState
from issuer.services import applications, copies, fetch, keys, minting, publishing, rules, trail_check
from issuer.services import wallets as wallet_desk
from issuer.services.acts import ACTS
from issuer.services.desk import Desk
from issuer.storage import Store, Transaction, audit, failpoints, statuses, tables, wallets
from issuer.storage import licences as storage_licences
from issuer.vault import MemoryVault, Purpose
from tests.issuer.services.world import HOSPITAL, NURSE, START, World

ISSUER = "11460000MBT000011R"
URI = "https://licence.example/status/{list}"


class MintWorld(World):
    """A world whose approved applications wait for the mint. Its secrets lie in `folder`, where a child finds them."""

    folder: Path
    roots: tuple[SoftwareSigner, ...]
    anchor: Anchor

    def minted(self, case: Application) -> Application:
        """Leave the case to the mint."""
        return case

    @classmethod
    def begun(cls, store: Store, folder: Path) -> MintWorld:
        """A world with its keys, its first trust list and a licensed hospital."""
        made = cls(store)
        made.prepare(folder)
        made.begin()
        minting.mint(made.desk, made.hospital_granted().id)
        return made

    def moved(self, store: Store, folder: Path) -> MintWorld:
        """The same world over a copy of its database and its folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = MintWorld(
            store, self.at, dict(self.signers), dict(self.people), dict(self.places), itertools.count(1_000_000)
        )
        made.folder, made.roots, made.anchor = folder, self.roots, self.anchor
        made.desk = desk_of(folder, store, made)
        return made

    def prepare(self, folder: Path) -> None:
        """Make keys, the first trust list, and the desk that uses them."""
        folder.mkdir(exist_ok=True)
        self.folder = folder
        names = ("licence", "status", "document", "r1", "r2", "r3")
        made = {name: SoftwareSigner.generate(Algorithm.ES256) for name in names}
        made["log"] = SoftwareSigner.generate(Algorithm.EDDSA)
        self.roots = (made["r1"], made["r2"], made["r3"])
        kept = {name: one.to_pkcs8().hex() for name, one in made.items()}
        (folder / "secrets.json").write_text(json.dumps(kept), encoding="ascii")
        self.desk = desk_of(folder, self.store, self)
        self.anchor = Anchor(threshold=2, keys=tuple(one.public_key for one in self.roots))
        keys.write_anchor(self.desk.config.anchor, self.anchor)
        self.trust(keys.first_list(self.anchor, [self.issuer()], START - 86_400, 3650 * 86_400))

    def issuer(self) -> Issuer:
        return Issuer(
            id=ISSUER,
            name="海南省卫生健康委员会(示例)",
            kinds=frozenset(LicenceKind),
            divisions=(460_000,),
            type_codes={},
            authorities=tuple(
                Authority(number=number, name=f"示例{number}", code=ISSUER, division=460_000) for number in range(3)
            ),
            status_uri=URI,
            keys=tuple(
                TrustKey(key=self.desk.vault.signer(mine).public_key, purpose=theirs, since=START - 86_400)
                for mine, theirs in (
                    (Purpose.LICENCE, TrustPurpose.LICENCE),
                    (Purpose.STATUS, TrustPurpose.STATUS),
                )
            ),
        )

    def trust(self, new: TrustList) -> TrustList:
        """Publish a list signed by the first two roots."""
        return keys.publish_trust_list(self.desk, sign_trust_list(new, self.roots[:2]), max(self.at, new.issued))

    def hospital_granted(self) -> Application:
        """Walk the hospital's application to its approval."""
        content = {
            **HOSPITAL,
            "address": "海口市示例路1号",
            "principal": "示例负责人",
            "subjects": [{"code": "03", "name": "内科"}, {"code": "04", "name": "外科"}],
            "beds": 600,
        }
        restricted = {"uscc": "12460100MBT100012H"}
        case = self.open("hospital", Kind.INSTITUTION, "practice_registration", content, restricted)
        return self.step(applications.approve, "decide", "approve", self.reviewed(self.submitted(case, "hospital")))

    def granted(self, who: str = "nurse", person: tuple[str, str, str] = NURSE) -> Application:
        """Walk a nurse's application to its approval."""
        case = self.reviewed(self.submitted(self.nurse_draft(who, person), who))
        return self.step(applications.approve, "decide", "approve", case)

    def reissue_granted(self, who: str = "nurse") -> Application:
        """Walk the reissue of a nurse's licence to its approval."""
        case = self.open(who, Kind.NURSE, "reissue", {}, {"cause": "遗失"})
        return self.step(applications.approve, "decide", "approve", self.reviewed(self.submitted(case, who)))

    def scan(self, record: LicenceRecord | LicenceCopy) -> Verdict:
        """Judge a licence as a stranger with the published files does."""
        assert record.token is not None
        folder = self.desk.config.published
        trust = open_trust_list((folder / publishing.TRUST_FILE).read_bytes(), self.anchor)
        lists: dict[str, StatusList] = {}
        for path in (folder / publishing.STATUS_FOLDER).glob("*.cwt"):
            uri = URI.replace("{list}", path.stem)
            lists[uri] = open_status_list(path.read_bytes(), uri, trust)
        text = qr.to_link(record.token, "https://scan.example/v#")
        return verify(qr.from_text(text), trust, lists, self.at)


def desk_of(folder: Path, store: Store, world: World | None, at: int = START) -> Desk:
    """A desk whose keys come from `folder`."""
    kept = json.loads((folder / "secrets.json").read_text(encoding="ascii"))
    purposes = (Purpose.LICENCE, Purpose.STATUS, Purpose.DOCUMENT, Purpose.LOG)
    vault = MemoryVault(
        {purpose: [SoftwareSigner.from_pkcs8(bytes.fromhex(kept[purpose.value]))] for purpose in purposes},
        record=[b"r" * 32],
        lookup=b"l" * 32,
        since=START - 86_400,
    )
    config = Config(
        published=folder / "published", anchor=folder / "anchor.json", issuer=ISSUER, list_size=256, decoys=8
    )
    clock = (lambda: at) if world is None else (lambda: world.at)
    return Desk(store=store, vault=vault, clock=clock, rules=rules.load(), config=config)


def faults(tx: Transaction) -> list[str]:
    """Return everything that is wrong with what is stored: the invariants that every fault must leave whole."""
    wrong: list[str] = []
    licences = [record for state in LicenceState for record in storage_licences.find(tx, state=state)]
    live = [one for one in licences if one.state in {LicenceState.ACTIVE, LicenceState.RETIRED}]
    delivered = set(
        tx.run(sa.select(tables.application.c.id).where(tables.application.c.stage == "delivered")).scalars()
    )
    by_application: dict[str, int] = {}
    for one in live:
        by_application[one.application] = by_application.get(one.application, 0) + 1
    wrong += [f"two licences for {id_}" for id_, count in by_application.items() if count > 1]
    wrong += [f"delivered without a licence: {id_}" for id_ in delivered if id_ not in by_application]
    wrong += [f"a licence without its grant: {id_}" for id_ in by_application if id_ not in delivered]
    places = [(one.list, one.index) for one in licences]
    wrong += ["an index twice"] if len(set(places)) != len(places) else []
    place = tables.status_entry.c.index.label("place")
    chosen = sa.select(tables.status_entry.c.list, place, tables.status_entry.c.licence)
    entries = {(row.list, row.place): row.licence for row in tx.all(chosen)}
    wrong += [f"the entry of {one.id} is another's" for one in licences if entries.get((one.list, one.index)) != one.id]
    bound = tx.all(sa.select(tables.licence_copy))
    in_wallets = tx.all(sa.select(wallets.wallet_copy))
    known = {one.id for one in licences} | {one.id for one in (*bound, *in_wallets)}
    wrong += [f"an index taken for nothing: {id_}" for id_ in entries.values() if id_ is not None and id_ not in known]
    for one in live:
        parts = cose.split_licence(one.token or b"")
        if parts.tbs != one.tbs:
            wrong.append(f"{one.id}: stored bytes are not the signed ones")
    wrong += [
        f"{copy.id}: stored bytes are not the signed ones"
        for copy in bound
        if copy.token is not None and cose.split_licence(copy.token).tbs != copy.tbs
    ]
    wrong += [
        f"{copy.id}: stored bytes are not the signed ones"
        for copy in in_wallets
        if copy.token is not None and not copy.token.startswith(copy.tbs + b".")
    ]
    tags = [(row.event.tag, row.event.target) for row in audit.read(tx)]
    wrong += [f"an event twice: {tag}" for tag in set(tags) if tag[0].startswith("licence.") and tags.count(tag) > 1]
    for one in licences:
        told = {tag for tag, target in tags if target == one.id}
        expected = {
            LicenceState.INTENDED: {"licence.intended"},
            LicenceState.ACTIVE: {"licence.intended", "licence.released"},
            LicenceState.RETIRED: {"licence.intended", "licence.released", "licence.superseded"},
            LicenceState.SPOILED: {"licence.intended", "licence.spoiled"},
        }[one.state]
        if told != expected:
            wrong.append(f"{one.id} is {one.state}, the trail says {sorted(told)}")
    wrong += [f"chain: {found.code} at {found.seq}" for found in verify_chain(audit.read(tx))]
    wrong += map(str, trail_check.register(tx, audit.read(tx))[0])
    return wrong


# Two mints built wrongly on purpose: the checker must catch them, or it proves nothing.


def sign_first(desk: Desk) -> None:
    """Sign, hand out, and only then record: a death in between leaves a licence that nobody knows."""
    [id_] = _waiting(desk)
    with desk.store.transaction() as tx:
        application = fetch.application(tx, id_)
        applications.delivered(desk, tx, id_, desk.clock())  # the holder has it
        assert application.registration is not None
    failpoints.reach("mint.signed")
    minting.resume(desk)


def index_first(desk: Desk) -> None:
    """Take the index in a transaction of its own: a death in between loses it for nothing."""
    with desk.store.transaction() as tx:
        row, _ = statuses.list_with_room(tx, size=256, at=desk.clock())
        statuses.allocate(tx, row, secrets.randbelow, licence_id=LicenceId("lic-x"), value=0, at=desk.clock())
        audit.append(tx, Event(at=desk.clock(), tag="test.written", target="lic-x"))
    failpoints.reach("mint.recorded")
    minting.resume(desk)


def _waiting(desk: Desk) -> tuple[ApplicationId, ...]:
    with desk.store.reading() as tx:
        return storage_licences.wanting(tx, [("nurse", "first_registration")])


def keep_act(folder: Path, signed: SignedAct, possession: bytes) -> None:
    """Leave a signed act where a child finds it."""
    parts = (signed.act_bytes, signed.proof.signature, possession)
    (folder / "act").write_text("\n".join((signed.key_id, *(part.hex() for part in parts))), encoding="ascii")


def bound_act(folder: Path) -> tuple[SignedAct, bytes]:
    """Return what `keep_act` left."""
    key_id, *parts = (folder / "act").read_text(encoding="ascii").split()
    act_bytes, signature, possession = map(bytes.fromhex, parts)
    return SignedAct(act_bytes=act_bytes, key_id=key_id, proof=Es256Proof(signature=signature)), possession


def main(folder: str, url: str, at: str, what: str) -> None:
    """Do one thing; a kill point may end it."""
    desk = desk_of(Path(folder), Store(url), None, int(at))
    if what == "resume":
        minting.resume(desk)
    elif what == "publish":
        publishing.publish_due(desk, int(at))
    elif what == "copies":
        copies.resume(desk)
    elif what == "bind":
        copies.bind(desk, *bound_act(Path(folder)))
    elif what == "wallet":
        wallet_desk.request(desk, *json.loads((Path(folder) / "asked").read_text(encoding="utf-8")))
    elif what in ("wallet.offer", "wallet.remove"):
        ACTS[what](desk, bound_act(Path(folder))[0])
    elif what == "trust":
        keys.publish_trust_list(desk, (Path(folder) / "new-list").read_bytes(), int(at))
    elif what == "sign-first":
        sign_first(desk)
    elif what == "index-first":
        index_first(desk)
    desk.store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
