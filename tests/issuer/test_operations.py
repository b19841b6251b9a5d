"""The operator's document names every setting, every table and every command: what is not in it is not operated."""

from __future__ import annotations

import dataclasses

import click
import pytest

from issuer.cli import cli
from issuer.config import Config
from issuer.storage import tables
from tests.project.tree import ROOT

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Config)])
def test_every_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in DOCUMENT


@pytest.mark.parametrize("name", sorted(tables.metadata.tables))
def test_every_table_is_told_what_its_loss_means(name: str) -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in row.partition(" | ")[0] for row in rows)


@pytest.mark.parametrize("name", sorted(set(cli.commands) - {"act", "get", "ceremony", "audit"}))
def test_every_command_is_used(name: str) -> None:
    assert f"elicense-issuer {name}" in DOCUMENT or f"`{name}`" in DOCUMENT


@pytest.mark.parametrize("group", ["ceremony", "audit"])
def test_every_command_of_a_group_is_used(group: str) -> None:
    found = cli.commands[group]
    assert isinstance(found, click.Group)
    for name in found.commands:
        assert f"{group} {name}" in DOCUMENT
