"""What speaks for a line: the words, numbers and kinds that it shares with a question.

A row of features per line. Words are weighed by how few lines of the same document have them,
so that the trial's own subject, which stands in many, tells none of them from another.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from retrieval.answering.lines.lines import Line, kind_of
from retrieval.answering.stems import stems_of
from retrieval.language.countries import country_spellings, demonyms
from retrieval.language.folding import fold
from retrieval.language.synonyms import find_synonyms
from retrieval.language.words import STOP_WORDS, Runs
from retrieval.models.line_ranker import UNSEEN
from retrieval.question.fields import fields_asked, load_fields
from retrieval.question.senses import asks
from retrieval.question.wording import plain

Features = npt.NDArray[np.float32]  # shape (lines, FEATURES)

NAMES = (
    "rare words", "words", "rarest word", "pairs", "label", "numbers", "synonyms", "letters",
    "length", "kind", "kind and words", "field asked", "field surely asked", "harms asked",
)  # fmt: skip
HARMS = frozenset(("other_event", "serious_event", "event_totals", "event_detail"))
GRAM = 4  # letters, so that a misspelt word still shares some
LABEL = 60  # characters in which a line's label ends
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W_]+")
_APART = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Asked:
    """A question as its words are compared with lines."""

    text: str
    stems: tuple[Runs, ...]
    pairs: frozenset[tuple[Runs, Runs]]
    numbers: frozenset[str]
    grams: frozenset[str]
    synonyms: tuple[tuple[frozenset[Runs], ...], ...]  # of each thing that is named, all names
    kinds: frozenset[str]
    sure_kinds: frozenset[str]
    harms: bool

    @classmethod
    def of(cls, text: str) -> Asked:
        words = plain(text, ())
        asked = [load_fields()[name] for name in fields_asked(words)]
        stems = _content(text)
        return cls(
            text=text,
            stems=stems,
            pairs=frozenset(pairwise(stems)),
            numbers=frozenset(_NUMBER.findall(text)),
            grams=_grams(text),
            synonyms=tuple(
                tuple(frozenset(stems_of(name)) for name in group)
                for group in (*find_synonyms(text), *_countries(words))
            ),
            kinds=frozenset(kind_of([path]) for field in asked for path in field.paths),
            sure_kinds=frozenset(
                kind_of([path]) for field in asked if not field.weak for path in field.paths
            ),
            harms=asks(words, "harms"),
        )


def _countries(plain_text: str) -> Iterator[tuple[str, ...]]:
    """Yield the countries that a text names, or whose people or things: "Israeli" is of Israel."""
    of = {**country_spellings(), **demonyms()}
    words = _WORD.findall(plain_text)
    for size in (1, 2):
        for at in range(len(words) - size + 1):
            name = " ".join(words[at : at + size])
            if name in of:
                yield of[name]


def question_words(text: str) -> Iterator[str]:
    """Yield the words of a question by which its kind is predicted: numbers are all one."""
    words = ["#" if word.isdigit() else word for word in _WORD.findall(fold(text))]
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))
    yield from (f"^{word[:4]}" for word in words if len(word) > 4)


def features_of(asked: Asked, lines: Sequence[Line], kinds: Mapping[str, float]) -> Features:
    """Return the features of each line, shape (lines, len(NAMES))."""
    stems = [frozenset(stems_of(f"{line.section} {line.head} {line.text}")) for line in lines]
    frequency = Counter(stem for each in stems for stem in each)
    present = [stem for stem in dict.fromkeys(asked.stems) if frequency[stem]]
    rarity = {stem: math.log((len(lines) + 1) / (frequency[stem] + 0.5)) for stem in present}
    most = math.log(len(lines) + 1)
    # Another name of what is asked is as rare as the lines that have any of its names.
    named = [
        frozenset(n for n, held in enumerate(stems) if any(one <= held for one in names))
        for names in asked.synonyms
    ]
    meant = [(of, math.log((len(lines) + 1) / (len(of) + 0.5))) for of in named if of]
    whole = (sum(rarity.values()) + sum(worth for _, worth in meant)) or 1.0
    rows = np.zeros((len(lines), len(NAMES)), dtype=np.float32)
    for at, (row, line, held) in enumerate(zip(rows, lines, stems, strict=True)):
        shared = [stem for stem in present if stem in held]
        others = [worth for of, worth in meant if at in of]
        rare = (sum(rarity[stem] for stem in shared) + sum(others)) / whole
        sequence = _content(line.text)
        label = stems_of(line.text.partition(":")[0]) if ":" in line.text[:LABEL] else ()
        grams = _grams(line.text)
        kind = math.log(kinds.get(line.kind, 0.0) + UNSEEN)
        row[:] = (
            rare,
            len(shared) / max(1, len(present)),
            max((*(rarity[stem] for stem in shared), *others), default=0.0) / most,
            len(asked.pairs.intersection(pairwise(sequence))),
            len(set(label).intersection(asked.stems)),
            len(asked.numbers.intersection(_NUMBER.findall(line.text))),
            len(others),
            len(asked.grams & grams) / math.sqrt((len(grams) + 1) * (len(asked.grams) + 1)),
            math.log(len(line.text) + 1) / 6,
            kind,
            kind * rare,
            line.kind in asked.kinds,
            line.kind in asked.sure_kinds,
            asked.harms and line.kind in HARMS,
        )
    return rows


def _content(text: str) -> tuple[Runs, ...]:
    return tuple(stem for stem in stems_of(text) if "-".join(stem) not in STOP_WORDS)


def _grams(text: str) -> frozenset[str]:
    letters = _APART.sub(" ", fold(text))
    return frozenset(letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1))
