"""The three kinds of licence, as the issuing service names them in rows, files and acts."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a registration is about."""

    PHYSICIAN = "physician"
    NURSE = "nurse"
    INSTITUTION = "institution"

    @property
    def is_person(self) -> bool:
        """Whether the holder is a natural person."""
        return self is not Kind.INSTITUTION
