"""Phrases: whole words in a row, folded, plurals aside."""

from __future__ import annotations

from functools import lru_cache

from retrieval.language.words import split_words

PHRASES_KEPT = 200_000  # names of records whose folded form is kept: some 30 MB


def has_phrase(text: str, phrase: str) -> bool:
    """Tell whether the words of a phrase stand in a text in a row, plurals aside."""
    return f" {folded_phrase(phrase)} " in f" {folded_phrase(text)} "


@lru_cache(maxsize=PHRASES_KEPT)
def folded_phrase(text: str) -> str:
    """Return the folded words of a text, without a plural's ``s``, one blank between them."""
    runs = (run for word in split_words(text) for run in word)
    return " ".join(r[:-1] if len(r) > 3 and r[-1] == "s" and r[-2:] != "ss" else r for r in runs)
