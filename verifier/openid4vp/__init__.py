"""Asking a wallet to show a licence: OpenID for Verifiable Presentations 1.0, the verifier's side.

Begin with `wallets.Wallets`. A request is signed and fetched by reference, asks for the least that a profile needs
(`queries`), and is answered by `direct_post` or, encrypted, by `direct_post.jwt`. What is shown is judged by
`elicense.sdjwt` with the lists of the folder. Not here: the Digital Credentials API, other formats than `dc+sd-jwt`,
transaction data, encrypted request objects.
"""
