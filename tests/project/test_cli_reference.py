"""docs/cli.md says what the programs say."""

from pathlib import Path

from tests.project.tree import read


def test_the_reference_is_what_help_prints() -> None:
    """Renew with `make docs-cli`."""
    from tests.project.cli_reference import render  # noqa: PLC0415 - needs both programs

    assert read(Path("docs/cli.md")) == render()
