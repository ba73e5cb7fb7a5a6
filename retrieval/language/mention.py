"""A compound that a text names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompoundMention:
    """A compound of the ladder and the words that named it.

    ``corrected`` says that the words are no name of it, only nearly one.
    """

    compound_id: str
    matched: str
    corrected: bool = False
