"""Counts and lists: every trial that matches, found by what records state and never by rank.

A trial matches when its registry record meets all demands of the question, as they were read
and looked up in the corpus (`retrieval.search.ground`). A word that no rule reads and no record
names is not passed over: then nothing can be counted, and that is the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.quoting import line_claim
from retrieval.answering.types import Abstention, Cell, Claim, Routed, Table
from retrieval.demands import AnyOf, Between, Demand, Is, Named, Not, iso
from retrieval.index.rendered import Rendered
from retrieval.question.fields import load_fields
from retrieval.question.read import read
from retrieval.question.types import Arranged, Reading
from retrieval.question.wording import RECORDS, TRIAL
from retrieval.search.ground import Grounded, ground
from retrieval.search.registered import Registered, holds, registry_of
from retrieval.types import Filters, Note, Source

TRIAL_ID = "protocolSection.identificationModule.nctId"
TITLE = "protocolSection.identificationModule.briefTitle"
NOT_STATED = "not stated"
TOGETHER = ("phase",)  # a trial of phases 1 and 2 is of neither alone
_ONES = re.compile(r"\bones\b", re.IGNORECASE)
_NOUN = re.compile(rf"{TRIAL}|{RECORDS}")
CITED = 25  # trials of a list that have a claim; all are in `trials`


@dataclass(frozen=True, slots=True)
class Matched:
    """The records that meet all demands.

    ``demands`` tells them. ``hidden`` counts those that would, but for a field that they do not
    state; ``unknown`` are words of the question that no record names. ``otherwise`` has, for a
    name that was counted as it stands, other names of the same that records have.
    """

    records: tuple[Registered, ...]
    demands: tuple[str, ...]
    hidden: int
    unknown: tuple[str, ...]
    otherwise: tuple[tuple[str, tuple[str, ...]], ...]


def answer_count(evidence: Evidence, routed: Routed) -> Draft:
    """Return the number of matching trials, with each of them; a list's answer is the same.

    Abstains with ``not_countable`` where a word of the question is in no record's names.
    """
    matched = _matched(evidence)
    if matched.unknown:
        return _not_countable(matched)
    arranged = _of_trials(evidence).arranged
    if arranged is not None and matched.records:
        return (_most if arranged.kind == "order" else _grouped)(evidence, matched, arranged)
    sources = tuple(record.source for record in matched.records)
    if routed.route == "list" and not sources:
        message = f"No trial in this corpus matches: {_told(matched)}."
        return Draft(abstained=Abstention("no_match", "nothing_matches", message), count=0)
    claims = (_total(matched), *_listed(evidence, sources[:CITED]))
    return Draft(claims, count=len(sources), trials=sources, notes=tuple(_notes(evidence, matched)))


def _most(evidence: Evidence, matched: Matched, arranged: Arranged) -> Draft:
    """Return the trials with the most or the least of a field, and the line that states it."""
    stated = [(value[0], r) for r in matched.records if (value := r.stated(arranged.field))]
    if not stated:
        label = arranged.field.replace("_", " ")
        message = f"None of the {len(matched.records):,} trials that match states its {label}."
        return Draft(abstained=Abstention("no_match", "not_given", message), count=0)
    most = (min if arranged.ascending else max)(value for value, _ in stated)
    first = tuple(record.source for value, record in stated if value == most)
    least = "least" if arranged.ascending else "most"
    label = arranged.field.replace("_", " ")
    told = f"{_value(arranged.field, most)}: the {least} of {label} among {_told(matched)}."
    claims = (Claim(told, (), computed=True), *_listed(evidence, first[:CITED]))
    claims += tuple(_stating(evidence, first[:CITED], arranged.field))
    silent = len(matched.records) - len(stated)
    told = f"{silent:,} more match and do not state it"
    notes = (*_notes(evidence, matched), *((Note("not_given", told),) if silent else ()))
    return Draft(claims, count=len(first), trials=first, notes=notes)


def _value(field: str, value: object) -> str:
    if load_fields()[field].holds == "date" and isinstance(value, int):
        return iso(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _stating(evidence: Evidence, sources: tuple[Source, ...], field: str) -> Iterator[Claim]:
    """Yield the lines that state a field, where a line does: a count stands in none."""
    for source in sources:
        record = Rendered(evidence.document(source.doc_id))
        spans = [span for path in load_fields()[field].paths for span in record.spans(path)[:1]]
        for span in spans[:1] if load_fields()[field].holds in ("number", "date") else ():
            yield line_claim(evidence, record, span, prefix=f"{source.trial_id}: ")


def _grouped(evidence: Evidence, matched: Matched, arranged: Arranged) -> Draft:
    """Count the matching trials by the values of a field; one may have several."""
    groups: Counter[str] = Counter()
    for record in matched.records:
        values = tuple(map(str, record.stated(arranged.field)))
        if arranged.field in TOGETHER:
            values = (" and ".join(values),) if values else ()
        groups.update(values or (NOT_STATED,))
    label = arranged.field.replace("_", " ")
    rows = tuple(
        (Cell(worded(value)), Cell(f"{n:,}", computed=True)) for value, n in groups.most_common()
    )
    table = Table(
        f"{len(matched.records):,} trials by {label}: {_told(matched)}", (label, "trials"), rows
    )
    told = [
        Claim(f"{worded(value)}: {n:,} {'trial' if n == 1 else 'trials'}.", (), computed=True)
        for value, n in groups.most_common(CITED)
    ]
    sources = tuple(record.source for record in matched.records)
    return Draft(
        (_total(matched), *told),
        count=len(sources),
        trials=sources,
        tables=(table,),
        notes=tuple(_notes(evidence, matched)),
    )


def worded(value: str) -> str:
    """Return a token of the registry in words, as records are rendered."""
    if not value.isupper():
        return value
    if value == "NA":
        return "NA (not applicable)"
    return re.sub(r"(PHASE)(\d)", r"\1 \2", value).replace("_", " ").capitalize()


def _matched(evidence: Evidence) -> Matched:
    registry = registry_of(evidence.snapshot.catalogue)
    reading = _of_trials(evidence)
    given = evidence.question.plan.demands is not None
    grounded = Grounded(reading, reading.demands, (), ()) if given else ground(reading, registry)
    demands = [read.demand for read in grounded.demands if not _of_documents(read.demand)]
    # Records alone are counted, whatever kind of document is asked to be searched.
    filters = replace(evidence.question.filters, kind=(), sections=())
    selected = evidence.snapshot.columns.select(filters).documents
    ordinals = evidence.snapshot.ordinals
    pool = [record for record in registry.records if selected[ordinals[record.source.doc_id]]]
    verdicts = [[holds(demand, record) for demand in demands] for record in pool]
    kept = tuple(r for r, held in zip(pool, verdicts, strict=True) if all(held))
    hidden = sum(None in held and False not in held for held in verdicts)
    told = (*map(demand_told, demands), *_given(filters))
    return Matched(kept, told, hidden, grounded.unknown, grounded.otherwise)


def _of_trials(evidence: Evidence) -> Reading:
    """Return the reading of a count or list, which is of trials though it may not say so.

    "Insomnia, excluding completed ones" is read as what it means.
    """
    reading = evidence.ranking.reading
    if evidence.question.plan.demands is not None:
        return reading
    ones = _ONES.sub("trials", reading.text)
    if _NOUN.search(ones.lower()) is None:
        ones = f"trials: {ones}"
    return reading if ones == reading.text else read(ones, evidence.ladder)


def _of_documents(demand: Demand) -> bool:
    """Tell whether a demand is on the kind of document, which no record has."""
    inner = demand.of if isinstance(demand, Not) else demand
    return isinstance(inner, Is) and inner.field == "kind"


_LABELS = {
    "countries": "country",
    "conditions": "condition",
    "interventions": "treatment",
    "keywords": "keyword",
    "compounds": "compound",
    "start_date": "started",
    "completion_date": "completed",
    "last_update": "updated",
}


def demand_told(demand: Demand) -> str:
    """Return a demand in words, with the registry's tokens."""
    if isinstance(demand, Not):
        return f"not {demand_told(demand.of)}"
    if isinstance(demand, AnyOf):
        names = {one.names if isinstance(one, Named) else () for one in demand.of}
        told = demand.of[:1] if len(names) == 1 and () not in names else demand.of
        return " or ".join(map(demand_told, told))  # one name is told once, wherever it stands
    label = _LABELS.get(demand.field, demand.field.replace("_", " "))
    if isinstance(demand, Named):
        return f"{label} “{demand.names[0]}”"
    if isinstance(demand, Between):
        ends = [f"from {demand.low}"] * (demand.low is not None)
        ends += [f"to {demand.high}"] * (demand.high is not None)
        return " ".join((label, *ends))
    if demand.field == "has_results":
        return "results posted" if demand.values == (True,) else "no results posted"
    values = (str(value).replace("/", " and ") for value in demand.values)
    return f"{label} {' or '.join(values)}"


