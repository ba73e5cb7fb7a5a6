"""What came out of a trial: the posted lines of the outcomes asked for, word for word.

Which arm did better is for the reader to judge; analyses are quoted as posted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from retrieval.answering.absence import Absence, no_record, no_results
from retrieval.answering.chosen import nothing_here, trials_named, trials_on_subject
from retrieval.answering.digest_quotes import dispute, disputing_claims
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.matching import (
    beside_names,
    named_in_part,
    named_whole,
    telling_stems,
    without,
)
from retrieval.answering.quoting import quoted
from retrieval.answering.stems import Stems, stems_of
from retrieval.answering.types import Abstention, Citation, Claim, Routed
from retrieval.index.rendered import Rendered, Span
from retrieval.language.words import STOP_WORDS, Runs
from retrieval.types import Note, PathSpan

MEASURES = "resultsSection.outcomeMeasuresModule.outcomeMeasures[*]"
VALUES = f"{MEASURES}.classes[*].categories[*].measurements[*].value"
MAX_CLAIMS = 8  # of one trial
MAX_ANALYSES = 3  # kept room for where arms are compared
MAX_TRIALS = 3
MAX_READ = 16  # records that are looked through for an answer
MAX_NAMED = 5  # posted outcomes that are cited where the one asked for is none of them
ENOUGH = 2  # words of a question that an outcome has, or more than half of them

_MEASURE = re.compile(r"resultsSection\.outcomeMeasuresModule\.outcomeMeasures\[\d+\]")
_COMPARED = re.compile(
    r"\bp[- ]?values?\b|\bsignifican\w+|\bthan\b|\bdifferen\w+|\bcompare[ds]?\b|\bversus\b|\bvs\b"
    r"|\bbetter\b|\bworse\b|\bconfidence\b|\bhazard\b|\bodds\b|\banalys[ie]s\b|\bbeat\b|\bwork\b",
    re.IGNORECASE,
)
_ARM = re.compile(r"\b(?:arms?|groups?|cohorts?|placebo|controls?)\b", re.IGNORECASE)
# The words around an outcome's name.
_ASKING = (
    "mean median average value values came reported change changes changed baseline score "
    "scores improvement improve improved improves loss lost lose reduction reduce reduced "
    "decrease decreased increase increased gain gained lower lowered rise fall percent "
    "percentage rate level levels perform performed performs achieve achieved success "
    "successful succeed beat significant significantly significance statistically difference "
    "differ analysis analyses confidence interval hazard odds ratio versus better worse meet "
    "met reach reached hit miss missed target conclude concluded conclusion overview main "
    "important numbers number figure figures secondary primary placebo control p-value p-values "
    "demonstrate demonstrated reveal revealed favor favour observed seen obtained outcome- "
    "measure measures cohort cohorts"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the posted outcomes: ``kind`` is Result, Analysis, or what begins a measure."""

    kind: str
    start: int
    end: int
    measure: str
    spans: tuple[PathSpan, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """The claims of one trial, and what is left out."""

    claims: tuple[Claim, ...]
    notes: tuple[Note, ...]


def answer_results(evidence: Evidence, routed: Routed) -> Draft:
    """Return the posted outcome lines that a question asks for, or that none are posted."""
    named = trials_named(evidence)
    trials = named or [
        trial for trial in trials_on_subject(evidence) if evidence.snapshot.has_results(trial)
    ]
    trials = trials or trials_on_subject(evidence)[:MAX_TRIALS]
    if not trials:
        return nothing_here()
    chosen = trials if named else _answering(evidence, trials[:MAX_READ])
    several = len(chosen) > 1
    found = [_of_trial(evidence, t, prefix=f"{t}: " if several else "") for t in chosen]
    absences = [one for one in found if isinstance(one, Absence)]
    disputed = [
        claim
        for trial in chosen
        for claim in disputing_claims(evidence, trial, prefix=f"{trial}: " if several else "")
    ]
    claims = (*(claim for one in found for claim in one.claims), *disputed)
    told = [dispute(disputed)] if disputed else []
    disputes = tuple(Note("dispute", one) for one in told)
    messages = [absence.message for absence in absences]
    if len(absences) == len(chosen):
        return Draft(claims, _abstention(absences, [*messages, *told]), notes=disputes)
    notes = [note for one in found if isinstance(one, _Found) for note in one.notes]
    absent = (Note("absence", message) for message in messages)
    return Draft(claims, notes=(*notes, *absent, *disputes))


def _abstention(absences: Sequence[Absence], told: Sequence[str]) -> Abstention:
    """Return one abstention for all trials; ``told`` is longer where digests dispute it."""
    message = " ".join(told)
    if len(told) > len(absences):
        return Abstention("conflict", "sources_disagree", message)
    return Abstention(absences[0].type, absences[0].reason, message)


def _answering(evidence: Evidence, trials: Sequence[str]) -> list[str]:
    """Return the first trials that have an answer; without such the first ones."""
    answering = (t for t in trials if isinstance(_of_trial(evidence, t, prefix=""), _Found))
    return list(islice(answering, MAX_TRIALS)) or list(trials[:MAX_TRIALS])


def _of_trial(evidence: Evidence, trial: str, *, prefix: str) -> _Found | Absence:
    record = evidence.record(trial)
    if record is None:
        return no_record(trial)
    lines = list(_lines(record))
    if not lines:
        return no_results(evidence, record, prefix=prefix)
    text = beside_names(evidence)
    arms = _arms(record, text)
    measures = _measures_asked(evidence, record, lines, without(text, arms))
    if measures == []:
        return _not_an_outcome(evidence, record, lines, prefix=prefix)
    wanted = _chosen(record, lines, without(text, arms), measures or _primary(record, lines))
    results = [line for line in wanted if line.kind != "Analysis"]
    analyses = [line for line in wanted if line.kind == "Analysis" and _COMPARED.search(text)]
    room = MAX_CLAIMS - min(len(analyses), MAX_ANALYSES)
    kept = [*results[:room], *analyses[: MAX_CLAIMS - len(results[:room])]]
    claims = [_claim(evidence, record, line, arms=arms, prefix=prefix) for line in kept]
    more = len(results) + len(analyses) - len(kept)
    told = f"{trial}: {more} more posted lines of this outcome are not shown."
    notes = [Note("not_shown", told)] if more else []
    if measures is None and (others := _secondary(record, lines)):
        told = f"{trial}: {others} secondary {_outcomes(others)} posted too; ask by name."
        notes.append(Note("not_shown", told))
    return _Found(tuple(claims), tuple(notes))


def _lines(record: Rendered) -> Iterator[_Line]:
    """Yield the lines of the posted outcomes that have values, and those that introduce them."""
    spans = (span for span in record.document.paths if _MEASURE.match(span.path))
    for start, mates in groupby(spans, key=record.line_start):
        group = tuple(mates)
        end = record.line(group[0])[1]
        kind = record.document.text[start:end].partition(":")[0]
        found = _MEASURE.match(group[0].path)
        if kind != "Group" and found:
            yield _Line(kind, start, end, found[0], group)


def _measures_asked(
    evidence: Evidence, record: Rendered, lines: Sequence[_Line], text: str
) -> list[str] | None:
    """Return the outcomes that a question names: none if all are strange, ``None`` if it doesn't.

    A question names an outcome by words beside the trial's subject and its arms.
    """
    titles = _titles(record, lines)
    if named := named_whole(text, titles):
        return named
    if sided := [kind for kind in ("Primary", "Secondary") if kind.lower() in text.lower()]:
        return [m for m in titles if record.at(f"{m}.type") in sided] or None
    drugs = [mention.matched for mention in evidence.ranking.understood.compounds]
    asked = telling_stems(text, names=[_ASKING, *drugs])
    results = [line for line in lines if line.kind == "Result"]
    best, nearest = _nearest(asked, titles, results, record)
    beside = asked.difference(*map(stems_of, _subject(record)))
    if best >= ENOUGH or 2 * best > len(beside):
        return nearest
    return [] if beside else None


def _subject(record: Rendered) -> Iterator[str]:
    """Yield the texts whose words name no outcome: its title, drugs and arms."""
    fields = record.document.fields
    yield from (record.document.title, *fields.conditions, *fields.interventions)
    yield from record.values(record.spans(f"{MEASURES}.groups[*].title"))


def _titles(record: Rendered, lines: Sequence[_Line]) -> dict[str, str]:
    return {line.measure: record.at(f"{line.measure}.title") for line in lines}


def _primary(record: Rendered, lines: Sequence[_Line]) -> list[str]:
    """Return the primary outcomes; of a record that marks none the first outcome."""
    measures = list(_titles(record, lines))
    return [m for m in measures if record.at(f"{m}.type") == "Primary"] or measures[:1]


def _secondary(record: Rendered, lines: Sequence[_Line]) -> int:
    return sum(record.at(f"{m}.type") == "Secondary" for m in _titles(record, lines))


def _outcomes(count: int) -> str:
    return "outcome is" if count == 1 else "outcomes are"


def _not_an_outcome(
    evidence: Evidence, record: Rendered, lines: Sequence[_Line], *, prefix: str
) -> Absence:
    """Say that no posted outcome is what was asked for, and cite those that are posted."""
    first = {line.measure: line for line in reversed(lines)}
    shown = list(first.values())[::-1][:MAX_NAMED]
    claims = tuple(
        quoted(evidence.cite(record.document, *_head(record, line)), prefix=prefix)
        for line in shown
    )
    message = f"{record.document.trial_id}: no posted outcome has the words of the question."
    if len(first) > len(shown):
        message += f" {len(shown)} of its {len(first)} posted outcomes are cited."
    else:
        message += " Those that are posted are cited."
    return Absence("no_match", "not_given", message, claims)


def _head(record: Rendered, line: _Line) -> Span:
    """Return a line up to the end of its outcome's title."""
    title = next((s for s in line.spans if s.path == f"{line.measure}.title"), None)
    return line.start, title.end if title else line.end


def _chosen(
    record: Rendered, lines: Sequence[_Line], text: str, measures: Sequence[str]
) -> list[_Line]:
    """Return the lines of some outcomes that a question asks for: its classes and categories."""
    titles = {line.measure: stems_of(record.at(f"{line.measure}.title")) for line in lines}
    words = {word for word in stems_of(text) if "-".join(word) not in STOP_WORDS}
    kept = [
        line for line in lines if line.measure in measures and line.kind in ("Result", "Analysis")
    ]
    if not kept:  # posted without a value: the lines that introduce it say why
        return [line for line in lines if line.measure in measures]
    return _best_first(record, kept, titles, words)


def _nearest(
    asked: frozenset[Runs],
    titles: Mapping[str, str],
    lines: Sequence[_Line],
    record: Rendered,
) -> tuple[int, list[str]]:
    """Return the most words that a measure's title and classes share with a question, and which."""
    scores = {measure: len(asked.intersection(stems_of(t))) for measure, t in titles.items()}
    for line in lines:
        both = len(asked.intersection(_named_words(record, line)))
        scores[line.measure] = max(scores[line.measure], both)
    best = max(scores.values(), default=0)
    return best, [measure for measure, score in scores.items() if best and score == best]


def _best_first(
    record: Rendered, lines: list[_Line], titles: dict[str, Stems], words: set[Runs]
) -> list[_Line]:
    """Return results whose class and category the question says, and all analyses."""
    shares = [
        len(words & (set(_named_words(record, line)) - set(titles[line.measure])))
        if line.kind == "Result"
        else -1
        for line in lines
    ]
    best = max(shares, default=0)
    return [
        line
        for line, share in zip(lines, shares, strict=True)
        if share == best or line.kind == "Analysis"
    ]


def _named_words(record: Rendered, line: _Line) -> Stems:
    """Return the words of a result's outcome, class and category: what stands before its arms."""
    ends = [span.start for span in line.spans if ".groups[" in span.path]
    return stems_of(record.document.text[line.start : min(ends, default=line.end)])


def _arms(record: Rendered, text: str) -> list[str]:
    """Return the titles of the arms that a question names."""
    titles = {title: title for title in record.values(record.spans(f"{MEASURES}.groups[*].title"))}
    whole = named_whole(text, titles)
    return whole or (named_in_part(text, titles) if _ARM.search(text) else [])


def _claim(
    evidence: Evidence, record: Rendered, line: _Line, *, arms: Sequence[str], prefix: str
) -> Claim:
    """Quote a line; the values of the arms that were asked for are cited by their paths."""
    whole = evidence.cite(record.document, line.start, line.end)
    values: list[Citation] = []
    arm = ""
    for span in line.spans:
        if ".groups[" in span.path:
            arm = record.value(span)
        elif span.path.endswith("].value") and ".measurements[" in span.path and arm in arms:
            values.append(evidence.cite_span(record, span))
    return quoted(whole, *values, prefix=prefix)
