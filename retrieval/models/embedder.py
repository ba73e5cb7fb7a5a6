"""Texts to unit vectors, and the recipe that says which vectors may be compared.

An index answers only to the embedder that built it. `EmbedderRecipe` is what is compared:
the same name with other weights, prompts or window is another embedder. `retrieval.models.loading`
loads one by name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from retrieval.types import Vector

# Texts between two progress reports: a second or two of a small model on two cores.
PROGRESS_TEXTS = 64


@dataclass(frozen=True, slots=True)
class EmbedderRecipe:
    """What makes two vectors comparable.

    ``weights`` is a sha256 in hex of the files or tensors that compute the vectors;
    ``dimension`` counts floats, ``max_tokens`` tokens (special ones included) beyond which
    a text is cut.
    """

    name: str
    revision: str
    weights: str
    dimension: int
    query_prompt: str
    document_prompt: str
    max_tokens: int

    @property
    def digest(self) -> str:
        """Sixteen hex digits that stand for all fields, the same in every process."""
        return sha256(dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


class Embedder(Protocol):
    """Documents and queries to vectors of one space."""

    @property
    def recipe(self) -> EmbedderRecipe:
        """Which vectors these are."""

    def embed_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vector:
        """Return unit vectors, shape ``(n, dimension)``, float32, in the order of ``texts``.

        ``progress`` is called with the number of texts finished since its last call.
        """

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a query, shape ``(dimension,)``, float32."""

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return each token's ``(start, end)`` in code points: no special tokens, no cut."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return ``len(token_spans(text))`` of each text, in one quick batch."""

    def warm(self) -> None:
        """Do now what the first query would otherwise wait for."""


class TokenMeter:
    """Spans and counts of a tokenizer's tokens, never cut and without special tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = type(tokenizer).from_str(tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    @property
    def definition(self) -> str:
        """The tokenizer as JSON, free of what callers set on it for a batch."""
        definition: str = self._tokenizer.to_str()
        return definition

    def spans(self, text: str) -> list[tuple[int, int]]:
        offsets: list[tuple[int, int]] = self._tokenizer.encode(
            text, add_special_tokens=False
        ).offsets
        return offsets

    def count(self, texts: Sequence[str]) -> list[int]:
        # encode_batch_fast leaves the offsets out.
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]


class LocalEmbedder(ABC):
    """What embedders in this process share: their tokens are counted, a query warms them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._meter = TokenMeter(tokenizer)

    @abstractmethod
    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a query, shape ``(dimension,)``, float32."""

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self._meter.spans(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._meter.count(texts)

    def warm(self) -> None:
        """Run one query: the first run of a model allocates its memory."""
        self.embed_query("warm")


def encode_documents(
    model: SentenceTransformer,
    texts: Sequence[str],
    *,
    batch: int,
    progress: Callable[[int], None] | None,
) -> Vector:
    """Embed ``texts`` in batches of like length; shape ``(n, dimension)``, unit rows."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]), reverse=True)
    vectors = np.empty((len(texts), model.get_embedding_dimension() or 0), dtype=np.float32)
    for start in range(0, len(order), PROGRESS_TEXTS):
        rows = order[start : start + PROGRESS_TEXTS]
        vectors[rows] = model.encode_document(
            [texts[row] for row in rows],
            batch_size=batch,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        if progress:
            progress(len(rows))
    return vectors
