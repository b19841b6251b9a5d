"""A system that follows the register 信息共享: it keeps what changed in a database of its own.

    python -m examples.mirror --url URL --account ID --key KEY.pem --passphrase env:NAME mirror.db

reads what changed since last time and ends; a timer starts it again. It may be killed at any moment and goes on where
it was: entries and position are written in one transaction. An entry that is no longer in the area of the account's
authority is removed. What time alone changes makes no event, so ask for the dates, not only for the state.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from issuer.client import Client, Refused, load_key
from issuer.vault import passphrase

PAGE: Final = 100
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, number TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  valid_until TEXT, permits_practice INTEGER NOT NULL, whole TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT OR IGNORE INTO position VALUES (1, 0);
"""


def follow(client: Client, path: Path, said: Callable[[str], object] = print) -> int:
    """Take over everything that changed; return how many entries. Raises `Refused`, or `OSError` without an answer."""
    taken = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as held:
        held.executescript(_TABLES)
        more = True
        while more:
            (since,) = held.execute("SELECT seq FROM position").fetchone()
            page = client.get("share/registrations", since=str(since), limit=str(PAGE))
            held.execute("BEGIN IMMEDIATE")
            for one in page["entries"]:
                _take(held, one)
            held.execute("UPDATE position SET seq = ?", (page["next"],))
            held.execute("COMMIT")
            taken, more = taken + len(page["entries"]), page["more"]
            if page["entries"]:
                said(f"{taken} entries, position {page['next']}")
    return taken


def _take(held: sqlite3.Connection, one: dict[str, Any]) -> None:
    now = one["now"]
    if now is None:
        held.execute("DELETE FROM entry WHERE id = ?", (one["id"],))
        return
    columns = ("kind", "number", "name", "state", "valid_until", "permits_practice")
    row = (one["id"], *(now[name] for name in columns), json.dumps(now, ensure_ascii=False))
    held.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def main() -> int:
    """Follow once; status 1 if it was refused or nobody answered."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", required=True, help="where the issuer serves")
    parser.add_argument("--account", required=True, help="the account of this system, with the role exchange")
    parser.add_argument("--key", type=Path, required=True, help="its key file, as `elicense-issuer keygen` makes it")
    parser.add_argument("--passphrase", required=True, help="of that file: env:NAME or file:PATH")
    parser.add_argument("database", type=Path, help="where the entries are kept")
    given = parser.parse_args()
    signer = load_key(given.key, passphrase.read(given.passphrase))
    try:
        follow(Client(base_url=given.url, signer=signer, clock=_now, account=given.account), given.database)
    except Refused as refused:
        sys.stderr.write(f"{refused.code}: {refused.problem.get('title', '')}\n")
        return 1
    except OSError as silent:
        sys.stderr.write(f"no answer: {silent}\n")
        return 1
    return 0


def _now() -> int:
    return int(time.time())


if __name__ == "__main__":
    sys.exit(main())
