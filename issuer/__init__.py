"""The issuing service: applications, register, minting, published lists.

It imports `elicense` and never `verifier`; the two only exchange bytes.
"""
