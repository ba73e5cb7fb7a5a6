"""Measures of a run against judgements, by ir_measures, for every judged query.

| measure | a query's value |
|---|---|
| ``nDCG@10`` | gain (the grade) of the first ten, discounted by rank, over the best possible |
| ``R@100`` | share of the relevant documents that are among the first hundred |
| ``RR@10`` | 1 / rank of the first relevant document, 0 when it is not among the first ten |
| ``P@5`` | relevant documents among the first five, over five |
| ``Judged@10`` | share of the first ten hits that have a judgement |

Relevant means a grade of 1 or more; a negative grade is judged and gains nothing. A judged
query for which nothing was found counts with 0 in all of them, Judged@10 included; so does a
query without a relevant document in all but Judged@10. `unjudged_share` is the figure that
looks at hits only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import RR, Judged, P, Qrel, R, ScoredDoc, nDCG

from eval.runs import Run

MEASURES = (nDCG @ 10, R @ 100, RR @ 10, P @ 5, Judged @ 10)
NAMES = tuple(str(measure) for measure in MEASURES)
MAIN = "nDCG@10"  # what queries are sorted by when one figure has to do
DEPTH = 100  # documents a query; R@100 needs as many

# Shape (queries,).
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A run's values: ``values[measure]`` has shape (queries,), in the order of ``query_ids``."""

    query_ids: tuple[str, ...]
    values: dict[str, Values]

    def mean(self, measure: str) -> float:
        return float(self.values[measure].mean())

    def means(self) -> dict[str, float]:
        """Return the mean of every measure over all queries, unrounded."""
        return {measure: self.mean(measure) for measure in self.values}


def measure(qrels: Sequence[Qrel], run: Run) -> Measured:
    """Measure a run for each judged query, in the order in which the qrels first name them."""
    places = {
        query_id: place
        for place, query_id in enumerate(dict.fromkeys(qrel.query_id for qrel in qrels))
    }
    values = {name: np.zeros(len(places)) for name in NAMES}
    judged = [qrel._replace(relevance=max(qrel.relevance, 0)) for qrel in qrels]
    for metric in ir_measures.iter_calc(MEASURES, judged, _scored(run, places)):
        values[str(metric.measure)][places[metric.query_id]] = metric.value
    return Measured(tuple(places), values)


def unjudged_share(qrels: Sequence[Qrel], run: Run, *, depth: int = 10) -> float:
    """Return the share of the first hits of all judged queries that nobody judged; 0 if none."""
    judged = {(qrel.query_id, qrel.doc_id) for qrel in qrels}
    hits = [
        (query_id, doc_id)
        for query_id in dict.fromkeys(qrel.query_id for qrel in qrels)
        for doc_id in run.of(query_id)[:depth]
    ]
    return sum(hit not in judged for hit in hits) / len(hits) if hits else 0.0


def _scored(run: Run, query_ids: Iterable[str]) -> list[ScoredDoc]:
    """Return the run with scores that fall strictly, so that no measure meets a tie."""
    return [
        ScoredDoc(query_id, doc_id, -float(rank))
        for query_id in query_ids
        for rank, doc_id in enumerate(run.of(query_id), start=1)
    ]
