"""The measures against a second, naive way to count them."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import Qrel

from eval.measures import NAMES, measure, unjudged_share
from eval.runs import Run, read_run

DOCUMENTS = [f"d{number}" for number in range(14)]
GRADES = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(-2, 3), min_size=1)
RANKING = st.permutations(DOCUMENTS).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda size: tuple(order[:size]))
)


def naive(grades: dict[str, int], ranking: tuple[str, ...]) -> dict[str, float]:
    """Every measure of one query by its definition."""

    def gain(ordered: list[int]) -> float:
        return sum(max(grade, 0) / log2(rank + 1) for rank, grade in enumerate(ordered[:10], 1))

    found = [grades.get(document, 0) for document in ranking]
    relevant = sum(grade > 0 for grade in grades.values())
    first = next((rank for rank, grade in enumerate(found[:10], 1) if grade > 0), None)
    best = gain(sorted(grades.values(), reverse=True))
    return {
        "nDCG@10": gain(found) / best if best else 0.0,
        "R@100": sum(grade > 0 for grade in found) / relevant if relevant else 0.0,
        "RR@10": 1 / first if first else 0.0,
        "P@5": sum(grade > 0 for grade in found[:5]) / 5,
        "Judged@10": sum(document in grades for document in ranking[:10]) / len(ranking[:10])
        if ranking
        else 0.0,
    }


@given(cases=st.lists(st.tuples(GRADES, RANKING), min_size=1, max_size=4))
def test_measures_agree_with_their_definitions(cases):
    """For graded and negative judgements, short and empty rankings, each query on its own."""
    qrels = [
        Qrel(f"q{number}", document, grade)
        for number, (grades, _) in enumerate(cases)
        for document, grade in grades.items()
    ]
    run = Run("t", {f"q{number}": ranking for number, (_, ranking) in enumerate(cases)})
    measured = measure(qrels, run)
    wanted = [naive(grades, ranking) for grades, ranking in cases]
    for name in NAMES:
        assert list(measured.values[name]) == pytest.approx([each[name] for each in wanted])
        mean = sum(each[name] for each in wanted) / len(wanted)
        assert measured.mean(name) == pytest.approx(mean)


def test_every_judged_query_counts():
    """One that the run lacks has 0 everywhere, and one that nobody judged is left out."""
    qrels = [Qrel("lacking", "x", 1), Qrel("found", "x", 1)]
    measured = measure(qrels, Run("t", {"found": ("x",), "unjudged": ("x",)}))
    assert measured.query_ids == ("lacking", "found")
    assert all(values[0] == 0 for values in measured.values.values())
    assert measured.mean("nDCG@10") == 0.5


def test_ties_are_measured_in_the_order_in_which_they_are_read(tmp_path):
    """trec_eval would turn equal scores round; the first of them by rank stays first."""
    path = tmp_path / "run"
    path.write_text("q Q0 a 1 0.5 t\nq Q0 b 2 0.5 t\nq Q0 c 3 0.5 t\n")
    for document, wanted in (("a", 1), ("b", 1 / 2), ("c", 1 / 3)):
        measured = measure([Qrel("q", document, 1)], read_run(path))
        assert measured.mean("RR@10") == pytest.approx(wanted)
        assert measured.mean("nDCG@10") == pytest.approx(1 / log2(1 / wanted + 1))


def test_the_unjudged_share_looks_at_hits_only():
    """Queries without hits weigh nothing, hits beyond the depth neither."""
    qrels = [Qrel("a", "x", 0), Qrel("b", "x", 1), Qrel("none", "x", 1)]
    run = Run("t", {"a": ("x", "y", "z"), "b": ("y",), "other": ("y",)})
    assert unjudged_share(qrels, run) == pytest.approx(3 / 4)
    assert unjudged_share(qrels, run, depth=1) == pytest.approx(1 / 2)
    assert unjudged_share(qrels, Run("t", {})) == 0
