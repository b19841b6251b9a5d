"""Makes what is made from the code: the schemas, and the marked regions of docs/format.md and docs/format-examples.md.

`tests.make_schemas` and `tests.make_format` write them, the tests in tests/elicense compare. Everything comes from the
code and from the fixed keys of `tests.world`, so that two runs write the same bytes.
"""
