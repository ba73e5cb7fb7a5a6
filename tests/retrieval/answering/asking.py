"""Asking one route of a small made-up index; no trial, effect or number in it is real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.lines.terms import Terms
from retrieval.answering.types import Question, Routed
from retrieval.index.live import LiveIndex
from retrieval.language.compounds import load_ladder
from retrieval.models.line_ranker import load_line_ranker
from retrieval.search.searcher import Searcher
from retrieval.types import Query
from tests.corpus import index
from tests.fakes import HashingEmbedder

Study = dict[str, Any]
Drafting = Callable[[Evidence, Routed], Draft]

ARMS = ("Blue Drug Arm", "Placebo Arm", "Blue Drug 2")


class Asker:
    """An index of some files, asked route by route."""

    def __init__(self, paths: list[Path], folder: Path) -> None:
        self.embedder = HashingEmbedder()
        index(paths, folder, self.embedder)
        self.live = LiveIndex.open(folder, self.embedder.recipe)

    def draft(self, route: Drafting, text: str, *, fields: tuple[str, ...] = ()) -> Draft:
        """Return what a route says; every quote is held against its document first."""
        ladder = load_ladder()
        ranking = Searcher(self.live, self.embedder, ladder).search(Query(text, k=8))
        exact = [h.source.trial_id for h in ranking.hits if "exact" in h.explanation.boosts]
        ids = [trial for trial in ranking.understood.trial_ids if trial in exact]
        named = dict.fromkeys((*ids, *exact))
        with self.live.lease() as snapshot:
            evidence = Evidence(
                question=Question(text),
                ranking=ranking,
                named=tuple(named),
                named_by="id" if named else "",
                snapshot=snapshot,
                ladder=ladder,
                embedder=self.embedder,
                reranker=None,
                line_ranker=load_line_ranker(),
                line_reader=None,
                terms=Terms(self.embedder),
            )
            draft = route(evidence, Routed("safety", "", fields))
            assert_verbatim(draft, evidence)
            return draft


def assert_verbatim(draft: Draft, evidence: Evidence) -> None:
    """Check each citation of a draft against the text of its document."""
    cells = [cell for table in draft.tables for row in table.rows for cell in row]
    cells += [note for table in draft.tables for note in table.notes]
    cited = [cell.citation for cell in cells if cell.citation]
    for citation in (*cited, *(one for claim in draft.claims for one in claim.citations)):
        document = evidence.document(citation.source.doc_id)
        assert document.text[citation.start : citation.end] == citation.quote
        assert document.version == citation.source.version


def posted(record: Study) -> Study:
    """Give a made-up record posted results with three arms, serious and other events."""
    groups = [
        {
            "id": f"EG00{n}",
            "title": title,
            "description": f"An invented arm, number {n}",
            "seriousNumAffected": n,
            "seriousNumAtRisk": 20,
            "otherNumAffected": n + 4,
            "otherNumAtRisk": 21,
        }
        for n, title in enumerate(ARMS)
    ]
    module = {
        "frequencyThreshold": "5",
        "timeFrame": "12 invented weeks",
        "eventGroups": groups,
        "seriousEvents": [event("Back pain", 1, 20), event("Sepsis", 2, 20)],
        "otherEvents": [event("Pain", 3, 21), event("Nausea", 0, 0), event("Sepsis", 5, 21)],
    }
    return record | {"hasResults": True, "resultsSection": {"adverseEventsModule": module}}


def event(term: str, affected: int, at_risk: int) -> Study:
    """Return a made-up event that the third arm does not report."""
    stats = [
        {"groupId": f"EG00{n}", "numAffected": affected + n * bool(affected), "numAtRisk": at_risk}
        for n in range(2)
    ]
    return {"term": term, "organSystem": "Invented disorders", "stats": stats}


def with_protocol(record: Study, **modules: Study) -> Study:
    """Return a copy of a record with some modules of its protocol replaced."""
    return record | {"protocolSection": record["protocolSection"] | modules}
