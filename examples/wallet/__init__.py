"""A small wallet for trying out: takes an offer by its link, keeps what came of it in a file, shows parts of it.

    python -m examples.wallet take 'openid-credential-offer://?credential_offer_uri=…' --tx-code 123456 --copies 3
    python -m examples.wallet list
    python -m examples.wallet present 'openid4vp://?client_id=…&request_uri=…' --trust wallet-root.pem
    python -m examples.wallet serve --trust wallet-root.pem

It shows what a wallet has to do, in the order of OpenID4VCI 1.0 and OpenID4VP 1.0, and is no product: keys and
credentials lie open in one file that only its owner may read, and it believes an issuer because its address was in the
link. `taking` and `presenting` speak the two protocols, `held` is the file. `serving` is the same as a page, whose keys
stay in the browser (`page/`).
"""
