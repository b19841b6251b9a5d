"""The whole story on one machine: register, mint, draw, scan, judge; suspend, restore, change, revoke.

    python -m examples.demo [--folder demo] [--port 8080]

A physician, a nurse and an institution go through their registration over real HTTP on loopback. Every verdict is the
verifier's, read from the picture of a QR code. Ends with status 0 if every verdict was the expected one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from elicense import card, claims, cose, qr
from elicense.tables import LICENCE_KINDS
from elicense.trust import open_trust_list
from examples import world
from examples.office import Office
from examples.wallet import held, taking
from issuer.client import Client, Refused
from verifier import Folder

_TITLE, _GOOD, _BAD, _PLAIN = "\033[1;34m", "\033[32m", "\033[31m", "\033[0m"
_DAYS_SUSPENDED = 200


class Story:
    """The story of one run: who acts through which client, and the verdicts on the way."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.failures: list[str] = []
        self.tried = False

    def say(self, text: str) -> None:
        """A line of the story."""
        sys.stdout.write(f"  {text}\n")

    def title(self, text: str) -> None:
        """A chapter."""
        sys.stdout.write(f"\n{_TITLE}{text}{_PLAIN}\n")
        sys.stdout.flush()

    def register(self, who: Client, kind: str, content: dict[str, Any], restricted: dict[str, Any]) -> dict[str, Any]:
        """Take a first application from the draft to the minted licence; returns the register entry."""
        action = "practice_registration" if kind == "institution" else "first_registration"
        case = who.open(kind, action, content, restricted)
        self.say(f"填报 draft {case['id'][:12]}…")
        return self.decide(who, case)

    def decide(self, who: Client, case: dict[str, Any]) -> dict[str, Any]:
        """Submit, confirm, accept, review, approve; returns the register entry as its holder reads it."""
        office = self.office
        case = who.step("submit", case)
        if case["stage"] == "institution_confirm":
            case = office.clients["hospital"].step("confirm", case)
            self.say("机构确认 confirmed by the primary institution")
        case = office.clients["accept"].step("accept", case)
        self.say(f"受理 accepted; decision due {case['due_on']}")
        case = office.clients["review"].step("review", case, finding="favourable")
        self.four_eyes(case)
        if case["kind"] == "institution":
            case = office.clients["review2"].step("review", case, finding="favourable")
        case = office.clients["decide"].step("approve", case)
        case = who.get(f"applications/{case['id']}")
        self.say(f"审核、决定 reviewed and decided; the licence is {case['stage_zh']} {case['stage_en']}")
        return who.get(f"registrations/{case['registration']}")

    def four_eyes(self, case: dict[str, Any]) -> None:
        """The officer who reviewed may decide other cases, but not this one; who tries, once a story, is asked why."""
        if self.tried:
            return
        self.tried = True
        reviewer, manager = self.office.clients["review"], self.office.clients["keys1"]
        try:
            reviewer.step("approve", case)
        except Refused as refused:
            self.say(f"审核人不得决定 the reviewer may not decide the same case: {refused.code}")
            if refused.code != "four-eyes":
                self.failures.append(f"the reviewer was refused for another reason: {refused.code}")
        else:
            self.failures.append("one person reviewed and decided a case")
        kid = reviewer.signer.public_key.kid.hex()
        key = next(one for one in manager.get("keys")["keys"] if one["kid"] == kid)
        if key["state"] != "suspended":
            self.failures.append(f"the key of who tried is {key['state']}")
            return
        manager.act("key.clear", key["id"], key["revision"], {"reason": "演示：已说明情况"})
        self.say("其密钥随即停用，查清后恢复 the key was suspended at once, and given back after the inquiry")

    def draw(self, who: Client, entry: dict[str, Any], name: str = "") -> Path:
        """Fetch the licence, draw its QR picture and its card, and return the picture."""
        held = who.get(f"registrations/{entry['id']}/licence")
        name = name or f"{entry['kind']}-v{held['version']}"
        picture = self.office.folder / "pictures" / f"{name}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(qr.png(held["link"], scale=6))
        self._card(held, name)
        modules = len(qr.matrix(held["link"]))
        self.say(f"QR {picture}: {len(held['token']) // 2} bytes, {modules}×{modules} modules")
        return picture

    def _card(self, held: dict[str, Any], name: str) -> None:
        folder = Folder(self.office.lists)
        trust = open_trust_list((self.office.lists / "trust-list.json").read_bytes(), folder.anchor()[0])
        parts = cose.split_licence(bytes.fromhex(held["token"]))
        licence, _ = claims.from_payload(parts.payload)
        laid = card.lay_out(licence, trust.by_header[parts.header][0].issuer, held["link"])
        drawn = self.office.folder / "cards"
        drawn.mkdir(parents=True, exist_ok=True)
        (drawn / f"{name}.png").write_bytes(card.png(laid))
        (drawn / f"{name}.svg").write_text(card.svg(laid), encoding="utf-8")

    def judge(self, picture: Path, expected: str, reason: str | None = None) -> None:
        """Let the verifier refresh its lists and judge the picture; note if the answer is not the expected one."""
        self.office.refresh()
        status, report = self.office.check(picture)
        codes = [one["code"] for one in report["reasons"]]
        right = report["outcome"] == expected and (codes == ([] if reason is None else [reason]))
        right = right and status == {"valid": 0, "invalid": 1, "undetermined": 2}[expected]
        colour = _GOOD if report["outcome"] == "valid" else _BAD
        words = f"{colour}{report['heading']}{_PLAIN} {report['outcome']} {' '.join(codes)}"
        self.say(f"扫码 {picture.name}: {words} — {report['sentence']}")
        if not right:
            self.failures.append(f"{picture.name}: {report['outcome']} {codes}, expected {expected} {reason or ''}")

    def live(self, who: Client, entry: dict[str, Any], ground: str, change: Callable[[], dict[str, Any]]) -> None:
        """The life of a licence after it was minted: suspended, restored, changed, and the old code superseded."""
        decide = self.office.clients["decide"]
        first = self.draw(who, entry)
        self.judge(first, "valid")
        until = (dt.datetime.fromtimestamp(time.time(), dt.UTC).date() + dt.timedelta(days=_DAYS_SUSPENDED)).isoformat()
        entry = decide.stand("suspend", entry, grounds=[ground], reason="演示：暂停", until=until)
        self.say(f"暂停 suspended until {entry['until']}")
        self.judge(first, "invalid", "suspended")
        entry = decide.stand("resume", entry, grounds=["suspension_withdrawn"], reason="演示：恢复")
        self.say("恢复 restored")
        self.judge(first, "valid")
        entry = self.decide(who, change())
        second = self.draw(who, entry)
        self.judge(second, "valid")
        self.judge(first, "invalid", "superseded")

    def wallet(self, who: Client, entry: dict[str, Any]) -> None:
        """The holder offers the licence to a wallet (OpenID4VCI), which takes two copies."""
        made = who.act("wallet.offer", entry["id"])
        copies = taking.take(taking.open_offer(made["link"]), made["tx_code"], 2, time.time)
        file = self.office.folder / "wallet.json"
        held.write(file, copies)
        self.say(f"钱包 {file}: {len(copies)} × {copies[0].configuration}, each with a key and an index of its own")

    def revoke(self, who: Client, entry_id: str, ground: str) -> None:
        """Revoke a licence; its newest code is refused from the next list on."""
        entry = who.get(f"registrations/{entry_id}")
        picture = self.office.folder / "pictures" / f"{entry['kind']}-v{entry['version']}.png"
        self.office.clients["decide"].stand("revoke_licence", entry, grounds=[ground], reason="演示：吊销")
        self.say("吊销 revoked")
        self.judge(picture, "invalid", "revoked")


