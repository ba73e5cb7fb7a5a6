"""Facts that a trial record states: what can be asked, the one answer, and where it stands.

Everything is read back from the rendered document, so that an answer is always in its quote.
A fact is made only where the record gives the field; what is given but cannot be asked about
comes as a `LeftOut` with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from retrieval.index.rendered import Rendered, Span, is_masked
from retrieval.search.passages import MAX_CHARACTERS
from retrieval.types import PathSpan

ANSWER, PART = 3, 2  # grades: see `eval.golden.questions`
# A passage covers a quote from half of it on, so no passage could cover a longer one.
LONGEST_QUOTE = 2 * MAX_CHARACTERS

PROTOCOL = "protocolSection"
DESIGN = f"{PROTOCOL}.designModule"
STATUS = f"{PROTOCOL}.statusModule"
ELIGIBILITY = f"{PROTOCOL}.eligibilityModule"
ARMS = f"{PROTOCOL}.armsInterventionsModule"
OUTCOMES = f"{PROTOCOL}.outcomesModule"
MEASURES = "resultsSection.outcomeMeasuresModule.outcomeMeasures[*]"
TITLES = tuple(f"{PROTOCOL}.identificationModule.{name}Title" for name in ("brief", "official"))

SINGLE = {
    "study_type": f"{DESIGN}.studyType",
    "allocation": f"{DESIGN}.designInfo.allocation",
    "masking": f"{DESIGN}.designInfo.maskingInfo.masking",
    "intervention_model": f"{DESIGN}.designInfo.interventionModel",
    "primary_purpose": f"{DESIGN}.designInfo.primaryPurpose",
    "enrollment": f"{DESIGN}.enrollmentInfo.count",
    "status": f"{STATUS}.overallStatus",
    "start_date": f"{STATUS}.startDateStruct.date",
    "primary_completion_date": f"{STATUS}.primaryCompletionDateStruct.date",
    "completion_date": f"{STATUS}.completionDateStruct.date",
    "has_results": "hasResults",
    "sponsor": f"{PROTOCOL}.sponsorCollaboratorsModule.leadSponsor.name",
    "minimum_age": f"{ELIGIBILITY}.minimumAge",
    "sex": f"{ELIGIBILITY}.sex",
    "healthy_volunteers": f"{ELIGIBILITY}.healthyVolunteers",
}
LISTS = {
    "phase": f"{DESIGN}.phases[*]",
    "conditions": f"{PROTOCOL}.conditionsModule.conditions[*]",
    "arms": f"{ARMS}.armGroups[*].label",
    "interventions": f"{ARMS}.interventions[*].name",
    "primary_outcome": f"{OUTCOMES}.primaryOutcomes[*].measure",
    "secondary_outcomes": f"{OUTCOMES}.secondaryOutcomes[*].measure",
}
SITES = f"{PROTOCOL}.contactsLocationsModule.locations[*].country"
SITES_AGAIN = f"{PROTOCOL}.contactsLocationsModule.locations_nested[*].country"
# Where the values of a list stand once more, as a list of the registry's index terms.
TERMS = {
    "conditions": "derivedSection.conditionBrowseModule.meshes[*].term",
    "interventions": "derivedSection.interventionBrowseModule.meshes[*].term",
}
POSTED_TYPES = {"primary_outcome": "Primary", "secondary_outcomes": "Secondary"}

# What a title says of the design in other words than the registry's field.
IN_TITLE = {
    ("allocation", "Randomized"): r"(?<!non-)(?<!non )\brandomi[sz]ed\b",
    ("allocation", "Non randomized"): r"\bnon[- ]?randomi[sz]ed\b",
    ("masking", "None"): r"\bopen[- ]label\b|\bunblinded\b",
    ("masking", "Single"): r"\bsingle[- ](?:blind|mask)",
    ("masking", "Double"): r"\bdouble[- ](?:blind|mask)",
    ("masking", "Triple"): r"\btriple[- ](?:blind|mask)",
    ("masking", "Quadruple"): r"\bquadruple[- ](?:blind|mask)",
    ("intervention_model", "Crossover"): r"\bcross-?over\b",
    ("intervention_model", "Parallel"): r"\bparallel\b",
    ("intervention_model", "Single group"): r"\bsingle[- ](?:group|arm)\b",
    ("phase", "Phase 1"): r"\bphase (?:1|i)[ab]?(?![\w/-])(?! and)",
    ("phase", "Phase 2"): r"\bphase (?:2|ii)[ab]?(?![\w/-])(?! and)",
    ("phase", "Phase 3"): r"\bphase (?:3|iii)[ab]?(?![\w/-])(?! and)",
    ("phase", "Phase 4"): r"\bphase (?:4|iv)\b",
    ("phase", "Phase 1; Phase 2"): r"\bphase (?:1|i)[ab]? ?(?:/|-|and) ?(?:phase )?(?:2|ii)[ab]?\b",
    ("phase", "Phase 2; Phase 3"): r"\bphase (?:2|ii)[ab]? ?(?:/|-|and) ?(?:phase )?(?:3|iii)\b",
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A slice of the document that states an answer, and its grade."""

    start: int
    end: int
    grade: int


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer of one field.

    ``answer`` is as the document words it; the values of a list are joined by ``"; "``.
    ``path`` is the JSON path of the value; ``[*]`` in it stands for every element of a list.
    ``names`` are the words by which an arm, outcome or event of the trial is asked for, under
    the name of their slot in a wording. ``in_title`` tells that the brief title answers.
    """

    field: str
    answer: str
    path: str
    stated: tuple[Stated, ...]
    names: tuple[tuple[str, str], ...] = ()
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the record gives and no question asks for, and why."""

    field: str
    reason: str


