"""What came out: posted outcome lines, word for word, with the values of the arms asked for."""

from __future__ import annotations

import pytest

from retrieval.answering.results import answer_results
from tests.corpus import adverse_events, whole_study, write_digest, write_study
from tests.retrieval.answering.asking import Asker

POSTED, UNPOSTED, ONLY_EVENTS, DISPUTED = (f"NCT9000007{n}" for n in range(4))
REPORTED = "Invented vigour rose by 4 cups in 12 people."
MEASURES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"


def measure(title, kind, *, unit, values, times=("",)):
    """Return a made-up measure with a class per time and a value per arm."""
    groups = [{"id": "OG0", "title": "Blue Arm"}, {"id": "OG1", "title": "Placebo Arm"}]
    classes = [
        {
            "title": time,
            "categories": [
                {
                    "measurements": [
                        {"groupId": f"OG{arm}", "value": value} for arm, value in enumerate(pair)
                    ]
                }
            ],
        }
        for time, pair in zip(times, values, strict=True)
    ]
    return {
        "type": kind,
        "title": title,
        "unitOfMeasure": unit,
        "groups": groups,
        "classes": classes,
    }


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Two made-up trials, one with two posted outcomes and an analysis."""
    folder = tmp_path_factory.mktemp("results")
    thirst = measure(
        "Invented thirst", "PRIMARY", unit="cups", times=("6 weeks", "12 weeks"),
        values=(("1.5", "2.5"), ("3.25", "4.75")),
    )  # fmt: skip
    thirst["analyses"] = [
        {"groupIds": ["OG0", "OG1"], "pValue": "0.31", "statisticalMethod": "ANOVA"}
    ]
    sleep = measure("Invented sleep", "SECONDARY", unit="hours", values=(), times=())
    sleep["populationDescription"] = "Nobody was watched"
    cough = measure("Made-up cough", "SECONDARY", unit="coughs", values=(("7", "9"),))
    record = whole_study(70, title="Thymalfasin for Invented Blue Fever") | {"hasResults": True}
    record["resultsSection"] = {
        "outcomeMeasuresModule": {"outcomeMeasures": [thirst, cough, sleep]}
    }
    write_study(folder / "corpus", record)
    write_study(folder / "corpus", whole_study(71, title="Walking for Invented Green Knees"))
    events = whole_study(72, title="Walking Whose Events Alone Are Posted", drug="walking")
    events["resultsSection"] = {"adverseEventsModule": adverse_events()}
    write_study(folder / "corpus", events | {"hasResults": True})
    write_study(folder / "corpus", whole_study(73, title="Walking That a Digest Disputes"))
    digest = write_digest(folder / "corpus", 73, body="An invented trial.")
    digest.write_text(digest.read_text().replace("No results are available yet.", REPORTED))
    asker = Asker([folder / "corpus"], folder / "index")
    return lambda text: asker.draft(answer_results, text)


def texts(draft):
    return [claim.text for claim in draft.claims]


def test_the_outcome_and_time_that_are_asked_for_are_quoted(ask):
    """Of two times of one outcome the one named answers."""
    assert texts(ask(f"How much was the invented thirst at 12 weeks in {POSTED}?")) == [
        "Result: Invented thirst / 12 weeks: Blue Arm 3.25 cups; Placebo Arm 4.75 cups"
    ]


def test_the_value_of_the_arm_that_is_asked_for_is_cited_by_its_path(ask):
    """The line is context; the second citation is the one number."""
    (claim,) = ask(f"How did the placebo arm of {POSTED} do on made-up cough?").claims
    assert [(one.quote, one.path) for one in claim.citations[1:]] == [
        ("9", f"{MEASURES}[1].classes[0].categories[0].measurements[1].value")
    ]


def test_where_arms_are_compared_the_posted_analysis_is_quoted(ask):
    """Which arm did better is not judged: the lines and the posted analysis speak."""
    found = texts(ask(f"Did the blue arm have less invented thirst than placebo in {POSTED}?"))
    assert found[-1] == (
        "Analysis: Invented thirst: Blue Arm against Placebo Arm; method: ANOVA; p value 0.31"
    )


def test_results_in_general_are_those_of_the_primary_outcome(ask):
    """Without a named outcome the secondary one is left out."""
    found = texts(ask(f"What are the results of {POSTED}?"))
    assert len(found) == 2
    assert all("Invented thirst" in text for text in found)


def test_an_outcome_without_a_value_is_answered_by_what_introduces_it(ask):
    """A posted outcome that nobody measured says so in its own line."""
    (found,) = texts(ask(f"What was the invented sleep in {POSTED}?"))
    assert found.endswith("unit: hours; population: Nobody was watched")


def test_without_posted_results_the_line_that_says_so_is_cited(ask):
    """No results is an answer with a date."""
    draft = ask(f"What are the results of {UNPOSTED}?")
    assert (draft.abstained.type, draft.abstained.reason) == (
        "no_results_posted",
        "results_not_posted",
    )
    assert texts(draft) == ["Results posted: no (as of 2024-05-06)"]


def test_an_outcome_that_is_not_posted_is_not_answered_by_another(ask):
    """The primary outcome stands in for none; what is posted is named instead."""
    draft = ask(f"What was the overall survival in {POSTED}?")
    assert (draft.abstained.type, draft.abstained.reason) == ("no_match", "not_given")
    assert texts(draft) == [
        "Primary outcome: Invented thirst",
        "Secondary outcome: Made-up cough",
        "Secondary outcome: Invented sleep",
    ]


def test_an_outcome_that_shares_half_of_the_words_is_another(ask):
    """ "Quality of sleep" may be anything; only "invented sleep" is posted."""
    assert ask(f"How was the quality of sleep in {POSTED}?").abstained.reason == "not_given"


def test_results_in_general_tell_how_many_secondary_outcomes_are_left_out(ask):
    """A reader sees that more is posted."""
    notes = ask(f"What were the results of {POSTED}?").notes
    assert [note.text for note in notes] == [
        f"{POSTED}: 2 secondary outcomes are posted too; ask by name.",
    ]


def test_posted_events_without_outcomes_are_told_as_such(ask):
    """The copy holds results, only none of the outcomes."""
    draft = ask(f"What are the results of {ONLY_EVENTS}?")
    assert draft.abstained.type == "no_results_posted"
    assert "adverse events are" in draft.abstained.message
    assert "holds none" not in draft.abstained.message


def test_a_digest_that_reports_results_against_the_registry_is_a_conflict(ask):
    """The registry's line comes first, the digest's sentence after it."""
    draft = ask(f"What are the results of {DISPUTED}?")
    assert (draft.abstained.type, draft.abstained.reason) == ("conflict", "sources_disagree")
    assert texts(draft) == ["Results posted: no (as of 2024-05-06)", REPORTED]
    assert draft.notes
