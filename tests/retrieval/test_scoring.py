"""Fusion and tiers keep their order for any scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from retrieval.scoring import COMPOUND, EXACT, FAMILY, REPORTED_SAFETY, Candidates, Tier, fuse, lift

scores = arrays.arrays(np.float32, st.integers(1, 20), elements=st.floats(0, 30, width=32))


def candidates(lexical, dense):
    ranks = np.ones(len(lexical), dtype=np.int64)
    return Candidates(np.arange(len(lexical)), lexical, dense, ranks, ranks)


@given(lexical=scores, dense=scores)
def test_fused_scores_stay_within_bounds(lexical, dense):
    """Whatever the arms say, the fused score is a finite number in 0..1."""
    n = min(len(lexical), len(dense))
    fused = fuse(candidates(lexical[:n], dense[:n]))
    assert np.isfinite(fused).all()
    assert (fused >= 0).all()
    assert (fused <= 1.0001).all()


@given(fused=arrays.arrays(np.float32, 6, elements=st.floats(0, 1, width=32)))
def test_a_higher_tier_is_never_outranked(fused):
    """Exact beats the compound with all its boosts, which beats a relative with all of its."""
    exact, compound, family, safety = (np.zeros(6, dtype=bool) for _ in range(4))
    exact[0] = compound[1] = compound[2] = family[3] = True
    safety[2] = safety[3] = safety[4] = True
    tiers = (
        Tier("exact", EXACT, exact),
        Tier("compound", COMPOUND, compound),
        Tier("compound family", FAMILY, family),
        Tier("reported safety", REPORTED_SAFETY, safety),
    )
    lifted = lift(fused, tiers, wholly=compound | family).scores
    assert lifted[0] > max(lifted[1:])
    assert lifted[2] >= lifted[1]
    assert lifted[1] >= max(lifted[3:])
    assert (lifted <= 1.0001).all()


def test_equal_dense_scores_tell_nothing_apart():
    """A flat arm does not divide by zero."""
    fused = fuse(candidates(np.zeros(3, np.float32), np.full(3, 0.5, np.float32)))
    assert (fused == 1).all()
