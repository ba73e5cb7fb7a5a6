"""Reranking: a slower reader's opinion on the best candidates, blended into their scores.

A cross-encoder reads the query and a text together. Its opinion never replaces the first
stage's score: a general reranker alone hurts where questions are long claims (SciFact), and
helps most where they are short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np

from retrieval.index.snapshot import Rows, Snapshot
from retrieval.search.candidates import Candidates
from retrieval.search.weights import Tuning
from retrieval.types import Scores


def worth_reading(
    candidates: Candidates, scores: Scores, *, tuning: Tuning, snapshot: Snapshot
) -> Rows:
    """Return the places of the candidates to read, best first: few of any one trial."""
    order = np.lexsort((candidates.rows, -scores))
    return np.fromiter(
        islice(_spread(order, candidates, tuning, snapshot), tuning.rerank_depth), dtype=np.int64
    )


def readable(row: int, snapshot: Snapshot) -> str:
    """Return what a reranker reads of a chunk: its title, section and text."""
    place = snapshot.places[row]
    title = snapshot.cards[snapshot.documents[row]].source.title
    text = snapshot.catalogue.slice(place.doc_id, place.start, place.end)
    return f"{title}. {place.section}: {text}"


def _spread(
    order: Rows, candidates: Candidates, tuning: Tuning, snapshot: Snapshot
) -> Iterator[int]:
    """Yield places in order, passing over a trial that has had its share."""
    shares: Counter[str] = Counter()
    for place in order.tolist():
        ordinal = snapshot.documents[candidates.rows[place]]
        trial_id = snapshot.cards[ordinal].source.trial_id
        shares[trial_id] += 1
        if shares[trial_id] <= tuning.rerank_per_trial:
            yield place
