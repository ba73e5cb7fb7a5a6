"""A title inside a query names its trial, and leaves what is asked beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.titles import MIN_TITLE_WORDS, telling, titles_in, without_ids
from retrieval.types import Source

TITLE_WORDS = st.sampled_from(["Thymus", "Fever", "Cough", "IL-2", "Knees", "Crohn's", "Tα1"])
OTHER_WORDS = st.sampled_from(["which", "phase", "is", "dose?", "sponsor", "(really)", "of", "7"])


def source(title, trial_id="NCT90000001"):
    return Source(f"clinicaltrials:{trial_id}", "trial", trial_id, title, "", "")


def words(pool, least, most):
    return st.lists(pool, min_size=least, max_size=most).map(" ".join)


@given(words(OTHER_WORDS, 0, 5), words(TITLE_WORDS, MIN_TITLE_WORDS, 6), words(OTHER_WORDS, 0, 5))
def test_a_title_is_found_wherever_it_stands(before, title, after):
    """Whatever stands around a title, in whatever case, it names the trial and is taken out."""
    (named,) = titles_in(f"{before} {title.upper()} {after}", [source(title)])
    assert named.trial_id == "NCT90000001"
    assert named.words == len(title.split())
    assert named.residual.split() == [*before.split(), *after.split()]


@given(words(TITLE_WORDS, 0, MIN_TITLE_WORDS - 1), st.text(max_size=40))
def test_a_short_title_names_nothing(title, text):
    """One or two words stand in a query by chance."""
    assert titles_in(f"{title} {text}", [source(title)]) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_looked_through(text, title):
    """Neither query nor title needs to hold a word, and what remains is the query's own."""
    for named in titles_in(text, [source(title)]):
        assert set(named.residual.split()) <= set(text.split())


def test_of_two_titles_only_the_longest_is_meant():
    """A title that is the beginning of another is not named with it."""
    short, long = "Cough in Invented Adults", "Cough in Invented Adults With Fever"
    sources = [source(short, "NCT90000001"), source(long, "NCT90000002")]
    found = titles_in(f"who runs {long.lower()}?", sources)
    assert [named.trial_id for named in found] == ["NCT90000002"]
    assert found[0].residual == "who runs"
    found = titles_in(f"who runs {short}?", sources)
    assert [named.trial_id for named in found] == ["NCT90000001"]


def test_trials_of_one_title_are_all_named():
    """Two trials may have the same title, and nothing in the query tells them apart."""
    title = "Cough in Invented Adults"
    found = titles_in(title, [source(title, "NCT90000001"), source(title, "NCT90000002")])
    assert [named.trial_id for named in found] == ["NCT90000001", "NCT90000002"]


@pytest.mark.parametrize(
    "typed",
    [
        "Cough of Invented Adults (CIA), phase?",
        "cough: invented adults (CIA) phase?",
        "phase? Cough of the invented adults",
    ],
)
def test_an_acronym_in_brackets_and_small_words_may_be_left_out(typed):
    """A title is its content words; a bracket at its end is not always typed."""
    (named,) = titles_in(typed, [source("Cough of Invented Adults (CIA)")])
    assert "phase?" in named.residual


@pytest.mark.parametrize(
    "typed", ["Cough in Adults, Invented", "Cough in Invented", "Coughs in Invented Adults"]
)
def test_other_words_are_another_title(typed):
    """Words in another order, too few of them, or another form name nothing."""
    assert titles_in(typed, [source("Cough in Invented Adults")]) == []


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("what phase is NCT90000001?", "what phase is ?"),
        ("NCT90000001", ""),
        ("No id Here", "No id Here"),
    ],
)
def test_ids_are_taken_out_and_a_text_without_any_is_left_alone(text, rest):
    """What is asked beside a trial's id is the rest of the words."""
    assert without_ids(text) == rest


def test_stop_words_tell_nothing():
    """A rest of small words and signs asks for nothing in particular."""
    assert not telling("what is the ... of?")
    assert telling("what is the dose of?")
