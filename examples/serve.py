"""Keep issuer and verifier running on the data of the demonstration.

    python -m examples.serve [--folder demo]

The issuer's pages and API answer where the demonstration put them; the page that the codes lead to, and the verifier's
API, listen beside them and refresh their lists.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image

from examples.office import VERIFIER_PORT, Office
from verifier import Folder
from verifier.openid4vp.identity import KEY, ROOT, Identity, load, make_demonstration
from verifier.web.serve import Asking, run

_REFRESH_SECONDS = 60


def _link(folder: Path, name: str) -> str:
    """The link in a picture that the demonstration drew."""
    with Image.open(folder / "pictures" / f"{name}.png") as picture:
        found = zxingcpp.read_barcodes(picture)
    return found[0].text if found else ""


def _identity(folder: Path) -> Identity:
    """Who the verifier is to wallets: made the first time, and kept."""
    if (folder / KEY).exists():
        return load(folder)
    return make_demonstration(folder, "localhost", dt.datetime.now(dt.UTC))


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("demo"))
    parser.add_argument("--verifier-port", type=int, default=VERIFIER_PORT)
    given = parser.parse_args()
    settings = given.folder / "issuer" / "issuer.toml"
    if not settings.exists():
        sys.stderr.write(f"{settings} is missing. Run this first: make demo\n")
        return 64
    issuer = tomllib.loads(settings.read_text("utf-8"))["base_url"]
    office = Office(given.folder, urlsplit(issuer).port or 80)
    try:
        office.serve()
    except RuntimeError as fault:
        sys.stderr.write(f"{fault}\nData of an older version? Make it anew: rm -r {given.folder} && make demo\n")
        return 1
    verifier = f"http://localhost:{given.verifier_port}"
    keys = ", ".join(sorted(path.name.removesuffix(".jwk.json") for path in given.folder.glob("keys/*.jwk.json")))
    wallet = given.folder / "verifier"
    asking = Asking(identity=_identity(wallet), folder=wallet, base_url=verifier)
    lines = (
        f"check a licence   {verifier}/v      (API: {verifier}/openapi.json)",
        f"ask a wallet      {verifier}/v/wallet   (it trusts {wallet / ROOT})",
        f"a wallet to try   .venv/bin/python -m examples.wallet serve --trust {wallet / ROOT}",
        f"register          {issuer}/       (API: {issuer}/api/v1/openapi.json, health: {issuer}/healthz)",
        f"  sign in with a key file from {given.folder}/keys: {keys}",
        f"a code to open    {_link(given.folder, 'nurse-valid')}",
        "end with Ctrl-C",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    try:
        run(
            Folder(office.lists),
            host="127.0.0.1",
            port=given.verifier_port,
            refresh_every=_REFRESH_SECONDS,
            asking=asking,
        )
    except KeyboardInterrupt:
        pass
    finally:
        office.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
