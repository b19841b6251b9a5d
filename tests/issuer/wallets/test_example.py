"""The demonstration wallet as its users run it: a program, an offer over HTTP, a file."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
from pathlib import Path

from tests.issuer.web.api.api import Api


def entry_of(api: Api) -> str:
    """The hospital's registration."""
    [found] = api.client("hospital").get("registrations")["registrations"]
    return str(found["id"])


def run(*words: str | Path) -> tuple[int, str, str]:
    """Run the wallet; status, what it said, what it complained of."""
    done = subprocess.run(
        [sys.executable, "-m", "examples.wallet", *map(str, words)],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def test_it_takes_three_copies_and_keeps_them_where_only_its_owner_reads(api: Api, tmp_path: Path) -> None:
    api.world.at = int(time.time())
    made = api.client("hospital").act("wallet.offer", entry_of(api))
    file = tmp_path / "wallet.json"
    wrong = run("--file", file, "take", made["link"], "--tx-code", "wrong")
    assert wrong == (1, "", "not taken: invalid_grant\n")
    assert not file.exists()
    status, told, _ = run("--file", file, "take", made["link"], "--tx-code", made["tx_code"], "--copies", "3")
    assert (status, told) == (0, f"3 × institution_licence from {api.url}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = json.loads(file.read_text(encoding="utf-8"))["credentials"]
    assert len({one["sdjwt"] for one in held}) == len({one["key"]["d"] for one in held}) == 3
    status, told, _ = run("--file", file, "list")
    assert (status, told.count("\n")) == (0, 3)
    assert "subjects" in told
    assert run("--file", file, "take", made["link"], "--tx-code", made["tx_code"])[0] == 1
