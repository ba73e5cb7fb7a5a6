"""The eligibility criteria of a record, line by line, each under its heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from retrieval.answering.evidence import Evidence
from retrieval.answering.types import Claim
from retrieval.index.rendered import Rendered, Span

CRITERIA = "protocolSection.eligibilityModule.eligibilityCriteria"

Part = Literal["inclusion", "exclusion", ""]

_LINE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<mark>(?:[*\-•·]|\(?\d{1,2}[.)]|\(?[a-z][.)])[ \t]+)?", re.M
)
_HEADING = re.compile(
    r"\b(inclusion|exclusion)\b[^.;]{0,60}$|^[^.;]{0,40}\b(inclusion|exclusion) criteria"
)
LONGEST_HEADING = 90  # characters; a longer line that says "exclusion" is a criterion


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the criteria: ``span`` without its bullet, the heading and the line it is under.

    ``part`` is empty where no heading says whether it includes or excludes.
    """

    span: Span
    part: Part
    heading: Span | None
    parent: Span | None


def criteria_of(record: Rendered) -> list[Criterion]:
    """Return the criteria of a record in order, without the headings."""
    return [
        found
        for span in record.spans(CRITERIA)[:1]
        for found in _criteria(record, span.start, span.end)
    ]


def criterion_claim(
    evidence: Evidence, record: Rendered, criterion: Criterion, *, prefix: str = ""
) -> Claim:
    """Return a criterion after its heading and the line that it belongs to, all cited."""
    spans = [s for s in (criterion.heading, criterion.parent, criterion.span) if s]
    cited = [evidence.cite(record.document, *span, CRITERIA) for span in spans]
    texts = [citation.quote.rstrip(": ") for citation in cited[:-1]]
    return Claim(prefix + ": ".join((*texts, cited[-1].quote)), tuple(cited))


def _criteria(record: Rendered, start: int, end: int) -> Iterator[Criterion]:
    text = record.document.text
    part: Part = ""
    heading: Span | None = None
    above: list[tuple[int, Span]] = []  # the lines that the next one may belong to, by indent
    for indent, span in _lines(text, start, end):
        words = text[slice(*span)]
        found = _heading(words)
        if found:
            part, heading, above = found, span, []
            continue
        above = [(depth, line) for depth, line in above if depth < indent]
        yield Criterion(span, part, heading, above[-1][1] if above else None)
        above.append((indent, span))


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, Span]]:
    """Yield each line's indent and its span without bullet and white space around."""
    at = start
    for line in text[start:end].splitlines(keepends=True):
        mark = _LINE.match(line)
        words = line[mark.end() :].strip() if mark else ""
        if mark and words:
            first = at + line.index(words, mark.end())
            yield len(mark["indent"]), (first, first + len(words))
        at += len(line)


def _heading(line: str) -> Part:
    plain = line.casefold().strip(" :#*_-")
    found = _HEADING.search(plain) if len(line) <= LONGEST_HEADING else None
    if not found or not (line.rstrip().endswith(":") or "criteri" in plain or plain in _BARE):
        return ""
    return "exclusion" if "exclusion" in found[0] and "inclusion" not in found[0] else "inclusion"


_BARE = frozenset(("inclusion", "exclusion", "inclusions", "exclusions"))
