"""Candidates: the chunks that any arm finds for a query, with what each arm says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.index.columns import Selection
from retrieval.index.lexical import LexicalHits
from retrieval.index.snapshot import Rows, Snapshot
from retrieval.search.subject import Subject
from retrieval.types import ArmScore, Scores, Vector

# Chunks per arm before fusion, and documents of the lexical arm. The same for every `k`, so that
# asking for more hits does not order the first ones anew: where they do not give enough trials,
# those of the next depth follow below. A long description begins with the second: it resembles
# many trials a little (18 of TREC 2021's patients, nDCG@10: 0.537 with the first, 0.598 with the
# second, 0.590 with 1,000; the golden set: 0.913, and 0.910 with 200).
DEPTHS = (50, 500, 5_000)
# Titles and headers are the same for all chunks of a document: the document's index has them.
CHUNK_FIELDS = ("text",)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The chunks that either arm found, parallel arrays of shape ``(n,)``.

    ``lexical``, ``document`` and ``dense`` are raw scores: of the chunk's words, of its whole
    document's words, and its cosine. A chunk or document that the lexical arm did not find
    has score 0. Ranks count from 1; 0 means that the arm did not find the chunk.
    ``horizon`` is the cosine of the last chunk that the dense arm found.
    """

    rows: Rows
    lexical: Scores
    document: Scores
    dense: Scores
    lexical_ranks: Rows
    dense_ranks: Rows
    horizon: float

    def lexical_of(self, place: int) -> ArmScore | None:
        return _arm_score(self.lexical_ranks[place], self.lexical[place])

    def dense_of(self, place: int) -> ArmScore | None:
        return _arm_score(self.dense_ranks[place], self.dense[place])


@dataclass(frozen=True, slots=True)
class Probe:
    """What the arms are asked: words, other names for them by groups, the query's vector.

    ``depth`` is how many chunks, and documents, each arm returns.
    """

    text: str
    names: Sequence[Sequence[str]]
    vector: Vector
    depth: int


def gather(
    probe: Probe,
    *,
    documents: LexicalHits,
    subject: Subject,
    selection: Selection,
    snapshot: Snapshot,
) -> Candidates:
    """Return what both arms find under a selection, with the chunks that must not be missed.

    ``documents`` are what the lexical arm found among whole documents of the selection. Every
    candidate gets its exact cosine, whichever arm found it.
    """
    vector, depth = probe.vector, probe.depth
    nearest = snapshot.nearest(vector, k=depth, selection=selection)
    allowed = None if selection.everything else selection.chunks
    chunks = snapshot.lexical.search(
        probe.text, k=depth, names=probe.names, allowed=allowed, fields=CHUNK_FIELDS
    )
    due = _due(subject, selection=selection, snapshot=snapshot)
    if len(due) > depth:
        due = snapshot.exact(vector, due, k=depth)
    pinned = snapshot.rows_of(np.flatnonzero(subject.exact))
    beside = np.concatenate([_nearest_of_each(documents.rows, vector, snapshot), pinned])
    beside = beside[selection.chunks[beside]]
    rows = np.unique(np.concatenate([nearest, chunks.rows, due, beside]))
    by_document = np.zeros(len(snapshot.cards), dtype=np.float32)
    by_document[documents.rows] = documents.scores
    dense = snapshot.similarities(vector, rows)
    return Candidates(
        rows=rows,
        lexical=_spread(chunks, rows),
        document=by_document[snapshot.documents[rows]],
        dense=dense,
        lexical_ranks=_ranks(rows, chunks.rows),
        dense_ranks=_ranks(rows, nearest),
        horizon=float(dense[np.searchsorted(rows, nearest)].min(initial=1.0)),
    )


def among(rows: Rows, text: str, vector: Vector, snapshot: Snapshot) -> Candidates:
    """Return what both arms say of the given rows alone, for a text and its vector."""
    allowed = np.zeros(len(snapshot.places), dtype=np.bool_)
    allowed[rows] = True
    chunks = snapshot.lexical.search(text, k=len(rows), allowed=allowed)
    dense = snapshot.similarities(vector, rows)
    return Candidates(
        rows=rows,
        lexical=_spread(chunks, rows),
        document=np.zeros(len(rows), dtype=np.float32),
        dense=dense,
        lexical_ranks=_ranks(rows, chunks.rows),
        dense_ranks=np.zeros(len(rows), dtype=np.int64),
        horizon=float(dense.min(initial=1.0)),
    )


def _due(subject: Subject, *, selection: Selection, snapshot: Snapshot) -> Rows:
    """Return the selected chunks about the named compounds.

    For a safety question they are those that speak of safety, where there are any.
    """
    if not subject.named:
        return np.empty(0, dtype=np.int64)
    about = (subject.about_compounds | subject.about_relatives)[snapshot.documents]
    about &= selection.chunks
    telling = about & snapshot.speaks_of_safety
    if subject.understood.intent == "safety" and telling.any():
        return np.flatnonzero(telling)
    return np.flatnonzero(about)


def _nearest_of_each(ordinals: Rows, vector: Vector, snapshot: Snapshot) -> Rows:
    """Return, of each of these documents, the chunk nearest to the query."""
    if not len(ordinals):
        return np.empty(0, dtype=np.int64)
    rows = snapshot.rows_of(ordinals)
    owners = snapshot.documents[rows]
    order = np.lexsort((-snapshot.similarities(vector, rows), owners))
    _, first = np.unique(owners[order], return_index=True)
    return rows[order[first]]


def _spread(hits: LexicalHits, rows: Rows) -> Scores:
    """Return the hits' scores at their places among ``rows``, elsewhere zero."""
    scores = np.zeros(len(rows), dtype=np.float32)
    scores[np.searchsorted(rows, hits.rows)] = hits.scores
    return scores


def _ranks(rows: Rows, found: Rows) -> Rows:
    ranks = np.zeros(len(rows), dtype=np.int64)
    ranks[np.searchsorted(rows, found)] = np.arange(1, len(found) + 1)
    return ranks


def _arm_score(rank: int, score: float) -> ArmScore | None:
    return ArmScore(int(rank), round(float(score), 6)) if rank else None
