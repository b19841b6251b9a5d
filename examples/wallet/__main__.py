"""The commands of the demonstration wallet: take an offer, list what is held, show what is asked for; or as a page."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from cryptography import x509

from elicense import strictjson
from elicense.keys import b64url_decode
from examples.wallet import held, presenting, serving, taking

_FILE = Path("wallet.json")


def main() -> int:
    """Run one command; 1 if an offer was not taken."""
    parser = argparse.ArgumentParser(prog="python -m examples.wallet", description="A wallet for trying out.")
    parser.add_argument(
        "--file", type=Path, default=_FILE, help="where keys and credentials lie, readable by you alone"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    take = commands.add_parser("take", help="take an offer")
    take.add_argument("link", help="openid-credential-offer://… as the QR code says it")
    take.add_argument("--tx-code", help="the transaction code; asked for if it is not given")
    take.add_argument("--copies", type=int, default=1, help="for as many verifiers that shall not tell they saw one")
    commands.add_parser("list", help="what is held")
    show = commands.add_parser("present", help="answer a verifier")
    show.add_argument("link", help="openid4vp://… as the QR code says it")
    show.add_argument("--trust", type=Path, required=True, help="the certificate (PEM) that vouches for verifiers")
    show.add_argument("--yes", action="store_true", help="show it without asking")
    page = commands.add_parser("serve", help="the wallet as a page, on this machine alone")
    page.add_argument("--trust", type=Path, required=True, help="the certificate (PEM) that vouches for verifiers")
    page.add_argument("--port", type=int, default=8083)
    given = parser.parse_args()
    try:
        if given.command == "serve":
            serving.serve(x509.load_pem_x509_certificate(given.trust.read_bytes()), given.port)
            return 0
        present = held.read(given.file)
        if given.command == "present":
            return _present(given.link, given.trust, present, agreed=given.yes)
        if given.command == "list":
            for one in present:
                sys.stdout.write(f"{one.configuration} {one.vct} {' '.join(_hidden(one.sdjwt))}\n")
            return 0
        offer = taking.open_offer(given.link)
        tx_code = given.tx_code
        if tx_code is None and offer.code_length is not None:
            tx_code = input("transaction code: ").strip()
        new = taking.take(offer, tx_code, max(1, given.copies), time.time)
        held.write(given.file, [*present, *new])
    except (taking.NotTaken, OSError, ValueError) as failed:
        sys.stderr.write(f"not taken: {failed}\n")
        return 1
    sys.stdout.write(f"{len(new)} × {offer.configuration} from {offer.issuer}\n")
    return 0


def _present(link: str, trust: Path, present: list[held.Held], *, agreed: bool) -> int:
    try:
        root = x509.load_pem_x509_certificate(trust.read_bytes())
        request = presenting.open_request(link, root, time.time())
        chosen = presenting.choose(request, present)
        sys.stdout.write(f"{request.verifier} asks for:\n")
        for name, (_, items) in chosen.items():
            sys.stdout.write(f"  {name}: {', '.join(items) or 'that you hold it'}\n")
        if not agreed and input("Show it? [y/N] ").strip().lower() not in {"y", "yes"}:
            sys.stdout.write("nothing was shown\n")
            return 1
        where = presenting.present(request, chosen, time.time)
    except presenting.NotShown as failed:
        sys.stderr.write(f"not shown: {failed}\n")
        return 1
    sys.stdout.write("shown\n" if where is None else f"shown; go on at {where}\n")
    return 0


def _hidden(sdjwt: str) -> list[str]:
    """The names of what the wallet can show or keep."""
    parts = (strictjson.loads(b64url_decode(one)) for one in sdjwt.split("~")[1:-1])
    return [str(part[1]) for part in parts]


if __name__ == "__main__":
    raise SystemExit(main())
