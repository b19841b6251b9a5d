"""Restricted values and papers on the disk: in the files of SQLite and of PostgreSQL none stands in clear."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from issuer.services import applications, papers
from issuer.storage import StorageFailed
from issuer.storage import papers as stored
from tests.issuer.services.made_papers import pdf
from tests.issuer.services.mint_world import MintWorld
from tests.issuer.services.world import NURSE

CANARY = b"CANARY-of-a-health-certificate"


def on_disk(world: MintWorld) -> bytes:
    """Every byte that the database has written, its journal included."""
    with world.store.transaction() as tx:
        if not tx.on_postgresql:
            [row] = [one for one in tx.run(sa.text("PRAGMA database_list")).all() if one.name == "main"]
            return b"".join(path.read_bytes() for path in Path(row.file).parent.glob(f"{Path(row.file).name}*"))
        tx.run(sa.text("CHECKPOINT"))
        folder = Path(tx.run(sa.text("SHOW data_directory")).scalar_one())
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_files_of_the_database_hold_no_restricted_value_and_no_paper(mint_world: MintWorld) -> None:
    world = mint_world
    case = world.nurse_draft()
    account = world.people["nurse"]
    paper = papers.add(world.desk, account, case.id, "diploma", pdf() + b"%" + CANARY + b"\n%%EOF\n")
    assert CANARY in papers.read(world.desk, account, paper.id)[1]
    case = world.step(applications.submit, "nurse", "submit", case, papers=[paper.sha256.hex()])
    raw = on_disk(world)
    assert paper.id.encode() in raw, "it would be found"
    found = [value for value in (CANARY, *(one.encode() for one in NURSE[1:]), b"2025-06-01") if value in raw]
    assert found == []


def test_the_database_itself_keeps_what_was_handed_in(mint_world: MintWorld) -> None:
    world = mint_world
    case = world.nurse_draft()
    account = world.people["nurse"]
    paper = papers.add(world.desk, account, case.id, "diploma", pdf())
    for statement in (sa.update(stored.paper).values(sha256=b"x"), sa.update(stored.paper).values(sealed=b"x")):
        with pytest.raises(StorageFailed, match="storage-forbidden"), world.store.transaction() as tx:
            tx.run(statement)
    world.step(applications.submit, "nurse", "submit", case, papers=[paper.sha256.hex()])
    later: tuple[sa.Executable, ...] = (sa.delete(stored.paper), sa.update(stored.paper).values(fixed_at=None))
    for one in later:
        with pytest.raises(StorageFailed, match="storage-forbidden"), world.store.transaction() as tx:
            tx.run(one)
