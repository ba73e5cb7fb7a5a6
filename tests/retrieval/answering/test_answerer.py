"""The answerer: what streams, and what it refuses."""

from __future__ import annotations

import pytest

from retrieval.answering.types import Answer, Claim, Question
from retrieval.errors import EmptyQuery
from tests.retrieval.answering.conftest import COUGH


def test_a_stream_begins_with_what_is_known_and_ends_with_all(answering):
    """First the answer without claims, then each claim, then the whole answer."""
    question = Question(f"phase and masking of {COUGH}")
    first, *claims, last = answering.stream(question)
    assert isinstance(first, Answer)
    assert isinstance(last, Answer)
    assert (first.claims, first.ranking) == ((), last.ranking)
    assert tuple(claims) == last.claims
    assert all(isinstance(claim, Claim) for claim in claims)
    assert answering.answer(question).claims == last.claims


def test_a_question_without_a_word_is_refused(answering):
    """The searcher's own errors reach the caller."""
    with pytest.raises(EmptyQuery):
        answering.answer(Question("?!"))
