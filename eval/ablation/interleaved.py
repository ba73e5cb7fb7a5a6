"""Several systems asked the same queries in one run, so that a busy machine is busy for all.

Query by query each system is asked once, and each time another one first. What is measured
is a caller's whole wait, embedding of the query included.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.ablation.variants import System
from eval.measures import Values
from indexer.changes import Progress
from retrieval.errors import EmptyQuery
from retrieval.types import Hit, Query


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A system's hits by query id, and its milliseconds, shape ``(queries,)``."""

    hits: Mapping[str, tuple[Hit, ...]]
    milliseconds: Values


def interleave(
    queries: Mapping[str, Query], systems: Mapping[str, System], *, what: str, progress: Progress
) -> dict[str, Asked]:
    """Ask every system every query; the first one beforehand once more, untimed.

    A query that has nothing to search for finds nothing. ``what`` names the queries in the
    progress.
    """
    names = tuple(systems)
    for name in names:
        _timed(systems[name], next(iter(queries.values())))
    hits: dict[str, dict[str, tuple[Hit, ...]]] = {name: {} for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn, (query_id, query) in enumerate(queries.items()):
        progress(f"Asking {what}", turn, len(queries))
        for name in rotated(names, turn):
            hits[name][query_id], milliseconds = _timed(systems[name], query)
            times[name].append(milliseconds)
    progress(f"Asking {what}", len(queries), len(queries))
    return {name: Asked(hits[name], np.array(times[name])) for name in names}


def rotated(names: Sequence[str], turn: int) -> Sequence[str]:
    """Return the names from another one on each turn."""
    first = turn % len(names)
    return [*names[first:], *names[:first]]


def _timed(system: System, query: Query) -> tuple[tuple[Hit, ...], float]:
    started = time.perf_counter()
    try:
        hits = system.search(query)
    except EmptyQuery:
        hits = ()
    return hits, 1000 * (time.perf_counter() - started)
