"""Which misspellings are read as a compound, and which words never are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.compounds import load_ladder, parse_ladder
from retrieval.language.misspellings import NearNames, distance, find_compounds, word_list

LADDER = load_ladder()
NEAR = NearNames(LADDER)
WORDS = sorted(NEAR.targets)
LETTERS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=12)


def read(text: str) -> list[tuple[str, str, bool]]:
    """Each mention as its compound, its words, and whether they were corrected."""
    mentions = find_compounds(text, LADDER)
    return [(one.compound_id, one.matched, one.corrected) for one in mentions]


@pytest.mark.parametrize(
    ("text", "compound_id", "matched"),
    [
        ("semaglutde kidney", "semaglutide", "semaglutde"),
        ("Is TIRZEPATID safe?", "tirzepatide", "TIRZEPATID"),
        ("thymalfsin, rectal cancer", "thymosin-alpha-1", "thymalfsin"),
        ("petrilintide obesity", "petrelintide", "petrilintide"),
        ("semagultide", "semaglutide", "semagultide"),
        ("ozempik", "semaglutide", "ozempik"),
        ("thimosin beta 4 eye", "thymosin-beta-4", "thimosin beta 4"),
        ("the tymosin \u03b11 trial", "thymosin-alpha-1", "tymosin \u03b11"),
        ("tymosin alfa hepatitis", "thymosin-alpha-1", "tymosin alfa"),
        ("maridebart cafraglutid", "maridebart-cafraglutide", "maridebart cafraglutid"),
    ],
)
def test_a_misspelt_name_is_read_and_shown_as_typed(text, compound_id, matched):
    """The reader learns which compound was read, and out of which of the words."""
    assert read(text) == [(compound_id, matched, True)]


@pytest.mark.parametrize(
    "text",
    [
        "thymlin or thymolin",  # thymulin, or thymalin?
        "tymsin",
        "chymosin in cheese",
        "the secretion of melanomas at the maritime cortical extending vasopressor",
        "estimate of recessive factors",
        "BPC-175 semagluxyz",
    ],
)
def test_what_may_be_two_names_or_is_a_word_is_read_as_none(text):
    """No match is better than a wrong one."""
    assert read(text) == []


def test_a_name_that_is_written_right_always_wins():
    """No name is read as another, and beside a right name nothing is changed."""
    for compound in LADDER.compounds:
        for name in compound.names:
            assert find_compounds(name, LADDER) == LADDER.find(name)
    assert read("semaglutide, semaglutde") == [("semaglutide", "semaglutide", False)]


def test_lookalikes_outside_the_ladder_stay_outside():
    """Prothymosin alpha is no thymosin alpha, though it is written with a mistake."""
    assert read("protymosin alpha") == []
    for compound in LADDER.compounds:
        for name in compound.lookalike_names:
            assert read(name) == []


def test_words_of_the_list_are_near_a_name_or_in_one():
    """The list holds what it is for and nothing else: each word would be taken, or is ordinary."""
    bare = NearNames(LADDER, words=())
    listed = word_list()
    assert len(set(listed)) == len(listed)
    assert not [word for word in listed if word not in bare.targets and bare.nearest(word) is None]


@given(st.sampled_from(WORDS), st.data())
def test_one_edit_is_read_as_the_word_or_as_none_unless_it_is_a_word(word, data):
    """A misspelling by one edit never leads to a word that is two edits away."""
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("aeiouy"))
    typed = word[:at] + letter + word[at + data.draw(st.integers(0, 1)) :]
    found = NEAR.nearest(typed)
    assert found is None or distance(found, typed) <= 1


@given(LETTERS, LETTERS, LETTERS)
def test_distance_counts_edits(one, other, third):
    """It is symmetric, zero for equals only, and at most the length of the longer."""
    far = distance(one, other)
    assert far == distance(other, one)
    assert (far == 0) == (one == other)
    assert abs(len(one) - len(other)) <= far <= max(len(one), len(other))
    assert distance(one + third, other + third) <= far


@given(LETTERS.filter(lambda word: len(word) > 1), st.data())
def test_two_swapped_letters_are_one_edit(word, data):
    """The commonest slip of fingers costs no more than a wrong letter."""
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert distance(word, swapped) <= 1


@given(st.text())
def test_any_text_is_read(text):
    """Nothing raises, what was typed stands in the text, and right names are kept."""
    mentions = find_compounds(text, LADDER)
    assert all(one.matched in text for one in mentions)
    assert {one.compound_id for one in LADDER.find(text)} <= {one.compound_id for one in mentions}


def test_a_ladder_of_two_near_names_corrects_neither():
    """Between two names that differ by two letters a word in the middle means nothing."""
    source = "".join(
        f'[[compound]]\nid = "{name}"\nname = "{name}"\n' for name in ("abcdefga", "abcdefgb")
    )
    near = NearNames(parse_ladder(source))
    assert near.nearest("abcdefgc") is None
    assert near.nearest("abcdfega") == "abcdefga"
