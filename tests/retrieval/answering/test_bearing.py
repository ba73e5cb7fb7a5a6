"""Statements: what bears on them is quoted, and a reader judges; else nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.answering.answerer import Answerer
from retrieval.answering.types import Question


class WordReader:
    """A reranker whose opinion is the share of the query's words that a text has."""

    def opinions(self, query, texts):
        words = set(query.lower().strip(".").split())
        held = [words.intersection(text.lower().strip(".").split()) for text in texts]
        return np.array([len(one) / len(words) for one in held], dtype=np.float32)

    def warm(self):
        """Nothing is loaded."""


@pytest.fixture
def answer(answering, ladder):
    parts = {"ladder": ladder, "embedder": answering._embedder, "reranker": WordReader()}
    return Answerer(answering._searcher, answering._live, **parts).answer


def test_a_sentence_that_bears_on_a_statement_is_quoted(answer):
    """The best sentence comes first, and a note leaves the verdict to the reader."""
    found = answer(Question("Sailors take thymalfasin against seasickness."))
    assert found.routed.route == "statement"
    assert found.claims[0].text.startswith("Sailors take thymalfasin against seasickness")
    assert any("reader" in note.text for note in found.notes)


def test_a_statement_on_which_nothing_bears(answer):
    """Sentences on the same subject do not pass for evidence."""
    found = answer(Question("Thymalfasin doubles the price of oats in wet years."))
    assert found.abstained is not None
    assert (found.abstained.type, found.abstained.reason) == ("no_match", "nothing_close")
