"""How sure a mean is, and whether two runs differ by more than chance, over the same queries.

Both resample the queries and assume nothing about how values are spread. Both are seeded:
the same values give the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SAMPLES = 10_000  # the smallest p a sampled test can give is 1 / (SAMPLES + 1)
LEVEL = 0.95
SEED = 3
# Up to 2**16 sign patterns are counted out; beyond, they are sampled.
EXACT_PAIRS = 16
# Values drawn at a time: 32 MB of them.
BLOCK = 4_000_000

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of a mean, at the level it was asked for."""

    low: float
    high: float


def bootstrap_interval(values: Values, *, level: float = LEVEL, seed: int = SEED) -> Interval:
    """Return the percentile bootstrap interval of the mean of ``values``, shape (n,), n > 0."""
    if not len(values):
        raise ValueError("the mean of no value has no interval")
    random = np.random.default_rng(seed)
    means = np.concatenate(
        [
            values[random.integers(len(values), size=(rows, len(values)))].mean(axis=1)
            for rows in _blocks(len(values))
        ]
    )
    outside = (1 - level) / 2
    low, high = np.quantile(means, [outside, 1 - outside])
    return Interval(float(low), float(high))


def paired_p(differences: Values, *, seed: int = SEED) -> float:
    """Return the two-sided p of a paired randomisation (sign-flip) test, shape (n,).

    The chance of a mean at least as far from zero if each query's difference could as well
    have had the other sign. Queries without a difference say nothing; with none left p is 1.
    """
    differences = differences[differences != 0]
    if len(differences) <= EXACT_PAIRS:
        return _exact_p(differences)
    observed = _threshold(differences)
    random = np.random.default_rng(seed)
    extreme = 0
    for rows in _blocks(len(differences)):
        flips = random.integers(2, size=(rows, len(differences)), dtype=np.int8)
        sums = differences.sum() - 2 * (flips @ differences)
        extreme += int((np.abs(sums) >= observed).sum())
    return (extreme + 1) / (SAMPLES + 1)


def _exact_p(differences: Values) -> float:
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    return float((np.abs(sums) >= _threshold(differences)).mean())


def _threshold(differences: Values) -> float:
    """Return the observed sum, less what adding in another order may lose."""
    return abs(float(differences.sum())) - 1e-10 * float(np.abs(differences).sum())


def _blocks(size: int) -> Iterator[int]:
    """Yield numbers of rows that add up to `SAMPLES` and keep a block of draws small."""
    rows = max(1, BLOCK // size)
    for start in range(0, SAMPLES, rows):
        yield min(rows, SAMPLES - start)
