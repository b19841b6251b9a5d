"""What the command line leaves alone: the network, the disk, and what it does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.verifier.pictures import code, saved
from tests.verifier.test_cli import LINK, NOW, ROOT
from verifier import Folder

WATCHED = """
import sys
def watch(event, arguments):
    writes = event == "open" and set(arguments[1] or "") & set("wax+") and not isinstance(arguments[0], int)
    if writes or event.startswith(("socket.", "os.remove", "os.rename", "os.mkdir", "shutil.")):
        print(event, file=sys.stderr)
from verifier.cli import main
sys.addaudithook(watch)
main(sys.argv[1:])
"""


def test_checking_opens_no_connection_and_writes_nothing(folder: Folder, tmp_path: Path) -> None:
    """A link is judged by its digits, whatever host it names; what is asked about leaves no trace."""
    (tmp_path / "x.png").write_bytes(saved(code(LINK)))
    command = [
        "check",
        "--json",
        "--folder",
        str(folder.path),
        *NOW,
        LINK,
        str(tmp_path / "x.png"),
        "http://127.0.0.1:9/",
    ]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["valid", "valid", "invalid"]
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [("check", "--help"), ("check", LINK)])
def test_the_start_is_not_slowed_by_what_is_not_needed(folder: Folder, arguments: tuple[str, ...]) -> None:
    """Decoders of pictures, the web server and our network code are loaded by the commands that need them."""
    code = (
        "import sys; from verifier.cli import cli; cli.main(sys.argv[1:], standalone_mode=False)"
        if "--help" in arguments
        else "import sys; from verifier.cli import cli\ntry: cli.main(sys.argv[1:])\nexcept SystemExit: pass"
    ) + "\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "ELICENSE_FOLDER": str(folder.path)},
    )  # fmt: skip
    loaded = set(done.stdout.splitlines())
    assert "verifier.checker" in loaded
    heavy = {"PIL", "zxingcpp", "pypdfium2", "flask", "pydantic", "waitress", "verifier.fetch", "verifier.picture"}
    assert not loaded & heavy
