"""The line ranker's weights: small linear models of our own training, checked by their hash.

Made by ``python -m eval train`` from questions with known answering lines; what the features
are is said where they are made (`retrieval.answering.lines.features`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt

from retrieval.models.own import checked_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrieval.types import Scores, Vector

    Matrix = npt.NDArray[np.float32]

WEIGHTS = "line_ranker.npz"
DIGEST = "line_ranker.json"  # the hash of the weights, and what they were made of
BUCKETS = 4096  # of hashed words
WORDS_WEIGHT = 1.5  # of the words beside the vector, both of unit length
OF_ALL = "of all trials"  # the kind of a question that no line of one record answers
UNSEEN = 2e-3  # the probability of a kind that no training question asked for


@dataclass(frozen=True)
class LineRanker:
    """Predicts what kind of line a question asks for, and orders lines by their features.

    ``embedder`` is the recipe whose vectors the kinds were learned with; another's are not read.
    """

    kinds: tuple[str, ...]
    embedder: str
    kind_weights: Matrix  # (kinds, dimension + BUCKETS + 1): the last column is the bias
    first: Scores  # weights of a line's features without the reranker's opinion
    second: Scores  # with it as the last feature but one, and the first score as the last

    @property
    def dimension(self) -> int:
        """How many numbers a question's vector has."""
        return int(self.kind_weights.shape[1]) - 1 - BUCKETS

    def kinds_asked(self, vector: Vector, words: Iterable[str]) -> Mapping[str, float]:
        """Return how likely each kind of line answers, adding up to 1."""
        return self.kinds_of(kind_inputs(vector, words))

    def kinds_of(self, inputs: Vector) -> Mapping[str, float]:
        """Return the same of `kind_inputs`."""
        logits = self.kind_weights[:, :-1] @ inputs + self.kind_weights[:, -1]
        likely = np.exp(logits - logits.max())
        return dict(zip(self.kinds, (likely / likely.sum()).tolist(), strict=True))


def kind_inputs(vector: Vector, words: Iterable[str]) -> Vector:
    """Return what the kinds are predicted from: a question's vector beside its hashed words."""
    hashed = np.zeros(BUCKETS, dtype=np.float32)
    for word in words:
        hashed[crc32(word.encode()) % BUCKETS] += 1
    length = float(np.linalg.norm(hashed))
    if length:
        hashed *= WORDS_WEIGHT / length
    return np.concatenate([vector, hashed])


@cache
def load_line_ranker() -> LineRanker:
    """Return the ranker that comes with the package; read once.

    Raises `ModelError` when its weights are missing or not those that were trained.
    """
    made, weights = checked_weights(WEIGHTS, DIGEST)
    with np.load(io.BytesIO(weights), allow_pickle=False) as arrays:
        return LineRanker(
            kinds=tuple(made["kinds"]),
            embedder=made["embedder"],
            kind_weights=arrays["kind_weights"].astype(np.float32),
            first=arrays["first"].astype(np.float32),
            second=arrays["second"].astype(np.float32),
        )
