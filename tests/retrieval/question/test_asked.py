"""A question about one trial is answered in a section that a reader can foresee."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.readers import Read, read_file
from retrieval.question.asked import asked_sections, asks_a_fact
from tests.corpus import whole_study, write_study

QUESTIONS = [
    ("what is the primary outcome of", "Planned outcomes"),
    ("which secondary endpoints does it have", "Planned outcomes"),
    ("primary completion date of", "Status and dates"),
    ("is it still recruiting", "Status and dates"),
    ("when did it start", "Status and dates"),
    ("does it have results posted", "Status and dates"),
    ("what phase is", "Design"),
    ("is it randomised and how many people take part", "Design"),
    ("who can join", "Eligibility"),
    ("exclusion criteria of", "Eligibility"),
    ("minimum age for", "Eligibility"),
    ("who is the sponsor of", "Sponsor"),
    ("in which countries is it run", "Locations"),
    ("where are the sites of", "Locations"),
    ("what are the arms of", "Arms and interventions"),
    ("which dose is given", "Arms and interventions"),
    ("which condition is it about", "Conditions and keywords"),
    ("serious adverse events", "Adverse events"),
    ("any side effects", "Other adverse events"),
]


@pytest.mark.parametrize(("question", "section"), QUESTIONS)
def test_a_question_is_answered_in_its_section(question, section):
    """Each thing that a record states has a section of its own."""
    assert section in asked_sections(question, fact=True)


def test_the_sections_are_those_that_records_are_rendered_to(tmp_path, ladder):
    """A section that no record has could never be shown."""
    path = write_study(tmp_path, whole_study(1, title="An Invented Title", results=True))
    (read,) = read_file(path, ladder)
    assert isinstance(read, Read)
    names = {section.name for section in read.document.sections}
    assert {section for _, section in QUESTIONS} <= names


@pytest.mark.parametrize("text", ["", "tell me about", "invented fever", "hello"])
def test_what_asks_for_nothing_in_particular_has_no_section(text):
    """Without a cue no section is preferred."""
    assert asked_sections(text, fact=True) == ()


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([word for q, _ in QUESTIONS for word in q.split()])).map(" ".join),
    )
)
def test_a_subject_asks_for_no_more_than_a_fact_does(text):
    """What asks for a section among many trials asks for the same section of one."""
    among_many = asked_sections(text, fact=False)
    assert among_many in ((), asked_sections(text, fact=True))


@pytest.mark.parametrize("text", ["groups with fever", "conditions like fever", "cough treatment"])
def test_weak_cues_name_a_subject_where_no_fact_is_asked(text):
    """Groups, conditions and treatments are what trials are about, until one is asked of them."""
    assert asked_sections(text, fact=False) == ()
    assert asked_sections(text, fact=True) != ()


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("who can join", True),
        ("does it have results?", True),
        ("is it blinded", True),
        ("is there a trial on fever", False),
        ("which trials are on fever", False),
        ("invented fever safety", False),
        ("", False),
    ],
)
def test_a_question_word_asks_for_a_fact(text, fact):
    """A request for trials is no question of one trial."""
    assert asks_a_fact(text) is fact
