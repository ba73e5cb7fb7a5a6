"""Narrative answers: chosen sentences, ordered, labelled, or nothing."""

from __future__ import annotations

from tests.retrieval.answering.conftest import COUGH, FEVER


def test_claims_are_whole_sentences_of_the_hits(ask):
    """Each claim is its citation's quote, and none is said twice."""
    answer = ask("thymalfasin against a made-up fever")
    assert answer.claims
    assert all(claim.text == claim.citations[0].quote for claim in answer.claims)
    assert len({claim.text for claim in answer.claims}) == len(answer.claims)


def test_the_registry_speaks_before_a_digest_of_the_same_trial(ask):
    """Within a trial the record's sentences come first."""
    voices = [
        claim.citations[0].labels.voice
        for claim in ask("thymalfasin against a made-up fever").claims
        if claim.citations[0].source.trial_id == FEVER
    ]
    assert voices == sorted(voices, reverse=True)


def test_a_named_trial_that_says_nothing_of_it(ask):
    """No sentence of it passes for an answer when none of its documents has a word of it."""
    answer = ask(f"flying carpets of {COUGH}")
    assert answer.abstained is not None
    assert answer.abstained.reason == "not_given"
    assert "carpets" in answer.abstained.message


def test_what_no_document_of_the_compound_says(ask):
    """The searcher's own note of an absence is the answer."""
    answer = ask("thymalfasin eye drops")
    assert answer.abstained is not None
    assert (answer.abstained.type, answer.abstained.reason) == ("no_match", "nothing_close")


def test_numbers_of_citations_in_the_text(ask):
    """The text has each claim with the places of its citations in their list, from 1."""
    answer = ask("thymalfasin against a made-up fever")
    for claim, line in zip(answer.claims, answer.text.split("\n"), strict=False):
        at = answer.citations.index(claim.citations[0]) + 1
        assert line.endswith(f"[{at}]") or "\n" in claim.text
