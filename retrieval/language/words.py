"""Folding text to the words that lexical search compares: one way for chunks and queries.

Compatibility forms, case, diacritics, hyphens and Greek letters are folded here because
tantivy's analyzers do not know them. A word is split into runs where letters, digits and
Greek meet: IL-2 and IL2 are both ``("il", "2")``, and T-alpha-1 spelled with the Greek letter is
``("t", "alpha", "1")``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

Runs = tuple[str, ...]

MAX_RUN = 64  # characters; a longer run is a sequence or noise and counts by its beginning
WORD_CACHE = 65_536  # distinct words; a corpus repeats few words often

JOINERS = "-\u2010\u2012\u2013\u2212'\u2019"  # hyphens, figure and en dash, minus, apostrophes
WORD = re.compile(rf"[^\W_]+(?:(?:[{JOINERS}]|(?<=\d)\.(?=\d))[^\W_]+)*")
RUN = re.compile(r"[\u03b1-\u03c9]+|\d+(?:\.\d+)*|[^\W\d_\u03b1-\u03c9]+")  # Greek, number, letters
POSSESSIVE = re.compile("['\u2019](?:s$)?")
TRADE_MARKS = str.maketrans("™℠", "  ")  # NFKC would glue them to the name as letters
GREEK = {
    chr(code): unicodedata.name(chr(code)).rpartition(" ")[2].lower()
    for code in range(0x3B1, 0x3CA)
} | {"λ": "lambda"}  # Unicode writes LAMDA

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a about after all also am an and any are as at be been being but by can could did do does
        doing for from had has have having he her him his how i if in into is it its me might more
        most my no nor not of on or other our shall she should so some such than that the their them
        then there these they this those to us was we were what when where whether which while who
        whom whose why will with would you your
        """,
    )
)


def split_words(text: str) -> list[Runs]:
    """Return the folded words of ``text`` in order, each as its runs; punctuation is dropped."""
    folded = unicodedata.normalize("NFKC", text.translate(TRADE_MARKS))
    words = (_runs(word) for word in WORD.findall(folded))
    return [word for word in words if word]


@lru_cache(maxsize=WORD_CACHE)
def _runs(word: str) -> Runs:
    decomposed = unicodedata.normalize("NFKD", POSSESSIVE.sub("", word.casefold()))
    base = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return tuple(part[:MAX_RUN] for run in RUN.findall(base) for part in (_spelled(run) or (run,)))


def _spelled(run: str) -> Runs:
    """Return the names of one or two Greek letters; a longer run is a Greek word."""
    return tuple(GREEK[letter] for letter in run) if len(run) <= 2 and run[0] in GREEK else ()
