"""What counts as a synonym, when its case matters, and what the data file must keep to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.compounds import load_ladder
from retrieval.language.synonyms import (
    SynonymError,
    class_members,
    find_synonyms,
    load_synonyms,
    parse_synonyms,
)

LADDER = load_ladder()
GROUPS = load_synonyms().groups
ONE = '[[group]]\nnames = ["first thing", "FT"]\n'


def firsts(text: str) -> list[str]:
    """The words of the text that name something."""
    return [group[0] for group in find_synonyms(text)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.names[0])
def test_every_name_leads_to_all_names_of_its_group(group):
    """No name is hidden by another group's, and the typed one comes first."""
    for name in group.all_names:
        found = find_synonyms(f"patients with {name} in trials")
        assert [names[0] for names in found] == [name]
        assert set(group.all_names) == set(found[0])


def test_exact_names_are_found_only_as_written():
    """In another case they are other words: an act, a mash, a test by PCR."""
    for group in GROUPS:
        for name in group.exact:
            assert firsts(name) == [name]
            changed = name.lower() if name != name.lower() else name.upper()
            assert changed not in firsts(changed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ESRD t2d", ["ESRD", "t2d"]),
        ("HFpEF, or a heart attack?", ["HFpEF", "heart attack"]),
        ("eGFR in EGFR-positive cancer, EGFR", ["eGFR", "EGFR"]),
        ("Saes of heart attacks", ["Saes", "heart attacks"]),
        ("type-2 diabetes", ["type-2 diabetes"]),
        ("the MI and the mi", ["MI"]),
        ("PCR test, act now, TB-500, VRx", []),
        ("heart", ["heart"]),
        ("attack", []),
        ("", []),
    ],
)
def test_whole_names_are_found_and_the_longest_wins(text, expected):
    """Case, hyphens and an English plural count for nothing where the name allows it."""
    assert firsts(text) == expected


def test_a_class_of_drugs_stands_for_its_members():
    """The ladder's own classes say which compounds are amylin analogues or GLP-1 agonists."""
    assert "petrelintide" in class_members("any amylin analogue?", LADDER)
    members = class_members("GLP-1 RA in T2DM", LADDER)
    assert {"semaglutide", "tirzepatide", "liraglutide"} <= set(members)
    assert not {"pramlintide", "insulin-glargine"} & set(members)
    assert class_members("semaglutide", LADDER) == ()
    for group in GROUPS:
        for name in group.classes:
            assert any(name in compound.drug_class for compound in LADDER.compounds), name


def test_no_compound_of_the_ladder_is_a_synonym():
    """Names of compounds are the ladder's; here they would be told twice."""
    for group in GROUPS:
        for name in group.all_names:
            assert not LADDER.find(name), name


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (ONE + ONE, "stands twice"),
        (ONE + '[[group]]\nnames = ["other"]\nexact = ["FT"]\n', "stands twice"),
        (ONE.replace("FT", "First-Thing"), "stands twice"),
        (ONE.replace("FT", "..."), "no letter"),
        (ONE + "colour = 3\n", "colour"),
        ("[[group]]\nnames = []\n", "names"),
        ("[[group]", "cannot be read"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(source, complaint):
    """No name stands in two groups, nor twice in one."""
    with pytest.raises(SynonymError, match=complaint):
        parse_synonyms(source)


@given(st.text())
def test_any_text_is_read(text):
    """Nothing raises, and what comes first stands in the text."""
    assert all(names[0] in text for names in find_synonyms(text))
