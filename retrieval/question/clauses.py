"""The parts of a question that ask for more than one thing: "which phase is it, and who pays?"."""

from __future__ import annotations

import re

from retrieval.language.words import STOP_WORDS, split_words

MOST = 4  # parts that are read apart; a longer list is no question of one record
FEW_WORDS, FEW_TELLING = 2, 1  # that a part has at least
_BOUNDARY = re.compile(
    r"[?;]+\s+|\s+[\u2013\u2014-]\s+|[,:;]\s+(?:(?:and|also|plus|or)\s+)?"
    r"|\s+(?:&|plus|as well as|and(?: also)?)\s+",
    re.IGNORECASE,
)


def clauses_of(text: str) -> tuple[str, ...]:
    """Return the parts of a question that ask apart, or none where it asks for one thing."""
    parts: list[str] = []
    for piece in _BOUNDARY.split(text):
        words = piece.strip(" ?.!,;:").strip()
        telling = [run for runs in split_words(words) for run in runs if run not in STOP_WORDS]
        if len(words.split()) >= FEW_WORDS and len(telling) >= FEW_TELLING:
            parts.append(words)
        elif parts:
            parts[-1] += f" {words}"
    return tuple(parts) if 1 < len(parts) <= MOST else ()
