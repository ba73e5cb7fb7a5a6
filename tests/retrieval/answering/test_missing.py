"""What is named and not here is said, with a type and a reason."""

from __future__ import annotations

from tests.retrieval.answering.conftest import ABSENT, COUGH


def test_a_trial_that_is_not_here(ask):
    """No neighbour's phase passes for an answer."""
    answer = ask(f"what phase is {ABSENT}")
    assert answer.abstained is not None
    assert (answer.abstained.type, answer.abstained.reason) == ("no_match", "trial_not_here")
    assert not answer.claims


def test_one_of_two_trials_is_here(ask):
    """What is here is answered, what is not is noted."""
    answer = ask(f"phase of {COUGH} and {ABSENT}")
    assert answer.abstained is None
    assert any(ABSENT in note.text for note in answer.notes)


def test_a_compound_that_is_not_here(ask):
    """A compound of the ladder that no document names has no answer."""
    answer = ask("retatrutide side effects")
    assert answer.abstained is not None
    assert answer.abstained.reason == "compound_not_here"


def test_advice_is_refused_and_points_to_what_is_here(ask):
    """The refusal is typed, and its passages are on the compound."""
    answer = ask("should I take semaglutide?")
    assert answer.abstained is not None
    assert (answer.abstained.type, answer.abstained.reason) == ("out_of_scope", "medical_advice")
    assert {citation.source.trial_id for citation in answer.citations} == {COUGH}


def test_people_are_not_kept(ask):
    """Who asks for an investigator is told that no contacts are kept, and is shown none."""
    answer = ask(f"phone number of the investigator of {COUGH}")
    assert answer.abstained is not None
    assert answer.abstained.reason == "not_given"
    assert "contacts of people" in answer.abstained.message


def test_an_id_that_is_none(ask):
    """Seven digits are no registry id, and no neighbour answers for it."""
    answer = ask("what phase is NCT9000004")
    assert answer.abstained is not None
    assert answer.abstained.reason == "trial_not_here"


def test_a_search_that_tells_there_is_nothing_close_is_an_abstention(ask):
    """The kind of the search's note decides, whatever it says."""
    answer = ask("zebra telescope thymalfasin")
    assert {note.kind for note in answer.ranking.notes} & {"unsaid", "nothing_close"}
    assert answer.abstained is not None
    assert answer.abstained.reason == "nothing_close"
