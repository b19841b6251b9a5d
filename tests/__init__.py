"""The tests: they mirror the packages, and tests/project tests the repository itself."""
