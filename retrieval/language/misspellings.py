"""Misspelt compounds: a word that is nearly a name of the alias ladder, read as that name.

A name that is written right always wins, and a word that is nearly two names is read as neither.
Only words of six letters and more are tried, and none that is a word by itself
(``misspellings.toml``): secretion is no misspelt secretin. One edit may part a word from its
name, two from nine letters on where the first letter is right: few people get that one wrong.
Names are found by what is left of them when letters are dropped, so that a query costs
microseconds however many names there are.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING

from retrieval.language.folding import fold, fold_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrieval.language.compounds import Ladder
    from retrieval.language.mention import CompoundMention

MIN_LETTERS = 6  # a shorter word has too many neighbours that are words
TWO_EDITS_LETTERS = 9  # from this length on
MAX_LETTERS = 40  # longer than any name of one word
_WORD = re.compile(rf"(?<![a-z0-9])[a-z]{{{MIN_LETTERS},{MAX_LETTERS}}}(?![a-z0-9])")


def find_compounds(text: str, ladder: Ladder) -> tuple[CompoundMention, ...]:
    """Return each compound named in a query, misspelt ones among them (``corrected``).

    ``matched`` is a slice of ``text``, as it was typed. Meant for short texts: in a long one
    almost every word is right, and each would be tried.
    """
    exact = ladder.find(text)
    corrections = _corrections(text, _near_names(ladder))
    if not corrections:
        return exact
    mended, typed = _mended(text, corrections)
    found = ladder.find(mended)
    known = {mention.compound_id: mention for mention in exact}
    if not known.keys() <= {mention.compound_id for mention in found}:
        return exact
    return tuple(
        known.get(one.compound_id) or replace(one, matched=_as_typed(one, typed), corrected=True)
        for one in found
    )


def _corrections(text: str, names: NearNames) -> dict[tuple[int, int], str]:
    """Return the misspelt words of a text: the span of each, and the name's word for it."""
    folded = fold(text)
    found = {word.span(): names.nearest(word.group()) for word in _WORD.finditer(folded)}
    if not any(found.values()):
        return {}
    offsets = fold_offsets(text)
    return {
        (offsets[start], offsets[end - 1] + 1): name for (start, end), name in found.items() if name
    }


def _mended(text: str, corrections: dict[tuple[int, int], str]) -> tuple[str, dict[str, str]]:
    """Return the text with its corrections, and what was typed for each of them."""
    parts: list[str] = []
    typed: dict[str, str] = {}
    at = 0
    for (start, end), name in corrections.items():
        parts += [text[at:start], name]
        typed.setdefault(name, text[start:end])
        at = end
    return "".join([*parts, text[at:]]), typed


def _as_typed(mention: CompoundMention, typed: dict[str, str]) -> str:
    """Return the words of a mention with the spelling of the reader."""
    corrected = re.compile("|".join(map(re.escape, sorted(typed, key=len, reverse=True))))
    return corrected.sub(lambda word: typed[word.group()], mention.matched)


class NearNames:
    """The words of a ladder's names, findable by a misspelling; immutable, safe to share."""

    def __init__(self, ladder: Ladder, *, words: Iterable[str] | None = None) -> None:
        """Index what is left of each word when one or two of its letters are dropped.

        ``words`` are left alone, those of ``misspellings.toml`` unless others are given.
        """
        self._owners = _owners(ladder)
        self._words = frozenset(word_list() if words is None else words)
        self._left: defaultdict[str, list[str]] = defaultdict(list)
        for word in self.targets:
            # One letter more, because the misspelling may be the longer of the two.
            for left in _without_letters(word, edits=_edits(len(word) + 1)):
                self._left[left].append(word)

    @property
    def targets(self) -> frozenset[str]:
        """The words that a misspelling may be read as, folded."""
        known = (word for word in self._owners if MIN_LETTERS <= len(word) <= MAX_LETTERS)
        return frozenset(known) - self._words

    def nearest(self, word: str) -> str | None:
        """Return the one word of a name that a folded word is nearly; None for any other."""
        if len(word) < MIN_LETTERS or word in self._owners or word in self._words:
            return None
        edits = _edits(len(word))
        lefts = _without_letters(word, edits=edits)
        near = {name for left in lefts for name in self._left.get(left, ())}
        if not near:
            return None
        distances = {name: distance(word, name) for name in near}
        best = min(distances.values())
        nearest = sorted(name for name, far in distances.items() if far == best)
        if best > edits or (best > 1 and any(name[0] != word[0] for name in nearest)):
            return None
        owners = {self._owners[name] for name in nearest}
        return nearest[0] if len(owners) == 1 else None


@lru_cache(maxsize=4)
def _near_names(ladder: Ladder) -> NearNames:
    return NearNames(ladder)


@cache
def word_list() -> tuple[str, ...]:
    """Return the words of ``misspellings.toml``: right as they are, though nearly a name."""
    rows = tomllib.loads(
        files("retrieval.language").joinpath("misspellings.toml").read_text("utf-8")
    )
    return tuple(fold(word) for words in rows.values() for word in words)


def _owners(ladder: Ladder) -> dict[str, frozenset[str]]:
    """Map each word of the names to the compounds that it helps to name."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for compound in ladder.compounds:
        for name in compound.names:
            for word in _words_of(name):
                owners[word].add(compound.id)
        for name in compound.lookalike_names:
            for word in _words_of(name):
                owners[word].add(f"not {compound.id}")
    for family in ladder.families:
        for name in family.words:
            for word in _words_of(name):
                owners[word].update(family.members)
    return {word: frozenset(ids) for word, ids in owners.items()}


def _words_of(name: str) -> Iterator[str]:
    yield from re.findall(r"[a-z]+", fold(name))


def _edits(letters: int) -> int:
    return 2 if letters >= TWO_EDITS_LETTERS else 1


def _without_letters(word: str, *, edits: int) -> set[str]:
    """Return the word, and what is left of it without each choice of ``edits`` letters."""
    size = len(word)
    left = {word, *(word[:at] + word[at + 1 :] for at in range(size))}
    if edits > 1:
        pairs = combinations(range(size), 2)
        left.update(word[:one] + word[one + 1 : two] + word[two + 1 :] for one, two in pairs)
    return left


def distance(one: str, other: str) -> int:
    """Return the edits between two words: a letter more, less, other, or two swapped."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, mate in enumerate(other, start=1):
            cost = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (letter != mate))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == mate:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
