"""Pseudo-relevance feedback: a long query's vector, moved towards what it finds first.

A case history says much beside its point, and one vector for all of it is vague. The first
documents of both arms together are mostly right about the point.
"""

from __future__ import annotations

import numpy as np

from retrieval.index.snapshot import Snapshot
from retrieval.search.candidates import Candidates
from retrieval.search.scoring import fuse
from retrieval.search.weights import Tuning
from retrieval.types import Vector


def fed_back(
    vector: Vector, candidates: Candidates, *, tuning: Tuning, snapshot: Snapshot
) -> Vector:
    """Return the query's unit vector, moved towards the best chunks of the first documents."""
    order = np.argsort(-fuse(candidates, tuning), kind="stable")
    rows = candidates.rows[order]
    _, first = np.unique(snapshot.documents[rows], return_index=True)
    best = rows[np.sort(first)[: tuning.feedback_documents]]
    moved = vector + tuning.feedback * snapshot.matrix[best].mean(axis=0)
    unit: Vector = (moved / np.linalg.norm(moved)).astype(np.float32)
    return unit
