"""SD-JWT that other people's software made: read by ours to the same claims, whole and in part."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Final

import pytest

from elicense.errors import Rejected
from elicense.keys import PublicKey
from elicense.sdjwt import open_sdjwt
from tests.outside.install import installed

CASES: Final[list[dict[str, Any]]] = [
    {"claims": {"name": "林知远", "place": 460000}, "frame": {"_sd": ["name"]}, "shown": {"name": True}},
    {"claims": {"name": "林知远", "place": 460000}, "frame": {"_sd": ["name", "place"], "_sd_decoy": 5}, "shown": {}},
    {
        "claims": {"address": {"street": "示例路1号", "city": "海口", "geo": {"x": 1, "y": 2}}},
        "frame": {"address": {"_sd": ["street", "geo"], "geo": {"_sd": ["x"], "_sd_decoy": 1}}},
        "shown": {"address": {"geo": {"x": True}}},
    },
    {
        "claims": {"scopes": [11, 12, 13], "nested": [[1, 2], [3]]},
        "frame": {"scopes": {"_sd": [0, 2], "_sd_decoy": 2}, "nested": {"0": {"_sd": [1]}}},
        "shown": {"scopes": {"2": True}},
    },
    {
        "claims": {"institution": {"name": "医院", "sites": [{"code": "03", "beds": 5}, {"code": "04"}]}},
        "frame": {
            "_sd": ["institution"], "institution": {"_sd": ["sites"], "sites": {"_sd": [0], "0": {"_sd": ["beds"]}}},
        },
        "shown": {"institution": {"sites": {"0": {"beds": True}}}},
    },
    {
        "claims": {"empty": {}, "none": None, "list": []}, "frame": {"_sd": ["empty", "none", "list"]},
        "shown": {"none": True},
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    done = subprocess.run(
        ["node", "issuing.mjs"], cwd=installed(), input=json.dumps(CASES), capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("number", range(len(CASES)))
def test_what_others_hid_comes_back_whole_and_in_part(made: dict[str, Any], number: int) -> None:
    key = PublicKey.from_jwk(made["key"])
    answer = made["answers"][number]
    assert open_sdjwt(answer["whole"], key) == CASES[number]["claims"]
    assert open_sdjwt(answer["part"], key) == answer["claims"]


def test_what_others_signed_and_somebody_changed_is_refused(made: dict[str, Any]) -> None:
    key = PublicKey.from_jwk(made["key"])
    for answer in made["answers"]:
        for at in range(0, len(answer["whole"]), 37):
            changed = answer["whole"][:at] + ("A" if answer["whole"][at] != "A" else "B") + answer["whole"][at + 1 :]
            with pytest.raises(Rejected):
                open_sdjwt(changed, key)
