"""The queries that a report shows in full: those that went best and worst, with their hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.collections.collection import CorpusItem, read_items
from eval.compare import TIE
from eval.measures import Measured, Values
from eval.runs import Run

if TYPE_CHECKING:
    from ir_measures import Qrel

EXAMPLES = 10  # queries at either end
HITS = 5  # a query and run
MISSED = 5  # relevant documents named that are not among the hits shown
EXCERPT = 200  # characters of a passage: two lines on a wide page


@dataclass(frozen=True, slots=True)
class ExampleHit:
    """A document at its rank; ``grade`` is None where nobody judged it, ``rank`` where no
    run has it.
    """

    rank: int | None
    document_id: str
    title: str
    text: str
    grade: int | None


@dataclass(frozen=True, slots=True)
class ExampleSide:
    """What one run made of a query: its values, first hits, and what it ranks below them."""

    values: Mapping[str, float]
    hits: tuple[ExampleHit, ...]
    missed: tuple[ExampleHit, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A query with one side a run."""

    query_id: str
    text: str
    sides: tuple[ExampleSide, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """A run, its values, and the passages shown for (query id, document id), where known."""

    name: str
    run: Run
    measured: Measured
    passages: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Texts:
    """The queries' texts by id, and the corpus; both may be unknown."""

    queries: Mapping[str, str]
    corpus: Path | None


def ends(values: Values, *, signed: bool) -> tuple[list[int], list[int]]:
    """Return the places of the best and of the worst values, each from the extreme inwards.

    ``signed`` values are differences: only gains are best, only losses are worst. Others
    are split, so that no query is both.
    """
    rising = [int(place) for place in np.argsort(values, kind="stable")]
    falling = [int(place) for place in np.argsort(-values, kind="stable")]
    if signed:
        gained = [place for place in falling if values[place] > TIE]
        return gained[:EXAMPLES], [place for place in rising if values[place] < -TIE][:EXAMPLES]
    upper = falling[: (len(falling) + 1) // 2]
    lower = {*falling[len(upper) :]}
    return upper[:EXAMPLES], [place for place in rising if place in lower][:EXAMPLES]


def examples(
    places: Sequence[int],
    measurements: Sequence[Measurement],
    *,
    qrels: Sequence[Qrel],
    texts: Texts,
) -> tuple[Example, ...]:
    """Return the queries at these places of the measurements, with titles and texts."""
    query_ids = [measurements[0].measured.query_ids[place] for place in places]
    grades: dict[str, dict[str, int]] = {query_id: {} for query_id in query_ids}
    for qrel in qrels:
        if qrel.query_id in grades:
            grades[qrel.query_id][qrel.doc_id] = qrel.relevance
    wanted = {
        doc_id
        for query_id in query_ids
        for measurement in measurements
        for doc_id in (*measurement.run.of(query_id)[:HITS], *grades[query_id])
    }
    items = read_items(texts.corpus, wanted) if texts.corpus else {}
    return tuple(
        Example(
            query_id,
            texts.queries.get(query_id, ""),
            tuple(_side(place, each, grades[query_id], items) for each in measurements),
        )
        for place, query_id in zip(places, query_ids, strict=True)
    )


def excerpt(text: str, size: int = EXCERPT) -> str:
    """Return a text in one line, cut between words at ``size`` characters."""
    line = " ".join(text.split())
    if len(line) <= size:
        return line
    cut = line[:size].rpartition(" ")[0] or line[:size]
    return f"{cut} …"


def _side(
    place: int,
    measurement: Measurement,
    grades: Mapping[str, int],
    items: Mapping[str, CorpusItem],
) -> ExampleSide:
    query_id = measurement.measured.query_ids[place]
    ranking = measurement.run.of(query_id)

    def shown(doc_id: str, rank: int | None) -> ExampleHit:
        item = items.get(doc_id, CorpusItem(doc_id, "", ""))
        text = measurement.passages.get((query_id, doc_id), item.text)
        return ExampleHit(rank, doc_id, item.title, excerpt(text), grades.get(doc_id))

    ranks = {doc_id: rank for rank, doc_id in enumerate(ranking, start=1)}
    relevant = sorted(
        (doc_id for doc_id, grade in grades.items() if grade > 0 and doc_id not in ranking[:HITS]),
        key=lambda doc_id: (-grades[doc_id], ranks.get(doc_id, len(ranks) + 1)),
    )
    return ExampleSide(
        {name: float(values[place]) for name, values in measurement.measured.values.items()},
        tuple(shown(doc_id, ranks[doc_id]) for doc_id in ranking[:HITS]),
        tuple(shown(doc_id, ranks.get(doc_id)) for doc_id in relevant[:MISSED]),
    )
