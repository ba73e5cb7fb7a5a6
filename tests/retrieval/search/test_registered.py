"""Which records meet the demands of a question, told from those that do not say."""

from __future__ import annotations

import pytest

from retrieval.language.compounds import load_ladder
from retrieval.language.phrases import has_phrase
from retrieval.question.read import read
from retrieval.search.registered import Registered, holds
from retrieval.types import Source, TrialFields

LADDER = load_ladder()
SOURCE = Source("clinicaltrials:NCT90000001", "trial", "NCT90000001", "Made-up", "", "sha256:0")
FIELDS = TrialFields(
    stated=(
        ("phase", ("PHASE2", "PHASE3")),
        ("status", ("COMPLETED",)),
        ("study_type", ("INTERVENTIONAL",)),
        ("has_results", (False,)),
        ("countries", ("Portugal", "United States")),
        ("start_date", (20200305,)),
        ("completion_date", (20211201,)),
        ("enrollment", (36,)),
        ("sponsor", ("Made-up Institute of Coughs",)),
        ("masking", ("DOUBLE",)),
        ("sex", ("FEMALE",)),
    )
)


def verdicts(text, fields=FIELDS):
    return [holds(one.demand, Registered(SOURCE, fields)) for one in read(text, LADDER).demands]


@pytest.mark.parametrize(
    "text",
    [
        "completed trials",
        "completed or terminated trials",
        "trials that are not recruiting",
        "phase 2 trials",
        "phase II or IV trials",
        "phase 2/3 trials",
        "interventional trials",
        "trials without results",
        "trials in Portugal",
        "trials in Spain or the United States",
        "trials started in 2020",
        "trials since 2019",
        "trials completed between 2021 and 2022",
        "trials with fewer than 40 participants",
        "trials not in Spain",
        "trials in phase 2 but not phase 4",
        "trials in Spain or with fewer than 40 participants",
        "phase 3 trials ended before 2024",
        "double-blind trials",
        "women-only trials",
        "more than 30 participants without results in trials",
    ],
)
def test_a_record_that_meets_a_demand(text):
    """One reading for each kind of demand, and all of it holds."""
    found = verdicts(text)
    assert found
    assert all(found)


@pytest.mark.parametrize(
    "text",
    [
        "recruiting trials",
        "trials not completed",
        "phase 4 trials",
        "phase 1/2 trials",
        "observational trials",
        "trials with posted results",
        "trials in Spain",
        "trials started after 2020",
        "trials completed in 2020",
        "trials with more than 36 participants",
        "trials not in Portugal",
        "trials in Portugal but not in the United States",
        "non-completed trials",
        "trials ended after 2022",
        "open-label trials",
        "trials in men only",
        "trials since 2022 and before 2020",
    ],
)
def test_a_record_that_does_not(text):
    """A demand that is not met is refused, not left unread."""
    assert False in verdicts(text)


def test_what_is_not_stated_neither_holds_nor_fails():
    """A record without the field is told apart from one that fails."""
    assert verdicts("recruiting phase 2 trials", TrialFields()) == [None, None]


def test_phrases_are_whole_words_and_plurals_are_alike():
    """ "Cough" stands in "chronic coughs" and not in "coughing"."""
    assert has_phrase("Chronic Coughs, Invented", "cough")
    assert not has_phrase("Coughing", "cough")
