"""docs/cli.md says what the programs say."""

import subprocess
import sys
from pathlib import Path

from tests.project.tree import ROOT, read


def test_the_reference_is_what_help_prints() -> None:
    """Renew with `make docs-cli`. A process of its own: click remembers an option --help that it once made."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.project.cli_reference"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert read(Path("docs/cli.md")) == made.stdout
