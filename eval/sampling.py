"""A sample by chance that is the same each time, for slow machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

SEED = 3

T = TypeVar("T")


def sampled(items: Sequence[T], count: int) -> tuple[T, ...]:
    """Return ``count`` items by chance, the same each time, in their order; 0: all."""
    if not 0 < count < len(items):
        return tuple(items)
    chosen = np.random.default_rng(SEED).choice(len(items), size=count, replace=False)
    return tuple(items[place] for place in sorted(chosen.tolist()))
