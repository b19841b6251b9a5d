"""That tests/conftest.py does what it promises: with CI=true a skip is a failure, by hand it is shouted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.tree import ROOT

CASES = {
    "a test": "import pytest\n\n@pytest.mark.skip(reason='no scanner here')\ndef test_a(): pass\n",
    "inside a test": "import pytest\n\ndef test_a(): pytest.skip('no scanner here')\n",
    "a whole file": "import pytest\npytest.skip('no scanner here', allow_module_level=True)\n",
    "a missing package": "import pytest\npytest.importorskip('no_scanner_here')\n",
}


def run(folder: Path, source: str, ci: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest over one made-up test file under our conftest."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_made_up.py").write_text(source + "\ndef test_other(): pass\n" * ("allow_module" not in source))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), *words, str(folder)],
        env={**os.environ, "CI": ci, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("source", CASES.values(), ids=CASES.keys())
def test_a_skip_fails_in_ci(tmp_path: Path, source: str) -> None:
    """CI that passes because it tested nothing is worse than no CI."""
    result = run(tmp_path, source, "true")
    assert result.returncode != 0, result.stdout
    assert "a skip is a failure" in result.stdout


def test_a_skip_fails_in_ci_under_xdist(tmp_path: Path) -> None:
    """The hook must work in the worker processes too."""
    result = run(tmp_path, CASES["a test"], "true", "-p", "xdist", "-n", "2")
    assert result.returncode == 1, result.stdout
    assert "1 passed, 1 error" in result.stdout


def test_by_hand_a_skip_is_shouted(tmp_path: Path) -> None:
    """Who runs the tests at home sees what was not tested."""
    result = run(tmp_path, CASES["inside a test"], "")
    assert result.returncode == 0, result.stdout
    assert "NOT TESTED" in result.stdout
    assert "no scanner here" in result.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """Xfail says that something is known to be wrong; it was tested."""
    source = "import pytest\n\n@pytest.mark.xfail(reason='known', strict=True)\ndef test_a(): assert False\n"
    assert run(tmp_path, source, "true").returncode == 0
