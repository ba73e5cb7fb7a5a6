"""Queries with judgements, and what rankings are worth to them: by passages, or by documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from eval.collections.collection import Collection
from eval.golden.gains import DEPTH as PASSAGES
from eval.golden.gains import judged_hits, measured, qrels_of, run_of
from eval.golden.questions import JudgedQuestion
from eval.measures import DEPTH as DOCUMENTS
from eval.measures import MAIN, Measured, measure
from eval.runs import Run
from eval.sampling import sampled
from retrieval.search.searcher import MAX_QUERY_CHARACTERS
from retrieval.types import Hit, Query

if TYPE_CHECKING:
    from ir_measures import Qrel

Rankings = Mapping[str, Sequence[Hit]]


class JudgedSet(Protocol):
    """Queries by id, the two measures that a table shows of them, and their judgements."""

    @property
    def name(self) -> str: ...
    @property
    def queries(self) -> Mapping[str, Query]: ...
    @property
    def measures(self) -> tuple[str, str]: ...
    @property
    def qrels(self) -> tuple[Qrel, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def run(self, rankings: Rankings, *, tag: str) -> Run:
        """Return rankings by query id as a run of judged ids."""

    def measured(self, run: Run) -> Measured:
        """Measure a run for every query."""


class JudgedPassages:
    """Questions of which each passage is judged; they must have an answer (`eval.golden.gains`)."""

    name = "golden"
    measures = (MAIN, "RR@10")
    notes = ()

    def __init__(self, questions: Sequence[JudgedQuestion]) -> None:
        self._questions = questions
        asked = [each.question for each in questions]
        self.queries = {each.query_id: Query(each.text, each.filters, k=PASSAGES) for each in asked}
        self.qrels = qrels_of(questions)

    def run(self, rankings: Rankings, *, tag: str) -> Run:
        judged = {
            each.question.query_id: judged_hits(each, rankings[each.question.query_id])
            for each in self._questions
        }
        return run_of(judged, tag=tag)

    def measured(self, run: Run) -> Measured:
        return Measured(tuple(self.queries), measured(self._questions, run))


class JudgedDocuments:
    """The judged queries of a collection in BEIR form, or a sample of so many of them."""

    measures = (MAIN, "R@100")

    def __init__(self, collection: Collection, *, sample: int) -> None:
        self.name = collection.corpus.parent.name
        self.notes = collection.notes
        self.queries = {
            each.query_id: Query(each.text[:MAX_QUERY_CHARACTERS], k=DOCUMENTS)
            for each in sampled(collection.queries, sample)
        }
        self.qrels = tuple(each for each in collection.qrels if each.query_id in self.queries)

    def run(self, rankings: Rankings, *, tag: str) -> Run:
        found = {
            query_id: tuple(hit.source.doc_id for hit in hits)
            for query_id, hits in rankings.items()
        }
        return Run(tag, found)

    def measured(self, run: Run) -> Measured:
        return measure(self.qrels, run)
