"""An issuer set up by its own commands, as an operator would, with people who act through its API.

The commands run in this process unless a test starts a program; keys, files, database and HTTP are real. Everything
lies below one folder, which can be copied. The clock is the machine's.
"""

from __future__ import annotations

import io
import json
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask

from elicense import Outcome, qr
from elicense.keys import Algorithm, SoftwareSigner
from elicense.status import StatusList, open_status_list
from elicense.trust import TrustList, open_trust_list
from elicense.verdict import Verdict
from elicense.verify import verify
from examples import world
from issuer.app import create_app
from issuer.cli import main
from issuer.cli.serving import Server
from issuer.client import Client
from issuer.config import PREFIX
from issuer.domain import canonical
from issuer.opening import now, open_desk
from issuer.services import trusting

HOLDERS: Final = ("a", "b", "c")
PEOPLE: Final = {"physician": world.PHYSICIAN, "nurse": world.NURSE, "colleague": world.COLLEAGUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


def run(*arguments: str | Path) -> Ran:
    """Run a command in this process."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
    assert "Traceback" not in err.getvalue()
    return Ran(status=status, out=out.getvalue(), err=err.getvalue())


class Office:
    """One issuer below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signers: dict[str, SoftwareSigner] = {}
        self.accounts: dict[str, str] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self.province = ""
        self.url = ""

    @property
    def settings(self) -> Path:
        return self.folder / "issuer" / "issuer.toml"

    @property
    def lists(self) -> Path:
        return self.folder / "issuer" / "published"

    def cli(self, *arguments: str | Path) -> Ran:
        """Run a command with these settings."""
        cut = 2 if arguments[0] in {"ceremony", "audit", "log"} else 1
        return run(*arguments[:cut], "--settings", self.settings, *arguments[cut:])

    def done(self, *arguments: str | Path) -> str:
        """Run a command that must be done; return what it printed."""
        ran = self.cli(*arguments)
        assert ran.status == 0, ran
        return ran.out

    def root(self, holder: str) -> tuple[str, ...]:
        """How `sign` is told a holder's key."""
        folder = self.folder / "holders" / holder
        (key,) = folder.glob("root-*.json")
        return "--key", str(key), "--passphrase", f"file:{folder / 'words'}"

    def holder(self, name: str) -> Path:
        """Make the root key of one holder; return its file."""
        folder = self.folder / "holders" / name
        folder.mkdir(parents=True)
        (folder / "words").touch(0o600)
        (folder / "words").write_text(f"the words of holder {name}", encoding="ascii")
        ran = run("ceremony", "root", "--folder", folder, "--passphrase", f"file:{folder / 'words'}")
        assert ran.status == 0, ran
        (key,) = folder.glob("root-*.json")
        return key

    def begin(self) -> None:
        """Set up, hold the ceremony, enter the first officers."""
        ran = run("init", "--issuer", world.ISSUER["id"], self.settings.parent)
        assert ran.status == 0, ran
        with self.settings.open("a", encoding="utf-8") as more:
            more.write("list_size = 4096\ndecoys = 16\n")
        roots = [self.holder(name) for name in HOLDERS]
        anchor = self.settings.parent / "anchor.json"
        assert run("ceremony", "anchor", "--out", anchor, *roots).status == 0
        entry = self.folder / "entry.json"
        entry.write_text(json.dumps(world.ISSUER, ensure_ascii=False), encoding="utf-8")
        draft = self.folder / "draft"
        self.done("ceremony", "first", "--issuer", entry, "--out", draft)
        self.publish(draft)
        officers = [
            {"name": f"示例{who}", "roles": ["key_manager"], "jwk": self.jwk(who)} for who in ("keys-1", "keys-2")
        ]
        first = self.folder / "first.json"
        first.write_text(json.dumps({"province": world.PROVINCE, "officers": officers}, ensure_ascii=False))
        made = json.loads(self.done("bootstrap", first))
        self.province = made["province"]
        self.accounts |= dict(zip(("keys-1", "keys-2"), made["accounts"], strict=True))

    def publish(self, draft: Path, *holders: str) -> None:
        """Have a draft signed and publish it."""
        for holder in holders or HOLDERS[:2]:
            assert run("ceremony", "sign", *self.root(holder), draft).status == 0
        self.done("ceremony", "publish", draft)

    def jwk(self, who: str) -> dict[str, str]:
        self.signers.setdefault(who, SoftwareSigner.generate(Algorithm.ES256))
        return self.signers[who].public_key.to_jwk()

    def client(self, who: str) -> Client:
        self.jwk(who)
        return Client(base_url=self.url, signer=self.signers[who], clock=now, account=self.accounts.get(who, "new"))

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve from these settings, as `serve` does but without its timers."""
        apps: list[Flask] = []

        def late(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            return apps[0](environ, start)

        server = Server(late, host="127.0.0.1", port=0)
        self.url = f"http://127.0.0.1:{server.port}"
        desk = open_desk(self.settings, {f"{PREFIX}BASE_URL": self.url})
        apps.append(create_app(desk))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.stop()
            thread.join(10)
            desk.store.close()

    def copied(self, folder: Path) -> Office:
        """The same office in another folder: nothing in it may depend on where it lies."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = Office(folder)
        made.signers, made.accounts, made.province = dict(self.signers), dict(self.accounts), self.province
        made.entries = dict(self.entries)
        return made

    def people(self) -> None:
        """Enter a city, its officers, a hospital and three persons, through the API."""
        keys_1, keys_2 = self.client("keys-1"), self.client("keys-2")
        city = keys_1.act("organisation.create_authority", body={**world.CITY, "parent": self.province})
        for who, (name, roles) in world.OFFICERS.items():
            account = keys_1.act(
                "account.create_officer", body={"organisation": city["id"], "name": name, "roles": roles}
            )
            key = keys_1.act("key.request", account["id"], None, {"reason": "新任"})
            key = keys_2.act("key.approve", key["id"], key["revision"])
            keys_1.act("key.activate", key["id"], key["revision"], {"jwk": self.jwk(who)})
            self.accounts[who] = account["id"]
        body = {
            "name": world.HOSPITAL["name"], "division": world.HOSPITAL_DIVISION, "uscc": world.HOSPITAL_USCC,
            "authority": city["id"], "administrator": {"name": "示例管理员", "jwk": self.jwk("hospital")},
        }  # fmt: skip
        made = self.client("accept").act("organisation.create_institution", body=body)
        self.accounts["hospital"] = made["account"]["id"]
        for who, person in PEOPLE.items():
            client = self.client(who)
            jwk = {"jwk": self.jwk(who)}
            account = client.act("account.activate", body=jwk, attachment=canonical.dumps(dict(person)))
            self.accounts[who] = account["id"]

    def granted(self, who: str, case: dict[str, Any]) -> dict[str, Any]:
        """Take a draft to its licence; return the register entry."""
        case = self.client(who).step("submit", case)
        if case["stage"] == "institution_confirm":
            case = self.client("hospital").step("confirm", case)
        case = self.client("accept").step("accept", case)
        for officer in ("review", "review2"):
            case = self.client(officer).step("review", case, finding="favourable")
        case = self.client("decide").step("approve", case)
        return self.client(who).get(f"registrations/{case['registration']}")

    def token(self, who: str, entry: dict[str, Any]) -> str:
        """The licence in force."""
        token: str = self.client(who).get(f"registrations/{entry['id']}/licence")["token"]
        return token

    def life(self) -> None:
        """Register the hospital, a nurse and a colleague of hers."""
        for who, kind, action, content, restricted in (
            ("hospital", "institution", "practice_registration", world.HOSPITAL_CONTENT, {"uscc": world.HOSPITAL_USCC}),
            ("nurse", "nurse", "first_registration", world.NURSE_CONTENT, world.NURSE_RESTRICTED),
            ("colleague", "nurse", "first_registration", world.COLLEAGUE_CONTENT, world.COLLEAGUE_RESTRICTED),
        ):
            self.entries[who] = self.granted(who, self.client(who).open(kind, action, content, restricted))

    def trust(self) -> TrustList:
        """The published list, as a verifier reads it that pinned the first root keys."""
        anchor = trusting.read_anchor((self.settings.parent / "anchor.json").read_bytes())
        return open_trust_list((self.lists / "trust-list").read_bytes(), anchor)

    def scan(self, token: str) -> Verdict:
        """Judge a licence as a stranger with the published files does."""
        trust, lists = self.trust(), dict[str, StatusList]()
        (issuer,) = trust.issuers
        for path in (self.lists / "status").glob("*.cwt"):
            uri = issuer.list_uri(int(path.stem))
            lists[uri] = open_status_list(path.read_bytes(), uri, trust)
        return verify(qr.from_text(qr.to_link(bytes.fromhex(token), "https://scan.example/v#")), trust, lists, now())

    def valid(self, token: str) -> bool:
        return self.scan(token).outcome is Outcome.VALID
