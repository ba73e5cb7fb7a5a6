"""Of one trial's chunks the one that answers is shown, in the registry's words where it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retrieval.question.read import read
from retrieval.search.candidates import among
from retrieval.search.preference import THIN, preferred
from retrieval.search.subject import subject_of
from retrieval.search.weights import DEFAULT
from retrieval.types import Query
from tests.fakes import HashingEmbedder
from tests.retrieval.conftest import FEVER


@pytest.fixture
def wanted(snapshot, ladder):
    """How much each chunk of the fever trial is wanted, all of them alike but for what they are."""
    vector = HashingEmbedder().embed_query("x")
    candidates = among(snapshot.rows_of(np.array(snapshot.trials[FEVER])), "x", vector, snapshot)
    found = snapshot.document_lexical.search("x", k=1)
    query = Query("x", understand=False)
    subject = subject_of(
        query, read(query.text, ladder), found=found, snapshot=snapshot, ladder=ladder
    )
    places = [snapshot.places[row] for row in candidates.rows]

    def want(*sections):
        scores = preferred(
            np.full(len(places), 0.5, dtype=np.float32),
            candidates,
            subject=replace(subject, sections=sections),
            tuning=DEFAULT,
            snapshot=snapshot,
        )
        return list(zip(places, scores.tolist(), strict=True))

    return want


@pytest.mark.parametrize("section", ["Design", "Sponsor", "Conditions and keywords"])
def test_the_section_that_was_asked_for_is_wanted_most(wanted, section):
    """Among chunks of equal scores it comes first, though it may be a thin one."""
    best, _ = max(wanted(section), key=lambda pair: pair[1])
    assert best.section == section


def test_thin_sections_are_wanted_least_of_a_document(wanted):
    """Bare terms of a record are shown only when nothing else of it is as good."""
    record = [pair for pair in wanted() if not pair[0].doc_id.startswith("digest")]
    thin = [score for place, score in record if place.section in THIN]
    others = [score for place, score in record if place.section not in THIN]
    assert thin
    assert max(thin) < min(others)


def test_the_registrys_words_are_wanted_before_a_digests(wanted):
    """Of two chunks alike the record's is shown."""
    registry, digest = (
        [score for place, score in wanted() if place.doc_id.startswith("digest") is voice]
        for voice in (False, True)
    )
    assert digest
    assert max(registry) > max(digest)


def test_preferences_only_add_to_a_score(wanted):
    """What is wanted is never wanted less than its fused score."""
    assert min(score for _, score in wanted()) >= 0.5
