"""Which texts speak of safety."""

from __future__ import annotations

import pytest

from retrieval.language.safety import speaks_of_safety


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("Number of participants with treatment-related adverse events", True),
        ("Safety and tolerability of two doses", True),
        ("Incidence of TRAEs", True),
        ("No side effects were seen", True),
        ("analysed in the safety population", False),
        ("Change in body weight at week 68", False),
        ("An unsafe-sounding word: AESOP", False),
    ],
)
def test_words_of_harm_and_tolerability_count(text, speaks):
    """The name of an analysis set says nothing about safety."""
    assert speaks_of_safety(text) is speaks
