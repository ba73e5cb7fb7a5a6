"""A question that asks for several things is read part by part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question.clauses import MOST, clauses_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("which phase is it, and who pays for it?", ("which phase is it", "who pays for it")),
        (
            "When did it start and how many were enrolled; is it blinded?",
            ("When did it start", "how many were enrolled", "is it blinded"),
        ),
        ("how short was it? first and last day", ("how short was it first", "last day")),
        ("what phase is it?", ()),
        ("men and women", ()),
        ("", ()),
    ],
)
def test_parts_that_ask_apart(text: str, parts: tuple[str, ...]) -> None:
    """One thing is one part, and a word alone stays with the part before it."""
    assert clauses_of(text) == parts


@given(st.text())
def test_parts_are_of_the_text_and_few(text: str) -> None:
    """Whatever is typed, no word is made up and a long list is not taken apart."""
    parts = clauses_of(text)
    assert len(parts) <= MOST
    assert all(word in text for part in parts for word in part.split())
