"""`python -m issuer.cli`: the same as `elicense-issuer`."""

from issuer.cli import main

main()
