"""What the report page of a golden run is about: its questions, judged hits and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from eval.golden.gains import qrels_of, run_of
from eval.golden.report import GoldenReport
from eval.measures import MAIN, Measured
from eval.report.examples import Measurement, Texts
from eval.report.write import Subject
from eval.runs import Run

if TYPE_CHECKING:
    from ir_measures import Qrel


def golden_subject(golden: GoldenReport, settings: Mapping[str, object]) -> Subject:
    """Return the subject of a golden run.

    A trial that gained is missed nowhere else, and one that did not is missed at its best
    grade, so the other grades of it are left out of the judgements.
    """
    answered, origin = golden.answered, golden.origin
    query_ids = tuple(item.question.query_id for item in answered)
    run = run_of({item.question.query_id: item.hits for item in answered}, tag=origin.profile)
    passages = {
        (item.question.query_id, hit.run_id): hit.hit.passage.text
        for item in answered
        for hit in item.hits
    }
    return Subject(
        title=f"{len(answered)} judged questions, {origin.profile} profile",
        measurements=(
            Measurement(
                golden.files.run, run, Measured(query_ids, dict(golden.measures)), passages
            ),
        ),
        comparison=None,
        qrels=tuple(_telling(qrels_of([item.judged for item in answered]), run)),
        texts=Texts({item.question.query_id: item.question.text for item in answered}, None),
        facts={
            "nDCG@10 by kind": {
                f"{kind}, {row['questions']} questions": f"{row[MAIN]:.4f}"
                for kind, row in golden.kinds().items()
            },
            "Speed": {
                "one search, median ms": f"{golden.percentile(50):.1f}",
                "one search, 95th percentile ms": f"{golden.percentile(95):.1f}",
            },
            "Index": {**asdict(origin.counts), **_flat(origin.recipe)},
            "Settings": {"profile": origin.profile, **settings},
        },
        notes=(*golden.honesty(), *golden.gate.lines()),
    )


def _telling(qrels: tuple[Qrel, ...], run: Run) -> Iterator[Qrel]:
    found = {query_id: set(ranking) for query_id, ranking in run.rankings.items()}
    best: dict[tuple[str, str], int] = {}
    gained = set()
    for qrel in qrels:
        trial = qrel.query_id, qrel.doc_id.partition("@")[0]
        best[trial] = max(best.get(trial, 0), qrel.relevance)
        if qrel.relevance and qrel.doc_id in found[qrel.query_id]:
            gained.add(trial)
    for qrel in qrels:
        trial = qrel.query_id, qrel.doc_id.partition("@")[0]
        missed = trial not in gained and qrel.relevance == best[trial]
        if not qrel.relevance or missed or qrel.doc_id in found[qrel.query_id]:
            yield qrel


def _flat(recipe: Mapping[str, Any]) -> dict[str, object]:
    parts = dict(recipe)
    embedder = parts.pop("embedder")
    return {**{f"embedder {name}": value for name, value in embedder.items()}, **parts}
