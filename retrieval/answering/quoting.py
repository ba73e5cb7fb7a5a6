"""Quotes: whole lines of a record and whole sentences of a text, as claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retrieval.answering.evidence import Evidence
from retrieval.answering.types import Citation, Claim
from retrieval.index.rendered import Rendered, Span
from retrieval.types import Document, PathSpan, Section

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


def sections_named(document: Document, *names: str) -> list[Section]:
    """Return the sections of a document by these names, in its order."""
    return [section for section in document.sections if section.name in names]


def quoted(*citations: Citation, prefix: str = "") -> Claim:
    """Return a claim that is its first citation's quote; the others show values in it."""
    return Claim(f"{prefix}{citations[0].quote}", citations)


def line_claim(evidence: Evidence, record: Rendered, span: PathSpan, *, prefix: str = "") -> Claim:
    """Return the whole line of a value as a claim, with the value's path."""
    start, end = record.line(span)
    return quoted(evidence.cite(record.document, start, end, span.path), prefix=prefix)


def trials_in(claims: Sequence[Claim]) -> list[str]:
    """Return the trials that claims cite, each once, in their order."""
    cited = (citation.source.trial_id for claim in claims for citation in claim.citations)
    return list(dict.fromkeys(cited))
