"""Field lookups: copied lines, what is not given, and what a digest disputes."""

from __future__ import annotations

import pytest

from retrieval.answering.answerer import Answerer
from retrieval.answering.types import Question
from retrieval.index.live import LiveIndex
from retrieval.search.searcher import Searcher
from retrieval.types import Filters
from tests.corpus import index, whole_study, write_study
from tests.fakes import HashingEmbedder
from tests.retrieval.answering.conftest import BARE, COUGH, FEVER, ONLY_DIGEST, TITLES


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        (f"what phase is {COUGH}?", "Phase: Phase 3", "protocolSection.designModule.phases[0]"),
        (
            f"{COUGH} status",
            "Overall status: Completed",
            "protocolSection.statusModule.overallStatus",
        ),
        (
            f"who sponsors {COUGH}",
            "Lead sponsor: Cough & Sons, Other",
            "protocolSection.sponsorCollaboratorsModule.leadSponsor.name",
        ),
        (
            f"how many participants are in {COUGH}",
            "Enrollment: 36, Actual",
            "protocolSection.designModule.enrollmentInfo.count",
        ),
        (
            f"where does {COUGH} take place",
            "Portugal",
            "protocolSection.contactsLocationsModule.locations[0].country",
        ),
    ],
)
def test_a_field_is_its_line_with_its_path(ask, text, line, path):
    """The claim is what the record says, to the letter, and cites the value's JSON path."""
    answer = ask(text)
    assert (answer.routed.route, answer.abstained) == ("lookup", None)
    assert answer.claims[0].text == line
    assert answer.claims[0].citations[0].path == path


def test_a_title_names_a_trial_too(ask):
    """The words of the title are none of the question's."""
    answer = ask(f"What phase is {TITLES[COUGH]}?")
    assert answer.text == "Phase: Phase 3 [1]"


def test_several_fields_in_their_order(ask):
    """Each asked field has its claim."""
    answer = ask(f"masking and phase of {COUGH}")
    assert [claim.text for claim in answer.claims] == ["Masking: Double", "Phase: Phase 3"]


def test_a_field_that_is_not_given_is_an_abstention(ask):
    """The section where it would stand is cited, or the record's id where there is none."""
    answer = ask(f"is {BARE} randomized?")
    assert answer.abstained is not None
    assert (answer.abstained.type, answer.abstained.reason) == ("no_match", "not_given")
    assert "allocation" in answer.abstained.message
    assert BARE in answer.claims[0].citations[0].quote


def test_of_two_fields_the_missing_one_is_a_note(ask):
    """What is given is answered."""
    answer = ask(f"status and allocation of {BARE}")
    assert [claim.text for claim in answer.claims] == ["Overall status: Recruiting"]
    assert any("allocation" in note.text for note in answer.notes)


def test_a_digest_that_says_otherwise_is_quoted_second(ask):
    """The registry's phase comes first, then the digest's words, and a note."""
    answer = ask(f"what phase is {FEVER}")
    assert [c.citations[0].labels.voice for c in answer.claims] == ["registry", "llm_digest"]
    assert answer.claims[0].text == "Phase: Phase 2"
    assert "phase 3" in answer.claims[1].text
    assert any("the registry stands" in note.text for note in answer.notes)


def test_a_digest_that_agrees_is_not_quoted(ask):
    """Who asks for the sponsor hears nothing of the phase."""
    assert len(ask(f"who sponsors {FEVER}").claims) == 1


def test_a_trial_that_is_only_named_is_told_in_short(ask):
    """An id by itself asks for an overview."""
    labels = [claim.text.partition(":")[0] for claim in ask(COUGH).claims]
    assert labels[0] == "Brief title"
    assert {"Overall status", "Phase", "Enrollment", "Results posted"} <= set(labels)


def test_a_digest_alone_is_quoted_as_a_models_words(ask):
    """Without a record the digest's sentences answer, and it is said that no record is here."""
    answer = ask(f"what do sailors take thymalfasin against in {ONLY_DIGEST}")
    assert answer.abstained is None
    assert any("seasickness" in claim.text for claim in answer.claims)
    assert {c.labels.voice for c in answer.citations} == {"llm_digest"}
    assert any(note.kind == "digests_alone" for note in answer.notes)


def test_a_filter_names_a_trial(ask):
    """Filtered to one trial, its fields are meant; a trial that the filters leave out is told."""
    one = Filters(trial_ids=(COUGH,))
    assert ask("what phase is it?", filters=one).text == "Phase: Phase 3 [1]"
    answer = ask(f"what phase is {FEVER}?", filters=one)
    assert answer.abstained is not None
    assert (answer.abstained.reason, answer.claims) == ("nothing_matches", ())


@pytest.fixture
def ask_of_arms(tmp_path, ladder):
    """A function that asks of one trial whose arms are "Intervention" and "Rest"."""
    record = whole_study(51, title="Walking or Rest for Invented Knees")
    record["protocolSection"]["armsInterventionsModule"] = {
        "armGroups": [{"label": "Intervention"}, {"label": "Rest"}],
        "interventions": [
            {"type": "BEHAVIORAL", "name": "Walking", "armGroupLabels": ["Intervention"]},
            {"type": "BEHAVIORAL", "name": "Sitting", "armGroupLabels": ["Rest"]},
        ],
    }
    write_study(tmp_path / "corpus", record)
    embedder = HashingEmbedder()
    index([tmp_path / "corpus"], tmp_path / "index", embedder)
    live = LiveIndex.open(tmp_path / "index", embedder.recipe)
    searcher = Searcher(live, embedder, ladder)
    answerer = Answerer(searcher, live, ladder=ladder, embedder=embedder)
    yield lambda text: answerer.answer(Question(text))
    live.close()


def test_the_fields_own_word_names_no_arm(ask_of_arms):
    """Asked for interventions, all are given, though an arm is called "Intervention"."""
    texts = [claim.text for claim in ask_of_arms("interventions of NCT90000051").claims]
    assert len(texts) == 2
    assert all(text.startswith("Intervention: ") for text in texts)


def test_a_named_arm_is_told_alone(ask_of_arms):
    """Asked for one arm, the others' lines are left out."""
    texts = [claim.text for claim in ask_of_arms("rest arm of NCT90000051").claims]
    assert len(texts) == 1
    assert texts[0].startswith("Arm: Rest")
