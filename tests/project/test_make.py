"""The Makefile as a stranger meets it: the list of targets, and what it says when something is missing."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.project.tree import ROOT, read

PROMISED = {"bench", "check", "clean", "demo", "format", "help", "schemas", "serve", "test", "vectors", "vectors-check"}


def make(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run make, in the repository or in a copy."""
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_make_alone_lists_the_targets() -> None:
    """Each target that the documents promise stands in the list, with a sentence."""
    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", make().stdout, re.MULTILINE))
    assert listed.keys() >= PROMISED
    assert make("help").stdout == make().stdout


def test_every_target_describes_itself() -> None:
    """A target that is not in the list is found by nobody."""
    phony = set(re.findall(r"^\.PHONY: (.+)$", read(Path("Makefile")), re.MULTILINE))
    listed = set(re.findall(r"^  make ([a-z-]+) ", make().stdout, re.MULTILINE))
    assert phony == listed


@pytest.mark.parametrize(
    ("python", "says"),
    [
        ("no-such-python", "Python 3.11 or newer"),
        # A Python that is new enough and has no venv: the second question fails, the first does not.
        ("sh -c 'case \"$$2\" in *ensurepip*) exit 1;; esac' python", "apt install python3-venv"),
    ],
    ids=["none", "no venv"],
)
def test_a_missing_python_is_explained(tmp_path: Path, python: str, says: str) -> None:
    """The first thing that can go wrong says what to do."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(read(Path(name)))
    result = make("test", f"PYTHON={python}", folder=tmp_path)
    assert result.returncode != 0
    assert says in result.stdout
    assert "What to do:" in result.stdout
    assert not (tmp_path / ".venv").exists()


def test_constraints_pin_everything_and_name_no_host() -> None:
    """One exact version a line; which index serves it is the installer's business."""
    lines = read(Path("constraints.txt")).splitlines()
    assert len(lines) > 30
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; [a-zA-Z_ '=!<>0-9.]+)?", line), line
