"""Fusion and boosts: from what two arms found to one score per chunk.

Fusion works on scores, not ranks: each arm's scores are brought to 0..1 over the candidates and
mixed by the weights of `retrieval.search.weights` (on SciFact test, with the bundled embedder
and half and half, nDCG@10 0.743 against 0.727 for reciprocal ranks). What the reranker says is
blended in, then come boosts: the tiers of `retrieval.search.tiers` on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retrieval.index.snapshot import Rows
from retrieval.search.candidates import Candidates
from retrieval.search.weights import Tuning
from retrieval.types import Scores

FLAT = 1e-9  # scores closer than this do not tell candidates apart

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tier:
    """A boost: its name, its worth, and which candidates have it, shape ``(n,)``."""

    name: str
    worth: float
    members: Mask


@dataclass(frozen=True, slots=True)
class Scored:
    """Final scores in 0..1, shape ``(n,)``, and the tiers that made them."""

    scores: Scores
    tiers: tuple[Tier, ...]

    def boosts_of(self, place: int) -> tuple[str, ...]:
        """Return the names of the tiers that a candidate stands in."""
        return tuple(tier.name for tier in self.tiers if tier.members[place])


def fuse(candidates: Candidates, tuning: Tuning) -> Scores:
    """Return one score per candidate in 0..1: what the arms say, scaled and mixed.

    Cosines are scaled from the dense arm's horizon to the best, lexical scores from zero to
    the best. An arm that found nothing leaves its weight to the others.
    """
    parts = (
        (tuning.dense, _scaled(candidates.dense, low=candidates.horizon)),
        (tuning.document, _scaled(candidates.document, low=0.0)),
        (tuning.chunk, _scaled(candidates.lexical, low=0.0)),
    )
    told = [(weight, scores) for weight, scores in parts if weight > 0 and scores.any()]
    if not told:
        return np.ones_like(candidates.dense)
    fused: Scores = sum(weight * scores for weight, scores in told)  # type: ignore[assignment]
    fused /= sum(weight for weight, _ in told)
    return fused


def settle(fused: Scores, preference: Scores, trials: Rows) -> Scores:
    """Return scores by which each trial stands where it stood and shows what is preferred.

    ``trials`` numbers the trial of each candidate. A trial's best score is its best fused one;
    which of its chunks has it, and how the others follow, is the order of ``preference`` (0 or
    more; where all are 0, all have it).
    """
    most, best = np.zeros(trials.max(initial=0) + 1), np.zeros(trials.max(initial=0) + 1)
    np.maximum.at(most, trials, fused)
    np.maximum.at(best, trials, preference)
    told = best[trials] > FLAT
    shares = np.where(told, preference / np.where(told, best[trials], 1.0), 1.0)
    settled: Scores = (most[trials] * shares).astype(np.float32)
    return settled


def blend(fused: Scores, opinions: Mapping[int, float], *, weight: float) -> Scores:
    """Mix a reranker's opinions, 0..1 by place, into the fused scores.

    Candidates that it did not read keep their order and stay below those they were below.
    """
    blended = fused.copy()
    for place, opinion in opinions.items():
        blended[place] += weight * opinion
    return blended / np.float32(1 + weight)


def lift(fused: Scores, tiers: tuple[Tier, ...], *, wholly: Mask) -> Scored:
    """Add the tiers and bring the sum back to 0..1.

    ``wholly`` marks the candidates that get a tier's full worth. The others (those that the
    question's compound does not vouch for) get it in the measure of their fused score, so
    that a stranger's reported harms do not pass for an answer.
    """
    total = fused.astype(np.float32)
    for tier in tiers:
        share = np.where(wholly, 1.0, fused) if tier.name != "exact" else 1.0
        total = total + np.where(tier.members, tier.worth * share, 0.0)
    most = 1.0 + sum(tier.worth for tier in tiers if tier.members.any())
    return Scored((total / most).astype(np.float32), tiers)


def _scaled(scores: Scores, *, low: float) -> Scores:
    """Bring scores to 0..1: ``low`` and less to 0, the best to 1."""
    low = min(low, float(scores.max(initial=low)))
    span = float(scores.max(initial=low)) - low
    if span < FLAT:
        return (scores > FLAT).astype(np.float32)
    scaled: Scores = np.clip((scores - low) / span, 0.0, 1.0).astype(np.float32)
    return scaled
