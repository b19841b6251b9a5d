"""Tests of the repository itself: its documents, its arrows, its dependencies. They need none of the three packages."""
