"""Which file may import which foreign package, and what nobody may import.

import-linter (in pyproject.toml) watches the arrows between our own packages. It sees foreign packages only as a
whole and only once somebody imports them; this table is finer and holds from the first day.
"""

import ast
from pathlib import Path

import pytest

from tests.project.tree import PACKAGES, read, texts

# foreign module -> the only modules of ours (with all below them) that may import it
OWNERS: dict[str, tuple[str, ...]] = {
    "alembic": ("issuer.storage",),
    "psycopg": ("issuer.storage",),
    "sqlalchemy": ("issuer.storage",),
    "sqlite3": ("issuer.storage", "issuer.witness.store", "verifier.openid4vp.exchanges"),
    "flask": ("issuer.app", "issuer.web", "verifier.web"),
    "werkzeug": ("issuer.app", "issuer.web", "verifier.web"),
    "waitress": ("issuer.cli", "issuer.witness.serving", "verifier.cli", "verifier.web"),
    "click": ("issuer.cli", "verifier.cli"),
    "babel": ("issuer.web.pages",),
    "webauthn": ("issuer.web.security_key",),
    "pydantic": ("issuer.web", "verifier.web"),
    "joserfc": ("verifier.openid4vp",),
    "jwt": ("elicense.jws", "issuer.web.auth"),
    "cbor2": ("elicense.cbor",),
    "distributed": ("verifier.bulk.engines",),
    "pyarrow": ("verifier.bulk.sources",),
    "zxingcpp": ("verifier.picture",),
    "pypdfium2": ("verifier.picture",),
    # The network. The verifier fetches in one file only, the issuing service asks witnesses in one; the issuer's client
    # is a program of its own.
    "http.client": ("verifier.fetch", "issuer.client", "issuer.cli.log", "issuer.services.witness_client"),
    "socket": ("verifier.fetch", "issuer.services.witness_client"),
    "ssl": ("verifier.fetch", "issuer.client"),
    "urllib.request": ("verifier.fetch",),
    # Our own program in a process of its own, so that decoders of strangers' pictures can be ended.
    "subprocess": ("verifier.scan",),
    # Nobody: loading these can run what is in the data.
    "marshal": (),
    "pickle": (),
    "requests": (),
    "shelve": (),
    "xml.dom": (),
    "xml.etree": (),
    "xml.parsers": (),
    "xml.sax.make_parser": (),
    "yaml": (),
}


def imported(path: Path) -> list[tuple[int, str]]:
    """Every module that a file imports, in whatever function or condition, with its line.

    `from a import b` counts as `a.b`, since b may be a module.
    """
    found = []
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def module_of(path: Path) -> str:
    """`issuer/web/auth.py` -> `issuer.web.auth`."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def within(name: str, roots: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the roots or lies below one."""
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def strangers(module: str, imports: list[tuple[int, str]]) -> list[str]:
    """What a module imports without being its owner."""
    return [
        f"{module}:{line} imports {name}; only {', '.join(owners) or 'nobody'} may"
        for line, name in imports
        for foreign, owners in OWNERS.items()
        if within(name, (foreign,)) and not within(module, owners)
    ]


def test_foreign_packages_stay_with_their_owners() -> None:
    """SQL in the storage, HTTP at the edge, the network in one file: so that each can be read and changed alone."""
    wrong = [
        complaint
        for path in texts(".py")
        if path.parts[0] in PACKAGES
        for complaint in strangers(module_of(path), imported(path))
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("elicense.trust", "urllib.request"),
        ("elicense.trust", "jwt"),
        ("issuer.services.minting", "sqlalchemy.Table"),
        ("issuer.storage_tricks", "sqlalchemy"),
        ("verifier.checker", "socket"),
        ("issuer.vault", "pickle.loads"),
    ],
)
def test_the_table_bites(module: str, name: str) -> None:
    """A check that never complains proves nothing."""
    assert strangers(module, [(1, name)])


def test_the_real_thing_is_tested() -> None:
    """No mock objects, and none of our own modules is bent for a test."""
    wrong = []
    for path in texts(".py"):
        wrong += [f"{path}:{line} {name}" for line, name in imported(path) if within(name, ("unittest", "mock"))]
        wrong += [
            f"{path}:{node.lineno} monkeypatch.setattr"
            for node in ast.walk(ast.parse(read(path)))
            if isinstance(node, ast.Attribute)
            and node.attr == "setattr"
            and isinstance(node.value, ast.Name)
            and node.value.id == "monkeypatch"
        ]
    assert not wrong
