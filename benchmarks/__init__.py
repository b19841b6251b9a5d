"""Measurements of this project beside the bare libraries and beside its peers. `python -m benchmarks --list`."""
