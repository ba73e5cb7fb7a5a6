"""The lines of a document, what they state, and their order; every record here is made up."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.readers import Read, read_file
from retrieval.answering.lines.features import NAMES, Asked, features_of, question_words
from retrieval.answering.lines.kinds import FAMILIES, OPERATIONS, family_of, operation_of
from retrieval.answering.lines.lines import kind_of, lines_of
from retrieval.answering.lines.ranking import READ, ranked_lines, worth_reading
from retrieval.answering.lines.terms import Terms
from retrieval.language.compounds import Ladder
from retrieval.models.line_ranker import load_line_ranker
from retrieval.types import Document
from tests.corpus import whole_study, write_study
from tests.fakes import HashingEmbedder

STATUS = "protocolSection.statusModule"
MEASURE = "resultsSection.outcomeMeasuresModule.outcomeMeasures[*]"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory, ladder: Ladder) -> Document:
    """A whole made-up record with posted results."""
    folder = tmp_path_factory.mktemp("lines")
    write_study(folder, whole_study(41, title="Thymalfasin for Invented Fever", results=True))
    (path,) = folder.iterdir()
    (found,) = read_file(path, ladder)
    assert isinstance(found, Read)
    return found.document


@pytest.mark.parametrize(
    ("patterns", "kind"),
    [
        (["protocolSection.statusModule.overallStatus"], "overallStatus"),
        (["protocolSection.designModule.designInfo.allocation"], "allocation"),
        (["hasResults", f"{STATUS}.lastUpdatePostDateStruct.date"], "hasResults"),
        ([f"{MEASURE}.classes[*].categories[*].measurements[*].value"], "result"),
        ([f"{MEASURE}.analyses[*].pValue"], "analysis"),
        (["resultsSection.participantFlowModule.periods[*].milestones[*].type"], "flow"),
        (["resultsSection.adverseEventsModule.seriousEvents[*].term"], "serious_event"),
        (["protocolSection.contactsLocationsModule.locations[*].city"], "locations"),
    ],
)
def test_what_a_line_states_is_told_by_its_paths(patterns: list[str], kind: str) -> None:
    """Not by its words: a heading may be worded otherwise tomorrow."""
    assert kind_of(patterns) == kind


def test_every_line_is_a_slice_of_the_text(document: Document) -> None:
    """A line that is quoted is verbatim, and no heading is one."""
    lines = lines_of(document)
    assert len(lines) > 20
    assert all(document.text[line.start : line.end] == line.text for line in lines)
    assert not any(line.text.endswith(":") for line in lines)
    assert {line.kind for line in lines} >= {"overallStatus", "enrollmentInfo", "other_event"}


def test_points_of_a_list_keep_their_heading(document: Document) -> None:
    """A criterion without "Inclusion" or "Exclusion" before it would say nothing."""
    criteria = [line for line in lines_of(document) if line.kind == "eligibilityCriteria"]
    assert criteria
    assert all(line.head for line in criteria)


def test_features_are_finite_and_named(document: Document) -> None:
    """One row a line, one column a name."""
    lines = lines_of(document)
    rows = features_of(Asked.of("what phase is it?"), lines, {"phases": 0.9})
    assert rows.shape == (len(lines), len(NAMES))
    assert np.isfinite(rows).all()


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("is it recruiting?", "overallStatus"),
        ("how many people were enrolled?", "enrollmentInfo"),
        ("who sponsors it?", "leadSponsor"),
        ("what phase?", "phases"),
    ],
)
def test_the_shipped_weights_find_plain_facts(document: Document, question: str, kind: str) -> None:
    """Even without vectors and without a reader the asked field's line is among the first."""
    ranker = load_line_ranker()
    kinds = ranker.kinds_asked(np.zeros(ranker.dimension, np.float32), question_words(question))
    assert sum(kinds.values()) == pytest.approx(1)
    ranked = ranked_lines(
        question,
        document,
        lines_of(document),
        kinds=kinds,
        ranker=ranker,
        reranker=None,
        terms=Terms(HashingEmbedder()),
    )
    assert kind in [one.line.kind for one in ranked[:3]]


def test_likely_kinds_are_read_beside_the_best(document: Document) -> None:
    """A line that shares no word is read where its kind is asked for; nothing is read twice."""
    lines = lines_of(document)
    last = max(n for n, line in enumerate(lines) if line.kind == "locations")
    firsts = -np.arange(len(lines), dtype=np.float32)
    read = worth_reading(lines, firsts, {"locations": 1.0})
    assert last in read
    assert len(read) == len(set(read))
    assert read[:READ] == list(range(min(READ, len(lines))))


def test_each_kind_has_one_operation_and_one_family() -> None:
    """A kind in two families would be told twice."""
    kinds = [kind for family, _ in FAMILIES for kind in family]
    assert len(kinds) == len(set(kinds))
    assert all(operation_of(kind) in OPERATIONS for kind in kinds)
    assert family_of("briefSummary") == (frozenset(), 0)
