"""The passages under an answer hold what it quotes; every trial here is made up."""

from __future__ import annotations

from tests.retrieval.answering.conftest import COUGH


def test_what_is_quoted_stands_in_the_first_passages(ask):
    """A reader who opens the first passages finds the first quotes in them, word for word."""
    answer = ask(f"what is the primary outcome of {COUGH} and who sponsors it")
    cited = [claim.citations[0] for claim in answer.claims]
    passages = [hit.passage for hit in answer.ranking.hits[:3]]
    assert cited
    assert all(
        any(
            one.doc_id == quote.source.doc_id and one.start <= quote.start and quote.end <= one.end
            for one in passages
        )
        for quote in cited[:2]
    )


def test_ranks_count_on_and_no_passage_comes_twice(ask):
    """What is put first is taken out of its old place."""
    hits = ask(f"what phase is {COUGH}").ranking.hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    passages = [hit.passage for hit in hits]
    assert len(passages) == len(set(passages))
