"""Which queries a report shows, and how."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import Qrel

from eval.measures import measure
from eval.report.examples import EXAMPLES, Measurement, Texts, ends, examples, excerpt
from eval.runs import Run
from tests.eval.made_up import CORPUS, write_collection

VALUES = st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0]), min_size=1, max_size=30)


@given(values=VALUES, signed=st.booleans())
def test_no_query_is_both_best_and_worst(values, signed):
    """Each end starts at the extreme; equal values keep their order; few queries are shared out."""
    best, worst = ends(np.array(values), signed=signed)
    assert not {*best} & {*worst}
    assert len(best) <= EXAMPLES >= len(worst)
    assert best == sorted(best, key=lambda place: (-values[place], place))
    assert worst == sorted(worst, key=lambda place: (values[place], place))
    if signed:
        assert all(values[place] > 0 for place in best)
        assert all(values[place] < 0 for place in worst)
    else:
        assert len(best) + len(worst) == min(len(values), 2 * EXAMPLES)
        assert min(values[place] for place in best) >= max(
            (values[place] for place in worst), default=-1
        )


def test_hits_show_grade_title_and_what_was_shown(tmp_path):
    """The passage where it is known, else the document's text; missed ones with their rank."""
    folder = write_collection(tmp_path / "c")
    grades = {"d1": 2, "d2": 0, "gone": 1, "far": 1, "best": 3}
    qrels = tuple(Qrel("q", document, grade) for document, grade in grades.items())
    ranking = ("d2", "d1", "other", *(f"x{n}" for n in range(5)), "far")
    run = Run("t", {"q": ranking})
    measurement = Measurement("run", run, measure(qrels, run), {("q", "d2"): "the passage"})
    texts = Texts({"q": "a query"}, folder / "corpus.jsonl.gz")
    (example,) = examples([0], [measurement], qrels=qrels, texts=texts)
    (side,) = example.sides
    assert (example.query_id, example.text) == ("q", "a query")
    assert [(hit.rank, hit.document_id, hit.grade) for hit in side.hits[:3]] == [
        (1, "d2", 0),
        (2, "d1", 2),
        (3, "other", None),
    ]
    assert side.hits[0].text == "the passage"
    assert (side.hits[1].title, side.hits[1].text) == CORPUS["d1"]
    assert [(hit.document_id, hit.rank) for hit in side.missed] == [
        ("best", None),
        ("far", 9),
        ("gone", None),
    ]


@given(text=st.text(max_size=90), size=st.integers(1, 40))
def test_an_excerpt_is_one_line_and_short(text, size):
    """It is the text itself when that fits, and never much longer than asked."""
    shown = excerpt(text, size)
    assert "\n" not in shown
    assert len(shown) <= size + 2
    if len(" ".join(text.split())) <= size:
        assert shown == " ".join(text.split())
