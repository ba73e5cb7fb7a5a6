"""Tiers lift by name what likeness alone must not outrank."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.question.read import read
from retrieval.search.candidates import among
from retrieval.search.subject import subject_of
from retrieval.search.tiers import (
    ASKED_SECTION,
    COMPOUND,
    EXACT,
    FAMILY,
    FAMILY_IN_SAFETY,
    PLANNED_SAFETY,
    REPORTED_SAFETY,
    tiers_of,
    vouched,
)
from retrieval.types import Query
from tests.fakes import HashingEmbedder
from tests.retrieval.conftest import FEVER, KNEES, TITLES


@pytest.fixture
def tiers(snapshot, ladder):
    """A function from a query to its tiers over every chunk, each with the places it lifts."""

    def of(text):
        found = snapshot.document_lexical.search(text, k=10)
        reading = read(text, ladder)
        subject = subject_of(Query(text), reading, found=found, snapshot=snapshot, ladder=ladder)
        vector = HashingEmbedder().embed_query(text)
        candidates = among(np.arange(len(snapshot.places)), text, vector, snapshot)
        return tiers_of(candidates, subject=subject, snapshot=snapshot)

    return of


def lifted(tiers, name):
    """The members of a tier by name, as places."""
    (tier,) = [tier for tier in tiers if tier.name == name]
    return np.flatnonzero(tier.members).tolist()


def test_a_higher_tier_is_worth_more_than_all_below_it():
    """A trial's name beats its compound, which beats reported harms, which beat planned ones."""
    likeness, section = 1, ASKED_SECTION
    assert likeness + COMPOUND + REPORTED_SAFETY + section <= EXACT
    assert FAMILY_IN_SAFETY + REPORTED_SAFETY < COMPOUND
    assert likeness + PLANNED_SAFETY <= REPORTED_SAFETY
    assert FAMILY < COMPOUND


@pytest.mark.parametrize("text", [FEVER, TITLES[FEVER], f"what phase is {TITLES[KNEES]}"])
def test_every_chunk_of_a_named_trial_is_exact(snapshot, tiers, text):
    """An id, a title and a title inside a question name the record and its digest."""
    trials = {
        snapshot.cards[snapshot.documents[place]].source.trial_id
        for place in lifted(tiers(text), "exact")
    }
    assert trials == {FEVER if "phase" not in text else KNEES}
    if FEVER in trials:
        documents = {snapshot.documents[place] for place in lifted(tiers(text), "exact")}
        assert len(documents) == 2


def test_safety_lifts_only_what_speaks_of_it_and_only_when_asked(snapshot, tiers):
    """A safety question lifts reported harms and planned outcomes; another question neither."""
    asked = tiers("thymalfasin safety")
    for name, evidence in (("reported safety", "reported"), ("planned safety", "planned")):
        places = lifted(asked, name)
        assert places
        assert {snapshot.places[place].evidence for place in places} == {evidence}
        assert snapshot.speaks_of_safety[places].all()
    names = {tier.name for tier in tiers("thymalfasin phase")}
    assert not names & {"reported safety", "planned safety"}


def test_a_named_trials_question_lifts_the_section_that_answers_it(snapshot, tiers):
    """Who names a trial is shown the section; where none is named, no section ranks trials."""
    for text, section in ((f"who is the sponsor of {KNEES}", "Sponsor"), ("who can join", None)):
        sections = {
            snapshot.places[place].section
            for tier in tiers(text)
            if tier.name == "asked section"
            for place in np.flatnonzero(tier.members)
        }
        assert sections == ({section} if section else set())


def test_what_was_named_vouches_and_a_stranger_does_not(snapshot, tiers):
    """Only documents about the compound get a tier's full worth."""
    asked = tiers("thymalfasin safety")
    about = set(lifted(asked, "compound"))
    assert set(np.flatnonzero(vouched(asked)).tolist()) == about
    assert 0 < len(about) < len(snapshot.places)
    assert not vouched(tiers("invented safety")).any()
