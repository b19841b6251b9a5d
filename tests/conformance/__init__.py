"""The conformance kit: any program that answers JSON lines can be held against the vectors (docs/conformance.md)."""
