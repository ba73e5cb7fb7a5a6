"""The weights that a search turns on, in one place, so that an ablation can go without one.

The first stage's were chosen on SciFact's training claims and the golden set, those of passages
on the golden set, those of feedback on 18 of TREC 2021's patients; none by cross-validation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Weights of what is known of a chunk; those of the first stage add up to 1.

    ``dense`` weighs the chunk's cosine, ``document`` the lexical score of its whole document,
    ``chunk`` its own lexical score. ``rerank`` weighs the reranker's opinion beside that sum.
    """

    dense: float = 0.5
    document: float = 0.35
    chunk: float = 0.15
    rerank: float = 0.8
    rerank_passage: float = 0.8
    # Which of a trial's chunks is shown: the registry's words, the section that was asked for,
    # and anything but bare terms are each worth this much beside a fused score of 0..1.
    registry: float = 0.6
    section: float = 0.5
    overview: float = 0.2
    thin: float = 0.1
    # A long query's vector is moved by this much towards the best chunks of as many documents.
    feedback: float = 1.0
    feedback_documents: int = 3
    # Chunks that the reranker reads, and how many of them one trial may have.
    rerank_depth: int = 20
    rerank_per_trial: int = 3


DEFAULT = Tuning()
