"""Trials by what people call them beside titles: acronyms, study ids, former ids, drug codes.

"REIMAGINE 5", "protocol LMX-003" and "KL1333" name trials that no title match finds. A name is
compared by its runs of letters and digits, so that CT-152, CT152 and "ct 152" are one; a short
or ordinary word counts only as it is written in the record, or beside a trial noun.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from retrieval.index.catalogue import Catalogue
from retrieval.language.words import WORD, split_words
from retrieval.question.types import NamedBy
from retrieval.question.wording import TRIAL
from retrieval.search.registered import Registered, registry_of

Key = tuple[str, ...]

LONGEST_NAME = 8  # runs
SHORTEST_ID = 5  # characters of an id; "001" is many things
SHORTEST_WORD = 4  # letters of a title's word in capitals that may be its short name
COMMON = 2  # other trials that speak of a name: with as many it is a word
# What each kind of name is worth: of two readings of the same words the first is taken.
ORDER: tuple[NamedBy, ...] = ("id", "acronym", "study_id", "code", "title")
_FIELDS: tuple[tuple[str, NamedBy], ...] = (
    ("former_ids", "id"),
    ("acronym", "acronym"),
    ("organisation_id", "study_id"),
    ("secondary_ids", "study_id"),
)
_CODE = re.compile(r"(?=[\w/-]*\d)(?=[\w/-]*[A-Za-z])[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+)*")
_DOSE = re.compile(r"\d[\d.,]*[a-zµμ%]+", re.IGNORECASE)  # "5mg" has a digit and a letter too
_CAPITALS = re.compile(r"[A-Z][A-Z0-9]+(?:[-/][A-Z0-9]+)*(?: [0-9]+\b)?")
_BESIDE = re.compile(
    rf"(?:{TRIAL}|\b(?:protocol|code|record|acronym|programme|program)\b)", re.IGNORECASE
)
_UNIT = re.compile(r"(?:mg|mcg|ml|kg|iu|mmol|nmol|week|wk|month|day|year|hour)s?$", re.IGNORECASE)
_NEAR = 1  # words beside a name among which a trial noun stands


@dataclass(frozen=True, slots=True)
class Named:
    """Words of a question that name trials: which, what kind of name it is, and where it stands."""

    trials: tuple[str, ...]
    by: NamedBy
    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    trial_id: str
    by: NamedBy
    written: str


class Names:
    """The names of a snapshot's trials."""

    def __init__(self, records: Iterable[Registered]) -> None:
        entries: defaultdict[Key, list[_Entry]] = defaultdict(list)
        said: defaultdict[Key, set[str]] = defaultdict(set)
        for record in records:
            for key in _said(record):
                said[key].add(record.source.trial_id)
            for entry in _entries(record):
                if key := _key(entry.written):
                    entries[key].append(entry)
        # "T1D" is the acronym of one trial, and what fifty others are about.
        self._entries = {
            key: of
            for key, of in entries.items()
            if len(said[key] - {one.trial_id for one in of}) < COMMON
        }
        self._first = {key[0] for key in self._entries}

    def found_in(self, text: str) -> tuple[Named, ...]:
        """Return the names in a question, longest first where they overlap, in its order."""
        words = [
            (tuple(run for one in split_words(met[0]) for run in one), *met.span())
            for met in WORD.finditer(text)
        ]
        found: list[Named] = []
        at = 0
        while at < len(words):
            named, size = self._longest(text, words, at)
            if named is not None:
                found.append(named)
            at += size
        return tuple(found)

    def _longest(
        self, text: str, words: list[tuple[Key, int, int]], at: int
    ) -> tuple[Named | None, int]:
        if not words[at][0] or words[at][0][0] not in self._first:
            return None, 1
        best: tuple[Named | None, int] = (None, 1)
        runs: Key = ()
        for size, (more, _, end) in enumerate(words[at:], start=1):
            runs += more
            if len(runs) > LONGEST_NAME:
                break
            named = self._named(text, runs, words[at][1], end)
            best = (named, size) if named is not None else best
        return best

    def _named(self, text: str, runs: Key, start: int, end: int) -> Named | None:
        typed = text[start:end]
        meant = [
            one for one in self._entries.get(runs, ()) if _is_meant(one, typed, text, start, end)
        ]
        for by in ORDER:
            trials = tuple(dict.fromkeys(one.trial_id for one in meant if one.by == by))
            if trials:
                return Named(trials, by, typed, start, end)
        return None


