"""Which words of a query say what it is about."""

from __future__ import annotations

import pytest

from retrieval.question.telling import telling_words


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("What is the half-life of thymalfasin?", ("thymalfasin",), ["half-life"]),
        ("thymosin alpha 1 eye drops", ("thymosin alpha 1",), ["eye", "drops"]),
        ("How many people did the 2022 phase 3 trials in Germany enroll?", (), []),
        ("TB-500 hepatitis B", ("TB-500",), ["hepatitis"]),
        ("side effects, and are they safe?", (), []),
        ("hepatitis Hepatitis", (), ["hepatitis"]),
        ("", (), []),
    ],
)
def test_asking_names_countries_and_numbers_tell_nothing(text, names, expected):
    """What is left would have to stand in a document that answers."""
    assert ["-".join(word) for word in telling_words(text, names=names)] == expected
