"""What may be left out of a made-up statement: each rule alone decides one of these."""

from __future__ import annotations

import pytest

from retrieval.answering.types import Citation
from retrieval.answering.writing.verifier import Refusal, Verifier
from retrieval.types import Labels, Source


def stands(source, sentence, ladder, *, evidence="none"):
    labels = Labels("registry", None, evidence, None, None)
    where = Source("d1", "trial", "NCT90000001", "A title", "", "sha256:made-up")
    cited = Citation(where, labels, 0, len(source), source, None)
    return not isinstance(Verifier([cited], ladder).verify(f"{sentence} [1]"), Refusal)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        # A bracket, a phrase at the end, articles; a whole clause of a description.
        ("Ampoules (of glass) were kept cold in Lisbon.", "Ampoules were kept cold in Lisbon"),
        ("Ampoules were kept cold in Lisbon.", "The ampoules were kept cold"),
        ("Ampoules were kept cold, and nurses were asked.", "Nurses were asked"),
        ("Enrollment by site: 6, Lisbon", "Enrollment by site: 6 patients, Lisbon"),
        ("Invented height moved by 5 cm.", "Invented height moved by five cm"),
        ("Phase: Phase 1; Phase 2", "Phase: Phase 1; Phase 2"),
        ("Items:\n* invented grass daily", "Items: invented grass daily"),
        ("Invented pain fell (p = 0.04) in 12 sailors.", "Invented pain fell in 12 sailors"),
    ],
)
def test_what_may_be_left_out(source, sentence, ladder):
    """Brackets, phrases at the end of a description, and articles."""
    assert stands(source, sentence, ladder)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        # the arm before what is said of it
        ("In the placebo group, ampoules were kept cold.", "Ampoules were kept cold"),
        # the beginning and the middle of a clause
        ("Nurses refused glass ampoules from Lisbon.", "Glass ampoules from Lisbon"),
        ("Ampoules of glass from Lisbon were kept cold.", "Ampoules from Lisbon were kept cold"),
        # what a number counts, and how it relates
        ("Enrollment by site: 6 in Lisbon", "Enrollment by site: 6 patients in Lisbon"),
        ("Invented height moved by 5 cm.", "Invented height moved to 5 cm"),
        ("Invented height is 5 to 10 cm.", "Invented height is 5 cm"),
        ("Items: grass 5 cm in 7 wards", "Items: grass 5 cm"),
        # labels and headings; a value of two parts
        ("Phase: Phase 1; Phase 2", "Phase: Phase 2"),
        ("Phase: Phase 1; Phase 2", "Phase: Phase 1"),
        ("Dose: 2.0 mg of invented grass", "Dose: 2 mg of invented grass"),
        ("Lead sponsor: Made-up Institute, Lisbon", "Made-up Institute, Lisbon"),
        ("Lead sponsor: Made-up Institute, Lisbon", "The lead sponsor"),
        ("* invented grass daily", "Invented grass daily"),
        # the end of a finding
        ("Invented pain fell in sailors above forty.", "Invented pain fell"),
        ("Invented pain fell, in sailors above forty.", "Invented pain fell"),
        # people where the source has none
        ("Invented grass was taken daily in Lisbon.", "Patients took invented grass daily"),
        (
            "Invented grass was taken daily in Lisbon.",
            "Invented grass was taken daily by patients in Lisbon",
        ),
        # broken off, too short
        ("Ampoules were kept cold in Lisbon.", "Ampoules were kept cold in"),
        ("Ampoules, kept cold.", "Ampoules"),
        # what no claim may be, even to the letter
        ("We recommend invented grass daily.", "We recommend invented grass daily"),
        ("Ask for invented grass daily.", "Ask for invented grass daily"),
        ("It was made of invented grass.", "It was made of invented grass"),
        ("Grass stands at www.example.test daily.", "Grass stands at www.example.test daily"),
        ("Grass is <b>bold</b> daily.", "Grass is <b>bold</b> daily"),
    ],
)
def test_what_may_not_be_left_out(source, sentence, ladder):
    """Arms, labels, relations, the ends of findings; and no advice, pointing or markup."""
    assert not stands(source, sentence, ladder)


def test_a_plan_is_told_as_one(ladder):
    """The words of a planned outcome stand with a word that says so, and not without."""
    planned = "Invented grass was taken daily."
    assert stands(planned, "Invented grass was taken daily", ladder)
    assert not stands(planned, "Invented grass was taken daily", ladder, evidence="planned")
    assert stands(planned, "Planned: invented grass was taken daily", ladder, evidence="planned")