def protocol_facts(record: Rendered) -> Iterator[Fact | LeftOut]:
    """Yield the facts of a record's protocol, whether results are posted, and where it runs."""
    for field, path in SINGLE.items():
        for span in record.spans(path)[:1]:
            yield _checked(record, _single(record, field, span))
    for field, pattern in LISTS.items():
        if spans := record.spans(pattern):
            yield _checked(record, _listed(record, field, spans))
    yield from _primary_time_frame(record)
    yield from _arm_interventions(record)
    yield from _countries(record)


def until(record: Rendered, first: PathSpan, last: PathSpan, *, grade: int) -> Stated:
    """State the line of ``first`` from its beginning to the end of ``last``."""
    return Stated(record.line_start(first), last.end, grade)


def folded(text: str) -> str:
    """Return the letters and digits of a text in lower case, for comparing names."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _checked(record: Rendered, fact: Fact) -> Fact | LeftOut:
    """Add where titles state the fact, or leave it out when its value cannot be given."""
    if is_masked(fact.answer):
        return LeftOut(fact.field, "the answer names a person")
    if fact.field == "enrollment" and not fact.answer.isdigit():
        return LeftOut(fact.field, "the registry does not know the value")
    wording = IN_TITLE.get((fact.field, fact.answer))
    if wording is None:
        return fact
    titles = [span for path in TITLES for span in record.spans(path)]
    telling = [s for s in titles if re.search(wording, record.value(s), re.IGNORECASE)]
    return replace(
        fact,
        stated=(*fact.stated, *(Stated(*record.line(span), PART) for span in telling)),
        in_title=any(span.path == TITLES[0] for span in telling),
    )


def _single(record: Rendered, field: str, span: PathSpan) -> Fact:
    return Fact(field, record.value(span), span.path, (Stated(*record.line(span), ANSWER),))


def _listed(record: Rendered, field: str, spans: Sequence[PathSpan]) -> Fact:
    values = record.values(spans)
    stated = [*_block(_pieces(record, spans)), *_elsewhere(record, field, values)]
    return Fact(field, "; ".join(values), _path_of(spans), tuple(stated))


def _path_of(spans: Sequence[PathSpan]) -> str:
    """Return the path of the only value, or of all elements of the innermost list."""
    path = spans[0].path
    return path if len(spans) == 1 else re.sub(r"\[\d+\](?=[^\[]*$)", "[*]", path)


def _pieces(record: Rendered, spans: Sequence[PathSpan]) -> list[Span]:
    """Return, per line, the slice from the line's beginning to the last of the spans in it."""
    ends = {record.line_start(span): span.end for span in spans}
    return list(ends.items())


