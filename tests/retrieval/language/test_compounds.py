"""The alias ladder: what counts as a name, and what must not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadFilter
from retrieval.language.compounds import Ladder, LadderError, load_ladder, parse_ladder
from retrieval.language.folding import fold, fold_offsets

LADDER = load_ladder()
NAMES = [(compound.id, name) for compound in LADDER.compounds for name in compound.names]

ONE = '[[compound]]\nid = "one"\nname = "First"\n'
TWO = '[[compound]]\nid = "two"\nname = "Second"\n'


def ids(text: str) -> list[str]:
    return [mention.compound_id for mention in LADDER.find(text)]


def spellings(name: str) -> set[str]:
    """Ways a person types a name without changing which letters are upper case."""
    return {name, name.replace("-", " "), name.replace("-", ""), name.replace("-", "\u2011")}


@pytest.mark.parametrize(("compound_id", "name"), NAMES)
def test_every_name_is_found_as_its_own_compound_in_every_spelling(compound_id, name):
    """No name is hidden by a longer one, and hyphens, blanks and nothing are one."""
    for spelled in spellings(name):
        assert ids(f"the {spelled}, given daily") == [compound_id]


def test_names_are_found_in_any_case_unless_marked_exact():
    """Upper and lower case are one, except where another case is another word."""
    for compound in LADDER.compounds:
        for name in compound.names:
            for cased in (name.upper(), name.lower()):
                expected = [] if name in compound.exact and cased != name else [compound.id]
                assert ids(cased) == expected


def test_no_lookalike_outside_the_ladder_is_taken_for_a_compound():
    """Thymosin fraction 5, glucagon-like peptide and their kind are nobody's alias."""
    for compound in LADDER.compounds:
        for name in compound.lookalike_names:
            assert ids(name) == []


def test_lookalikes_are_mutual_and_known():
    """If one compound is not the other, the other is not the one."""
    for compound in LADDER.compounds:
        for other in compound.lookalikes:
            assert compound.id in LADDER.get(other).lookalikes
            assert compound.id != other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thymosin safety data", ["thymosin-alpha-1", "thymosin-beta-4"]),
        ("thymosin beta 4 in wounds", ["thymosin-beta-4"]),
        ("thymosin beta 4, a thymosin", ["thymosin-beta-4"]),
        ("Thymosin\u00a0\u03b11 and T\u03b2\u2084", ["thymosin-alpha-1", "thymosin-beta-4"]),
        ("thymosin \u00df4", ["thymosin-beta-4"]),
        ("thymosin alpha-1 (T\u03b11)", ["thymosin-alpha-1"]),
        ("prothymosin \u03b1", []),
        ("Ozempic\u2122 or Wegovy\u00ae", ["semaglutide"]),
        ("OZEMPIC's label", ["semaglutide"]),
        ("BPC157/TB500 stack", ["bpc-157", "thymosin-beta-4"]),
        ("IGF-1 LR3 is no mecasermin", ["igf-1-lr3", "mecasermin"]),
        ("IGF-1 receptor, p21, VIP lounge", []),
        ("calcitonin gene-related peptide", []),
        ("CJC-1295 without DAC", ["modified-grf-1-29"]),
        ("CJC-1295, without food", ["cjc-1295"]),
        ("xTB-500 TB-5000 bpc-157b", []),
        ("LL. 37 patients; L L 37", []),
        ("MK-677\nand GHRP-6", ["ibutamoren", "ghrp-6"]),
    ],
)
def test_whole_names_are_found_and_the_longest_wins(text, expected):
    """A name is a whole word, and a part of a longer name is no mention."""
    assert ids(text) == expected


def test_matched_is_what_was_typed():
    """The words that are shown are the reader's own, though folding changes their length."""
    text = "ﬁrst T\u03b11, then Thymosin\u2011\u03b2\u20114\u2122"
    assert [mention.matched for mention in LADDER.find(text)] == [
        "T\u03b11",
        "Thymosin\u2011\u03b2\u20114",
    ]


def test_a_family_word_labels_no_document():
    """What may be one of two compounds is a guess, and a label is none."""
    assert LADDER.find("thymosin in sepsis", families=False) == ()


def test_resolve_takes_ids_names_and_aliases():
    """A caller may write any name of a compound where an id is wanted."""
    for compound_id, name in NAMES:
        assert LADDER.resolve(compound_id) == LADDER.resolve(name) == compound_id
        assert LADDER.resolve(name.lower()) == compound_id


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ozempik", "did you mean semaglutide"),
        ("thymosin", "thymosin-alpha-1 or thymosin-beta-4"),
        ("thymosin fraction 5", "no compound"),
        ("", "no compound"),
    ],
)
def test_an_unknown_or_ambiguous_name_is_a_bad_filter_with_a_hint(name, hint):
    """The error says which compounds were nearly named."""
    with pytest.raises(BadFilter, match=re.escape(hint)):
        LADDER.resolve(name)


def test_expansions_are_all_the_names_the_preferred_first():
    """What is searched is what is found: each expansion leads back to its compound."""
    for compound in LADDER.compounds:
        names = LADDER.expansions(compound.id)
        assert names[0] == compound.name
        assert {LADDER.resolve(name) for name in names} == {compound.id}
    with pytest.raises(BadFilter):
        LADDER.expansions("no-such-compound")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (ONE + ONE, "share an id"),
        (ONE + 'aliases = ["SECOND"]\n' + TWO, "stands for"),
        (ONE + 'not = ["three"]\n', "three"),
        (ONE + 'not_names = ["first"]\n', "stands for"),
        (ONE + 'aliases = ["T-4"]\n', "too short"),
        (ONE + '[[family]]\nid = "f"\nwords = ["both"]\nmembers = ["one", "two"]\n', "two"),
        (ONE + "colour = 3\n", "colour"),
        (ONE.replace("one", "One!"), "id"),
        ("[[compound]", "cannot be read"),
    ],
)
def test_a_ladder_that_contradicts_itself_is_refused(source, complaint):
    """Two compounds cannot share a name, and nothing may point at nothing."""
    with pytest.raises(LadderError, match=complaint):
        parse_ladder(source)


def test_a_ladder_is_read_from_its_text():
    """The parts of the file become compounds, both ways of a look-alike included."""
    ladder = parse_ladder(ONE + 'not = ["two"]\nexact = ["ABC"]\nclass = "c"\n' + TWO)
    assert isinstance(ladder, Ladder)
    assert ladder.get("two").lookalikes == ("one",)
    assert ladder.get("one").drug_class == "c"
    assert ladder.resolve("one") == ladder.resolve("first") == "one"
    assert [m.matched for m in ladder.find("abc ABC")] == ["ABC"]


@given(st.text(max_size=200), st.sampled_from(NAMES), st.text(max_size=50))
def test_mentions_are_slices_of_any_text(before, named, after):
    """Whatever surrounds a name, finding never fails and never invents words."""
    text = f"{before} {named[1]} {after}"
    for mention in LADDER.find(text):
        assert mention.matched in text
        assert mention.matched
        LADDER.get(mention.compound_id)


@given(st.text(st.characters(), max_size=100))
def test_folding_keeps_the_way_back(text):
    """Every folded character comes from one original character, in order."""
    offsets = fold_offsets(text)
    assert len(offsets) == len(fold(text)) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] == len(text)
    rebuilt = "".join(fold(character) for character in text)
    assert rebuilt == fold(text)
