"""Settings: nothing guessed, nothing mistyped, no secret among them."""

import dataclasses
from pathlib import Path

import pytest

from issuer.config import PREFIX, Config, ConfigBad, from_mapping, load


def test_the_defaults_are_settings_that_start() -> None:
    assert load(None, {}) == Config()


def test_a_file_and_the_environment_before_it(tmp_path: Path) -> None:
    path = tmp_path / "issuer.toml"
    path.write_text('issuer = "A"\nstatus_ttl = 600\npublished = "out"\nvault = "/keys"\n', encoding="utf-8")
    found = load(path, {f"{PREFIX}STATUS_TTL": "700", "HOME": "/nowhere", "ELICENSE_FAILPOINT": "x"})
    assert (found.issuer, found.status_ttl) == ("A", 700)
    assert (found.published, found.vault) == (tmp_path / "out", Path("/keys"))


@pytest.mark.parametrize(
    "settings",
    [
        {"statsu_ttl": 600},
        {"status_ttl": "soon"},
        {"status_ttl": True},
        {"status_ttl": 1.5},
        {"status_ttl": 5},
        {"issuer": 5},
        {"published": ""},
        {"list_size": 65},
        {"list_size": 2**25},
        {"decoys": 2**20},
        {"decoy_moves": 100},
        {"status_lifetime": 60},
        {"publish_every": 0},
        {"passphrase_licence": "the words themselves"},
    ],
    ids=str,
)
def test_what_is_wrong_refuses_to_start_and_repeats_no_value(settings: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigBad) as caught:
        from_mapping(settings, tmp_path)
    assert next(iter(settings)) in str(caught.value)
    assert "the words themselves" not in str(caught.value)


def test_a_mistyped_variable_refuses_to_start() -> None:
    with pytest.raises(ConfigBad, match="not a setting: databse"):
        load(None, {f"{PREFIX}DATABSE": "sqlite:///x.db"})


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
