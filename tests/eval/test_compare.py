"""Two runs, query by query."""

from __future__ import annotations

import numpy as np
import pytest
from ir_measures import Qrel

from eval.compare import Side, compare
from eval.measures import NAMES, measure
from eval.runs import Run, RunError

QRELS = tuple(Qrel(query, "good", 1) for query in ("q1", "q2", "q3", "q4"))
A = Side("a.run", Run("a", {"q1": ("good",), "q2": ("bad", "good"), "only-a": ("good",)}))
B = Side("b.run", Run("b", {"q1": ("good",), "q2": ("good",), "q3": ("good",)}))


def test_a_comparison_counts_every_judged_query():
    """A query that one run lacks is 0 for it, one that both lack is a tie; both are told."""
    comparison = compare(QRELS, A, B)
    by_name = {each.measure: each for each in comparison.differences}
    assert tuple(by_name) == NAMES
    first = by_name["RR@10"]
    assert (first.wins, first.ties, first.losses) == (2, 2, 0)
    assert (first.mean_a, first.mean_b) == (1.5 / 4, 3 / 4)
    assert first.p == 0.5  # two differences of one sign: 2 of 4 patterns are as far from zero
    assert comparison.notes == (
        "judged queries that only B answers, counted 0 for A: 1",
        "judged queries that neither run answers, counted 0 for both: 1",
        "queries without a judgement, left out: 1",
    )


def test_the_difference_is_b_minus_a_and_lies_in_its_interval():
    """Turned round, every sign turns, and the p stays."""
    there, back = compare(QRELS, A, B), compare(QRELS, B, A)
    for one, other in zip(there.differences, back.differences, strict=True):
        assert one.mean == pytest.approx(-other.mean)
        assert one.interval.low <= one.mean <= one.interval.high
        assert one.interval.low == pytest.approx(-other.interval.high, abs=0.05)
        assert (one.wins, one.losses, one.p) == (other.losses, other.wins, other.p)
    assert list(there.per_query("RR@10")) == [0, 0.5, 1, 0]


def test_a_run_against_itself_differs_nowhere():
    """All ties, an interval of nothing, p 1."""
    for each in compare(QRELS, A, Side("again", A.run)).differences:
        assert (each.wins, each.ties, each.losses, each.p) == (0, 4, 0, 1)
        assert each.interval.low == each.interval.high == 0


def test_the_figures_are_those_of_each_run_alone():
    """Comparing changes no measure, and the rounding of additions makes no winner."""
    comparison = compare(QRELS, A, B)
    for name, values in measure(QRELS, B.run).values.items():
        assert np.array_equal(comparison.measured_b.values[name], values)


def test_runs_of_another_collection_are_refused():
    """No judged query, or no judged document: the error names the run and both kinds of id."""
    other_queries = Side("other.run", Run("t", {"x": ("good",)}))
    other_documents = Side("other.run", Run("t", {"q1": ("stranger",)}))
    with pytest.raises(RunError, match=r"other\.run answers none of the 4 .*q1.* others .*x"):
        compare(QRELS, A, other_queries)
    with pytest.raises(RunError, match=r"none of the 1 documents in other\.run .*stranger.*good"):
        compare(QRELS, other_documents, B)


def test_table_and_values_tell_the_same():
    """Every measure is in both, and the values can be written as JSON."""
    comparison = compare(QRELS, A, B)
    table, values = comparison.table(), comparison.values()
    assert (values["run_a"], values["run_b"], values["queries"]) == ("a.run", "b.run", 4)
    for name in NAMES:
        row = next(line for line in table.splitlines() if line.startswith(name))
        assert f"{values['measures'][name]['difference']:+.4f}" in row
