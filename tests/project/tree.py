"""The files of this repository, as git knows them; helper of the tests beside it."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("elicense", "issuer", "verifier")
BINARY = {".png", ".jpg", ".jpeg", ".pdf", ".cbor", ".bin", ".ico", ".gz", ".ttf", ".otf", ".woff2"}
NOT_OURS = {".git", ".venv", ".build", "build", "dist", "demo"}


@cache
def files() -> tuple[Path, ...]:
    """Every tracked file, as a path relative to the root; without git (an unpacked archive) every file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        names = [path for path in names if path.parts[0] not in NOT_OURS and "__pycache__" not in path.parts]
    return tuple(sorted(path for path in names if (ROOT / path).is_file()))


def texts(*suffixes: str) -> tuple[Path, ...]:
    """The text files among them, all or those with one of these suffixes."""
    return tuple(path for path in files() if path.suffix not in BINARY and (not suffixes or path.suffix in suffixes))


def read(path: Path) -> str:
    """The text of a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")
