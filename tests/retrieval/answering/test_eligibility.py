"""Who may take part: the registry's lines, word for word."""

from __future__ import annotations

import pytest

from retrieval.answering.eligibility import STAFF, answer_eligibility
from tests.corpus import whole_study, write_study
from tests.retrieval.answering.asking import Asker, with_protocol

FULL, BARE, AGELESS = "NCT90000050", "NCT90000051", "NCT90000052"
CRITERIA = """Inclusion Criteria:

* an invented fever of two days
* on medicine for the invented heart, such as:

  * blue pills
  * red pills

Exclusion Criteria:

* pregnant or nursing women
* made-up diabetes, unless it is mild"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Two made-up trials: one with criteria, one whose record has no word on eligibility."""
    folder = tmp_path_factory.mktemp("eligibility")
    eligibility = {
        "eligibilityCriteria": CRITERIA,
        "sex": "ALL",
        "minimumAge": "18 Years",
        "healthyVolunteers": False,
    }
    full = with_protocol(
        whole_study(50, title="Thymalfasin for Invented Blue Fever"), eligibilityModule=eligibility
    )
    bare = whole_study(51, title="Walking for Invented Green Knees", drug="walking")
    del bare["protocolSection"]["eligibilityModule"]
    ageless = with_protocol(
        whole_study(52, title="Walking at Any Invented Age", drug="walking"),
        eligibilityModule={"sex": "ALL"},
    )
    for record in (full, bare, ageless):
        write_study(folder / "corpus", record)
    asker = Asker([folder / "corpus"], folder / "index")
    return lambda text: asker.draft(answer_eligibility, text)


def texts(draft):
    return [claim.text for claim in draft.claims]


def test_who_can_take_part_gives_the_fields_and_all_criteria_under_their_headings(ask):
    """A general question is answered whole; a nested line keeps the line above it."""
    assert texts(ask(f"Who can take part in {FULL}?")) == [
        "Sex: All",
        "Minimum age: 18 Years",
        "Accepts healthy volunteers: no",
        "Inclusion Criteria: an invented fever of two days",
        "Inclusion Criteria: on medicine for the invented heart, such as:",
        "Inclusion Criteria: on medicine for the invented heart, such as: blue pills",
        "Inclusion Criteria: on medicine for the invented heart, such as: red pills",
        "Exclusion Criteria: pregnant or nursing women",
        "Exclusion Criteria: made-up diabetes, unless it is mild",
    ]


def test_only_the_part_that_is_asked_for_is_given(ask):
    """Exclusion criteria are not mixed with what is required."""
    found = texts(ask(f"exclusion criteria of {FULL}"))
    assert found == [
        "Exclusion Criteria: pregnant or nursing women",
        "Exclusion Criteria: made-up diabetes, unless it is mild",
    ]


def test_a_question_about_women_gives_the_sex_and_the_lines_on_pregnancy(ask):
    """Criteria speak of women in other words than people who ask."""
    assert texts(ask(f"can women join {FULL}")) == [
        "Sex: All",
        "Exclusion Criteria: pregnant or nursing women",
    ]


def test_a_condition_is_found_in_the_criteria_and_the_staff_decide(ask):
    """A personal question is answered by the line, not by a yes or no of ours."""
    draft = ask(f"I have diabetes, can I join {FULL}?")
    assert texts(draft) == ["Exclusion Criteria: made-up diabetes, unless it is mild"]
    assert STAFF in [one.text for one in draft.notes]


def test_an_age_that_the_record_does_not_give_is_said_to_be_missing(ask):
    """The minimum is quoted; there is no maximum, and nobody is told that there is none."""
    draft = ask(f"what is the age range of {FULL}")
    assert texts(draft) == ["Minimum age: 18 Years"]
    assert [one.text for one in draft.notes] == [f"{FULL}: the record gives no maximum age."]


def test_words_that_no_criterion_has_give_all_of_them_and_say_so(ask):
    """Silence of the criteria is no permission."""
    draft = ask(f"may people with asthma join {FULL}")
    assert len(draft.claims) == 9
    assert "has the words of the question" in draft.notes[0].text


def test_a_record_without_eligibility_is_not_given(ask):
    """The abstention cites which record it is of; results have nothing to do with it."""
    draft = ask(f"who can join {BARE}?")
    assert (draft.abstained.type, draft.abstained.reason) == ("no_match", "not_given")
    assert [claim.citations[0].path for claim in draft.claims] == [
        "protocolSection.identificationModule.nctId"
    ]


def test_what_eligibility_does_not_give_is_shown_by_what_it_gives(ask):
    """The fields that are there are cited, so that a reader sees the gap."""
    draft = ask(f"how old must one be for {AGELESS}?")
    assert (draft.abstained.type, draft.abstained.reason) == ("no_match", "not_given")
    assert texts(draft) == ["Sex: All"]


def test_heading_and_line_are_both_cited(ask):
    """Each half of a claim is found at a place of its own."""
    claim = ask(f"I have diabetes, can I join {FULL}?").claims[0]
    quotes = [citation.quote for citation in claim.citations]
    assert quotes == ["Exclusion Criteria:", "made-up diabetes, unless it is mild"]
