"""What the commands report on: a test collection (``beir``), or two run files (``compare``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from eval.collections.beir import BeirReport
from eval.collections.collection import CollectionError, find_file, read_queries
from eval.compare import Comparison, Side
from eval.measures import DEPTH
from eval.report.examples import Measurement, Texts
from eval.report.write import Subject

if TYPE_CHECKING:
    from ir_measures import Qrel

Facts = Mapping[str, object]


def beir_subject(beir: BeirReport, settings: Facts) -> Subject:
    """Return a test collection's subject; with a baseline, the difference from it (A)."""
    collection, searched, comparison = beir.collection, beir.searched, beir.comparison
    measurements = [Measurement(str(beir.run_file), searched.run, beir.measured, searched.passages)]
    if beir.baseline is not None and comparison is not None:
        name, run = beir.baseline.name, beir.baseline.run
        measurements.insert(0, Measurement(name, run, comparison.measured_a, {}))
    queries = {query.query_id: query.text for query in collection.queries}
    return Subject(
        title=f"{beir.task.folder.resolve().name}, {beir.task.profile} profile",
        measurements=tuple(measurements),
        comparison=comparison,
        qrels=collection.qrels,
        texts=Texts(queries, collection.corpus),
        facts={
            "Collection": {
                "folder": str(beir.task.folder),
                "documents": beir.counts.documents,
                "chunks": beir.counts.chunks,
                "judged documents not in it": collection.unknown_documents,
                **_judgements(collection.qrels),
            },
            "Speed": _speed(beir),
            "Index": _recipe(beir),
            "Settings": {"profile": beir.task.profile, **settings},
        },
        notes=beir.notes,
    )


def comparison_subject(
    comparison: Comparison, a: Side, b: Side, *, qrels: tuple[Qrel, ...], judgements: Path
) -> Subject:
    """Return the subject of two runs; texts come from the collection beside the judgements.

    That is the folder of their file, or the one above it, if it has queries and a corpus.
    """
    return Subject(
        title=f"{Path(b.name).stem} against {Path(a.name).stem}",
        measurements=(
            Measurement(a.name, a.run, comparison.measured_a, {}),
            Measurement(b.name, b.run, comparison.measured_b, {}),
        ),
        comparison=comparison,
        qrels=qrels,
        texts=_texts_beside(judgements),
        facts={
            "Runs": {"A": a.name, "tag of A": a.run.tag, "B": b.name, "tag of B": b.run.tag},
            "Judgements": {"file": str(judgements), **_judgements(qrels)},
        },
        notes=comparison.notes,
    )


def _judgements(qrels: Sequence[Qrel]) -> Facts:
    grades = Counter(qrel.relevance for qrel in qrels)
    return {
        "judged queries": len({qrel.query_id for qrel in qrels}),
        "judgements": len(qrels),
        **{f"of grade {grade}": grades[grade] for grade in sorted(grades)},
    }


def _speed(beir: BeirReport) -> Facts:
    return {
        "indexing, seconds": round(beir.index_seconds, 2),
        "all searches, seconds": round(beir.search_seconds, 2),
        f"one search of {DEPTH} hits, median ms": round(beir.searched.percentile(50), 1),
        f"one search of {DEPTH} hits, 95th percentile ms": round(beir.searched.percentile(95), 1),
    }


def _recipe(beir: BeirReport) -> Facts:
    recipe = asdict(beir.recipe)
    embedder = recipe.pop("embedder")
    return {**{f"embedder {name}": value for name, value in embedder.items()}, **recipe}


def _texts_beside(judgements: Path) -> Texts:
    for folder in (judgements.absolute().parent, judgements.absolute().parent.parent):
        try:
            corpus = find_file(folder, "corpus.jsonl")
            find_file(folder, "queries.jsonl")
        except CollectionError:
            continue
        return Texts({query.query_id: query.text for query in read_queries(folder)}, corpus)
    return Texts({}, None)
