"""Fusion and tiers keep their order for any scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from retrieval.search.candidates import Candidates
from retrieval.search.scoring import Tier, blend, fuse, lift, settle
from retrieval.search.tiers import COMPOUND, EXACT, FAMILY_IN_SAFETY, REPORTED_SAFETY
from retrieval.search.weights import DEFAULT

scores = arrays.arrays(np.float32, st.integers(1, 20), elements=st.floats(0, 30, width=32))


def candidates(lexical, document, dense, *, horizon=0.0):
    ranks = np.ones(len(lexical), dtype=np.int64)
    rows = np.arange(len(lexical))
    return Candidates(rows, lexical, document, dense, ranks, ranks, horizon)


@given(lexical=scores, document=scores, dense=scores, horizon=st.floats(-1, 40))
def test_fused_scores_stay_within_bounds(lexical, document, dense, horizon):
    """Whatever the arms say, the fused score is a finite number in 0..1."""
    n = min(len(lexical), len(document), len(dense))
    fused = fuse(candidates(lexical[:n], document[:n], dense[:n], horizon=horizon), DEFAULT)
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
        Tier("compound family", FAMILY_IN_SAFETY, family),
        Tier("reported safety", REPORTED_SAFETY, safety),
    )
    lifted = lift(fused, tiers, wholly=compound | family).scores
    assert lifted[0] > max(lifted[1:])
    assert lifted[2] >= lifted[1]
    assert lifted[1] >= max(lifted[3:])
    assert (lifted <= 1.0001).all()


def test_equal_dense_scores_tell_nothing_apart():
    """A flat arm does not divide by zero."""
    nothing, flat = np.zeros(3, np.float32), np.full(3, 0.5, np.float32)
    fused = fuse(candidates(nothing, nothing, flat, horizon=0.5), DEFAULT)
    assert (fused == 1).all()


def test_an_arm_that_found_nothing_leaves_its_weight_to_the_others():
    """A query whose words nothing has is ranked by meaning alone, in the whole range."""
    nothing, dense = np.zeros(3, np.float32), np.array([0.9, 0.6, 0.3], np.float32)
    fused = fuse(candidates(nothing, nothing, dense, horizon=0.3), DEFAULT)
    assert np.allclose(fused, [1.0, 0.5, 0.0])


def test_a_documents_words_count_for_each_of_its_chunks():
    """Of two chunks alike, the one whose document has more of the query's words comes first."""
    same, document = np.full(2, 0.5, np.float32), np.array([1.0, 3.0], np.float32)
    fused = fuse(candidates(same, document, same), DEFAULT)
    assert fused[1] > fused[0]


@given(
    fused=arrays.arrays(np.float32, 8, elements=st.floats(0, 1, width=32)),
    opinions=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_what_the_reranker_did_not_read_never_rises(fused, opinions):
    """Blending keeps the order of unread candidates, and none passes one that was read above it."""
    read = dict(zip(np.argsort(-fused)[:3].tolist(), opinions, strict=True))
    blended = blend(fused, read, weight=0.8)
    unread = [place for place in range(8) if place not in read]
    for place in unread:
        assert all(blended[place] <= blended[first] + 1e-6 for first in read)
        assert all((blended[place] < blended[o]) <= (fused[place] < fused[o]) for o in unread)
    assert ((blended >= 0) & (blended <= 1.0001)).all()


@given(
    fused=arrays.arrays(np.float32, 12, elements=st.floats(0, 1, width=32)),
    extra=arrays.arrays(np.float32, 12, elements=st.floats(0.125, 2, width=32)),
    trials=arrays.arrays(np.int64, 12, elements=st.integers(0, 4)),
)
def test_settling_keeps_each_trial_and_orders_its_chunks_by_preference(fused, extra, trials):
    """A trial's best score stays its best fused one; which chunk has it, preference decides."""
    preference = fused + extra
    settled = settle(fused, preference, trials)
    for trial in set(trials.tolist()):
        own = trials == trial
        assert settled[own].max() == np.float32(fused[own].max())
        assert settled[own][preference[own].argmax()] == settled[own].max()
        order = np.argsort(preference[own])
        assert (np.diff(settled[own][order]) >= -1e-6).all()
    assert (settled >= 0).all()


def test_settling_nothing_gives_nothing():
    """A query without candidates has no scores to settle."""
    empty = np.empty(0, np.float32)
    assert settle(empty, empty, np.empty(0, np.int64)).shape == (0,)
