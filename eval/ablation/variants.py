"""The systems of an ablation: the product whole, the product without one of its parts.

Each leaves one thing out and keeps the rest as it is. A part that only scores is still
computed when its weight is zero, so what leaving it out saves does not show in the times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eval.models import Profile
from indexer.chunking import ChunkSize
from retrieval.index.headers import HEADER_TOKENS
from retrieval.models.embedder import Embedder, EmbedderRecipe
from retrieval.search.searcher import Searcher
from retrieval.search.weights import DEFAULT, Tuning
from retrieval.types import Hit, Query, Vector

LEXICAL = DEFAULT.document + DEFAULT.chunk

# What is left out of the first stage, by the tuning that goes without it.
FIRST_STAGE = {
    "without document-level words": replace(DEFAULT, document=0, chunk=LEXICAL),
    "without chunk-level words": replace(DEFAULT, document=LEXICAL, chunk=0),
    "without the lexical arm": replace(DEFAULT, document=0, chunk=0),
    "without the dense arm": replace(DEFAULT, dense=0),
    "without preferring the registry": replace(DEFAULT, registry=0),
    "without the asked section": replace(DEFAULT, section=0),
    "without preferring an overview": replace(DEFAULT, overview=0),
    "without passing over bare terms": replace(DEFAULT, thin=0),
    "without feedback for long questions": replace(DEFAULT, feedback=0),
}
RERANKING = {
    "reranker orders trials only": replace(DEFAULT, rerank_passage=0),
    "reranker chooses passages only": replace(DEFAULT, rerank=0),
}


class System(Protocol):
    """Whatever answers a query with ranked hits."""

    def search(self, query: Query) -> tuple[Hit, ...]:
        """Return at most ``query.k`` hits, best first."""


@dataclass(frozen=True, slots=True)
class Product:
    """The product's searcher, with or without reranking and understanding."""

    searcher: Searcher
    rerank: bool
    understand: bool = True

    def search(self, query: Query) -> tuple[Hit, ...]:
        """Search as the product does."""
        asked = replace(query, rerank=self.rerank, understand=self.understand)
        return self.searcher.search(asked).hits


@dataclass(frozen=True, slots=True)
class Variant:
    """How one row of the table searches an index of the product."""

    name: str
    rerank: bool
    tuning: Tuning = DEFAULT
    understand: bool = True


@dataclass(frozen=True, slots=True)
class IndexVariant:
    """A row whose index is built otherwise; ``wrap`` makes its embedder."""

    name: str
    slug: str
    size: ChunkSize
    wrap: Callable[[Embedder], Embedder]


def variants(profile: Profile) -> tuple[Variant, ...]:
    """Return the product's rows over its own index; the parts are left out of ``profile``."""
    rerank = profile == "best"
    whole = [Variant("fast", rerank=False)]
    without = dict(FIRST_STAGE)
    if rerank:
        whole.append(Variant("best", rerank=True))
        without |= RERANKING
    return (
        *whole,
        *(Variant(name, rerank, tuning) for name, tuning in without.items()),
        Variant("without understanding", rerank, understand=False),
    )


def index_variants(size: ChunkSize, embedder: EmbedderRecipe) -> tuple[IndexVariant, ...]:
    """Return the indexes built otherwise: no headers, and chunks of half and one and a half.

    A chunk that the embedder would cut is no variant.
    """
    others = (_scaled(size, share) for share in (0.5, 1.5))
    fitting = [each for each in others if each.tokens + HEADER_TOKENS <= embedder.max_tokens]
    return (
        IndexVariant("without headers in the vectors", "headerless", size, HeaderlessEmbedder),
        *(
            IndexVariant(
                f"chunks of {each.tokens} tokens", f"chunks-{each.tokens}", each, _unchanged
            )
            for each in fitting
        ),
    )


class HeaderlessEmbedder:
    """Embeds a chunk without the line of context that stands before its text."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        # Other vectors, so another recipe: no index may mix the two.
        self._recipe = replace(embedder.recipe, name=f"{embedder.recipe.name} without headers")

    @property
    def recipe(self) -> EmbedderRecipe:
        return self._recipe

    def embed_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vector:
        bare = [text.partition("\n")[2] or text for text in texts]
        return self._embedder.embed_documents(bare, progress=progress)

    def embed_query(self, text: str) -> Vector:
        return self._embedder.embed_query(text)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self._embedder.token_spans(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def warm(self) -> None:
        self._embedder.warm()


def _scaled(size: ChunkSize, share: float) -> ChunkSize:
    return ChunkSize(int(size.tokens * share), int(size.overlap * share))


def _unchanged(embedder: Embedder) -> Embedder:
    return embedder
