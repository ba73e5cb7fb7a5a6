"""Rows of hits: one per trial, or several different passages of the trial that was named."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from retrieval.index.live import LiveIndex
from retrieval.search.hits import ROWS_PER_NAMED_TRIAL, RowLimit
from retrieval.search.searcher import Searcher
from retrieval.types import Filters, Query
from tests.corpus import index, whole_study, write_study
from tests.fakes import HashingEmbedder
from tests.retrieval.conftest import ELBOWS, FEVER, KNEES, TITLES

QUERIES = [
    Query("invented fever safety"),
    Query("walking", k=3),
    Query(f"who may join {FEVER}", k=8),
    Query(f"what phase is {TITLES[ELBOWS]}?"),
    Query(f"{KNEES} or {ELBOWS}", k=20),
    Query("thymalfasin", filters=Filters(trial_ids=(FEVER,)), k=7),
    Query("walking", filters=Filters(trial_ids=(KNEES, ELBOWS))),
    Query("adverse events", filters=Filters(sections=("Adverse events", "Design")), k=1),
]


@pytest.fixture
def search(titled_index, ladder):
    return Searcher(titled_index, HashingEmbedder(), ladder).search


def trials(ranking):
    return [hit.source.trial_id for hit in ranking.hits]


@pytest.mark.parametrize("query", QUERIES)
def test_ranks_count_from_one_down_the_scores_and_k_is_kept(search, query):
    """However many rows a trial has, they are ranked with all others."""
    hits = search(query).hits
    assert 1 <= len(hits) <= query.k
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("query", QUERIES)
def test_no_two_rows_show_the_same_words(search, query):
    """Passages of one document never overlap, main and related ones alike."""
    hits = search(query).hits
    shown = [hit.passage for main in hits for hit in (main, *main.related)]
    for one, other in combinations(shown, 2):
        apart = one.end <= other.start or other.end <= one.start
        assert one.doc_id != other.doc_id or apart


@pytest.mark.parametrize("query", QUERIES)
def test_related_are_documents_of_the_trial_that_have_no_row(search, query):
    """Only the first row of a trial has related ones, one for each document not shown."""
    rows = {}
    for hit in search(query).hits:
        rows.setdefault(hit.source.trial_id, []).append(hit)
    for first, *others in rows.values():
        documents = {hit.source.doc_id for hit in (first, *others)}
        related = [hit.source.doc_id for hit in first.related]
        assert len(related) == len(set(related))
        assert not documents & set(related)
        assert {hit.source.trial_id for hit in first.related} <= {first.source.trial_id}
        assert not any(hit.related for hit in others)


def test_a_search_within_one_trial_shows_several_passages_of_it(search):
    """Filtered to one trial, every row is another passage of that trial, up to k."""
    only = Filters(trial_ids=(FEVER,))
    for k in (1, 4, 8):
        ranking = search(Query("thymalfasin for invented fever", filters=only, k=k))
        assert trials(ranking) == [FEVER] * k
    sections = [hit.passage.section for hit in ranking.hits]
    assert len(set(sections)) > 4


@pytest.mark.parametrize(
    "text", [f"who may join {FEVER}", f"what phase is {TITLES[FEVER]}?", TITLES[FEVER].lower()]
)
def test_a_named_trial_has_some_rows_before_its_neighbours(search, text):
    """Named by id or by a long title, a trial comes with several passages, then others follow."""
    found = trials(search(Query(text)))
    own = found.count(FEVER)
    assert 1 < own <= ROWS_PER_NAMED_TRIAL
    assert found[:own] == [FEVER] * own
    assert len(found) > own
    assert max(Counter(found[own:]).values()) == 1


def test_a_short_title_names_a_subject_and_has_one_row(search):
    """Few words may be a subject: the trial comes first, and others of it follow at once."""
    found = trials(search(Query(f"sponsor of {TITLES[KNEES]}")))
    assert found[0] == KNEES
    assert max(Counter(found).values()) == 1


def test_trials_that_no_one_names_have_one_row_each(search):
    """A search by subject lists distinct trials."""
    found = trials(search(Query("invented adverse events of made-up trials", k=20)))
    assert len(found) == len(set(found)) > 5


def test_the_limit_is_of_named_trials_only():
    """Every other trial has one row."""
    limit = RowLimit(frozenset({FEVER}), 5)
    assert (limit.of(FEVER), limit.of(KNEES)) == (5, 1)


@pytest.fixture(scope="module")
def search_of_many(tmp_path_factory, ladder):
    """A search over 150 trials of several chunks: more than the first depth of an arm."""
    folder = tmp_path_factory.mktemp("many")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number in range(100, 250):
        kind = "hiccups" if number % 3 else "fever and hiccups"
        summary = f"An invented study of {kind}. " + f"Walking {number} steps helps. " * (
            number % 7
        )
        title = f"Walking {number} steps against {kind}"
        write_study(corpus, whole_study(number, title=title, drug="walking", summary=summary))
    embedder = HashingEmbedder()
    index([corpus], folder / "index", embedder)
    live = LiveIndex.open(folder / "index", embedder.recipe)
    yield Searcher(live, embedder, ladder).search
    live.close()


@pytest.mark.parametrize("text", ["hiccups", "walking against fever", "fever " + "walking " * 45])
def test_more_hits_follow_the_first_and_never_move_them(search_of_many, text):
    """The first hits are the same, with the same scores, however many are asked for."""
    most = search_of_many(Query(text, k=150)).hits
    assert len(most) == 150
    for k in (3, 10, 40, 100):
        assert search_of_many(Query(text, k=k)).hits == most[:k]
