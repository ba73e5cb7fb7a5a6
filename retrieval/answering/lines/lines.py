"""The lines of a document that may answer a question: facts, sentences, criteria.

Every fact of a rendered record is a line; prose is cut to sentences and a list to its points.
What a line states is told by the JSON paths of its values, never by its words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval.answering.spans import line_spans, sentence_spans
from retrieval.index.rendered import pattern_of
from retrieval.types import Document, PathSpan, Section

# What a line of the posted results states, by a part of its paths; the first that is met decides.
_REPORTED: tuple[tuple[str, str, str], ...] = (
    ("outcomeMeasures[*]", ".measurements[*]", "result"),
    ("outcomeMeasures[*]", ".analyses[*]", "analysis"),
    ("outcomeMeasures[*]", ".denoms[*]", "analysed"),
    ("outcomeMeasures[*]", ".timeFrame", "reported_outcome"),
    ("outcomeMeasures[*]", ".groups[*]", "result_group"),
    ("outcomeMeasures[*]", "", "reported_outcome"),
    ("participantFlowModule", ".milestones[*]", "flow"),
    ("participantFlowModule", ".dropWithdraws[*]", "dropout"),
    ("participantFlowModule", "", "flow_detail"),
    ("baselineCharacteristicsModule", ".measurements[*]", "baseline"),
    ("baselineCharacteristicsModule", "", "baseline_detail"),
    ("adverseEventsModule", "seriousEvents[*]", "serious_event"),
    ("adverseEventsModule", "otherEvents[*]", "other_event"),
    ("adverseEventsModule", ".eventGroups[*]", "event_totals"),
    ("adverseEventsModule", "", "event_detail"),
    ("limitationsAndCaveats", "", "caveats"),
)
FRAME = ".timeFrame"  # of an outcome
_NAMING = re.compile(
    r"^resultsSection\b.*(?:(?:Measures|measures|classes|categories)\[\d+\]\.title|\]\.(?:term|type))$"
)
_VALUE = re.compile(r"(.*\.outcomeMeasures\[\d+\])\.(?:classes|analyses|denoms)\[")
# Kinds of lines by the module and key of their first value; other keys are kinds themselves.
_LISTED = re.compile(r"\[\*\].*$")
PROSE = frozenset(("briefSummary", "detailedDescription", "eligibilityCriteria", "studyPopulation"))
MIN_WORDS = 2  # of a sentence
_POINT = re.compile(r"^\s*(?:[*\u2022-]|\d+[.)])\s+")
_HEADING = re.compile(r"^[^.?!]{3,60}:$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document: where it stands, and what it states.

    ``kind`` is a key of the registry's schema ("overallStatus"), a part of the posted results
    ("result", "flow"), or "digest"; ``head`` is the heading that a point of a list stands under.
    ``about`` names what a line of the posted results tells the values of, an outcome or an event;
    ``frame`` is the time frame of a posted value, which stands in another line.
    """

    start: int
    end: int
    section: str
    kind: str
    text: str
    head: str = ""
    about: str = ""
    frame: str = ""


@lru_cache(maxsize=64)
def lines_of(document: Document) -> tuple[Line, ...]:
    """Return the lines of a document, in its order."""
    spans = _spans_by_line(document)
    frames = {
        span.path.removesuffix(FRAME): document.text[span.start : span.end]
        for span in document.paths
        if span.path.endswith(FRAME)
    }
    return tuple(
        line
        for section in document.sections
        for line in _lines(document, section, spans, frames=frames)
    )


def _lines(
    document: Document,
    section: Section,
    spans: Mapping[int, Sequence[PathSpan]],
    *,
    frames: Mapping[str, str],
) -> Iterator[Line]:
    kind, head = "", ""
    for start, end in line_spans(document, section):
        held = spans.get(document.text.rfind("\n", 0, start) + 1, ())
        stated = [pattern_of(span.path) for span in held]
        if document.kind == "digest":
            kind = "digest"
        elif stated:
            kind = kind_of(stated)
        text = document.text[start:end]
        if not stated and text.endswith(":"):
            head = text.rstrip(":") if kind in PROSE else ""
            continue
        if kind not in PROSE and kind != "digest":
            about, frame = _about(document, held), _frame(held, frames)
            yield Line(start, end, section.name, kind or section.name, text, "", about, frame)
            continue
        if _HEADING.match(text):
            head = text.rstrip(":")
            continue
        point = _POINT.match(text)
        for first, last in sentence_spans(
            document.text, start + (point.end() if point else 0), end
        ):
            sentence = document.text[first:last]
            if len(sentence.split()) >= MIN_WORDS:
                yield Line(first, last, section.name, kind, sentence, head if point else "")


def _about(document: Document, held: Sequence[PathSpan]) -> str:
    """Return the terms and titles that a line has values of."""
    named = (document.text[span.start : span.end] for span in held if _NAMING.search(span.path))
    return " / ".join(dict.fromkeys(named))


def _frame(held: Sequence[PathSpan], frames: Mapping[str, str]) -> str:
    """Return the time frame of a posted value's outcome."""
    values = (_VALUE.match(span.path) for span in held)
    return next((frames.get(one[1], "") for one in values if one), "")


def kind_of(patterns: Sequence[str]) -> str:
    """Return what a line states, by the path patterns of its values."""
    for module, part, kind in _REPORTED:
        if any(module in one and part in one for one in patterns):
            return kind
    if "hasResults" in patterns:
        return "hasResults"
    first = next((one for one in patterns if "." in one), patterns[0])
    keys = _LISTED.sub("", first).split(".")
    if keys[0] in ("protocolSection", "derivedSection") and len(keys) > 2:
        return keys[2] if keys[2] not in ("designInfo",) else keys[3]
    return keys[-1]


def _spans_by_line(document: Document) -> dict[int, list[PathSpan]]:
    found: defaultdict[int, list[PathSpan]] = defaultdict(list)
    for span in document.paths:
        found[document.text.rfind("\n", 0, span.start) + 1].append(span)
    return found
