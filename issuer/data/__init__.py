"""The rules of the issuing service as CSV files: each row with its legal basis, confidence, source and days.

Read by `issuer.services.rules`; what the columns mean stands in `issuer.domain.rulebook`. Nothing here is code.
"""
