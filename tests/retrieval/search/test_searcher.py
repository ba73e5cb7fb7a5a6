"""The searcher over a real index of made-up trials."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from retrieval.errors import (
    BadFilter,
    BadK,
    BadRequest,
    DocumentNotFound,
    EmptyQuery,
    QueryTooLong,
    VersionConflict,
)
from retrieval.index.live import LiveIndex
from retrieval.question.read import read
from retrieval.search.searcher import Searcher
from retrieval.types import Filters, Query
from tests.corpus import index, study, write_digest, write_study
from tests.fakes import HashingEmbedder
from tests.retrieval.conftest import FAMILIES, FEVER, TITLES

ALPHA, REPORTED, BETA, OTHER = (f"NCT9{number:07d}" for number in (1, 2, 3, 4))


@pytest.fixture(scope="module")
def searcher(tmp_path_factory, ladder):
    """Five trials: two of thymosin alpha 1 (one with posted results), look-alikes, others."""
    folder = tmp_path_factory.mktemp("searcher")
    corpus = folder / "corpus"
    write_study(corpus, study(1, title="Thymalfasin for invented fever"))
    write_study(
        corpus, study(2, title="Zadaxin in made-up cough", results=True, status="COMPLETED")
    )
    write_study(corpus, study(3, title="Eye drops for invented dryness", drug="thymosin beta 4"))
    write_study(corpus, study(4, title="Semaglutide and safety", drug="semaglutide", results=True))
    write_study(corpus, study(5, title="Walking", drug="walking", phase="NA"))
    write_digest(corpus, 1, body="Thymalfasin might help with the invented fever.")
    embedder = HashingEmbedder()
    index([corpus], folder / "index", embedder)
    live = LiveIndex.open(folder / "index", embedder.recipe)
    yield Searcher(live, embedder, ladder)
    live.close()


@pytest.fixture
def titled(titled_index, ladder):
    """The search over trials with telling titles."""
    return Searcher(titled_index, HashingEmbedder(), ladder).search


def trials(ranking):
    return [hit.source.trial_id for hit in ranking.hits]


def test_every_passage_is_a_slice_of_its_document(searcher):
    """The quote, its span and its version agree with the document that is served."""
    rankings = [searcher.search(Query(text)) for text in ("safety", "thymalfasin fever")]
    main = [hit for ranking in rankings for hit in ranking.hits]
    assert main
    for hit in [*main, *(related for first in main for related in first.related)]:
        document = searcher.document(hit.source.doc_id, version=hit.passage.version)
        assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.passage.version == document.version


def test_reported_safety_ranks_before_planned_and_the_compound_before_strangers(searcher):
    """A safety question wants posted harms of the named compound, then its planned outcomes."""
    ranking = searcher.search(Query("thymosin alpha 1 safety data"))
    assert trials(ranking)[:2] == [REPORTED, ALPHA]
    assert [hit.labels.evidence for hit in ranking.hits[:2]] == ["reported", "planned"]
    assert "reported safety" in ranking.hits[0].explanation.boosts
    assert trials(ranking).index(OTHER) > 1


def test_a_family_word_prefers_its_likeliest_member(searcher):
    """ "Thymosin" alone puts alpha 1 first and keeps beta 4 in view behind it."""
    ranking = searcher.search(Query("thymosin safety data"))
    assert trials(ranking)[:3] == [REPORTED, ALPHA, BETA]


def test_an_alias_finds_what_is_called_otherwise_and_says_which_matched(searcher):
    """Zadaxin finds thymalfasin; the look-alike is not boosted with it."""
    ranking = searcher.search(Query("zadaxin"))
    assert set(trials(ranking)[:2]) == {ALPHA, REPORTED}
    by_trial = {hit.source.trial_id: hit.explanation for hit in ranking.hits}
    assert "thymalfasin" in by_trial[ALPHA].aliases
    assert "compound" not in by_trial.get(BETA, by_trial[ALPHA]).boosts or BETA not in by_trial


def test_digest_and_record_of_one_trial_are_one_hit(searcher):
    """The second voice stands under the first as related, with its own label."""
    ranking = searcher.search(Query("thymalfasin invented fever"))
    hit = next(hit for hit in ranking.hits if hit.source.trial_id == ALPHA)
    voices = {hit.labels.voice, *(related.labels.voice for related in hit.related)}
    assert voices == {"registry", "llm_digest"}
    assert trials(ranking).count(ALPHA) == 1
    digest = next(h for h in (hit, *hit.related) if h.source.kind == "digest")
    assert digest.labels.digest_model == "made-up-model"


@pytest.mark.parametrize("text", [BETA, f"is {BETA.lower()} about semaglutide safety?"])
def test_an_exact_id_is_never_outranked(searcher, text):
    """A trial that is named comes first, whatever else the words are like."""
    assert trials(searcher.search(Query(text)))[0] == BETA


def test_an_exact_title_is_never_outranked(searcher):
    """Typing a whole title in any case finds that trial first."""
    assert trials(searcher.search(Query("EYE DROPS for invented dryness!")))[0] == BETA


def test_filters_hold_in_both_arms(searcher):
    """No hit of either arm escapes a filter, and what lacks the field is counted."""
    ranking = searcher.search(Query("fever safety", filters=Filters(statuses=("COMPLETED",))))
    assert trials(ranking) == [REPORTED]
    nothing = searcher.search(Query("fever", filters=Filters(trial_ids=("NCT00000000",))))
    assert nothing.hits == ()


def test_a_filter_read_from_words_gives_way_to_an_explicit_one(searcher):
    """Explicit filters win; understanding can be switched off."""
    read = searcher.search(Query("completed thymalfasin trials"))
    assert trials(read) == [REPORTED]
    explicit = Filters(statuses=("RECRUITING",))
    assert REPORTED not in trials(
        searcher.search(Query("completed thymalfasin trials", filters=explicit))
    )
    off = searcher.search(Query("completed thymalfasin trials", understand=False))
    assert {ALPHA, REPORTED} <= set(trials(off))


def test_a_filter_read_from_words_that_matches_nothing_is_dropped_and_told(searcher):
    """Words never hide everything in silence."""
    ranking = searcher.search(Query("withdrawn thymalfasin trials"))
    assert ALPHA in trials(ranking)
    assert "WITHDRAWN" in ranking.notes[0].text


@pytest.mark.parametrize(
    ("query", "note"),
    [
        (Query("NCT01234567"), "NCT01234567 is not in this corpus"),
        (Query(BETA), f"{BETA} was asked for; other trials are shown only as neighbours"),
        (
            Query("fever", rerank=True),
            "rerank was asked for; this searcher has no reranker, so it was not applied",
        ),
        (Query("oxytocin safety"), "no document in this corpus names Oxytocin"),
        (
            Query("semaglutide", filters=Filters(phases=("NA",))),
            "no document about Semaglutide matches the filters",
        ),
    ],
)
def test_what_is_asked_for_by_name_and_not_here_is_told(searcher, query, note):
    """Neighbours are shown, but never pass for the thing itself."""
    assert note in [one.text for one in searcher.search(query).notes]


def test_ranks_follow_scores_within_bounds(searcher):
    """Ranks count from 1, scores fall and stay within 0..1, k is kept."""
    ranking = searcher.search(Query("thymalfasin trial", k=3))
    scores = [hit.score for hit in ranking.hits]
    assert [hit.rank for hit in ranking.hits] == [1, 2, 3]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_explanation_gives_each_arms_own_rank_and_score(searcher):
    """A dense score is the exact cosine of the chunk with the query."""
    ranking = searcher.search(Query("walking", understand=False))
    best = ranking.hits[0]
    assert best.explanation.lexical is not None
    assert best.explanation.lexical.rank >= 1
    assert best.explanation.dense is not None
    assert -1 <= best.explanation.dense.score <= 1.0001


def test_a_selective_filter_is_exact(searcher):
    """Under a filter the dense arm returns the true nearest rows."""
    with searcher._live.lease() as snapshot:
        selection = snapshot.columns.select(Filters(compounds=("thymosin-alpha-1",)))
        vector = HashingEmbedder().embed_query("adverse events counted")
        found = snapshot.nearest(vector, k=5, selection=selection)
        allowed = [row for row in range(len(snapshot.matrix)) if selection.chunks[row]]
        naive = sorted(allowed, key=lambda row: -float(np.dot(snapshot.matrix[row], vector)))[:5]
        assert sorted(found.tolist()) == sorted(naive)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (Query(""), EmptyQuery),
        (Query(" ?! "), EmptyQuery),
        (Query("fever \udcff"), BadRequest),
        (Query("x" * 10_001), QueryTooLong),
        (Query("fever", k=0), BadK),
        (Query("fever", k=10_000), BadK),
        (Query("fever", filters=Filters(compounds=("zadaxin",))), BadFilter),
    ],
)
def test_impossible_queries_are_refused(searcher, query, error):
    """Each has an error of its own."""
    with pytest.raises(error):
        searcher.search(query)


def test_documents_are_served_by_id_and_version(searcher):
    """An unknown id and an outdated version are different errors."""
    with pytest.raises(DocumentNotFound, match="NCT0"):
        searcher.document("clinicaltrials:NCT0")
    with pytest.raises(VersionConflict):
        searcher.document(f"clinicaltrials:{ALPHA}", version="sha256:old")


@pytest.mark.parametrize(
    ("text", "section"),
    [
        (f"what phase is {ALPHA}", "Design"),
        ("has the thymalfasin fever trial completed recruitment", "Status and dates"),
        (f"adverse events of {REPORTED}", "Adverse events"),
    ],
)
def test_the_section_that_was_asked_for_is_shown(searcher, text, section):
    """Among the chunks of the right trial, the one that answers is the passage."""
    best = searcher.search(Query(text)).hits[0]
    sections = {best.passage.section, *(related.passage.section for related in best.related)}
    assert section in sections


@pytest.mark.parametrize("named", [FEVER, TITLES[FEVER], TITLES[FEVER].lower()])
@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("What is the primary outcome of {}?", "Planned outcomes"),
        ("Who is the sponsor of {}?", "Sponsor"),
        ("In which countries is {} run?", "Locations"),
        ("What phase is {}?", "Design"),
        ("{}: who is eligible?", "Eligibility"),
        ("When did {} start?", "Status and dates"),
        ("What drug is tested in {}?", "Arms and interventions"),
        ("adverse events of {}", "Adverse events"),
    ],
)
def test_a_question_about_a_named_trial_shows_the_section_that_answers(
    titled, named, question, section
):
    """What is asked beside a trial's id or title chooses the passage, in the registry's words."""
    best = titled(Query(question.format(named))).hits[0]
    assert best.source.trial_id == FEVER
    assert best.passage.section == section
    assert best.labels.voice == "registry"


def test_the_words_of_a_title_are_no_filters(titled):
    """ "Recruiting", "Phase 3" and "in Portugal" in a title ask for no filter and no section."""
    ranking = titled(Query(f"sponsor of {TITLES[FAMILIES]}"))
    assert ranking.understood.filters == ranking.filters == Filters()
    assert ranking.hits[0].source.trial_id == FAMILIES
    assert ranking.hits[0].passage.section == "Sponsor"
    beside = titled(Query("recruiting phase 3 trials in Portugal"))
    assert beside.understood.filters != Filters()


def test_a_title_names_nothing_when_words_are_not_understood(titled):
    """With understanding off a query is a bag of words: no filters, and one row per trial."""
    ranking = titled(Query(f"sponsor of {TITLES[FEVER]}", understand=False))
    found = trials(ranking)
    assert len(found) == len(set(found))
    assert ranking.understood.filters == Filters()


def test_a_title_in_a_long_description_names_nothing(titled):
    """A case history is searched by its words, though a title may stand in it."""
    history = f"{'The invented patient coughs. ' * 50} {TITLES[FEVER]}"
    assert "exact" not in titled(Query(history)).hits[0].explanation.boosts


def test_ids_in_any_case_filter_to_several_passages_of_one_trial(searcher):
    """How an id is written does not change how many passages are shown."""
    upper, lower = (
        searcher.search(Query("safety", filters=Filters(trial_ids=(one,))))
        for one in (REPORTED, REPORTED.lower())
    )
    assert len(upper.hits) > 1
    assert [hit.passage for hit in lower.hits] == [hit.passage for hit in upper.hits]


def test_of_two_named_trials_neither_crowds_out_the_other(searcher):
    """Both are shown, however few rows are asked for."""
    ranking = searcher.search(Query(f"{ALPHA} and {REPORTED}", k=4))
    assert set(trials(ranking)) == {ALPHA, REPORTED}


def test_neighbours_are_only_mentioned_where_there_are_any(searcher):
    """Rows of the named trial alone are no neighbours."""
    notes = searcher.search(Query(BETA, k=1)).notes
    assert not any("neighbours" in note.text for note in notes)


def test_a_short_title_leaves_the_filters_beside_it_in_force(searcher):
    """ "Eye drops for invented dryness" may be a subject: what else was said still filters."""
    ranking = searcher.search(Query("completed trials of Eye drops for invented dryness"))
    assert ranking.understood.filters.statuses == ("COMPLETED",)


@pytest.mark.parametrize("text", ["thymalfasin primary outcome", "primary endpoint of zadaxin"])
def test_an_outcome_is_answered_by_the_outcomes_not_the_design(searcher, text):
    """What was asked for decides the section, also where only a compound is named."""
    assert searcher.search(Query(text)).hits[0].passage.section == "Planned outcomes"


def test_no_section_is_read_when_understanding_is_off(searcher):
    """A whole title stays exact, and its words ask for nothing."""
    on, off = (
        searcher.search(Query("Semaglutide and safety", understand=one)).hits[0]
        for one in (True, False)
    )
    assert {on.source.trial_id, off.source.trial_id} == {OTHER}
    assert "exact" in off.explanation.boosts
    assert "asked section" not in off.explanation.boosts


@pytest.mark.parametrize("text", ["thymalfasin trials in Spain", f"what phase is {BETA}"])
def test_a_question_is_read_once(searcher, text):
    """Whatever a search needs of the words comes from one reading."""
    calls = []

    def count(frame, event, _):
        if event == "call" and frame.f_code is read.__code__:
            calls.append(frame.f_code.co_name)

    sys.setprofile(count)
    try:
        searcher.search(Query(text))
    finally:
        sys.setprofile(None)
    assert len(calls) == 1
