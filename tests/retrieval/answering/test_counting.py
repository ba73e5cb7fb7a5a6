"""Counts and lists over the made-up corpus: complete, explained, or refused."""

from __future__ import annotations

import pytest

from retrieval.types import Filters
from tests.retrieval.answering.conftest import BARE, COUGH, FEVER


def ids(answer):
    return [source.trial_id for source in answer.trials]


@pytest.mark.parametrize(
    ("text", "trials"),
    [
        ("how many trials are there", 6),
        ("how many terminated trials are there", 3),
        ("how many recruiting phase 2 thymalfasin trials are there", 1),
        ("number of phase 1 trials", 1),
        ("how many trials have posted results", 1),
        ("how many trials of made-up fever", 5),
        ("how many completed trials in Portugal", 1),
        ("how many suspended trials", 0),
    ],
)
def test_counts_are_of_all_matching_records(ask, text, trials):
    """The number is that of the listed trials, whatever `k` is."""
    answer = ask(text, k=1)
    assert answer.routed.route == "count"
    assert (answer.count, len(answer.trials)) == (trials, trials)


def test_a_count_says_what_was_demanded(ask):
    """The first claim is computed, and tells the number and each demand."""
    claim = ask("how many recruiting phase 2 thymalfasin trials are there").claims[0]
    assert claim.computed
    assert claim.text.startswith("1 trial ")
    assert all(word in claim.text for word in ("RECRUITING", "PHASE2", "thymosin-alpha-1"))


def test_a_list_names_every_trial(ask):
    """Each listed trial is quoted by its id and its title."""
    answer = ask("list thymalfasin trials")
    assert answer.routed.route == "list"
    assert set(ids(answer)) == {FEVER, BARE}
    assert {claim.citations[0].quote for claim in answer.claims[1:]} == {FEVER, BARE}


def test_either_compound_counts(ask):
    """Compounds joined by "or" are alternatives, by "and" both are demanded."""
    either = ask("how many semaglutide or tirzepatide trials")
    assert either.count == 2
    assert ask("how many trials of semaglutide and tirzepatide").count == 0


def test_a_word_that_no_record_names_is_not_passed_over(ask):
    """Nothing is counted by half a question."""
    answer = ask("how many recruiting trials of flying carpets")
    assert answer.abstained is not None
    assert (answer.abstained.type, answer.abstained.reason) == ("no_match", "not_countable")
    assert "flying carpets" in answer.abstained.message


def test_an_empty_list_is_told(ask):
    """No trial is an answer to "how many", and an abstention from a list."""
    answer = ask("list suspended trials")
    assert answer.abstained is not None
    assert answer.abstained.reason == "nothing_matches"


@pytest.mark.parametrize(
    ("text", "trials"),
    [
        ("how many trials not in Portugal", 0),
        ("how many thymalfasin trials are not recruiting", 0),
        ("how many terminated trials other than tirzepatide", 2),
        ("how many trials without walking", 3),
        ("how many trials in Portugal but not of semaglutide", 1),
        ("how many trials of semaglutide or in Portugal", 2),
        ("how many trials not sponsored by Cough & Sons", 1),
    ],
)
def test_negations_and_alternatives_are_read(ask, text, trials):
    """A demand that is denied, or one of two, counts as it is said."""
    answer = ask(text)
    assert (answer.abstained, answer.count) == (None, trials)


@pytest.mark.parametrize(
    "text",
    [
        "how many trials of invented fever",  # stands in a title, and no record is said to treat it
        "how many trials without a phase",
        "how many trials of at least phase 2",
    ],
)
def test_what_is_not_understood_is_not_counted(ask, text):
    """A word that would turn the count is never dropped in silence."""
    answer = ask(text)
    assert answer.abstained is not None
    assert answer.abstained.reason == "not_countable"


def test_explicit_filters_are_told(ask):
    """The sentence of a count is true under a caller's filters as well."""
    answer = ask("how many trials are there", filters=Filters(statuses=("COMPLETED",)))
    assert "statuses COMPLETED" in answer.claims[0].text


def test_explicit_filters_count(ask):
    """A caller's filters and the question's words are both demanded."""
    answer = ask("how many trials are there", filters=Filters(statuses=("COMPLETED",)))
    assert ids(answer) == [COUGH]


def test_a_condition_that_sounds_like_a_status(ask):
    """ "Active made-up cough" is a condition of a completed trial."""
    assert ids(ask("how many trials of active made-up cough")) == [COUGH]


def test_records_that_do_not_state_a_field_are_told(ask):
    """A trial without a phase may match: it is no match, and no silence."""
    answer = ask("how many recruiting phase 2 thymalfasin trials are there")
    assert any("do not state" in note.text for note in answer.notes)


def test_trials_of_digests_alone_are_told(ask):
    """Only registry records are counted."""
    assert any("only from a digest" in note.text for note in ask("how many trials are there").notes)


@pytest.mark.parametrize(
    ("text", "value", "trials"),
    [
        ("which trial enrolled the most participants?", "36", 2),
        ("what is the largest semaglutide trial?", "36", 1),
    ],
)
def test_the_most_of_a_field_is_found_among_all(ask, text, value, trials):
    """A superlative is answered by what all matching records state, with the line that does."""
    answer = ask(text)
    assert answer.abstained is None
    assert answer.count == trials
    assert answer.claims[0].computed
    assert any(value in citation.quote for citation in answer.citations)


def test_trials_are_counted_by_the_values_of_a_field(ask):
    """Groups stand in a table and in sentences, and add up to the trials that match."""
    answer = ask("how many trials in each phase?")
    (table,) = answer.tables
    counts = {row[0].text: int(row[1].text) for row in table.rows}
    assert sum(counts.values()) == answer.count
    assert (
        counts["Phase 2"]
        == sum("Phase 2:" in claim.text for claim in answer.claims) * counts["Phase 2"]
    )
    assert all(claim.computed for claim in answer.claims)


@pytest.mark.parametrize(
    "text",
    [
        "how many trials have a placebo arm",
        "how many trials report deaths",
        "how many trials last longer than 2 years",
        "how many trials give a weekly dose",
        "quanti studi sono cancellati?",
    ],
)
def test_no_word_of_a_count_is_passed_over(ask, text):
    """A demand that is not read is never dropped, whatever the language: it is told."""
    answer = ask(text)
    assert answer.abstained is not None
    assert answer.abstained.reason == "not_countable"
