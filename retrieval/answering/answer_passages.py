"""The passages under an answer: first those that hold its quotes, then what the search found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from retrieval.answering.evidence import Evidence
from retrieval.answering.types import Citation, Claim
from retrieval.search.passages import passage_around
from retrieval.types import Hit, Passage, Ranking

MOST = 3  # passages that are put before the search's


def with_quoted_first(evidence: Evidence, claims: Sequence[Claim]) -> Ranking:
    """Return the ranking with the passages that hold the first claims before all others.

    As many hits as before, unless there were fewer than are put first; ranks count from 1.
    """
    ranking = evidence.ranking
    known = {hit.source.doc_id: hit for one in ranking.hits for hit in (*one.related, one)}
    quoted: dict[Passage, Hit] = {}
    for cited in (claim.citations[0] for claim in claims if claim.citations):
        hit = known.get(cited.source.doc_id)
        if hit is None or any(_holds(passage, cited) for passage in quoted):
            continue
        for passage in _passages(evidence, cited, ranking.hits):
            quoted[passage] = replace(hit, passage=passage, labels=cited.labels)
        if len(quoted) >= MOST:
            break
    others = [hit for hit in ranking.hits if hit.passage not in quoted]
    hits = [*quoted.values(), *others][: max(len(ranking.hits), len(quoted))]
    return replace(
        ranking, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))
    )


def _passages(evidence: Evidence, cited: Citation, hits: Sequence[Hit]) -> Iterator[Passage]:
    """Yield the passage that holds a citation: a hit's, else that of the chunk it stands in."""
    shown = next((hit.passage for hit in hits if _holds(hit.passage, cited)), None)
    if shown is not None:
        yield shown
        return
    snapshot = evidence.snapshot
    rows = np.flatnonzero(snapshot.documents == snapshot.ordinals[cited.source.doc_id]).tolist()
    for row in rows:
        place = snapshot.places[row]
        if place.start <= cited.start < place.end:
            yield passage_around(snapshot, row, {row: 1.0})
            return


def _holds(passage: Passage, cited: Citation) -> bool:
    inside = passage.start <= cited.start and cited.end <= passage.end
    return passage.doc_id == cited.source.doc_id and inside
