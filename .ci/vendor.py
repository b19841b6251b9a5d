"""Brings the third-party scripts of the pages from the npm registry, exactly as each vendor.lock.json says.

    python .ci/vendor.py            bring what is missing
    python .ci/vendor.py --lock NAME@VERSION FILE=TARGET ... > LOCK    write an entry for a new version

A lock names packages with their version, npm's integrity value, and for each file that is taken its SHA-256 and its
name in the folder static/vendor beside the lock. Anything that differs is refused. The files are never committed; npm
is asked by package name, whichever registry it is set up for. Nothing of a package is run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("issuer/web/vendor.lock.json", "verifier/web/vendor.lock.json", "tests/web/vendor.lock.json")
FOLDER = Path("static/vendor")


def packed(name: str, version: str, folder: Path) -> Path:
    """Fetch one package as npm packs it."""
    command = ["npm", "pack", f"{name}@{version}", "--json", "--silent", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    if done.returncode:
        sys.exit(f"npm could not bring {name}@{version}: is npm set up and a registry reachable?\n{done.stderr[-500:]}")
    return folder / str(json.loads(done.stdout)[0]["filename"])


def integrity(data: bytes) -> str:
    """Npm's integrity value."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode("ascii")


def taken(archive: Path, files: dict[str, Any]) -> dict[str, bytes]:
    """The bytes of the wanted files of an archive, by their names in it."""
    with tarfile.open(archive) as tar:
        found = {}
        for wanted in files:
            member = tar.extractfile(f"package/{wanted}")
            if member is None:
                sys.exit(f"{archive.name} has no {wanted}")
            found[wanted] = member.read()
    return found


def complete(package: dict[str, Any], folder: Path) -> bool:
    """Whether every file of a package is there as the lock says."""
    return all(
        (folder / file["as"]).is_file()
        and hashlib.sha256((folder / file["as"]).read_bytes()).hexdigest() == file["sha256"]
        for file in package["files"].values()
    )


def bring(lock: Path) -> None:
    """Bring what a lock names and is not there yet."""
    folder = lock.parent / FOLDER
    for package in json.loads(lock.read_text(encoding="utf-8"))["packages"]:
        if complete(package, folder):
            continue
        name = f"{package['name']}@{package['version']}"
        if shutil.which("npm") is None:
            print(f"npm is missing: {name} was not brought, and the pages that need it say so", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as held:
            archive = packed(package["name"], package["version"], Path(held))
            if integrity(archive.read_bytes()) != package["integrity"]:
                sys.exit(f"{name} is not the package that {lock} names: nothing was taken")
            for source, data in taken(archive, package["files"]).items():
                file = package["files"][source]
                if hashlib.sha256(data).hexdigest() != file["sha256"]:
                    sys.exit(f"{source} of {name} is not the file that {lock} names: nothing was taken")
                (folder / file["as"]).parent.mkdir(parents=True, exist_ok=True)
                (folder / file["as"]).write_bytes(data)


def entry(package: str, pairs: list[str]) -> dict[str, Any]:
    """A lock's entry for a package as it is served today; a person reads it before it is committed."""
    name, _, version = package.rpartition("@")
    with tempfile.TemporaryDirectory() as held:
        archive = packed(name, version, Path(held))
        targets = dict(pair.split("=", 1) for pair in pairs)
        files = {
            wanted: {"as": targets[wanted], "sha256": hashlib.sha256(data).hexdigest()}
            for wanted, data in taken(archive, targets).items()
        }
        return {"name": name, "version": version, "integrity": integrity(archive.read_bytes()), "files": files}


def main(words: list[str]) -> None:
    """Do what the words say."""
    if words[:1] == ["--lock"]:
        print(json.dumps(entry(words[1], words[2:]), indent=2))
        return
    for lock in LOCKS:
        if (ROOT / lock).is_file():
            bring(ROOT / lock)


if __name__ == "__main__":
    main(sys.argv[1:])
