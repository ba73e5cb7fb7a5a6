"""Verdicts brought together: which question, which live passage, and which grade they come to.

- A question is its words, folded (case, accents, blanks, closing punctuation), and the filters
  that were given with it; its id is a hash of both.
- A verdict stays with the words it was given on. When the document has changed since, it
  counts for the place where its quote still stands verbatim, the nearest one; a quote that
  stands nowhere takes its verdict with it, and that is counted.
- Several grades of one passage come to their median; of an even number to the lower of the
  two in the middle. They conflict when some say that the passage answers and others that not.
- A judge's grade stands above the verdicts of readers, which the judge has seen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from eval.golden.questions import ANSWERS
from eval.judging.judging_file import JudgingFileError, JudgingRow
from retrieval.errors import PeptideSearchError
from retrieval.index.catalogue import Catalogue
from retrieval.index.judging import FOLDER, GRADES, Feedback
from retrieval.index.manifest import CATALOGUE, current_name, snapshot_folder
from retrieval.language.folding import fold
from retrieval.types import Document, Filters

CLOSING = " .,;:!?…"  # what ends a question and changes nothing about it
ID_DIGITS = 12  # hex digits of a query id
CACHED = 256  # documents held at once

Read = TypeVar("Read")
DocumentOf = Callable[[str], Document | None]
FILTERS = TypeAdapter(Filters)


class NothingToJudge(PeptideSearchError):
    """Neither a search nor a verdict is there to make judgements from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in its most usual spelling."""

    query_id: str
    text: str
    filters: Filters


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A passage of the live corpus as it is judged for one question."""

    query_id: str
    doc_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Anchored:
    """Verdicts by the live place they are about, and how many are about none any more.

    ``gone`` counts those whose document is not live, ``changed`` those whose quote is not.
    """

    verdicts: Mapping[Place, tuple[Feedback, ...]]
    gone: int
    changed: int


@dataclass(frozen=True, slots=True)
class Graded:
    """What one passage came to, and all grades that it came from."""

    grade: int
    given: tuple[int, ...]


@contextmanager
def live_documents(index_dir: Path) -> Iterator[DocumentOf]:
    """Yield a function that returns a live document of an index by its id, or None.

    Raises `IndexMissing` or `IndexDamaged`.
    """
    path = snapshot_folder(index_dir, current_name(index_dir)) / CATALOGUE
    with closing(Catalogue(path)) as catalogue:
        yield lru_cache(CACHED)(catalogue.document)


def entries(reader: Callable[[Path], Read], index_dir: Path) -> Read:
    """Read a file of an index's judging folder, or raise `JudgingFileError`."""
    try:
        return reader(index_dir)
    except OSError as error:
        raise JudgingFileError(f"{index_dir / FOLDER} cannot be read: {error}") from error


def query_id(text: str, filters: Filters) -> str:
    """Return the id of a question: the same for every spelling of it, on every machine."""
    decisive = " ".join(fold(text).split()).rstrip(CLOSING)
    given = FILTERS.dump_python(filters, mode="json", exclude_defaults=True)
    if given:  # a list means any of, in any order
        values = {name: sorted(v) if isinstance(v, list) else v for name, v in given.items()}
        decisive += "\n" + json.dumps(values, sort_keys=True)
    # The letter keeps spreadsheets from reading digits and an e as a number.
    return f"q{sha256(decisive.encode()).hexdigest()[:ID_DIGITS]}"


def questions_of(asked: Iterable[tuple[str, Filters]]) -> dict[str, Asked]:
    """Return the distinct questions by their ids, each as it was spelled most often."""
    spellings: dict[str, Counter[str]] = {}
    filters_of: dict[str, Filters] = {}
    for text, filters in asked:
        known_as = query_id(text, filters)
        spellings.setdefault(known_as, Counter())[text] += 1
        filters_of[known_as] = filters
    return {
        known_as: Asked(known_as, _most_usual(spelled), filters_of[known_as])
        for known_as, spelled in spellings.items()
    }


def find_quote(text: str, quote: str, *, near: int) -> int | None:
    """Return where a quote stands in a text, the place nearest to ``near``, or None."""
    if text.startswith(quote, near):
        return near
    after = text.find(quote, near)
    before = text.rfind(quote, 0, near + len(quote) - 1)
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: abs(place - near), default=None)


def anchored(feedback: Iterable[Feedback], document_of: DocumentOf) -> Anchored:
    """Find the passage of each verdict in the live corpus."""
    verdicts: dict[Place, list[Feedback]] = {}
    gone = changed = 0
    for verdict in feedback:
        document = document_of(verdict.doc_id)
        if document is None:
            gone += 1
            continue
        start = find_quote(document.text, verdict.quote, near=verdict.start)
        if start is None:
            changed += 1
            continue
        known_as = query_id(verdict.query, verdict.filters)
        place = Place(known_as, verdict.doc_id, start, start + len(verdict.quote))
        verdicts.setdefault(place, []).append(verdict)
    return Anchored({place: tuple(given) for place, given in verdicts.items()}, gone, changed)


def place_of(row: JudgingRow, document: Document | None) -> Place | None:
    """Return where the words of a row stand now; a spreadsheet may have shortened its text."""
    if document is None:
        return None
    if document.version == row.version and row.start < row.end <= len(document.text):
        return Place(row.query_id, row.doc_id, row.start, row.end)
    start = find_quote(document.text, row.text, near=row.start) if row.text.strip() else None
    return start if start is None else Place(row.query_id, row.doc_id, start, start + len(row.text))


def settled(grades: Sequence[int]) -> int:
    """Return what one or more grades come to: their lower median."""
    return sorted(grades)[(len(grades) - 1) // 2]


def conflicting(grades: Iterable[int]) -> bool:
    """Tell whether some grades say that a passage answers and others that it does not."""
    return len({grade >= ANSWERS for grade in grades}) > 1


def grades_of(
    verdicts: Mapping[Place, Sequence[Feedback]], decided: Mapping[Place, Sequence[int]]
) -> dict[Place, Graded]:
    """Settle each passage: by the judges' grades where there are any, else by the verdicts."""
    given: dict[Place, Sequence[int]] = {
        place: [GRADES[verdict.verdict] for verdict in about] for place, about in verdicts.items()
    }
    given.update(decided)
    return {place: Graded(settled(grades), tuple(grades)) for place, grades in given.items()}


def _most_usual(spelled: Counter[str]) -> str:
    return min(spelled, key=lambda text: (-spelled[text], text))
