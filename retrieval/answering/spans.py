"""Where the sentences and the lines of a text stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.index.rendered import Span
from retrieval.types import Document, Section

# A capital, digit or bracket must follow: "approx. 5 mg" and "e.g. nausea" are no ends.
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\bvs\.)(?<!\bDr\.)(?<!\bNo\.)\s+(?=[A-Z(\"“])|\n+")


def sentence_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the sentences of a slice of a text: no white space around, none empty."""
    at = start
    for cut in [*_SENTENCE_END.finditer(text, start, end), None]:
        last = cut.start() if cut else end
        piece = text[at:last]
        first = at + len(piece) - len(piece.lstrip())
        if piece.strip():
            yield first, first + len(piece.strip())
        at = cut.end() if cut else end


def line_spans(document: Document, section: Section) -> Iterator[Span]:
    """Yield the lines of a section that are not empty, without the white space around."""
    at = section.start
    for line in document.text[section.start : section.end].splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            first = at + line.index(stripped)
            yield first, first + len(stripped)
        at += len(line)
