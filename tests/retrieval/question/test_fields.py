"""Which fields a question asks for, read from the words beside the trial's name."""

from __future__ import annotations

import pytest

from retrieval.question.fields import OVERVIEW, fields_asked, load_fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("what phase is", ("phase",)),
        ("when does it start", ("start_date",)),
        ("who sponsors", ("sponsor",)),
        ("how many participants", ("enrollment",)),
        ("primary completion date", ("primary_completion_date",)),
        ("when is it completed", ("completion_date",)),
        ("is it double blind", ("masking",)),
        ("is it randomised", ("allocation",)),
        ("how old do you have to be to join", ("minimum_age",)),
        ("are results posted", ("has_results",)),
        ("why was it terminated", ("why_stopped",)),
        ("in what country", ("countries",)),
        ("what is the primary outcome", ("primary_outcome",)),
        ("time frame of the primary outcome", ("primary_time_frame",)),
        ("who sponsors it and when did it start", ("sponsor", "start_date")),
        ("what did the dog say", ()),
    ],
)
def test_words_ask_for_fields(text, fields):
    """Each wording asks for its fields, in the order of the words, and for no others."""
    assert fields_asked(text) == fields


def test_a_weak_cue_gives_way_to_a_strong_one():
    """ "Groups" is said in passing where a design is asked for, and is asked for in a list."""
    assert fields_asked("are groups treated in parallel") == ("intervention_model",)
    assert fields_asked("its groups and its masking") == ("arms", "masking")


def test_every_field_can_be_asked_for():
    """Each has paths, but for what is never kept, and a cue that matches no empty text."""
    for field in load_fields().values():
        assert field.paths or field.name == "contacts"
        assert not field.cue.search("")
    assert set(OVERVIEW) <= load_fields().keys()
