"""Which section of a trial's record answers a question about that trial."""

from __future__ import annotations

from retrieval.question.fields import fields_met, load_fields
from retrieval.question.senses import asks

EVENTS = ("Adverse events", "Other adverse events", "Serious adverse events")
# Where nothing in particular is asked, the question is what a trial is about.
OVERVIEW = ("Brief summary", "Title")
# Sections that answer what is asked in kinds, before fields are tried and after.
_BEFORE = (
    ("serious", ("Adverse events", "Serious adverse events")),
    ("left", ("Participant flow", "Outcome results")),
    ("harms", EVENTS),
)
_AFTER = (("results", ("Outcome results",)), ("eligibility", ("Eligibility",)))


def asked_sections(plain_text: str, *, fact: bool) -> tuple[str, ...]:
    """Return the sections that answer a question; none if nothing tells.

    ``fact`` says that the text asks for a fact of one trial: then weak words count as well.
    """
    for sense, sections in _BEFORE:
        if asks(plain_text, sense):
            return sections
    fields = [load_fields()[name] for name in fields_met(plain_text) if name != "summary"]
    strong = [(field.section,) for field in fields if not field.weak]
    asked = [sections for sense, sections in _AFTER if asks(plain_text, sense)]
    weak = [(field.section,) for field in fields if fact and field.weak]
    return next(iter((*strong, *asked, *weak)), ())


def asks_a_fact(plain_text: str) -> bool:
    """Tell whether a text asks for a fact, rather than for trials on a subject."""
    return asks(plain_text, "fact")


def asserts(text: str) -> bool:
    """Tell whether a text is a statement, and neither asks nor requests."""
    return asks(text.lower(), "statement") and not asks(text.lower(), "request")
