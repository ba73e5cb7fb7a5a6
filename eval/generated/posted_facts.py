"""Facts of posted results: an outcome's value, or an event's count, in one named arm.

Each has one answer only where its names are unique in the trial; the rest is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from eval.generated.facts import ANSWER, MEASURES, Fact, LeftOut, folded, until
from indexer.readers.writer import NOT_REPORTED
from retrieval.index.rendered import Rendered, is_masked
from retrieval.types import PathSpan

SAFETY = "resultsSection.adverseEventsModule"
EVENTS = {"serious_event": "seriousEvents", "other_event": "otherEvents"}
WRONG = 0  # the grade of what looks right and is wrong

LONGEST_NAME = 160  # characters; nobody types more than that to name an outcome or an arm


def posted_facts(record: Rendered) -> Iterator[Fact | LeftOut]:
    """Yield the facts of a record's posted results; nothing where there are none."""
    for field in EVENTS:
        yield from _askable(list(_events(record, field)))
    yield from _askable(list(_serious_totals(record)))
    yield from _askable(list(_outcomes(record)))


def _askable(facts: list[Fact]) -> Iterator[Fact | LeftOut]:
    """Pass on the facts whose names tell which one is meant, and can be typed."""
    keys = [tuple(folded(name) for _, name in fact.names) for fact in facts]
    counts = Counter(keys)
    for fact, key in zip(facts, keys, strict=True):
        names = [name for _, name in fact.names]
        if counts[key] > 1:
            yield LeftOut(fact.field, "its names stand for several values")
        elif any(len(name) > LONGEST_NAME for name in names):
            yield LeftOut(fact.field, "a name in it is too long to be typed")
        elif is_masked(" ".join(names)):
            yield LeftOut(fact.field, "a name in it is a person's")
        else:
            yield fact


def _arm_before(record: Rendered, span: PathSpan, groups: str) -> str:
    """Return the arm whose title stands last before a value of the same line."""
    titles = [
        mate
        for mate in record.line_mates(span)
        if mate.start < span.start and mate.path.startswith(groups) and mate.path.endswith(".title")
    ]
    return record.value(titles[-1]) if titles else ""


def _events(record: Rendered, field: str) -> Iterator[Fact]:
    """Yield each count; the same event under the other kind, in the same arm, is wrong."""
    (other,) = EVENTS.keys() - {field}
    namesakes = {(term, arm): span for term, arm, span in _counts(record, other)}
    for term, arm, span in _counts(record, field):
        stated = [until(record, span, span, grade=ANSWER)]
        if wrong := namesakes.get((term, arm)):
            stated.append(until(record, wrong, wrong, grade=WRONG))
        names = (("event", term), ("arm", arm))
        yield Fact(field, record.value(span), span.path, tuple(stated), names=names)


def _counts(record: Rendered, field: str) -> Iterator[tuple[str, str, PathSpan]]:
    """Yield the event, the arm and the place of each affected/at risk of a kind."""
    for span in record.spans(f"{SAFETY}.{EVENTS[field]}[*].stats[*]"):
        term = record.at(f"{span.path.partition('.stats')[0]}.term")
        arm = _arm_before(record, span, f"{SAFETY}.eventGroups")
        if term and arm and NOT_REPORTED not in record.value(span):
            yield term, arm, span


def _serious_totals(record: Rendered) -> Iterator[Fact]:
    for span in record.spans(f"{SAFETY}.eventGroups[*].seriousNumAffected"):
        group = span.path.rpartition(".")[0]
        arm = record.at(f"{group}.title")
        if not arm:
            continue
        last = next(
            (s for s in record.line_mates(span) if s.path == f"{group}.seriousNumAtRisk"), span
        )
        stated = (until(record, span, last, grade=ANSWER),)
        yield Fact("serious_total", record.value(span), span.path, stated, names=(("arm", arm),))


def _outcomes(record: Rendered) -> Iterator[Fact]:
    pattern = f"{MEASURES}.classes[*].categories[*].measurements[*].value"
    for span in record.spans(pattern):
        measure = span.path.partition(".classes")[0]
        arm = _arm_before(record, span, f"{measure}.groups")
        outcome = _outcome_name(record, span.path)
        value = record.value(span)
        if not arm or not outcome or not any(character.isdigit() for character in value):
            continue
        unit = next(
            (s for s in record.line_mates(span) if s.start == span.end + 1 and _is_unit(s)), span
        )
        names = (("outcome", outcome), ("arm", arm))
        stated = (until(record, span, unit, grade=ANSWER),)
        yield Fact("outcome_result", value, span.path, stated, names=names)


def _is_unit(span: PathSpan) -> bool:
    return span.path.endswith(".unitOfMeasure")


def _outcome_name(record: Rendered, path: str) -> str:
    """Return the title of a value's measure, then class and category where they have one."""
    measure, _, _ = path.partition(".classes")
    group, _, _ = path.partition(".categories")
    category, _, _ = path.partition(".measurements")
    title = record.at(f"{measure}.title")
    parts = [record.at(f"{group}.title"), record.at(f"{category}.title")]
    detail = ", ".join(part for part in parts if part)
    return f"{title} ({detail})" if title and detail else title
