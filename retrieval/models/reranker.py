"""What a reranker is: a slower reader of a query and a text together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from retrieval.types import Scores


class Reranker(Protocol):
    """Reads a query and texts together."""

    def opinions(self, query: str, texts: Sequence[str]) -> Scores:
        """Return how well each text answers the query, 0..1, shape ``(len(texts),)``.

        An opinion depends on the query and its own text alone.
        """

    def warm(self) -> None:
        """Do now what the first query would otherwise wait for."""
