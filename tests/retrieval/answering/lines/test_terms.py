"""What posted values are about is compared by meaning; every line here is made up."""

from __future__ import annotations

from retrieval.answering.lines.lines import Line
from retrieval.answering.lines.terms import FAMILIES, NEAREST, Terms
from tests.fakes import HashingEmbedder

TERMS = ("Fractured coccyx", "Nausea", "Common cold", "Invented itch", "Hiccups", "Cough", "Fever")
EVENTS = [
    Line(n, n + 1, "Other adverse events", "other_event", "", about=term)
    for n, term in enumerate(TERMS)
]


def test_the_nearest_terms_are_found_among_the_likely_kinds() -> None:
    """An event that is like what is asked comes first, and only so many are taken."""
    near = Terms(HashingEmbedder()).nearest("was a coccyx fractured?", EVENTS, {"other_event": 1.0})
    assert near[0] == 0
    assert len(near) == NEAREST


def test_what_is_hardly_asked_for_is_not_compared() -> None:
    """Below a family's least likelihood no line is read for its meaning."""
    (_, least, _), *_ = FAMILIES
    assert Terms(HashingEmbedder()).nearest("fever?", EVENTS, {"other_event": least / 2}) == []
