"""A reranker reads the best candidates, moves those alone, and can be left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from retrieval.search.candidates import among
from retrieval.search.rerank import readable, worth_reading
from retrieval.search.searcher import Searcher
from retrieval.search.weights import DEFAULT
from retrieval.types import Query
from tests.fakes import HashingEmbedder, OverlapReranker
from tests.retrieval.conftest import ELBOWS, KNEES

# Words that no compound, filter or title is read from.
QUESTION = "who can join with an invented cough and no made-up allergy"


@pytest.fixture
def everything(snapshot):
    """Every chunk as a candidate, and scores that fall with the row."""
    rows = np.arange(len(snapshot.places))
    candidates = among(rows, "x", HashingEmbedder().embed_query("x"), snapshot)
    return candidates, np.linspace(1, 0, len(rows), dtype=np.float32)


def searcher(live, ladder, *, tuning=DEFAULT, reranker=None):
    return Searcher(live, HashingEmbedder(), ladder, reranker=reranker, tuning=tuning)


def trials(ranking):
    return [hit.source.trial_id for hit in ranking.hits]


@pytest.mark.parametrize(("depth", "share"), [(1, 1), (5, 1), (7, 2), (1000, 3), (0, 3)])
def test_the_best_are_read_and_few_of_any_one_trial(snapshot, everything, depth, share):
    """At most so many in all and so many of a trial, best first, and no better one left out."""
    candidates, scores = everything
    tuning = replace(DEFAULT, rerank_depth=depth, rerank_per_trial=share)
    places = worth_reading(candidates, scores, tuning=tuning, snapshot=snapshot).tolist()
    of_trial = snapshot.trial_numbers[snapshot.documents[candidates.rows]]
    counts = Counter(of_trial[places].tolist())
    assert len(places) == len(set(places)) <= depth
    assert max(counts.values(), default=0) <= share
    assert (np.diff(scores[places]) <= 0).all()
    for place in set(range(places[-1] if places else 0)) - set(places):
        assert counts[of_trial[place]] == share


def test_a_reranker_reads_title_section_and_text(snapshot):
    """A chunk alone seldom says what trial it is of."""
    row = snapshot.rows_of(np.array(snapshot.trials[KNEES]))[0]
    place = snapshot.places[row]
    text = readable(int(row), snapshot)
    document = snapshot.catalogue.document(place.doc_id)
    assert text.startswith(document.title)
    assert place.section in text
    assert text.endswith(document.text[place.start : place.end])


def test_opinions_move_what_was_read_and_are_told(titled_index, ladder):
    """The best read text rises to the top, and each hit tells the opinion or that it has none."""
    reranker = OverlapReranker()
    tuning = replace(DEFAULT, rerank=100.0, rerank_passage=100.0, rerank_depth=8)
    search = searcher(titled_index, ladder, tuning=tuning, reranker=reranker).search
    before = search(Query(QUESTION, rerank=False))
    assert reranker.read == 0
    assert {hit.explanation.rerank for hit in before.hits} == {None}
    after = search(Query(QUESTION, rerank=True))
    assert reranker.read == 8
    opinions = [hit.explanation.rerank for hit in after.hits]
    told = [opinion for opinion in opinions if opinion is not None]
    assert told
    assert told == sorted(told, reverse=True)
    assert [(hit.source, hit.passage) for hit in after.hits] != [
        (hit.source, hit.passage) for hit in before.hits
    ]


def test_what_was_not_read_is_not_lifted(titled_index, ladder):
    """An unread trial scores no better than without a reranker, and keeps its order."""
    tuning = replace(DEFAULT, rerank_depth=2, rerank_per_trial=1)
    search = searcher(titled_index, ladder, tuning=tuning, reranker=OverlapReranker()).search
    before = {hit.source.trial_id: hit for hit in search(Query(QUESTION, rerank=False)).hits}
    after = search(Query(QUESTION, rerank=True)).hits
    unread = [hit for hit in after if hit.explanation.rerank is None]
    assert len(unread) == len(before) - 2
    ranks = [before[hit.source.trial_id].rank for hit in unread]
    assert ranks == sorted(ranks)
    for hit in unread:
        assert hit.score <= before[hit.source.trial_id].score


def test_an_opinion_never_moves_a_trial_past_one_that_is_named(titled_index, ladder):
    """Tiers stand above opinions: a named trial stays first whatever a reranker thinks."""
    tuning = replace(DEFAULT, rerank=100.0)
    search = searcher(titled_index, ladder, tuning=tuning, reranker=OverlapReranker()).search
    assert trials(search(Query(f"{ELBOWS} {QUESTION}", rerank=True)))[0] == ELBOWS


def test_a_reranker_without_weight_changes_nothing(titled_index, ladder):
    """At weight 0 the order is the first stage's."""
    tuning = replace(DEFAULT, rerank=0.0, rerank_passage=0.0)
    search = searcher(titled_index, ladder, tuning=tuning, reranker=OverlapReranker()).search
    plain, reranked = (search(Query(QUESTION, rerank=asked)) for asked in (False, True))
    assert [(hit.passage, hit.score) for hit in plain.hits] == [
        (hit.passage, hit.score) for hit in reranked.hits
    ]
