"""What posted values are about, by its meaning: "broke their tailbone" is near "Fractured coccyx".

A term's vector is made once and kept: the same terms stand in record after record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from retrieval.answering.lines.kinds import EVENTS, REPORTED
from retrieval.answering.lines.lines import Line
from retrieval.models.embedder import Embedder

KEPT = 4096  # vectors of terms, 1.5 kB each
NEAREST = 5
# Families of kinds: how likely one must be asked for, and how many of its lines are compared.
FAMILIES = ((EVENTS, 0.05, 160), (REPORTED, 0.15, 80))


class Terms:
    """The terms of records as vectors; one object serves every thread."""

    def __init__(self, embedder: Embedder) -> None:
        self._vector = lru_cache(maxsize=KEPT)(embedder.embed_query)

    def nearest(self, text: str, lines: Sequence[Line], kinds: Mapping[str, float]) -> list[int]:
        """Return the places of the lines about what is nearest in meaning to a question.

        ``kinds`` says how likely each kind is asked for; events and outcomes are looked at apart.
        """
        return [
            place for family in self._families(lines, kinds) for place in self._of(text, family)
        ]

    def _families(
        self, lines: Sequence[Line], kinds: Mapping[str, float]
    ) -> Iterator[dict[int, str]]:
        for family, least, most in FAMILIES:
            if sum(kinds.get(kind, 0.0) for kind in family) >= least:
                about = {n: one.about for n, one in enumerate(lines) if one.kind in family}
                yield dict([(n, term) for n, term in about.items() if term][:most])

    def _of(self, text: str, about: Mapping[int, str]) -> list[int]:
        if not about:
            return []
        places = list(about)
        vectors = np.array([self._vector(about[place]) for place in places])
        order = np.argsort(-(vectors @ self._vector(text)), kind="stable").tolist()
        return [places[at] for at in order[:NEAREST]]
