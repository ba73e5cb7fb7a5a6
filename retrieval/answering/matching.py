"""Which arms, events and outcomes of a record a question names, by folded and stemmed words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise

from retrieval.answering.evidence import Evidence
from retrieval.answering.stems import Stems, stem_of, stems_of
from retrieval.language.words import STOP_WORDS, Runs
from retrieval.question.telling import telling_words
from retrieval.search.titles import titles_in, without_ids

# What any arm may be called: alone, it names none.
GENERIC = frozenset(("arm", "group", "cohort", "of", "the", "in", "and", "with", "a"))
_UNIT = r"(?:mg/kg|mg/m2|mg|mcg|[µμ]g|ug|kg|g|ml|iu|units?|nmol|mmol|%)(?![a-z])"
_NUMBER = r"\d+(?:[.,]\d+)*"
# "5 mg", "2.5mg", and both doses of "5 and 10 mg".
_DOSE = re.compile(rf"(?<![\w.])((?:{_NUMBER}\s*(?:,|/|-|and|or|to)\s*)*{_NUMBER})[\s-]*({_UNIT})")
_MICROGRAM = frozenset(("µg", "μg", "ug"))
DOSE_WEIGHT = 8  # words: an arm's dose says more than how else it is called

Dose = tuple[str, str]


def beside_names(evidence: Evidence) -> str:
    """Return the question without trial ids and without the titles of the trials it names."""
    text = evidence.question.text
    for trial_id in evidence.named:
        ordinals = evidence.snapshot.trials.get(trial_id, [])
        for title in titles_in(text, [evidence.snapshot.cards[n].source for n in ordinals])[:1]:
            text = title.residual
    return without_ids(text)


def named_whole(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the keys of the names that stand in a text word for word.

    Of names within one another only the longest is meant: "Back pain" is not "Pain".
    """
    words = stems_of(text)
    spans: dict[str, list[tuple[int, int]]] = {}
    for key, name in names.items():
        needle = _trimmed(stems_of(name))
        found = _places(words, needle)
        if found:
            spans[key] = [(at, at + len(needle)) for at in found]
    everywhere = [span for found in spans.values() for span in found]
    return [
        key for key, found in spans.items() if any(not _inside(span, everywhere) for span in found)
    ]


def named_in_part(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the keys of the names that share most telling words with a text; none for none.

    A word that all names have tells nothing, and a number only together with the word before
    it ("cohort 2") or with its unit: a name of other doses than the text's is not meant.
    """
    asked = doses_in(text)
    words = stems_of(_DOSE.sub(" ", text.lower()))
    titles = {key: stems_of(_DOSE.sub(" ", name.lower())) for key, name in names.items()}
    shared: set[Runs] = set()
    if len(titles) > 1:
        shared = reduce(set.intersection, (set(title) for title in titles.values()))
    scores = {key: _overlap(title, words, dull=shared) for key, title in titles.items()}
    if asked:
        for key, name in names.items():
            has = doses_in(name)
            scores[key] = scores[key] + DOSE_WEIGHT if has & asked else 0
    best = max(scores.values(), default=0)
    return [key for key, score in scores.items() if best and score == best]


def doses_in(text: str) -> frozenset[Dose]:
    """Return the doses that a text has, each as its number and unit."""
    return frozenset(
        (number.replace(",", ""), "mcg" if found[2] in _MICROGRAM else found[2].removesuffix("s"))
        for found in _DOSE.finditer(text.lower())
        for number in re.findall(_NUMBER, found[1])
    )


def without(text: str, names: Iterable[str]) -> str:
    """Return a text without the words of some names where they stand word for word."""
    for name in names:
        pattern = r"\W+".join(map(re.escape, re.findall(r"\w+", name)))
        if pattern:
            text = re.sub(rf"(?<!\w){pattern}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def telling_stems(text: str, *, names: Iterable[str] = ()) -> frozenset[Runs]:
    """Return the stems of the words that say what a question is about, but those of ``names``."""
    return frozenset(stem_of(runs) for runs in telling_words(text, names=names))


def _trimmed(words: Stems) -> Stems:
    """Return a name without the generic words at its ends, unless it has no others."""
    first, last = 0, len(words)
    while first < last and _generic(words[first]):
        first += 1
    while last > first and _generic(words[last - 1]):
        last -= 1
    return words[first:last] or words


def _generic(word: Runs) -> bool:
    return "".join(word) in GENERIC


def _places(words: Stems, needle: Stems) -> list[int]:
    if not needle:
        return []
    starts = range(len(words) - len(needle) + 1)
    return [at for at in starts if words[at : at + len(needle)] == needle]


def _inside(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    start, end = span
    return any(a <= start and end <= b and b - a > end - start for a, b in others)


def _overlap(title: Stems, words: Stems, *, dull: set[Runs]) -> int:
    pairs = set(pairwise(words))
    single = set(words)
    return sum(
        (title[at - 1], word) in pairs if _number(word) else word in single
        for at, word in enumerate(title)
        if word not in dull and not _generic(word) and "-".join(word) not in STOP_WORDS
    )


def _number(word: Runs) -> bool:
    return all(run[0].isdigit() for run in word) or len("".join(word)) == 1
