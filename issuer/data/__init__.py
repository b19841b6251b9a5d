"""The rules of the issuing service as CSV files: each row with its legal basis, confidence, source and days.

Read by `issuer.services.rules`; what the columns mean stands in `issuer.domain.rulebook`. `notice_rules.csv`
says what the numbers SR-01 to SR-50 mean, by which the code names the rules of the four notices on electronic
registration (2017, 2019, 2024). Nothing here is code.
"""
