"""Files that can be read in one sitting, modules that say what they are, and nothing that ties us to one machine."""

import ast
import re
from pathlib import Path

import pytest

from tests.project.tree import read, texts

MOST_LINES = 400
CODE = {".py", ".md", ".toml", ".sh", ".html", ".css", ".js", ".cddl", ""}
LONG_BY_NATURE = {
    Path("CHANGELOG.md"),  # grows with time
    Path("docs/cli.md"),  # made
    Path("verifier/web/static/made/tables.js"),  # made
    Path("docs/format.md"),  # one text for who writes a verifier; a quarter of it are made tables
}

HOSTS = re.compile(
    r"pypi\.org|pypi\.python|pythonhosted|registry\.npm|npmjs\.com|npmmirror|(deb|security|ftp)\.debian|mirrors?\.[a-z]+\.(com|edu)",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.$}>~-])/(?:home|root|Users|mnt|media|work)/")
UPWARDS = re.compile(r"(?<![\w./])(?:\./)?((?:\.\./)+[\w./-]*)")


def test_files_can_be_read_in_one_sitting() -> None:
    """Nothing grows into a heap that nobody overlooks."""
    long = {}
    for path in texts():
        if path.suffix in CODE and path not in LONG_BY_NATURE:
            lines = read(path).count("\n")
            if lines > MOST_LINES:
                long[str(path)] = lines
    assert not long


def test_each_module_says_what_it_is() -> None:
    """An undocumented module is one whose purpose has to be guessed; an empty file has none."""
    silent = [str(path) for path in texts(".py") if read(path).strip() and not ast.get_docstring(ast.parse(read(path)))]
    assert not silent


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("a package host", HOSTS), ("a folder of somebody's machine", MACHINE)],
    ids=["hosts", "folders"],
)
def test_no_file_ties_us_to_one_place(what: str, pattern: re.Pattern[str]) -> None:
    """Which index is asked is the installer's setting, and no path outside the checkout exists for a stranger."""
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(read(path).splitlines(), 1)
        if path != Path("tests/project/test_shape.py") and pattern.search(line)
    ]
    assert not found, f"these lines name {what}"


def test_no_relative_path_leaves_the_checkout() -> None:
    """What lies beside the checkout is there for one person only."""
    leaving = [
        f"{path}:{number}: {up}"
        for path in texts()
        if path.suffix in {".md", ".toml", ".txt"} or path.parts[0] in {"Makefile", ".ci"}
        for number, line in enumerate(read(path).splitlines(), 1)
        for up in UPWARDS.findall(line)
        if up.count("../") >= len(path.parts)
    ]
    assert not leaving
