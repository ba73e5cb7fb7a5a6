"""What several verdicts come to, on which question, and where in the live text."""

from __future__ import annotations

from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judging.verdicts import (
    Place,
    anchored,
    conflicting,
    find_quote,
    query_id,
    questions_of,
    settled,
)
from retrieval.types import Document, Filters, PageFields, TrialFields
from tests.judged import verdict

GRADES = st.lists(st.integers(0, 3), min_size=1, max_size=9)


def document(text: str) -> Document:
    return Document(
        "clinicaltrials:NCT90000001",
        "trial",
        "NCT90000001",
        "Made-up",
        text,
        (),
        TrialFields(),
        PageFields(),
        (),
        "",
    )


@pytest.mark.parametrize(
    "spelling",
    [
        "Thymosin  safety data",
        " thymosin safety data?",
        "THYMOSIN\tsafety data…",
        "thymosín safety data",
    ],
)
def test_spellings_of_a_question_share_its_id(spelling):
    """Case, blanks, accents and closing marks make no other question."""
    assert query_id(spelling, Filters()) == query_id("thymosin safety data", Filters())


def test_ids_do_not_change_between_versions():
    """The id of a question is as it always was: judgements of last year still fit."""
    assert query_id("thymosin safety data", Filters()) == "q6f8210eaaddb"
    assert query_id("Tα1", Filters()) == query_id("talpha1", Filters())


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("thymosin safety", Filters()),
        ("thymosin < safety data", Filters()),
        ("thymosin safety data", Filters(phases=("PHASE2",))),
        ("thymosin safety data", Filters(has_results=False)),
    ],
)
def test_other_words_or_filters_are_another_question(text, filters):
    """A passage may answer one and not the other."""
    assert query_id(text, filters) != query_id("thymosin safety data", Filters())


def test_the_order_of_a_filters_values_is_no_difference():
    """A list means any of."""
    ids = {query_id("a", Filters(phases=phases)) for phases in (("A", "B"), ("B", "A"))}
    assert len(ids) == 1


def test_a_question_is_shown_as_it_is_mostly_spelled():
    """The most usual spelling stands for all; of two as usual, the first by letters."""
    spellings = ["fever?", "Fever", "Fever", "cough", "Cough"]
    asked = questions_of((text, Filters()) for text in spellings)
    assert sorted(one.text for one in asked.values()) == ["Cough", "Fever"]


@given(grades=GRADES)
def test_grades_come_to_their_lower_median(grades):
    """As the standard library computes it: one that was given, whatever the order."""
    assert settled(grades) == median_low(grades)


@given(grades=GRADES)
def test_grades_conflict_when_some_say_it_answers(grades):
    """2 and 3 answer, 0 and 1 do not."""
    assert conflicting(grades) is (min(grades) < 2 <= max(grades))


@given(
    text=st.text("ab", max_size=30),
    quote=st.text("ab", min_size=1, max_size=4),
    near=st.integers(0, 40),
)
def test_a_quote_is_found_at_the_nearest_place(text, quote, near):
    """Compared with trying every place."""
    places = [at for at in range(len(text)) if text.startswith(quote, at)]
    found = find_quote(text, quote, near=near)
    if not places:
        assert found is None
    else:
        assert found in places
        assert abs(found - near) == min(abs(place - near) for place in places)


def test_verdicts_follow_their_words_or_are_counted_as_lost():
    """A quote that moved keeps its verdict, one that is gone does not."""
    live = document("Now new words. And here are invented words, as before.")
    stays = verdict(start=3, end=17)
    gone = verdict(doc_id="clinicaltrials:NCT90000009")
    changed = verdict(quote="other words that were")
    judged = anchored([stays, gone, changed], {live.doc_id: live}.get)
    start = live.text.index("invented words")
    place = Place(query_id(stays.query, Filters()), live.doc_id, start, start + 14)
    assert judged.verdicts == {place: (stays,)}
    assert (judged.gone, judged.changed) == (1, 1)
