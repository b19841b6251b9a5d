"""Each dependency has its reason in docs/decisions/0003-dependencies.md, and each reason its dependency."""

import re
import tomllib
from pathlib import Path

from tests.project.tree import read

RECORD = Path("docs/decisions/0003-dependencies.md")
PROJECT = tomllib.loads(read(Path("pyproject.toml")))
REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[a-z,]+\])?>=(?P<minimum>[0-9.]+)")

# A minimum that closes a known hole must never sink, whatever else changes.
HOLES = {
    "cbor2": ("6", "CVE-2025-68131"),
    "pyjwt": ("2.12", "CVE-2026-32597"),
}


def required() -> dict[str, str]:
    """Every dependency of every kind with its minimum version."""
    lists = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    lists += [PROJECT["build-system"]["requires"], PROJECT["dependency-groups"]["build"]]
    found: dict[str, str] = {}
    for requirement in (entry for each in lists for entry in each):
        match = REQUIREMENT.fullmatch(requirement)
        assert match, f"{requirement}: a dependency has a minimum version and no other condition"
        assert found.setdefault(match["name"], match["minimum"]) == match["minimum"], requirement
    return found


def rows() -> dict[str, list[str]]:
    """The rows of the record's tables by package."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in read(RECORD).splitlines() if "|" in line]
    return {row[0].strip("`"): row for row in cells if row[0].startswith("`")}


def version(text: str) -> tuple[int, ...]:
    """A plain version as numbers."""
    return tuple(int(part) for part in text.split("."))


def test_each_dependency_has_a_reason_and_each_reason_a_dependency() -> None:
    """What nobody can give a reason for goes."""
    assert rows().keys() == required().keys()
    assert not [name for name, row in rows().items() if len(row) != 6 or not all(row)]


def test_the_record_names_the_minimum_that_is_required() -> None:
    """Two places, one fact."""
    assert {name: row[4].split()[0] for name, row in rows().items()} == required()


def test_minimums_that_close_holes_stay() -> None:
    """The record names the hole, and the requirement keeps it closed."""
    for name, (minimum, hole) in HOLES.items():
        assert version(required()[name]) >= version(minimum)
        assert hole in rows()[name][5]


def test_everything_required_is_pinned() -> None:
    """What is not in constraints.txt is installed in whatever version is newest that day."""
    pins = dict(
        line.split(";")[0].strip().split("==") for line in read(Path("constraints.txt")).splitlines() if "==" in line
    )
    assert required().keys() <= pins.keys()
    assert not [name for name, minimum in required().items() if version(pins[name])[:3] < version(minimum)]


def test_the_core_stays_small() -> None:
    """Who only verifies installs neither a web framework nor a database."""
    core = {REQUIREMENT.fullmatch(entry)["name"] for entry in PROJECT["project"]["dependencies"]}  # type: ignore[index]
    assert core == {"cbor2", "cryptography", "fonttools", "pillow", "pyjwt", "pylopdf-fonts-zh-cn", "segno"}
