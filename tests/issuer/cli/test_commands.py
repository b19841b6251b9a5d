"""The commands of an operator: what they do, what they refuse, with which exit status, and what they say to do next."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from elicense.keys import Algorithm, SoftwareSigner
from examples import world
from issuer.cli import cli
from issuer.storage import schema
from tests.issuer.cli.office import Office, run


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, f"{path} {name}".strip())


@pytest.mark.parametrize(("path", "command"), list(commands(cli)), ids=[path or "itself" for path, _ in commands(cli)])
def test_every_command_and_every_option_says_what_it_is(path: str, command: click.Command) -> None:
    assert command.help, path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"
    ran = run(*path.split(), "--help")
    assert (ran.status, ran.err) == (0, "")
    assert command.help.partition("\n")[0] in " ".join(ran.out.split())


# --- setting up ----------------------------------------------------------------------------------------------


def test_a_service_is_set_up_for_its_owner_alone_and_says_what_is_next(tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / 'with "quotes"'
    ran = run("init", "--issuer", world.ISSUER["id"], folder)
    assert (ran.status, ran.err) == (0, "")
    assert "Next: elicense-issuer ceremony" in ran.out
    assert mode(folder / "secrets") == 0o700
    for file in (folder / "issuer.toml", *(folder / "secrets").iterdir()):
        assert mode(file) == 0o600
    assert len({file.read_text() for file in (folder / "secrets").iterdir()}) == 6
    text = (folder / "issuer.toml").read_text()
    assert str(tmp_path) not in text, "everything in it is relative, so that the folder can be moved"
    assert run("health", "--settings", folder / "issuer.toml").status == 2


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "issuer"
    assert run("init", "--issuer", "X", folder).status == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".db"}
    assert run("init", "--issuer", "X", folder).status == 64
    (folder / "issuer.toml").unlink()
    again = run("init", "--issuer", "X", folder)
    assert (again.status, "exists already" in again.err) == (64, True)
    assert all(path.read_bytes() == data for path, data in before.items() if path.exists())


def test_a_database_that_cannot_be_had_leaves_nothing_behind(tmp_path: Path) -> None:
    for database, code in (
        ("sqlite:///no/such/folder/issuer.db", "storage-weak"),
        ("mysql://localhost/x", "storage-weak"),
        ("not a url", "storage-weak"),
        ("postgresql://127.0.0.1:1/x", "storage-lost"),
    ):
        ran = run("init", "--issuer", "X", "--database", database, tmp_path / "issuer")
        assert (ran.status, ran.err.partition(":")[0], ran.err.count("\n")) == (1, code, 1)
        assert list((tmp_path / "issuer").iterdir()) == []
    assert run("init", "--issuer", "X", tmp_path / "issuer").status == 0


def test_a_register_keeps_its_keys(begun: Office, tmp_path: Path) -> None:
    """New keys could open nothing in a register that other keys sealed."""
    database = f"sqlite:///{begun.settings.parent / 'issuer.db'}"
    ran = run("init", "--issuer", "X", "--database", database, tmp_path / "other")
    assert (ran.status, "holds a register already" in ran.err) == (64, True)
    assert not (tmp_path / "other" / "secrets").exists()


def test_a_service_can_be_moved_and_started_from_anywhere(
    begun: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved"
    begun.settings.parent.rename(moved)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("ELICENSE_SETTINGS", str(moved / "issuer.toml"))
    assert run("publish").status == 0
    assert run("health").out.startswith("ok")
    assert run("ceremony", "rotate", "licence", "--out", "draft").status == 0
    assert [path.name for path in Path.cwd().iterdir()] == ["draft"], "no vault appears where we stand"
    assert len(list((moved / "vault").glob("licence-*.json"))) == 2


def test_the_beginning_happens_once(begun: Office) -> None:
    again = begun.cli("bootstrap", begun.folder / "first.json")
    assert (again.status, again.err.partition(":")[0]) == (1, "already-begun")
    assert "account.create_officer" in again.err, "what to do next"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"province": {}}, "name"),
        ({"province": {**world.PROVINCE, "uscc": "11460000MBT000011X"}}, "uscc"),
        ({"province": {**world.PROVINCE, "trust_number": True}}, "trust_number"),
        ({"province": {**world.PROVINCE, "level": "county"}}, "unknown member"),
        ({"province": []}, "misnames"),
        ({"officers": [{"name": "x", "roles": ["king"], "jwk": {}}]}, "king"),
        ({"officers": [{"name": "a\0b", "roles": [], "jwk": {}}]}, "name"),
        ({"officers": None}, "misnames"),
    ],
    ids=str,
)  # fmt: skip
def test_a_first_file_that_is_not_right_names_what_is_wrong(
    begun: Office, change: dict[str, object], named: str
) -> None:
    first = begun.folder / "first.json"
    first.write_text(json.dumps({**json.loads(first.read_text()), **change}))
    ran = begun.cli("bootstrap", first)
    assert (ran.status, named in ran.err) == (64, True), ran


# --- wrong usage and bad files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["serve", "--settings", "none.toml"],
        ["ceremony"],
        ["ceremony", "rotate", "root", "--out", "x"],
        ["ceremony", "sign", "none"],
        ["init", "folder"],
        ["act", "application.accept"],
        ["health", "--verbose"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_64_and_names_the_help(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.status == 64
    assert "--help" in ran.err or "Usage" in ran.err


def test_files_that_are_something_else(begun: Office) -> None:
    garbage = begun.folder / "garbage"
    out = begun.folder / "out"
    for data in (b"", b"\xff\xfe\x00", b"[]", b"{", b'{"a":1.5}', b"[" * 100_000, b'{"keys":[]}'):
        garbage.write_bytes(data)
        for arguments, status in (
            (("bootstrap", garbage), 64),
            (("ceremony", "first", "--issuer", garbage, "--out", out), 64),
            (("ceremony", "amend", "--issuer", garbage, "--out", out), 64),
            (("ceremony", "publish", garbage), 1),
            (("audit", "verify", "--kept", garbage), 64),
        ):
            ran = begun.cli(*arguments)
            assert (ran.status, ran.out) == (status, ""), (arguments, data)
        for words in (
            ["ceremony", "show"],
            ["ceremony", "sign", *begun.root("a")],
            ["ceremony", "anchor", "--out", out],
        ):
            ran = run(*words, garbage)
            assert (ran.status, ran.out) == (1, ""), (words, data)
            assert ran.err.count("\n") == 1
    assert not out.exists()


def test_settings_that_are_not_right(begun: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = begun.settings.read_text()
    for text in ("statsu_ttl = 5", 'list_size = "many"', "list_size = 65"):
        begun.settings.write_text(f"{kept.replace('list_size', '# list_size')}\n{text}\n")
        ran = begun.cli("health")
        assert (ran.status, ran.err.partition(":")[0]) == (1, "config")
        assert "docs/operations.md" in ran.err
    begun.settings.write_text(kept)
    monkeypatch.setenv("ELICENSE_ISSUER_DATABSE", "sqlite:///x.db")
    assert "not a setting: databse" in begun.cli("health").err


def test_a_vault_that_is_gone_or_open_to_others(begun: Office) -> None:
    (key,) = (begun.settings.parent / "vault").glob("licence-*.json")
    key.chmod(0o644)
    ran = begun.cli("ceremony", "rotate", "licence", "--out", begun.folder / "draft")
    assert ran.status == 0, "the newest key is made; the old one is not opened for that"
    (begun.settings.parent / "secrets" / "licence").unlink()
    gone = begun.cli("ceremony", "rotate", "licence", "--out", begun.folder / "draft")
    assert (gone.status, gone.err.partition(":")[0]) == (1, "key-unavailable")
    assert "passphrase" in gone.err
    (begun.settings.parent / "anchor.json").unlink()
    missing = begun.cli("ceremony", "renew", "--out", begun.folder / "draft")
    assert (missing.status, missing.err.partition(":")[0]) == (1, "trust-missing")


# --- the trail, backups, the schema --------------------------------------------------------------------------


def database(office: Office) -> Path:
    return office.settings.parent / "issuer.db"


def edit(office: Office, statement: str) -> None:
    """Somebody with all rights on the database does as they like."""
    with closing(sqlite3.connect(database(office))) as held:
        triggers = held.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            held.execute(f"DROP TRIGGER {name}")
        held.execute(statement)
        held.commit()


def test_the_trail_is_whole_and_its_head_can_be_kept(lived: Office) -> None:
    whole = lived.cli("audit", "verify")
    assert whole.status == 0
    assert "0 findings" in whole.out
    assert int(whole.out.split()[2]) > 30, "signed acts"
    kept = lived.folder / "kept.json"
    kept.write_text(lived.done("audit", "head"))
    assert json.loads(kept.read_text())["seq"] == int(whole.out.split()[0])
    assert lived.cli("audit", "verify", "--kept", kept).status == 0


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit SET target = 'other' WHERE seq = 5", "event 5: hash-differs"),
        ("DELETE FROM audit WHERE seq = 5", "event 6: gap"),
        ("UPDATE audit SET proof = (SELECT proof FROM audit WHERE seq = 9) WHERE seq = 8", "event 8: proof-bad"),
        ("UPDATE audit SET act = CAST(act AS TEXT) WHERE seq = 8", "event 8: unreadable"),
        ("UPDATE audit SET detail = 'no list' WHERE seq = 8", "event 8: unreadable"),
        ("UPDATE audit SET detail = '[[1]]' WHERE seq = 8", "event 8: unreadable"),
    ],
)
def test_what_somebody_changed_in_the_trail_is_found(lived: Office, statement: str, finding: str) -> None:
    edit(lived, statement)
    ran = lived.cli("audit", "verify")
    assert ran.status == 1
    assert finding in ran.err


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE registration SET state = 'registered', name = '别人'", ": row-differs"),
        ("DELETE FROM bar", ""),
        ("DELETE FROM application_step WHERE number = 2", ": row-missing"),
        ("UPDATE status_entry SET value = 0, changed_at = 1 WHERE licence IS NOT NULL", ": row-differs"),
        ("UPDATE status_entry SET licence = NULL WHERE licence IS NOT NULL", ": row-missing"),
        ("UPDATE registration SET registered_on = 'no day'", ": row-unreadable"),
        ("UPDATE application SET pauses = x'00'", ": row-differs"),
        ("INSERT INTO board SELECT id, 1, 0, 0, 'x' FROM organisation LIMIT 1", ": row-unknown"),
    ],
)
def test_what_somebody_changed_in_the_register_is_found(lived: Office, statement: str, finding: str) -> None:
    """The trail holds the digest of every row: no event changed these."""
    edit(lived, statement)
    ran = lived.cli("audit", "verify")
    assert (ran.status, finding in ran.err) == (1 if finding else 0, True)


def test_a_trail_whose_end_was_cut_off_does_not_fit_the_register_nor_what_was_kept(lived: Office) -> None:
    kept = lived.folder / "kept.json"
    kept.write_text(lived.done("audit", "head"))
    lived.done("publish")
    edit(lived, "DELETE FROM audit WHERE seq > 20")
    ran = lived.cli("audit", "verify")
    assert (ran.status, "row-unknown" in ran.err, "head-missing" in ran.err) == (1, True, False)
    assert "are missing" in ran.err, "more events are in the published log"
    ran = lived.cli("audit", "verify", "--kept", kept)
    assert (ran.status, "head-missing" in ran.err) == (1, True)


def test_a_backup_is_a_register_that_can_be_gone_back_to(lived: Office) -> None:
    copy = lived.folder / "backup.db"
    with lived.serving():
        assert lived.done("backup", copy).endswith("pages\n")
        lived.client("nurse").open("nurse", "reissue", {}, {"cause": "after the backup"})
        more = int(lived.done("audit", "verify").split()[0])
    kept = lived.folder / "kept.json"
    kept.write_text(lived.done("audit", "head"))
    assert mode(copy) == 0o600
    again = lived.cli("backup", copy)
    assert (again.status, again.err.partition(":")[0]) == (1, "file")
    for file in database(lived).parent.glob("issuer.db*"):
        file.unlink()
    assert lived.cli("health").status == 1
    shutil.copy(copy, database(lived))
    assert int(lived.done("audit", "verify").split()[0]) == more - 1, "whole in itself: an older state shows only"
    assert "head-missing" in lived.cli("audit", "verify", "--kept", kept).err, "against a head that was kept elsewhere"
    with lived.serving():
        assert lived.valid(lived.token("nurse", lived.entries["nurse"]))


def test_a_backup_needs_a_database(begun: Office) -> None:
    (begun.settings.parent / "issuer.db").unlink()
    ran = begun.cli("backup", begun.folder / "backup.db")
    assert (ran.status, ran.err.partition(":")[0]) == (1, "file")
    assert not (begun.folder / "backup.db").exists()


def test_an_old_schema_is_refused_until_it_is_brought_up_to_date(begun: Office) -> None:
    database(begun).unlink()
    schema.migrate(f"sqlite:///{database(begun)}", "0003")
    old = begun.cli("health")
    assert (old.status, old.err.partition(":")[0]) == (1, "storage-schema")
    assert "elicense-issuer upgrade" in old.err
    assert begun.done("upgrade").strip() == f"the database has schema {schema.newest()}"
    assert begun.done("upgrade")
    assert begun.cli("health").status == 2, "an empty register, without a trust list"


def test_what_an_operator_does_by_hand_and_what_a_timer_does_too(lived: Office) -> None:
    assert lived.done("resume") == "0 released, 0 failed\n"
    lists, log = lived.done("publish").splitlines()
    assert lists == "0 lists published, 0 failed"
    assert re.fullmatch(r"log: ([0-9]+) events signed, \1 published", log)
    assert lived.done("sweep") == "0 count as accepted, 0 overdue\n"
    assert lived.done("health").splitlines()[0] == "ok"
    none = lived.cli("resume", "--again", "app-none")
    assert (none.status, none.err.partition(":")[0]) == (1, "application-unknown")
    folder = lived.lists / "status"
    shutil.rmtree(folder)
    folder.touch()
    with closing(sqlite3.connect(database(lived))) as held:
        held.execute("INSERT INTO outbox (list, at) VALUES (1, 1)")
        held.commit()
    failed = lived.cli("publish")
    assert (failed.status, failed.out.splitlines()[0], failed.err) == (
        2,
        "0 lists published, 1 failed",
        "  list 1: file-not-written\n",
    )
    health = lived.cli("health")
    assert (health.status, health.out.splitlines()[0]) == (2, "failing")
    assert "failed: list 1: file-not-written" in health.err


def test_key_managers_come_back_by_the_operator_only_when_they_are_locked_out(begun: Office, tmp_path: Path) -> None:
    told = begun.done("managers").splitlines()
    assert len(told) >= 2
    assert all("can act" in line for line in told)
    file, minutes = tmp_path / "keys.json", tmp_path / "minutes"
    minutes.write_bytes(b"who, why")
    accounts = [line.split()[0] for line in told]
    jwks = [SoftwareSigner.generate(Algorithm.ES256).public_key.to_jwk() for _ in accounts]
    keys = [{"account": id_, "jwk": jwk} for id_, jwk in zip(accounts, jwks, strict=True)]
    file.write_text(json.dumps({"keys": keys}))
    ran = begun.cli("managers", "--restore", file, "--minutes", minutes)
    assert (ran.status, ran.err.partition(":")[0]) == (1, "not-locked-out")
    assert begun.cli("managers", "--restore", file).status == 64
    file.write_text('{"keys": [1]}')
    assert begun.cli("managers", "--restore", file, "--minutes", minutes).status == 64
    edit(begun, "UPDATE electronic_key SET state = 'lost'")
    file.write_text(json.dumps({"keys": keys}))
    assert begun.done("managers", "--restore", file, "--minutes", minutes).count("can act") == len(accounts)
