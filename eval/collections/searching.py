"""Queries through the product's own searcher: the run, the passages that were shown, the times."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.collections.collection import JudgedQuery
from eval.measures import DEPTH, Values
from eval.runs import Run
from indexer.changes import Progress
from retrieval.errors import EmptyQuery
from retrieval.search.searcher import MAX_QUERY_CHARACTERS, Searcher
from retrieval.types import Hit, Query

# Passages kept a query, for reports: its first hits.
SHOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What a searcher found for each query.

    ``passages`` has the passage shown for (query id, document id) of the first `SHOWN`
    hits; ``milliseconds`` the time of each search that was made, for ``DEPTH`` hits.
    """

    run: Run
    passages: Mapping[tuple[str, str], str]
    milliseconds: Values
    notes: tuple[str, ...]

    def percentile(self, share: float) -> float:
        """Return the time in milliseconds that ``share`` percent of the searches stay under."""
        return float(np.percentile(self.milliseconds, share)) if len(self.milliseconds) else 0.0


def search_all(
    queries: Sequence[JudgedQuery],
    searcher: Searcher,
    *,
    rerank: bool | None,
    tag: str,
    progress: Progress,
) -> Searched:
    """Search every query one after another.

    A query without a letter or digit finds nothing; one that is longer than the searcher
    takes is cut. Both are told.
    """
    rankings: dict[str, tuple[str, ...]] = {}
    passages: dict[tuple[str, str], str] = {}
    milliseconds: list[float] = []
    for done, query in enumerate(queries):
        progress("Searching", done, len(queries))
        started = time.perf_counter()
        hits = _hits(query.text, searcher, rerank=rerank)
        if hits is not None:
            milliseconds.append((time.perf_counter() - started) * 1000)
        rankings[query.query_id] = tuple(hit.source.doc_id for hit in hits or ())
        for hit in (hits or ())[:SHOWN]:
            passages[query.query_id, hit.source.doc_id] = hit.passage.text
    progress("Searching", len(queries), len(queries))
    return Searched(
        Run(tag, rankings),
        passages,
        np.array(milliseconds),
        tuple(_notes(queries, unsearched=len(queries) - len(milliseconds))),
    )


def _hits(text: str, searcher: Searcher, *, rerank: bool | None) -> tuple[Hit, ...] | None:
    """Return what is found, or None for a query that has nothing to search for."""
    try:
        query = Query(text[:MAX_QUERY_CHARACTERS], k=DEPTH, rerank=rerank)
        return searcher.search(query).hits
    except EmptyQuery:
        return None


def _notes(queries: Sequence[JudgedQuery], *, unsearched: int) -> Iterator[str]:
    if unsearched:
        yield f"queries without a letter or digit, which find nothing and count 0: {unsearched}"
    if cut := sum(len(query.text) > MAX_QUERY_CHARACTERS for query in queries):
        yield f"queries cut at {MAX_QUERY_CHARACTERS} characters: {cut}"
