"""Offices: one set up once and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.issuer.cli.office import Office


@pytest.fixture(scope="session")
def begun_once(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office after the ceremony and the bootstrap."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.begin()
    return office


@pytest.fixture(scope="session")
def lived_once(begun_once: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with people, a hospital and two nurses in the register."""
    office = begun_once.copied(tmp_path_factory.mktemp("lived"))
    with office.serving():
        office.people()
        office.life()
    return office


@pytest.fixture
def begun(begun_once: Office, tmp_path: Path) -> Office:
    """A copy of the office after the bootstrap."""
    return begun_once.copied(tmp_path)


@pytest.fixture
def lived(lived_once: Office, tmp_path: Path) -> Office:
    """A copy of the office with a register."""
    return lived_once.copied(tmp_path)