def play(office: Office) -> list[str]:
    """Play the story; returns what went otherwise than expected."""
    story = Story(office)
    story.title("1 密钥仪式与开通 · key ceremony and opening")
    office.open(story.say)
    hospital, physician, nurse = (office.clients[who] for who in ("hospital", "physician", "nurse"))

    story.title("2 医疗机构 · institution: 执业登记")
    clinic = story.register(hospital, "institution", world.HOSPITAL_CONTENT, {"uscc": world.HOSPITAL_USCC})
    story.live(
        hospital, clinic, "nurse_staffing",
        lambda: hospital.open("institution", "change_registration", world.HOSPITAL_CHANGE, {"phone": "000"}),
    )  # fmt: skip

    story.title("3 医师 · physician: 首次注册")
    doctor = story.register(physician, "physician", world.PHYSICIAN_CONTENT, world.PHYSICIAN_RESTRICTED)
    story.live(
        physician, doctor, "penalty_57",
        lambda: physician.open("physician", "change_registration", world.PHYSICIAN_CHANGE, {"phone": "000"}),
    )  # fmt: skip

    story.title("4 护士 · nurse: 首次注册")
    sister = story.register(nurse, "nurse", world.NURSE_CONTENT, world.NURSE_RESTRICTED)
    story.live(nurse, sister, "nurse_penalty", lambda: nurse.open("nurse", "reissue", {}, {"cause": "lost"}))

    story.title("5 另一名护士，证照保持有效 · another nurse, whose licence stays valid")
    colleague = office.clients["colleague"]
    other = story.register(colleague, "nurse", world.COLLEAGUE_CONTENT, world.COLLEAGUE_RESTRICTED)
    story.judge(story.draw(colleague, other, "nurse-valid"), "valid")

    story.title("6 放进钱包 · into a wallet")
    story.wallet(colleague, other)

    story.title("7 吊销 · revoked: each kind once")
    story.revoke(physician, doctor["id"], "penalty_57")
    story.revoke(nurse, sister["id"], "nurse_penalty")
    story.revoke(hospital, clinic["id"], "penalty_47")

    story.title("8 全程留痕 · the trail")
    story.say(office.audit())
    story.say(office.log())
    return story.failures


def main() -> int:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where everything is left")
    parser.add_argument("--port", type=int, default=0, help="port of the issuer; 0: a free one")
    given = parser.parse_args()
    began = time.monotonic()
    if (given.folder / "issuer" / "issuer.toml").exists():
        shutil.rmtree(given.folder)
    office = Office(given.folder, given.port)
    try:
        failures = play(office)
    finally:
        office.close()
    sys.stdout.write(f"\n{len(LICENCE_KINDS)} kinds of licence, {time.monotonic() - began:.0f} s\n")
    for name in ("pictures", "cards"):
        sys.stdout.write(f"{name}: {', '.join(sorted(path.name for path in (given.folder / name).iterdir()))}\n")
    sys.stdout.write(f"database: {given.folder / 'issuer' / 'issuer.db'}; keep it running with: make serve\n")
    for failure in failures:
        sys.stdout.write(f"{_BAD}not as expected: {failure}{_PLAIN}\n")
    (given.folder / "result.json").write_text(json.dumps({"failures": failures}) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