@lru_cache(maxsize=2)  # the live snapshot's, and the one before it while that is still asked
def names_of(catalogue: Catalogue) -> Names:
    """Return the names of a snapshot's trials; read once."""
    return Names(registry_of(catalogue).records)


def _said(record: Registered) -> Iterator[Key]:
    """Yield the words of a record's title, conditions and keywords."""
    fields = record.fields
    titles = (record.source.title, *record.stated("official_title"))
    for text in (*titles, *fields.conditions, *fields.keywords):
        yield from split_words(text)


def looks_like_a_name(word: str, text: str) -> bool:
    """Tell whether a word of a text is written as only a study or a drug's code is.

    That is a code with capitals, or a word in capitals beside a trial noun.
    """
    if len(word) < SHORTEST_ID or not any(map(str.isupper, word)):
        return False
    if looks_like_a_code(word):
        return _UNIT.search(word) is None
    at = text.find(word)
    return word.isupper() and word != text and _is_beside(text, at, at + len(word))


def looks_like_a_code(word: str) -> bool:
    """Tell whether a word is written as codes and study names are: "JS207", "SURPASS-T1D-2"."""
    return bool(_CODE.fullmatch(word)) and not _DOSE.fullmatch(word)


def _entries(record: Registered) -> Iterator[_Entry]:
    trial = record.source.trial_id
    for field, by in _FIELDS:
        for value in record.stated(field):
            if by != "study_id" or len(value) >= SHORTEST_ID:
                yield _Entry(trial, by, value)
    for field in ("interventions", "other_names"):
        for value in record.stated(field):
            yield from (_Entry(trial, "code", code) for code in _codes(value))
    for title in (record.source.title, *record.stated("official_title")):
        for word in {met[0] for met in _CAPITALS.finditer(title)} | set(_codes(title)):
            if len(word) >= SHORTEST_WORD and title != title.upper():
                yield _Entry(trial, "title", word)


def _codes(text: str) -> Iterator[str]:
    for met in _CODE.finditer(text):
        if len(met[0]) >= SHORTEST_WORD and not _DOSE.fullmatch(met[0]):
            yield met[0]


def _key(written: str) -> Key:
    key = tuple(run for word in split_words(written) for run in word)
    return key if len(key) <= LONGEST_NAME and len("".join(key)) >= 3 else ()


def _is_meant(entry: _Entry, typed: str, text: str, start: int, end: int) -> bool:
    """Tell whether words of a question that read like a name are meant as one."""
    if typed == entry.written and entry.written != entry.written.lower():
        return not entry.written.istitle() or _is_beside(text, start, end)
    digits = any(map(str.isdigit, typed)) and any(map(str.isalpha, typed))
    if digits or (entry.by == "study_id" and any(map(str.isdigit, typed))):
        return True
    if typed.isupper() and len(typed) >= SHORTEST_WORD:
        return True
    if entry.by == "title":
        return False
    if typed != typed.lower() and len(typed) >= SHORTEST_WORD and not typed.istitle():
        return True
    return len(typed) >= SHORTEST_WORD and _is_beside(text, start, end)


def _is_beside(text: str, start: int, end: int) -> bool:
    """Tell whether a trial noun stands next to some words of a text."""
    before = " ".join(text[:start].split()[-_NEAR:])
    after = " ".join(text[end:].split()[:_NEAR])
    return bool(_BESIDE.search(after) or _BESIDE.search(before))
