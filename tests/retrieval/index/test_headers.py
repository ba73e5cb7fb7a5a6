"""The contextual header: what it says, what it leaves out, and how long it may get."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.headers import contextual_header, embedding_text
from retrieval.types import Chunk, TrialFields

FIELDS = TrialFields(
    compounds=("thymosin-alpha-1",),
    conditions=("Sepsis", "Septic shock", "Critical illness", "Hypertension"),
    phases=("PHASE2", "PHASE3"),
    status="RECRUITING",
)
CHUNK = Chunk("d@v#0", "d", "Outcomes", 4, 9, "28-day mortality", "planned")


def header(**fields) -> str:
    defaults = {"title": "A trial", "fields": FIELDS, "section": "Outcomes"}
    return contextual_header(**(defaults | fields), ladder_names=lambda name: name.title())


def test_a_header_names_the_neighbourhood():
    """Title, compound, three conditions, phases in words and section, on one line."""
    assert header() == (
        "A trial | Compound: Thymosin-Alpha-1 | Condition: Sepsis, Septic shock, "
        "Critical illness | Phase 2, phase 3 | Section: Outcomes"
    )


def test_what_is_not_known_is_not_named():
    """A trial without fields has a header of title and section."""
    assert header(fields=TrialFields(phases=("NA",))) == "A trial | Section: Outcomes"


def test_an_early_phase_is_said_in_words():
    """``EARLY_PHASE1`` reads as people write it."""
    assert "Early phase 1" in header(fields=TrialFields(phases=("EARLY_PHASE1",)))


def test_a_change_of_status_changes_no_header():
    """The status is a filter: a header with it would embed the trial anew at each change."""
    assert header(fields=TrialFields(status="COMPLETED")) == header(fields=TrialFields())


@given(st.text(), st.lists(st.text(), max_size=5), st.text())
def test_a_header_is_one_short_line(title, names, section):
    """Whatever the registry says, a header stays below 400 characters."""
    fields = TrialFields(conditions=tuple(names), compounds=tuple(names), phases=("PHASE1",))
    line = contextual_header(title=title, fields=fields, section=section, ladder_names=str)
    assert len(line) < 400
    assert len(line.splitlines()) <= 1


def test_a_cap_falls_between_words():
    """A long title loses its last words whole."""
    title = header(title="word " * 60).split(" | ")[0]
    assert set(title.split()) == {"word"}


def test_the_header_stands_before_the_text():
    """What is embedded ends with the chunk's own text; without a header it is that text."""
    assert embedding_text(CHUNK, "header") == f"header\n{CHUNK.text}"
    assert embedding_text(CHUNK, "") == CHUNK.text
