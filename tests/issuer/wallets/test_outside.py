"""Other people's wallet takes an offer over HTTP, and other people's verifier believes what came of it, or not."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from issuer.services import publishing
from tests.issuer.web.api.api import Api
from tests.outside.install import installed

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: apt install nodejs npm")


def run(api: Api, **asked: Any) -> dict[str, Any]:
    """Let the wallet do something."""
    given = json.dumps({"now": api.world.at, **asked})
    done = subprocess.run(
        ["node", "taking.mjs"], cwd=installed(), input=given, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def entry_of(api: Api) -> dict[str, Any]:
    """The hospital's register entry."""
    [found] = api.client("hospital").get("registrations")["registrations"]
    return dict(found)


def offer(api: Api) -> dict[str, str]:
    """A fresh offer of the hospital's licence, as the wallet gets it."""
    made = api.client("hospital").act("wallet.offer", entry_of(api)["id"])
    return {"offer": made["link"], "tx_code": made["tx_code"]}


def test_it_takes_a_batch_and_every_copy_verifies(api: Api) -> None:
    found = run(api, **offer(api), keys=4)
    assert "fault" not in found
    payloads = found["payloads"]
    assert len(payloads) == 4
    for one in payloads:
        assert one["iss"] == api.url
        assert one["name"] == "海口市示例综合医院"
        assert one["number"] == "MBT10001246010011A1001"
    for unlike in ("cnf", "status"):
        assert len({json.dumps(one[unlike]) for one in payloads}) == 4


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        ("nonce", "invalid_nonce"),
        ("audience", "invalid_proof"),
        ("key", "invalid_proof"),
        ("typ", "invalid_proof"),
        ("old", "invalid_proof"),
    ],
)
def test_it_is_told_what_was_wrong(api: Api, spoil: str, wanted: str) -> None:
    assert wanted in run(api, **offer(api), spoil=spoil)["fault"]


def test_it_gets_nothing_with_another_transaction_code_nor_a_second_time(api: Api) -> None:
    made = offer(api)
    assert "invalid_grant" in run(api, **{**made, "tx_code": "000000x"})["fault"]
    assert "payloads" in run(api, **made)
    assert "404" in run(api, **made)["fault"]


def test_it_sees_the_status_change(api: Api) -> None:
    """Suspended, resumed, replaced by another wallet, revoked: each time through the published list."""
    taken = run(api, **offer(api))["credentials"]
    officer = api.client("decide")

    def seen() -> dict[str, Any]:
        api.world.later()
        publishing.publish_due(api.world.desk, api.world.at)
        return run(api, verify=taken)

    officer.stand("suspend", entry_of(api), grounds=["nurse_staffing"], reason="x", until="2026-10-01")
    assert "Status is not valid" in seen()["fault"]
    officer.stand("resume", entry_of(api), grounds=["suspension_withdrawn"], reason="x")
    assert len(seen()["payloads"]) == 1
    second = run(api, **offer(api))["credentials"]
    assert "Status is not valid" in seen()["fault"]
    taken = second
    assert len(seen()["payloads"]) == 1
    officer.stand("revoke_licence", entry_of(api), grounds=["penalty_47"], reason="x")
    assert "Status is not valid" in seen()["fault"]
