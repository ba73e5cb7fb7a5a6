"""What a ranking gains: by passage, once a trial, and checked by formula."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, P, Qrel, ScoredDoc, calc_aggregate, nDCG

from eval.golden.gains import DEPTH, covers, judged_hits, measured, qrels_of, run_of
from eval.golden.questions import JudgedQuestion, JudgedSpan, Question
from retrieval.types import Explanation, Filters, Hit, Labels, Passage, Source

QUOTE = 10  # characters


def passage(doc_id, start, end):
    return Passage(doc_id, "Made-up", start, end, "x" * (end - start), "sha256:", ())


def hit(trial, start, *, digest=False):
    """A hit on the quote that starts at ``start``; the ranks are not looked at."""
    doc_id = f"digest:{trial}" if digest else trial
    return Hit(
        rank=1,
        score=1.0,
        source=Source(doc_id, "trial", trial, "", "", ""),
        passage=passage(doc_id, start, start + QUOTE),
        labels=Labels("registry", None, "none", None, None),
        explanation=Explanation(None, None, None, (), ()),
    )


def question(spans, query_id="q"):
    judged = tuple(
        JudgedSpan(doc_id, doc_id.removeprefix("digest:"), start, start + QUOTE, grade)
        for doc_id, start, grade in spans
    )
    return JudgedQuestion(Question(query_id, "made up?", "lay", Filters(), ()), judged)


def values(asked, hits):
    run = run_of({asked.question.query_id: judged_hits(asked, hits)}, tag="test")
    return {name: float(value[0]) for name, value in measured([asked], run).items()}


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [(100, 110, True), (0, 500, True), (105, 300, True), (106, 300, False), (0, 100, False)],
)
def test_a_passage_covers_a_quote_of_which_it_shows_half(start, end, covered):
    """Of a quote at 100 to 110, five characters are enough and four are not."""
    assert covers(passage("a", start, end), JudgedSpan("a", "a", 100, 110, 3)) is covered
    assert not covers(passage("b", start, end), JudgedSpan("a", "a", 100, 110, 3))


def test_a_trial_gains_once_where_it_is_first_of_use():
    """An earlier row without a gain takes nothing away, a later one adds nothing."""
    asked = question([("t1", 0, 0), ("digest:t1", 0, 2), ("t1", 50, 3), ("t2", 0, 1)])
    hits = [hit("t1", 0), hit("t1", 0, digest=True), hit("t1", 50), hit("t2", 0), hit("t3", 0)]
    judged = judged_hits(asked, hits)
    assert [(each.grade, each.gain) for each in judged] == [
        (0, 0),
        (2, 2),
        (3, 0),
        (1, 1),
        (None, 0),
    ]
    assert len({each.run_id for each in judged}) == len(judged)
    found = values(asked, hits)
    ideal = 3 + 1 / log2(3)
    assert found["nDCG@10"] == pytest.approx((2 / log2(3) + 1 / log2(5)) / ideal)
    assert found["RR@10"] == pytest.approx(1 / 2)
    assert found["P@5"] == pytest.approx(1 / 5)
    assert found["Judged@10"] == pytest.approx(4 / 5)


def test_nothing_found_counts_with_nothing():
    """A question without a hit has the value 0 and is not passed over."""
    assert set(values(question([("t1", 0, 3)]), []).values()) == {0.0}


TRIALS = st.sampled_from([f"t{number}" for number in range(12)])
ROWS = st.lists(st.tuples(TRIALS, st.sampled_from([0, 50]), st.booleans()), max_size=DEPTH)
JUDGED = st.dictionaries(
    st.tuples(TRIALS, st.sampled_from([0, 50]), st.booleans()), st.integers(0, 3), min_size=1
)


@given(ROWS, JUDGED)
def test_measures_agree_with_a_naive_count(rows, grades):
    """nDCG@10, RR@10 and P@5 by their formulas, for any ranking and any judgements."""
    grades[("t0", 0, False)] = 3  # a question has an answer
    asked = question(
        [
            (f"digest:{trial}" if digest else trial, start, grade)
            for (trial, start, digest), grade in grades.items()
        ]
    )
    seen, gains = set(), []
    for row in rows:
        gain = 0 if row[0] in seen else grades.get(row, 0)
        seen |= {row[0]} if gain else set()
        gains.append(gain)
    best = {}
    for (trial, _, _), grade in grades.items():
        best[trial] = max(grade, best.get(trial, 0))
    discounts = 1 / np.log2(np.arange(2, DEPTH + 2))
    ideal = sorted(best.values(), reverse=True)[:DEPTH]
    found = values(asked, [hit(trial, start, digest=digest) for trial, start, digest in rows])
    naive = np.dot(gains, discounts[: len(gains)]) / np.dot(ideal, discounts[: len(ideal)])
    ranks = [rank for rank, gain in enumerate(gains, start=1) if gain >= 2]
    assert found["nDCG@10"] == pytest.approx(naive)
    assert found["RR@10"] == pytest.approx(1 / ranks[0] if ranks else 0)
    assert found["P@5"] == pytest.approx(sum(rank <= 5 for rank in ranks) / 5)


def test_with_one_quote_a_trial_the_measures_are_those_of_ir_measures():
    """Where a trial has one grade, plain qrels of trials say the same."""
    asked = question([("t1", 0, 3), ("t2", 0, 2), ("t3", 0, 1)])
    order = ["t3", "t9", "t1", "t2"]
    qrels = [Qrel("q", "t1", 3), Qrel("q", "t2", 2), Qrel("q", "t3", 1)]
    run = [ScoredDoc("q", trial, -float(rank)) for rank, trial in enumerate(order)]
    plain = calc_aggregate([nDCG @ 10, RR(rel=2) @ 10, P(rel=2) @ 5], qrels, run)
    found = values(asked, [hit(trial, 0) for trial in order])
    assert found["nDCG@10"] == pytest.approx(plain[nDCG @ 10])
    assert found["RR@10"] == pytest.approx(plain[RR(rel=2) @ 10])
    assert found["P@5"] == pytest.approx(plain[P(rel=2) @ 5])


def test_the_qrels_know_every_row_that_a_run_may_hold():
    """What a run gains stands in the qrels with that grade, so that other tools can check it."""
    asked = question([("t1", 0, 3), ("t1", 50, 1), ("t2", 0, 0)])
    judged = judged_hits(asked, [hit("t2", 0), hit("t1", 50), hit("t1", 0)])
    grades = {qrel.doc_id: qrel.relevance for qrel in qrels_of([asked])}
    assert [grades[each.run_id] for each in judged] == [each.gain for each in judged]
