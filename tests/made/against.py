"""Reads the schema files and asks them: CDDL by cddl-verifier, JSON Schema by jsonschema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from cddl_verifier import Validator
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from elicense import cbor

ROOT: Final = Path(__file__).parents[2]
SCHEMAS: Final = ROOT / "schemas"


@cache
def cddl(name: str) -> Any:
    """A CDDL file, parsed."""
    return Validator(SCHEMAS / f"{name}.cddl")


def fits(name: str, rule: str, value: object) -> bool:
    """Whether bytes, or a value as its deterministic CBOR, fit a rule of a CDDL file."""
    data = value if isinstance(value, bytes) else cbor.dumps(value)
    return bool(cddl(name).validate(data, rule))


@cache
def schema(name: str) -> Draft202012Validator:
    """A JSON Schema by its file name, or, after `#`, one of its definitions."""
    file, _, definition = name.partition("#")
    reference = f"#/$defs/{definition}" if definition else ""
    documents = {path.name: _read(path) for path in SCHEMAS.glob("*.schema.json")}
    registry: Registry[Any] = Registry().with_resources(
        (held["$id"], Resource.from_contents(held)) for held in documents.values()
    )
    root = {"$ref": documents[file]["$id"] + reference}
    return Draft202012Validator(root, registry=registry, format_checker=FormatChecker(["date"]))


def accepts(name: str, value: object) -> bool:
    """Whether a JSON value is valid by a schema."""
    return schema(name).is_valid(value)


def errors(name: str, value: object) -> list[str]:
    """What a schema finds wrong, for a test that expects nothing."""
    return [f"{error.json_path}: {error.message[:200]}" for error in schema(name).iter_errors(value)]


def _read(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path.read_bytes())
    return held
