"""Trials that a query names by a title inside it, and what it asks beside that name.

"What is the primary outcome of Semaglutide in Invented Fever?" names a trial and asks for its
primary outcome. The title finds the trial; inside it, its words would only find the title
again, so the passage is chosen by what remains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from retrieval.language.words import STOP_WORDS, Runs, split_words
from retrieval.question.wording import NCT_ID
from retrieval.types import Source

# Content words. A shorter title may stand in a query by chance.
MIN_TITLE_WORDS = 3
TITLES_KEPT = 32_768  # titles whose words are kept: some 10 MB
_ID = re.compile(NCT_ID.pattern, re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_TOKEN = re.compile(r"\S+")
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")


@dataclass(frozen=True, slots=True)
class NamedTitle:
    """A trial whose title stands in a query: its content words, the query without it, its span."""

    trial_id: str
    words: int
    residual: str
    start: int
    end: int


def titles_in(text: str, sources: Iterable[Source]) -> list[NamedTitle]:
    """Return those of the sources whose title stands in ``text``.

    Of titles of different length only the longest are meant: "Fever in Adults" also stands in
    a query for "Fever in Adults With Cough".
    """
    content = list(_content(text))
    found = [
        named
        for source in sources
        for named in [_title_in(text, content, source)]
        if named is not None
    ]
    most = max((named.words for named in found), default=0)
    return [named for named in found if named.words == most]


def without_ids(text: str) -> str:
    """Return the text without NCT ids, and without addresses, which ask for their record."""
    return " ".join(_ID.sub(" ", _ADDRESS.sub(" ", text)).split())


def telling(text: str) -> bool:
    """Tell whether a text has a word that is no stop word."""
    return any(True for _ in _content(text))


def _title_in(text: str, content: list[tuple[Runs, int, int]], source: Source) -> NamedTitle | None:
    for needle in _spellings(source.title):
        for at in range(len(content) - len(needle) + 1):
            span = content[at : at + len(needle)]
            if [runs for runs, _, _ in span] == needle:
                residual = f"{text[: span[0][1]]} {text[span[-1][2] :]}"
                return NamedTitle(
                    source.trial_id,
                    len(needle),
                    " ".join(residual.split()),
                    start=span[0][1],
                    end=span[-1][2],
                )
    return None


@lru_cache(maxsize=TITLES_KEPT)
def _spellings(title: str) -> tuple[list[Runs], ...]:
    """Return the content words of a title, and without what stands in brackets."""
    spelled = dict.fromkeys((title, _BRACKETS.sub("", title)))
    words = ([runs for runs, _, _ in _content(one)] for one in spelled)
    return tuple(one for one in words if len(one) >= MIN_TITLE_WORDS)


def _content(text: str) -> Iterator[tuple[Runs, int, int]]:
    """Yield the words of a text that are no stop words, folded, each with its span."""
    for token in _TOKEN.finditer(text):
        runs = tuple(run for word in split_words(token[0]) for run in word)
        if runs and "-".join(runs) not in STOP_WORDS:
            yield runs, token.start(), token.end()