def _given(filters: Filters) -> Iterator[str]:
    """Yield a caller's filters in words."""
    for field in fields(filters):
        value = getattr(filters, field.name)
        if value not in ((), None):
            told = " or ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            yield f"filter {field.name} {told}"


def _not_countable(matched: Matched) -> Draft:
    words = " or ".join(f"“{word}”" for word in matched.unknown)
    message = (
        f"This cannot be counted: {words} is no demand that is understood here, and no name that "
        "a record gives to a condition or treatment, a sponsor, a keyword or in its title."
    )
    return Draft(abstained=Abstention("no_match", "not_countable", message), count=0)


def _total(matched: Matched) -> Claim:
    """State how many match, and what was demanded."""
    number = len(matched.records)
    trials = "trial" if number == 1 else "trials"
    return Claim(f"{number:,} {trials} in this corpus: {_told(matched)}.", (), computed=True)


def _told(matched: Matched) -> str:
    return "; ".join(matched.demands) or "every record"


def _listed(evidence: Evidence, sources: tuple[Source, ...]) -> Iterator[Claim]:
    for source in sources:
        record = Rendered(evidence.document(source.doc_id))
        spans = [span for path in (TRIAL_ID, TITLE) for span in record.spans(path)[:1]]
        cited = tuple(evidence.cite_span(record, span) for span in spans)
        yield Claim(": ".join(citation.quote for citation in cited), cited)


def _notes(evidence: Evidence, matched: Matched) -> Iterator[Note]:
    for words, others in matched.otherwise:
        told = f"records that call “{words}” otherwise are not counted by it: {', '.join(others)}"
        yield Note("named_otherwise", told)
    if matched.hidden:
        told = f"{matched.hidden:,} more could match but do not state a field that was asked for"
        yield Note("not_given", told)
    if len(matched.records) > CITED:
        told = f"the first {CITED} of {len(matched.records):,} trials are quoted; all are listed"
        yield Note("not_shown", told)
    digests = {card.source.trial_id for card in evidence.snapshot.cards}
    alone = len(digests) - len(registry_of(evidence.snapshot.catalogue).records)
    if alone:
        told = f"not counted: {alone:,} known here only from a digest, which states no fields"
        yield Note("digests_alone", told)
