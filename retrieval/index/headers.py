"""The contextual header: where a chunk stands, in the registry's words and without an LLM.

It is embedded and searched in front of the chunk's text and never quoted. A chunk that says
"Nausea: 10/52" is found by its drug and condition only because the header names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrieval.types import Chunk, TrialFields

# Part of an index's recipe: raise it when the same inputs give another header.
HEADER_VERSION = 1

# What a header may take of an embedder's window, its special tokens and prompt included. All
# parts at their caps come to about 90 tokens of English; the longest of 7,086 headers of real
# records has 72 of the bundled model's.
HEADER_TOKENS = 90
# Characters.
TITLE_CAP = 120
NAMES_CAP = 60
CONDITIONS_CAP = 90
SECTION_CAP = 40
CONDITIONS = 3
NO_PHASE = "NA"


def contextual_header(
    *, title: str, fields: TrialFields, section: str, ladder_names: Callable[[str], str]
) -> str:
    """Return one line of title, compounds, conditions, phase and section; parts may be missing.

    ``ladder_names`` gives the preferred name of a compound's id. A trial's status stays out:
    it changes often, each change would embed every chunk of the trial again, and who wants a
    status uses the filter.
    """
    parts = (
        _cap(title, TITLE_CAP),
        _labelled("Compound", map(ladder_names, fields.compounds), cap=NAMES_CAP),
        _labelled("Condition", fields.conditions[:CONDITIONS], cap=CONDITIONS_CAP),
        _phases(fields.phases),
        _labelled("Section", [section], cap=SECTION_CAP),
    )
    return " | ".join(part for part in parts if part)


def embedding_text(chunk: Chunk, header: str) -> str:
    """Return what is embedded for a chunk: its header, a line break, its text."""
    return f"{header}\n{chunk.text}" if header else chunk.text


def _labelled(label: str, values: Iterable[str], *, cap: int) -> str:
    text = _cap(", ".join(values), cap)
    return f"{label}: {text}" if text else ""


def _phases(phases: Iterable[str]) -> str:
    """Say ``PHASE1, PHASE2`` as ``Phase 1, phase 2``; ``NA`` says nothing."""
    words = [
        phase.replace("_", " ").replace("PHASE", "PHASE ").lower()
        for phase in phases
        if phase != NO_PHASE
    ]
    return ", ".join(words).capitalize()


def _cap(text: str, characters: int) -> str:
    """Put the text on one line and cut it after a word; one long word is cut inside."""
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    return line[: characters + 1].rpartition(" ")[0].rstrip(",") or line[:characters]
