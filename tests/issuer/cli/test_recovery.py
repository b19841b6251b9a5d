"""A register that was restored from a backup: nothing is un-revoked, no index and no number is given out twice."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from elicense import Reason, cose
from elicense.claims import from_payload
from elicense.licence import Licence
from examples import world
from tests.issuer.cli.office import Office


def licence(token: str) -> Licence:
    return from_payload(cose.split_licence(bytes.fromhex(token)).payload)[0]


def go_back(office: Office, copy: Path) -> None:
    """Put the backup in the place of the database."""
    for file in office.settings.parent.glob("issuer.db*"):
        file.unlink()
    shutil.copy(copy, office.settings.parent / "issuer.db")


@pytest.fixture
def restored(lived: Office) -> tuple[Office, dict[str, str]]:
    """After the backup: the nurse revoked, the colleague suspended, a physician registered. Then the backup is back."""
    copy = lived.folder / "backup.db"
    lived.done("backup", copy)
    with lived.serving():
        tokens = {who: lived.token(who, lived.entries[who]) for who in ("nurse", "colleague", "hospital")}
        decide = lived.client("decide")
        for who, act, said in (
            ("nurse", "revoke_licence", {"grounds": ["nurse_penalty"], "reason": "x"}),
            ("colleague", "suspend", {"grounds": ["nurse_penalty"], "reason": "x", "until": in_days(200)}),
        ):
            decide.stand(act, decide.get(f"registrations/{lived.entries[who]['id']}"), **said)
        draft = lived.client("physician").open(
            "physician", "first_registration", world.PHYSICIAN_CONTENT, world.PHYSICIAN_RESTRICTED
        )
        tokens["physician"] = lived.token("physician", lived.granted("physician", draft))
    go_back(lived, copy)
    return lived, tokens


def in_days(days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400))


def test_nothing_is_published_or_minted_until_it_is_settled(restored: tuple[Office, dict[str, str]]) -> None:
    office, tokens = restored
    published = {path: path.read_bytes() for path in (office.lists / "status").iterdir()}
    for command in ("serve", "resume"):
        ran = office.cli(command)
        assert (ran.status, ran.err.partition(":")[0]) == (1, "register-behind")
        assert "elicense-issuer recover" in ran.err
    with office.serving():  # as another WSGI server would start it
        decide = office.client("decide")
        entry = decide.get(f"registrations/{office.entries['hospital']['id']}")
        decide.stand("suspend", entry, grounds=["nurse_staffing"], reason="x", until=in_days(200))
    assert office.cli("health").status == 2
    assert "register-behind" in office.cli("publish").err
    assert {path: path.read_bytes() for path in (office.lists / "status").iterdir()} == published
    assert Reason.REVOKED in office.scan(tokens["nurse"]).reasons


def test_what_was_ended_stays_ended_and_what_was_given_out_is_not_given_again(
    restored: tuple[Office, dict[str, str]],
) -> None:
    office, tokens = restored
    ran = office.done("recover")
    assert ran.startswith("lists 1: taken over")
    assert ran.count("look at lic-") == 2, "the nurse's and the colleague's"
    assert office.done("recover").startswith("the register knows everything")
    assert office.done("publish").startswith("1 lists published")
    said: dict[str, list[Reason]] = {
        "nurse": [Reason.REVOKED], "colleague": [Reason.SUSPENDED], "hospital": [], "physician": [],
    }  # fmt: skip
    assert {who: list(office.scan(token).reasons) for who, token in tokens.items()} == said

    with office.serving():
        physician = office.client("physician")
        draft: dict[str, Any] = physician.open(
            "physician", "first_registration", world.PHYSICIAN_CONTENT, world.PHYSICIAN_RESTRICTED
        )
        again = office.token("physician", office.granted("physician", draft))
    assert office.valid(again)
    first, second = licence(tokens["physician"]), licence(again)
    assert (first.status.list, second.status.list) == (1, 2), "no index of the old list"
    assert int(second.number) - int(first.number) >= 1_000, "no number that was given out"
    office.done("publish")
    assert office.cli("health").status == 0
    assert office.cli("audit", "verify").status == 0


def test_a_file_that_is_no_list_of_ours_stops_nothing(lived: Office) -> None:
    """A disk full of nonsense is not a register that is behind."""
    for file in (lived.lists / "status").iterdir():
        file.write_bytes(b"nonsense")
    with lived.serving():
        decide = lived.client("decide")
        entry = decide.get(f"registrations/{lived.entries['hospital']['id']}")
        decide.stand("suspend", entry, grounds=["nurse_staffing"], reason="x", until=in_days(200))
    assert b"nonsense" not in (lived.lists / "status" / "1.cwt").read_bytes()
    lived.done("publish")
    assert lived.cli("health").status == 0
