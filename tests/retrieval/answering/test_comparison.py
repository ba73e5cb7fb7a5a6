"""Trials and arms side by side, each cell from its own record."""

from __future__ import annotations

import pytest

from retrieval.answering.comparison import APART, NOT_GIVEN, answer_comparison
from tests.corpus import study, whole_study, write_study
from tests.retrieval.answering.asking import Asker, posted, with_protocol

BLUE, GREEN, WALK, SICK = (f"NCT9000006{n}" for n in range(4))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Four made-up trials: of thymalfasin with arms and events, of walking, two of BPC-157."""
    folder = tmp_path_factory.mktemp("comparison")
    arms = {
        "armGroups": [
            {"label": "Blue arm", "type": "EXPERIMENTAL", "interventionNames": ["Drug: blue"]},
            {"label": "Placebo arm", "description": "an invented sugar"},
        ],
        "interventions": [{"type": "DRUG", "name": "thymalfasin"}],
    }
    blue = with_protocol(
        whole_study(60, title="Thymalfasin for Invented Blue Fever"), armsInterventionsModule=arms
    )
    for record in (
        posted(blue),
        study(61, title="Another Fever, Invented and Green", drug="BPC-157", phase="PHASE3"),
        whole_study(62, title="Walking for Invented Green Knees", drug="walking"),
        study(63, title="A Sickness of Invention", drug="BPC-157", results=True),
    ):
        write_study(folder / "corpus", record)
    asker = Asker([folder / "corpus"], folder / "index")
    return lambda text, *fields: asker.draft(answer_comparison, text, fields=fields)


def rows(table):
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}


def test_a_field_that_is_asked_for_stands_beside_that_of_the_other_trial(ask):
    """One row, a column per trial, and a cited claim of each."""
    draft = ask(f"compare the phase of {BLUE} and {GREEN}", "phase")
    assert rows(draft.tables[0]) == {"phase": ["Phase 2", "Phase 3"]}
    assert [claim.text for claim in draft.claims] == [
        f"{BLUE}: Phase: Phase 2",
        f"{GREEN}: Phase: Phase 3",
    ]
    assert APART in [one.text for one in draft.notes]


def test_every_cell_is_of_its_columns_trial(ask):
    """No value of one trial stands under the other."""
    table = ask(f"compare {BLUE} and {WALK}").tables[0]
    for row in table.rows:
        for trial, cell in zip(table.columns[1:], row[1:], strict=True):
            assert cell.citation is None or cell.citation.source.trial_id == trial


def test_what_a_record_does_not_give_is_said(ask):
    """An empty field of one record is no value of the other."""
    table = ask(f"compare {BLUE} and {GREEN}").tables[0]
    assert rows(table)["enrollment"] == ["36", NOT_GIVEN]


def test_posted_events_are_tables_of_their_own(ask):
    """Totals of adverse events are never columns beside another trial's."""
    titles = [table.title for table in ask(f"compare {BLUE} and {GREEN}").tables]
    assert titles == [
        f"{BLUE} and {GREEN} side by side",
        f"{BLUE}: participants with adverse events, per arm",
    ]


def test_a_trial_that_is_not_here_is_named_and_the_other_is_shown(ask):
    """Half of a comparison says that it is half."""
    draft = ask(f"compare {BLUE} and NCT99999999", "phase")
    assert [one.text for one in draft.notes] == [
        "NCT99999999: not in this corpus, so not compared."
    ]
    assert rows(draft.tables[0]) == {"phase": ["Phase 2"]}


def test_the_arms_of_one_trial_are_compared_among_themselves(ask):
    """One named trial: a row per arm, from the record."""
    draft = ask(f"compare the arms of {BLUE}")
    assert rows(draft.tables[0]) == {
        "Blue arm": ["Experimental", NOT_GIVEN, "Drug: blue"],
        "Placebo arm": [NOT_GIVEN, "an invented sugar", NOT_GIVEN],
    }


def test_compounds_without_a_common_trial_are_shown_by_the_best_of_each(ask):
    """Nothing is pooled, and the answer says that no trial compares them."""
    draft = ask("thymalfasin versus BPC-157")
    assert draft.tables[0].columns == ("Field", BLUE, GREEN)
    assert draft.notes[0].text.startswith(
        "No trial here studies Thymosin alpha-1 and BPC-157 together"
    )


def counts(table):
    return [tuple(cell.text for cell in row if not cell.computed) for row in table.rows]


@pytest.mark.parametrize(
    "asked", [f"nausea percentages {BLUE} vs {SICK}", "compare nausea of thymalfasin and BPC-157"]
)
def test_an_event_is_compared_by_trial_and_arm(ask, asked):
    """Each row is one arm of one trial; of a compound the trial that posts events is taken."""
    (table,) = ask(asked).tables
    assert counts(table) == [
        (BLUE, "Nausea", "other", "Blue Drug Arm", "0/0", "no percentage"),
        (BLUE, "Nausea", "other", "Placebo Arm", "0/0", "no percentage"),
        (BLUE, "Nausea", "other", "Blue Drug 2", "not reported", "no percentage"),
        (SICK, "Nausea", "other", "Drug", "3/17"),
        (SICK, "Nausea", "other", "Placebo", "0/19"),
    ]


def test_a_trial_without_the_event_is_told_and_the_other_shown(ask):
    """What one record does not post is no zero beside the other's count."""
    draft = ask(f"compare back pain in {BLUE} and {WALK}")
    assert {row[0] for row in counts(draft.tables[0])} == {BLUE}
    assert any(WALK in note.text and "no results posted" in note.text for note in draft.notes)


def test_a_trial_that_posts_other_events_alone_is_noted(ask):
    """Its totals stand in a table of their own; nobody reads a zero into its silence."""
    draft = ask(f"compare back pain in {BLUE} and {SICK}")
    assert {row[0] for row in counts(draft.tables[0])} == {BLUE}
    assert draft.notes[0].text.startswith(f"{SICK}: none of its posted adverse events is")


def test_safety_in_general_is_compared_by_totals_per_trial(ask):
    """A table of totals for each, none for both."""
    titles = [table.title for table in ask(f"compare the safety of {BLUE} and {SICK}").tables]
    assert titles == [
        f"{trial}: participants with adverse events, per arm" for trial in (BLUE, SICK)
    ]


def test_harms_that_no_trial_posts_are_an_abstention(ask):
    """The lines that show the absence are cited for each."""
    draft = ask(f"compare the side effects of {GREEN} and {WALK}")
    assert draft.abstained is not None
    assert {c.source.trial_id for one in draft.claims for c in one.citations} == {GREEN, WALK}


@pytest.mark.parametrize("asked", ["difference between the arms of {}", "{}: drug vs placebo arm"])
def test_arms_are_compared_in_other_words(ask, asked):
    """One named trial and no harm asked: a row per arm."""
    assert set(rows(ask(asked.format(BLUE)).tables[0])) == {"Blue arm", "Placebo arm"}
