"""How trials are asked to be arranged: the table's own examples, and what is left to count."""

from __future__ import annotations

import pytest

from retrieval.demands import Between, Is
from retrieval.language.compounds import load_ladder
from retrieval.question.arranging import load_arrangings
from retrieval.question.read import read

YES = [(row.arranged.rule, text) for row in load_arrangings() for text in row.yes]
NO = [(row.arranged.rule, text) for row in load_arrangings() for text in row.no]


@pytest.mark.parametrize(("rule", "text"), YES)
def test_each_row_reads_its_examples(rule: str, text: str) -> None:
    """The words of a row are found in its questions, and no other row's are longer."""
    arranged = read(text, load_ladder()).arranged
    assert arranged is not None
    assert arranged.rule == rule


@pytest.mark.parametrize(("rule", "text"), NO)
def test_each_row_leaves_its_counterexamples(rule: str, text: str) -> None:
    """What only sounds alike is not arranged by that row."""
    arranged = read(text, load_ladder()).arranged
    assert arranged is None or arranged.rule != rule


def test_every_row_has_both_kinds_of_examples() -> None:
    """A row without an example, or without a counterexample, is not tested."""
    assert all(row.yes and row.no for row in load_arrangings())


def test_words_that_arrange_demand_nothing() -> None:
    """ "The most participants" is no size, and "in each phase" no phase."""
    assert read("which trial has the most participants?", load_ladder()).demands == ()


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        (
            "trials run only in Denmark (no other country)",
            (Is("countries", ("Denmark",)), Between("number_of_countries", 1, 1)),
        ),
        (
            "phase 2 only studies",
            (Is("phase", ("PHASE2",)), Between("number_of_phases", 1, 1)),
        ),
        ("only recruiting trials", (Is("status", ("RECRUITING",)),)),
    ],
)
def test_only_leaves_no_other_value(text: str, demands: tuple[object, ...]) -> None:
    """Where a field may have several values, "only" asks for one; elsewhere it says nothing."""
    assert tuple(one.demand for one in read(text, load_ladder()).demands) == demands
