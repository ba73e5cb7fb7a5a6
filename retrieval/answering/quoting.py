"""Quotes: whole lines of a record and whole sentences of a text, as claims."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.answering.evidence import Evidence
from retrieval.answering.types import Citation, Claim
from retrieval.index.rendered import Rendered
from retrieval.types import Document, PathSpan, Section


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
