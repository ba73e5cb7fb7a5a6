"""Intervals and p values, each against a closed form or a count by hand."""

from __future__ import annotations

from itertools import product
from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.significance import EXACT_PAIRS, SAMPLES, bootstrap_interval, paired_p

DIFFERENCES = st.lists(
    st.sampled_from([-1.0, -0.63, -0.1, 0.0, 0.1, 0.1 + 0.2, 0.3, 0.5, 1.0]), max_size=8
)


@given(differences=DIFFERENCES)
def test_few_pairs_are_counted_out(differences):
    """The p is the share of all sign patterns whose mean is as far from zero, or farther."""
    observed = abs(sum(differences))
    sums = [
        abs(sum(sign * each for sign, each in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    wanted = sum(each > observed - 1e-9 for each in sums) / len(sums)
    assert paired_p(np.array(differences)) == pytest.approx(wanted)


@pytest.mark.parametrize("wins", [30, 36, 40, 45])
def test_many_pairs_agree_with_the_sign_test(wins):
    """With differences of one size the test is the binomial one, which has a closed form."""
    n = 60
    differences = np.array([0.2] * wins + [-0.2] * (n - wins))
    far = abs(2 * wins - n)
    wanted = sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= far) / 2**n
    error = 4 * sqrt(wanted * (1 - wanted) / SAMPLES) + 2 / SAMPLES
    assert paired_p(differences) == pytest.approx(wanted, abs=error)


def test_a_p_is_two_sided_seeded_and_never_zero():
    """It does not care which run is named first, nor about queries without a difference."""
    random = np.random.default_rng(1)
    differences = random.normal(0.1, 0.5, size=3 * EXACT_PAIRS)
    assert paired_p(differences) == paired_p(differences) == paired_p(-differences)
    assert paired_p(np.concatenate([differences, np.zeros(50)])) == paired_p(differences)
    assert paired_p(np.zeros(4)) == paired_p(np.zeros(0)) == 1
    assert paired_p(np.ones(400)) == 1 / (SAMPLES + 1)


def test_sampled_and_counted_p_agree_where_they_meet():
    """One pair more than is counted out changes p by little more than its own weight."""
    random = np.random.default_rng(2)
    differences = random.normal(0.2, 0.5, size=EXACT_PAIRS)
    sampled = paired_p(np.append(differences, 1e-12))
    assert sampled == pytest.approx(paired_p(differences), abs=0.02)


def test_an_interval_has_the_width_of_the_normal_one():
    """For many values the bootstrap is the normal interval of the mean, to a few percent."""
    values = np.random.default_rng(5).uniform(size=900)
    interval = bootstrap_interval(values)
    half = NormalDist().inv_cdf(0.975) * values.std() / sqrt(len(values))
    assert interval.low == pytest.approx(values.mean() - half, abs=half / 10)
    assert interval.high == pytest.approx(values.mean() + half, abs=half / 10)


def test_an_interval_of_few_values_is_that_of_all_resamples():
    """Three values have 27 resamples; the quantiles of their means can be listed."""
    values = np.array([0.0, 0.5, 1.0])
    means = [np.mean(sample) for sample in product(values, repeat=3)]
    for level in (0.5, 0.8, 0.95):
        interval = bootstrap_interval(values, level=level)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


def test_an_interval_is_seeded_and_holds_still_without_spread():
    """Equal values leave no doubt; equal input gives equal figures; nothing has none."""
    values = np.random.default_rng(3).uniform(size=40)
    assert bootstrap_interval(values) == bootstrap_interval(values.copy())
    one = bootstrap_interval(np.full(5, 0.25))
    assert (one.low, one.high) == (0.25, 0.25)
    with pytest.raises(ValueError, match="no value"):
        bootstrap_interval(np.zeros(0))


def test_large_collections_are_resampled_in_blocks():
    """The blocks add up: the interval of more values than one block holds rows is as wide."""
    values = np.random.default_rng(4).uniform(size=5_000)
    interval = bootstrap_interval(values)
    half = 1.96 * values.std() / sqrt(len(values))
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.1)
