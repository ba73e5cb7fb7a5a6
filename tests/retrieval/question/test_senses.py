"""Every sense of the table finds its own examples, and leaves its counterexamples."""

from __future__ import annotations

import pytest

from retrieval.question.senses import asks, beside_sense, load_senses, times
from retrieval.question.wording import plain

YES = [(name, text) for name, sense in load_senses().items() for text in sense.yes]
NO = [(name, text) for name, sense in load_senses().items() for text in sense.no]


@pytest.mark.parametrize(("name", "text"), YES)
def test_a_sense_finds_its_examples(name: str, text: str) -> None:
    """The examples beside a sense are its test."""
    assert asks(plain(text, ()), name)


@pytest.mark.parametrize(("name", "text"), NO)
def test_a_sense_leaves_its_counterexamples(name: str, text: str) -> None:
    """So are those that it must not find."""
    assert not asks(plain(text, ()), name)


def test_every_sense_has_both_kinds_of_examples() -> None:
    """A sense without an example, or without a counterexample, is not tested."""
    assert all(sense.yes and sense.no for sense in load_senses().values())


def test_words_are_counted_and_what_only_sounds_alike_is_not() -> None:
    """Each word counts once; a monitoring board is no harm, and its words can be taken out."""
    text = "deaths and adverse events, as the safety monitoring board saw them"
    assert times(text, "harms") == 2
    assert "monitoring" not in beside_sense(text, "harms")
