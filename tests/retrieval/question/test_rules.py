"""Every rule of the table reads its own examples, and nothing is read twice or two ways."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from retrieval.demands import AnyOf, Between, Is, Named, Not
from retrieval.language.compounds import load_ladder
from retrieval.question.matcher import load_rules
from retrieval.question.read import read
from retrieval.question.types import FILTERS
from retrieval.question.understand import sure_filters
from retrieval.types import Filters

LADDER = load_ladder()
RULES = load_rules()
YES = [(rule.name, text) for rule in RULES for text in rule.yes]
NO = [(rule.name, text) for rule in RULES for text in rule.no]
TEXTS = sorted({text for _, text in YES + NO})


def rules_of(text):
    return {mention.rule for mention in read(text, LADDER).mentions}


@pytest.mark.parametrize(("rule", "text"), YES)
def test_a_rule_reads_what_it_says_it_reads(rule, text):
    """The examples beside a rule are its test."""
    assert rule in rules_of(text)


@pytest.mark.parametrize(("rule", "text"), NO)
def test_a_rule_leaves_what_it_says_it_leaves(rule, text):
    """So are those that it must not read."""
    assert rule not in rules_of(text)


def test_every_rule_has_examples_of_both_kinds():
    """A rule without examples is not tested."""
    assert not [rule.name for rule in RULES if not (rule.yes and rule.no)]


@pytest.mark.parametrize("text", TEXTS)
def test_no_word_is_read_twice(text):
    """Mentions do not overlap, and each word is in one of them or left."""
    reading = read(text, LADDER)
    spans = [(mention.start, mention.end) for mention in reading.mentions]
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    rest = list(reading.plain)
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    assert tuple(re.findall(r"[^\s,;:?!()]+", "".join(rest))) == reading.left


@pytest.mark.parametrize("text", TEXTS)
def test_a_sure_demand_is_a_filter_and_is_counted_alike(text):
    """What a search hides by is a demand of the same reading, value by value."""
    demands = [one for one in read(text, LADDER).demands if one.sure]
    filters = sure_filters(demands)
    for one in demands:
        match one.demand:
            case Is(field, values):
                held = getattr(filters, FILTERS[field])
                shown = (held,) if field == "has_results" else held
                assert {str(each) for each in shown} == {str(each) for each in values}
            case Between(field, low, high) if low is None or high is None or low <= high:
                name = FILTERS[field]
                bounds = getattr(filters, f"{name}_from"), getattr(filters, f"{name}_to")
                assert bounds == (low, high)
            case Between():
                assert filters == Filters() or len(demands) > 1
            case Named() | Not() | AnyOf():
                pytest.fail(f"{one.demand} cannot be a filter and is said to be sure")


def test_the_words_of_a_demand_stand_in_the_text():
    """A demand shows the words that were typed, capitals and hyphens kept."""
    text = "How many Phase-III trials of Tα1 in the US are there?"
    shown = [(one.words, text[one.start : one.end]) for one in read(text, LADDER).demands]
    assert [words for words, _ in shown] == ["Phase-III", "Tα1", "in the US"]
    assert all(words == typed for words, typed in shown)


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        (
            "how many open-label phase 3 trials are there?",
            [Is("masking", ("NONE",)), Is("phase", ("PHASE3",))],
        ),
        ("how many trials of active peptides are there?", []),
        ("how many phase 2/3 trials", [Is("phase", ("PHASE2/PHASE3",))]),
        ("list phase 2 or 3 trials", [Is("phase", ("PHASE2", "PHASE3"))]),
        (
            "how many trials in the UK ended before 2024",
            [Is("countries", ("United Kingdom",)), Between("completion_date", None, 20231231)],
        ),
        ("how many UK trials", [Is("countries", ("United Kingdom",))]),
        ("how many trials have 500+ volunteers", [Between("enrollment", 500, None)]),
        ("which trials are not in Spain", [Not(Is("countries", ("Spain",)))]),
    ],
)
def test_demands_that_were_misread(text, demands):
    """No demand is invented, and each is read alike wherever it is asked."""
    assert [one.demand for one in read(text, LADDER).demands] == demands
