"""Settings: nothing guessed, nothing mistyped, no secret among them, and no place that depends on where we stand."""

import dataclasses
from contextlib import chdir
from pathlib import Path

import pytest

from issuer.config import PREFIX, Config, ConfigBad, from_mapping, load
from issuer.opening import open_vault
from issuer.vault import KeyUnavailable, Purpose

WITNESS = "witness.example/w1+8c28e54f+BH4om5zyv/FqSPJn1rVbnoJz/qxEsX4KmChc76MDJgvj"


def test_an_empty_file_has_every_place_beside_it(tmp_path: Path) -> None:
    (tmp_path / "issuer.toml").touch()
    found = load(tmp_path / "issuer.toml", {})
    assert (found.vault, found.published) == (tmp_path / "vault", tmp_path / "published")
    assert found.anchor == tmp_path / "anchor.json"
    assert found.database == f"sqlite:///{tmp_path}/issuer.db"
    others = {field.name for field in dataclasses.fields(Config)} - {"vault", "published", "anchor", "database"}
    assert all(getattr(found, name) == getattr(Config(), name) for name in others)


def test_a_file_and_the_environment_before_it(tmp_path: Path) -> None:
    path = tmp_path / "issuer.toml"
    path.write_text('issuer = "A"\nstatus_ttl = 600\npublished = "out"\nvault = "/keys"\n', encoding="utf-8")
    found = load(path, {f"{PREFIX}STATUS_TTL": "700", "HOME": "/nowhere", "ELICENSE_FAILPOINT": "x"})
    assert (found.issuer, found.status_ttl) == ("A", 700)
    assert (found.published, found.vault) == (tmp_path / "out", Path("/keys"))


@pytest.mark.parametrize("written", ["issuer.toml", "./issuer.toml"])
def test_where_the_program_was_started_and_where_it_went_changes_nothing(written: str, tmp_path: Path) -> None:
    """A vault once appeared in whatever folder somebody stood in, because a file had left it out."""
    (tmp_path / "home").mkdir()
    settings = 'passphrase_status = "file:secrets/status"\ndatabase = "sqlite+pysqlite:///register.db"\n'
    (tmp_path / "home" / "issuer.toml").write_text(settings, encoding="utf-8")
    with chdir(tmp_path / "home"):
        found = load(Path(written), {f"{PREFIX}ANCHOR": "other.json"})
    assert found.vault == tmp_path / "home" / "vault"
    assert found.anchor == tmp_path / "home" / "other.json"
    assert found.passphrase_status == f"file:{tmp_path}/home/secrets/status"
    assert found.database == f"sqlite+pysqlite:///{tmp_path}/home/register.db"


def test_settings_that_name_no_place_cannot_write_a_key(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("the words of the service", encoding="ascii")
    words.chmod(0o600)
    settings = Config(passphrase_licence=f"file:{words}")
    with chdir(tmp_path), pytest.raises(KeyUnavailable):
        open_vault(settings).create(Purpose.LICENCE, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["words"]


@pytest.mark.parametrize(
    "settings",
    [
        {"vault": Path("vault")},
        {"published": Path("../out")},
        {"database": "sqlite:///issuer.db"},
        {"passphrase_record": "file:words"},
    ],
    ids=str,
)
def test_a_place_that_depends_on_where_we_stand_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigBad, match="absolute"):
        dataclasses.replace(Config(), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        {"statsu_ttl": 600},
        {"status_ttl": "soon"},
        {"status_ttl": True},
        {"status_ttl": 1.5},
        {"status_ttl": 5},
        {"status_ttl": "9" * 5_000},
        {"issuer": 5},
        {"published": ""},
        {"list_size": 65},
        {"list_size": 2**25},
        {"decoys": 2**20},
        {"decoy_moves": 100},
        {"status_lifetime": 60},
        {"publish_every": 0},
        {"history_days": -1},
        {"passphrase_licence": "the words themselves"},
        {"log_name": "../log"},
        {"log_name": "audit"},
        {"witness_quorum": 1},
        {"witnesses": "http://127.0.0.1:8091"},
        {"witnesses": f"{WITNESS}"},
        {"witnesses": f"http://127.0.0.1 {WITNESS}"},
        {"witnesses": f"{WITNESS} ftp://127.0.0.1"},
        {"witnesses": f"{WITNESS} http://127.0.0.1 {WITNESS} http://127.0.0.2"},
    ],
    ids=lambda settings: str(settings)[:40],
)
def test_what_is_wrong_refuses_to_start_and_repeats_no_value(settings: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigBad) as caught:
        from_mapping(settings, tmp_path)
    assert next(iter(settings)) in str(caught.value)
    assert "the words themselves" not in str(caught.value)


def test_a_mistyped_variable_refuses_to_start(tmp_path: Path) -> None:
    (tmp_path / "issuer.toml").touch()
    with pytest.raises(ConfigBad, match="not a setting: databse"):
        load(tmp_path / "issuer.toml", {f"{PREFIX}DATABSE": "sqlite:///x.db"})


@pytest.mark.parametrize("text", ["a = ", "\x00", "status_ttl = 600\nstatus_ttl = 700"])
def test_a_file_that_is_no_toml(tmp_path: Path, text: str) -> None:
    path = tmp_path / "issuer.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigBad):
        load(path, {})
    with pytest.raises(ConfigBad):
        load(tmp_path / "none.toml", {})


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().issuer = "other"  # type: ignore[misc]


def test_witnesses_are_named_by_key_and_address(tmp_path: Path) -> None:
    held = from_mapping(
        {"witnesses": f"{WITNESS} https://witness.example/one/", "base_url": "https://a.example/x/"}, tmp_path
    )
    [one] = held.known_witnesses
    assert (one.key.name, one.url, held.log_origin) == (
        "witness.example/w1",
        "https://witness.example/one",
        "a.example/x/log",
    )
