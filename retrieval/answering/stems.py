"""Words as they are compared: folded, stemmed, and in one of their spellings."""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.index.lexical import stemmed
from retrieval.language.words import WORD_CACHE, Runs, split_words

Stems = tuple[Runs, ...]

# British to American, in words long enough to be meant: "aes", "does" and "four" stay.
_SPELLINGS = ((re.compile("ae|oe"), "e"), (re.compile(r"(?<=\w\w)our"), "or"))
SHORTEST_SPELLED = 5  # letters


def stems_of(text: str) -> Stems:
    """Return the words of a text in order, folded and stemmed."""
    return tuple(stem_of(runs) for runs in split_words(text))


@lru_cache(maxsize=WORD_CACHE)
def stem_of(runs: Runs) -> Runs:
    """Return a word's stem."""
    return stemmed(tuple(map(_spelled, runs)))


def _spelled(run: str) -> str:
    """Return a word in one of its spellings: oedema is edema, and a tumour a tumor."""
    if len(run) >= SHORTEST_SPELLED:
        for pattern, letters in _SPELLINGS:
            run = pattern.sub(letters, run)
    return run
