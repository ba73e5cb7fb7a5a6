"""Which trial a question is about; the corpus is made up."""

from __future__ import annotations

import pytest

from tests.retrieval.answering.conftest import COUGH, FEVER, ONLY_DIGEST, TITLES


@pytest.mark.parametrize(
    ("text", "named_by"),
    [
        (f"what phase is {COUGH}?", "id"),
        (f"What is the phase of {TITLES[COUGH]}?", "title"),
        ("what phase is the trial of semaglutide in retired sailors with a cough?", "first_hit"),
    ],
)
def test_the_trial_is_taken_and_told(ask, text, named_by):
    """By whatever it is named, the plan says which trial it is and why."""
    subject = ask(text).plan.subject
    assert subject.trial_ids == (COUGH,)
    assert subject.named_by == named_by
    assert COUGH in subject.why


def test_what_was_only_described_is_noted(ask):
    """Who did not name a trial reads which one was taken."""
    answer = ask("what phase is the trial of semaglutide in retired sailors with a cough?")
    (note,) = [note for note in answer.notes if note.kind == "subject"]
    assert TITLES[COUGH] in note.text


@pytest.mark.parametrize(
    "text",
    [
        "semaglutide cough",  # key words
        "semaglutide side effects",  # a drug at large
        "how many semaglutide trials are there",
        "which trials treat fever?",
        "which trial has the most adverse events?",
    ],
)
def test_a_trial_is_not_taken_where_none_is_asked_of(ask, text):
    """Key words, drugs at large and questions of all trials pin nothing."""
    assert ask(text).plan.subject.named_by != "first_hit"


@pytest.mark.parametrize("name", ["SURPASS-T1D-2", "JS207", "NCT90000099"])
def test_an_unknown_name_is_told_and_nobody_stands_in(ask, name):
    """Another trial's data are never given for a name that nothing here has."""
    answer = ask(f"why was {name} terminated?")
    assert answer.abstained is not None
    assert answer.abstained.reason in ("trial_not_here", "compound_not_here")
    assert answer.claims == ()


def test_two_trials_of_one_question_are_both_read(ask):
    """A comparison of fields tells each trial's own lines, under its id."""
    answer = ask(f"compare the phase of {COUGH} and {FEVER}")
    assert {c.source.trial_id for c in answer.citations} >= {COUGH, FEVER}


def test_harms_that_only_a_digest_plans_are_not_reported(ask):
    """Where no record is here, a digest's sentences are quoted and called what they are."""
    answer = ask(f"side effects in {ONLY_DIGEST}")
    assert all(c.labels.voice == "llm_digest" for c in answer.citations)
    assert answer.abstained is None or answer.abstained.type == "planned_not_reported"
