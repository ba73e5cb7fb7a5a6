"""Ages that trials are asked to take, in months."""

from __future__ import annotations

import pytest

from retrieval.demands import Between, Demand
from retrieval.question.ages import read_ages


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("studies that only take people 65 and up", Between("minimum_age", 780, None)),
        ("trials with a minimum age of 18", Between("minimum_age", 216, None)),
        ("trials with a maximum age below 18", Between("maximum_age", None, 215)),
        ("trials with an upper age limit of 75", Between("maximum_age", None, 900)),
    ],
)
def test_limits_are_read(text: str, demand: Demand) -> None:
    """Years become months, and "below" ends a month before."""
    assert [one for _, _, one, _ in read_ages(text)] == [demand]


@pytest.mark.parametrize(
    "text", ["trials with 500+ participants", "under 50 kg", "trials of 12 weeks and over"]
)
def test_other_numbers_are_no_ages(text: str) -> None:
    """Sizes, weights and weeks bound no age."""
    assert list(read_ages(text)) == []
