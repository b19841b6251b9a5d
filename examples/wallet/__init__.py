"""A small wallet for trying out: takes an offer by its link, keeps what came of it in a file.

    python -m examples.wallet take 'openid-credential-offer://?credential_offer_uri=…' --tx-code 123456 --copies 3
    python -m examples.wallet list

It shows what a wallet has to do, in the order of OpenID4VCI 1.0, and is no product: keys and credentials lie open in
one file that only its owner may read, nobody asks before anything is shown, and it believes an issuer because its
address was in the link. `taking` speaks the protocol, `held` is the file.
"""
