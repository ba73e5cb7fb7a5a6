"""Runs a test collection through the product's own searcher, writes the run, then measures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ir_measures
from ir_measures import RR, R, ScoredDoc, nDCG

from eval.collections import Collection, JudgedQuery, read_collection
from indexer.build import BuildSettings, build
from indexer.changes import Progress
from retrieval.compounds import Ladder
from retrieval.embedder import Embedder
from retrieval.errors import EmptyQuery
from retrieval.live import LiveIndex
from retrieval.searcher import MAX_QUERY_CHARACTERS, Searcher
from retrieval.types import Query

MEASURES = (nDCG @ 10, R @ 100, RR @ 10)
DEPTH = 100  # documents a query; R@100 needs as many
TAG = "peptide-evidence-search"


@dataclass(frozen=True, slots=True)
class BeirReport:
    """What one collection came to; ``measures`` are means over all judged queries."""

    measures: dict[str, float]
    queries: int
    documents: int
    chunks: int
    qrels: int
    unknown_documents: int
    index_seconds: float
    search_seconds: float
    run_file: str

    def values(self) -> dict[str, Any]:
        """Return the measures by name, beside the counts and seconds."""
        values = asdict(self)
        return {**values.pop("measures"), **values}

    def table(self) -> str:
        """Return the figures as aligned lines."""
        return "\n".join(f"{name:<18} {_shown(value)}" for name, value in self.values().items())


def run_beir(
    folder: Path,
    settings: BuildSettings,
    *,
    embedder: Embedder,
    ladder: Ladder,
    progress: Progress,
) -> BeirReport:
    """Index a collection's corpus, search its queries and measure the run.

    ``settings`` must have `read_corpus` as its reader. The index stays in their folder: a
    second run of the same corpus embeds nothing. Raises `CollectionError`, or what a build
    raises.
    """
    collection = read_collection(folder)
    started = time.perf_counter()
    report = build(
        [collection.corpus], settings, embedder=embedder, ladder=ladder, progress=progress
    )
    indexed = time.perf_counter()
    live = LiveIndex.open(settings.index_dir, embedder.recipe)
    try:
        run = list(_run(collection, Searcher(live, embedder, ladder), progress))
    finally:
        live.close()
    searched = time.perf_counter()
    run_file = write_run(run, settings.index_dir.with_suffix(".run"))
    return BeirReport(
        measures=measure(collection, run),
        queries=len(collection.queries),
        documents=report.counts.documents,
        chunks=report.counts.chunks,
        qrels=len(collection.qrels),
        unknown_documents=collection.unknown_documents,
        index_seconds=round(indexed - started, 2),
        search_seconds=round(searched - indexed, 2),
        run_file=str(run_file),
    )


def measure(collection: Collection, run: list[ScoredDoc]) -> dict[str, float]:
    """Return the mean of each measure over all judged queries, found for or not."""
    means = ir_measures.calc_aggregate(MEASURES, collection.qrels, run)
    return {str(name): round(float(value), 4) for name, value in means.items()}


def write_run(run: list[ScoredDoc], path: Path) -> Path:
    """Write a run in TREC form: ``query-id Q0 doc-id rank score tag``."""
    ranks: dict[str, int] = {}
    lines = []
    for item in run:
        ranks[item.query_id] = ranks.get(item.query_id, 0) + 1
        rank = ranks[item.query_id]
        lines.append(f"{item.query_id} Q0 {item.doc_id} {rank} {item.score:.6f} {TAG}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _run(collection: Collection, searcher: Searcher, progress: Progress) -> Iterator[ScoredDoc]:
    total = len(collection.queries)
    for done, query in enumerate(collection.queries):
        progress("Searching", done, total)
        yield from _found(query, searcher)
    progress("Searching", total, total)


def _found(query: JudgedQuery, searcher: Searcher) -> Iterator[ScoredDoc]:
    """Yield the documents found for a query; scores fall strictly, so that ties keep our order."""
    try:
        ranking = searcher.search(Query(query.text[:MAX_QUERY_CHARACTERS], k=DEPTH))
    except EmptyQuery:
        return
    for hit in ranking.hits:
        yield ScoredDoc(query.query_id, hit.source.doc_id, 1 - hit.rank / (DEPTH + 1))


def _shown(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
