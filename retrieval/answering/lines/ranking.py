"""The lines of a trial's documents that answer a question, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.answering.lines.features import Asked, features_of, question_words
from retrieval.answering.lines.lines import Line
from retrieval.answering.lines.terms import Terms
from retrieval.models.embedder import Embedder
from retrieval.models.line_ranker import LineRanker
from retrieval.models.reranker import Reranker
from retrieval.types import Document, Scores

READ = 20  # lines that the reader reads, and of each likely kind some more
LIKELY_KINDS, OF_A_KIND = 4, 4
READ_CHARACTERS = 700  # of one line
FRAME_CHARACTERS = 60  # of a time frame


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line with its score; scores of one question compare, those of two do not.

    ``opinion`` is the reader's, 0..1, that the line answers: from a half on it does. It compares
    from question to question, and is 1 where there is no reader.
    """

    document: Document
    line: Line
    score: float
    opinion: float = 1.0


@dataclass(frozen=True)
class Read:
    """A trial's documents as a question reads them: their lines, those that answer best first."""

    record: tuple[Ranked, ...]
    digests: tuple[Ranked, ...]

    @property
    def best(self) -> Ranked | None:
        """The line that answers best; the registry's where both have one."""
        return next(iter((*self.record, *self.digests)), None)


def kinds_asked(ranker: LineRanker, text: str, embedder: Embedder) -> Mapping[str, float]:
    """Return how likely each kind of line answers a question."""
    if embedder.recipe.name == ranker.embedder:
        return ranker.kinds_asked(embedder.embed_query(text), question_words(text))
    return ranker.kinds_asked(np.zeros(ranker.dimension, dtype=np.float32), question_words(text))


def ranked_lines(  # noqa: PLR0913 - all that an order is made of
    text: str,
    document: Document,
    lines: Sequence[Line],
    *,
    kinds: Mapping[str, float],
    ranker: LineRanker,
    reranker: Reranker | None,
    terms: Terms,
    depth: int = READ,
) -> list[Ranked]:
    """Return those of a document's lines that may answer, best first: those the reader reads."""
    if not lines:
        return []
    features = features_of(Asked.of(text), lines, kinds)
    firsts = features @ ranker.first
    near = terms.nearest(text, lines, kinds) if reranker is not None else ()
    best = np.array(worth_reading(lines, firsts, kinds, near=near, depth=depth))
    scores, opinions = firsts[best], np.ones(len(best), dtype=np.float32)
    if reranker is not None:
        opinions = reranker.opinions(text, [readable(lines[place]) for place in best.tolist()])
        scores = second_features(features[best], opinions, firsts[best]) @ ranker.second
    order = np.argsort(-scores, kind="stable").tolist()
    return [
        Ranked(document, lines[int(best[at])], float(scores[at]), float(opinions[at]))
        for at in order
    ]


def worth_reading(
    lines: Sequence[Line],
    firsts: Scores,
    kinds: Mapping[str, float],
    *,
    near: Sequence[int] = (),
    depth: int = READ,
) -> list[int]:
    """Return the places of the lines that are read.

    They are the best, the best of the likely kinds, and ``near``: those about what is like the
    question in meaning.
    """
    order = np.argsort(-firsts, kind="stable").tolist()
    likely = sorted(kinds, key=lambda kind: -kinds[kind])[:LIKELY_KINDS]
    of_kinds = [
        place
        for kind in likely
        for place in [place for place in order if lines[place].kind == kind][
            : OF_A_KIND * depth // READ
        ]
    ]
    return list(dict.fromkeys((*order[:depth], *of_kinds, *near)))


def second_features(features: Scores, opinions: Scores, firsts: Scores) -> Scores:
    """Return the features of lines that the reranker has read, shape (lines, len(NAMES) + 2)."""
    return np.column_stack([features, opinions, firsts]).astype(np.float32)


def readable(line: Line) -> str:
    """Return a line as the reranker reads it: under its section, time frame and heading."""
    head = f"{line.head}: " if line.head else ""
    frame = f" ({line.frame[:FRAME_CHARACTERS]})" if line.frame else ""
    return f"{line.section}{frame}: {head}{line.text}"[:READ_CHARACTERS]
