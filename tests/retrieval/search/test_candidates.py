"""Candidates: what both arms find, each with its exact cosine, under one selection."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.question.read import read
from retrieval.search.candidates import Probe, among, gather
from retrieval.search.rerank import readable
from retrieval.search.subject import subject_of
from retrieval.types import Filters, Query
from tests.fakes import HashingEmbedder
from tests.retrieval.conftest import FEVER, KNEES

QUERIES = ["thymalfasin safety", "walking knees", f"phase of {KNEES}", "nothing of this is here"]
EVERYTHING = Filters()
DOCUMENTS = 100  # more than there are
TWO_TRIALS = Filters(trial_ids=(FEVER, KNEES))


def gathered(text, snapshot, ladder, *, filters=EVERYTHING, depth=5):
    """Gather ``depth`` chunks per arm for a query; also return its vector and the selection."""
    selection = snapshot.columns.select(filters)
    documents = snapshot.document_lexical.search(text, k=DOCUMENTS, allowed=selection.documents)
    subject = subject_of(
        Query(text), read(text, ladder), found=documents, snapshot=snapshot, ladder=ladder
    )
    vector = HashingEmbedder().embed_query(text)
    found = gather(
        Probe(text, names=(), vector=vector, depth=depth),
        documents=documents,
        subject=subject,
        selection=selection,
        snapshot=snapshot,
    )
    return found, vector, selection


@pytest.mark.parametrize("filters", [EVERYTHING, TWO_TRIALS])
@pytest.mark.parametrize("text", QUERIES)
def test_each_candidate_stands_once_with_its_exact_cosine(snapshot, ladder, text, filters):
    """Rows rise without repetition, inside the selection, and the dense score is the cosine."""
    found, vector, selection = gathered(text, snapshot, ladder, filters=filters)
    assert found.rows.tolist() == sorted(set(found.rows.tolist()))
    assert selection.chunks[found.rows].all()
    assert np.allclose(found.dense, [snapshot.matrix[row] @ vector for row in found.rows])


@pytest.mark.parametrize("text", QUERIES)
def test_ranks_count_from_one_along_the_scores(snapshot, ladder, text):
    """In each arm better ranks have no worse scores; rank 0 is what the arm did not find."""
    found, _, _ = gathered(text, snapshot, ladder)
    for ranks, scores in (
        (found.lexical_ranks, found.lexical),
        (found.dense_ranks, found.dense),
    ):
        order = np.argsort(ranks[ranks > 0])
        assert sorted(ranks[ranks > 0]) == list(range(1, len(order) + 1))
        assert (np.diff(scores[ranks > 0][order]) <= 1e-6).all()
    assert (found.lexical[found.lexical_ranks == 0] == 0).all()
    for place in range(len(found.rows)):
        assert (found.dense_of(place) is None) == (found.dense_ranks[place] == 0)
        assert (found.lexical_of(place) is None) == (found.lexical_ranks[place] == 0)


@pytest.mark.parametrize("text", QUERIES)
def test_the_horizon_is_the_last_cosine_that_the_dense_arm_found(snapshot, ladder, text):
    """Everything that the dense arm ranked lies on it or above."""
    found, _, _ = gathered(text, snapshot, ladder)
    assert found.horizon == found.dense[found.dense_ranks > 0].min()


def test_every_chunk_of_a_named_trial_is_a_candidate(snapshot, ladder):
    """Whoever names a trial may be shown any of it, however few chunks each arm returns."""
    found, _, _ = gathered(f"phase of {KNEES}", snapshot, ladder, depth=1)
    of_trial = snapshot.rows_of(np.array(snapshot.trials[KNEES]))
    assert set(of_trial.tolist()) <= set(found.rows.tolist())
    assert len(of_trial) > 5


def test_every_document_that_its_words_find_has_a_chunk_among_the_candidates(snapshot, ladder):
    """The documents' index brings each of its hits along, though no arm found any chunk of it."""
    text = "made-up trials of walking"
    documents = snapshot.document_lexical.search(text, k=DOCUMENTS)
    found, _, _ = gathered(text, snapshot, ladder, depth=1)
    held = snapshot.documents[found.rows]
    assert set(documents.rows.tolist()) <= set(held.tolist())
    assert len(documents.rows) > 3
    scores = dict(zip(documents.rows.tolist(), documents.scores.tolist(), strict=True))
    assert found.document.tolist() == [scores.get(ordinal, 0.0) for ordinal in held.tolist()]


def test_an_empty_selection_has_no_candidates(snapshot, ladder):
    """Nothing is found, not even what is named, where the filters leave nothing."""
    nowhere = Filters(trial_ids=("NCT00000000",))
    found, _, _ = gathered(f"phase of {KNEES}", snapshot, ladder, filters=nowhere)
    assert len(found.rows) == 0


def test_among_scores_the_given_rows_and_no_others(snapshot):
    """Each given row has its cosine, and a lexical score only where it has a word of the text."""
    rows = snapshot.rows_of(np.array(snapshot.trials[FEVER]))
    vector = HashingEmbedder().embed_query("nausea")
    parts = among(rows, "nausea", vector, snapshot)
    assert parts.rows.tolist() == rows.tolist()
    assert np.allclose(parts.dense, snapshot.matrix[rows] @ vector)
    says = ["nausea" in readable(row, snapshot).lower() for row in rows.tolist()]
    assert (parts.lexical > 0).tolist() == says
    assert sum(says) == 1
