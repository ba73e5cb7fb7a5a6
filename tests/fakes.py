"""Small true implementations of the outermost edges, for tests that need no model weights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from retrieval.models.embedder import EmbedderRecipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrieval.types import Scores, Vector

TOKEN = re.compile(r"\w{1,8}|[^\w\s]")
WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Hashes words and their trigrams into a unit vector, so that like texts are near.

    A vector depends on the text alone: not on the order of calls, the batch or the process.
    ``embedded`` counts the documents embedded so far. A token is a punctuation mark or at
    most eight letters of a word.
    """

    def __init__(self, *, dimension: int = 128, max_tokens: int = 512, name: str = "hashing"):
        self.recipe = EmbedderRecipe(
            name=name,
            revision="1",
            weights="none",
            dimension=dimension,
            query_prompt="",
            document_prompt="",
            max_tokens=max_tokens,
        )
        self.embedded = 0

    def embed_documents(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vector:
        vectors = np.zeros((len(texts), self.recipe.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.embed_query(text)
            self.embedded += 1
            if progress:
                progress(1)
        return vectors

    def embed_query(self, text: str) -> Vector:
        vector = np.zeros(self.recipe.dimension, dtype=np.float32)
        # A constant part keeps a text without words, or one whose features cancel, off zero.
        vector[0] = 0.1
        for feature, weight in _features(text.lower()):
            code = crc32(feature.encode("utf-8", "surrogatepass"))
            vector[code % (self.recipe.dimension - 1) + 1] += weight if code >> 31 else -weight
        return vector / np.float32(np.linalg.norm(vector))

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in TOKEN.finditer(text)]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(self.token_spans(text)) for text in texts]

    def warm(self) -> None:
        """Nothing to load."""


class OverlapReranker:
    """Thinks as well of a text as the share of the query's words that it has.

    ``read`` counts the texts read so far.
    """

    def __init__(self) -> None:
        self.read = 0

    def opinions(self, query: str, texts: Sequence[str]) -> Scores:
        self.read += len(texts)
        asked = set(WORD.findall(query.lower()))
        shares = [len(asked & set(WORD.findall(text.lower()))) / len(asked) for text in texts]
        return np.array(shares, dtype=np.float32)

    def warm(self) -> None:
        """Nothing to load."""


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in WORD.findall(text):
        yield f"word {word}", 1.0
        padded = f" {word} "
        for start in range(len(padded) - 2):
            yield padded[start : start + 3], 0.3