def _block(pieces: Sequence[Span], *, each: int = PART) -> Iterator[Stated]:
    """State a list: all of its lines answer, each alone has the grade ``each``."""
    start, end = pieces[0][0], pieces[-1][1]
    if len(pieces) == 1:
        yield Stated(start, end, ANSWER)
        return
    if end - start <= LONGEST_QUOTE:
        yield Stated(start, end, ANSWER)
    for piece in pieces:
        yield Stated(*piece, each)


def _elsewhere(record: Rendered, field: str, values: Sequence[str]) -> Iterator[Stated]:
    """Yield where the values of a list stand again, in a place that answers as well."""
    if field in TERMS:
        spans = record.spans(TERMS[field])
        terms = {folded(term) for term in record.values(spans)}
        if spans and terms >= set(map(folded, values)):
            yield until(record, spans[0], spans[-1], grade=PART)
    if field == "interventions":
        for piece in _pieces(record, record.spans(f"{ARMS}.armGroups[*].interventionNames[*]")):
            yield Stated(*piece, PART)
    if field in POSTED_TYPES:
        posted = _posted(record, POSTED_TYPES[field])
        for title in posted:
            same = len(values) == len(posted) == 1 and folded(record.value(title)) == folded(
                values[0]
            )
            yield until(record, title, title, grade=ANSWER if same else PART)


def _posted(record: Rendered, kind: str) -> list[PathSpan]:
    """Return the titles of posted outcomes of a type, where each is introduced."""
    return [
        span
        for span in record.first_spans(f"{MEASURES}.title")
        if record.at(f"{span.path.removesuffix('.title')}.type") == kind
    ]


def _primary_time_frame(record: Rendered) -> Iterator[Fact | LeftOut]:
    field = "primary_time_frame"
    measures = record.spans(LISTS["primary_outcome"])
    spans = record.spans(f"{OUTCOMES}.primaryOutcomes[*].timeFrame")
    if not spans:
        return
    frames = record.values(spans)
    if len(frames) > 1 or len(spans) < len(measures):
        yield LeftOut(field, "primary outcomes have different time frames")
        return
    posted = [
        span
        for title in _posted(record, "Primary")
        for span in record.line_mates(title)
        if span.path.endswith(".timeFrame") and record.value(span) == frames[0]
    ]
    stated = tuple(until(record, span, span, grade=ANSWER) for span in [*spans, *posted])
    yield _checked(record, Fact(field, frames[0], spans[0].path, stated))


def _arm_interventions(record: Rendered) -> Iterator[Fact | LeftOut]:
    field = "arm_intervention"
    labels = record.spans(LISTS["arms"])
    names = [folded(record.value(label)) for label in labels]
    for label in labels:
        arm = label.path.removesuffix(".label")
        given = [s for s in record.line_mates(label) if f"{arm}.interventionNames" in s.path]
        if not given:
            continue
        if names.count(folded(record.value(label))) > 1:
            yield LeftOut(field, "two arms have the same name")
            continue
        fact = Fact(
            field,
            "; ".join(record.values(given)),
            _path_of(given),
            (until(record, label, given[-1], grade=ANSWER), *_given_in(record, label)),
            names=(("arm", record.value(label)),),
        )
        yield _checked(record, fact)


def _given_in(record: Rendered, label: PathSpan) -> Iterator[Stated]:
    """Yield the lines of interventions that say to be given in the arm: each tells a part."""
    for span in record.spans(f"{ARMS}.interventions[*].armGroupLabels[*]"):
        if record.value(span) == record.value(label):
            yield until(record, span, span, grade=PART)


def _countries(record: Rendered) -> Iterator[Fact | LeftOut]:
    spans = record.spans(SITES)
    if record.spans(SITES_AGAIN):
        yield LeftOut("countries", "sites stand in two lists")
    elif spans:
        values = record.values(spans)
        each = ANSWER if len(values) == 1 else PART
        stated = tuple(_block(_pieces(record, spans), each=each))
        yield Fact("countries", "; ".join(values), _path_of(spans), stated)
