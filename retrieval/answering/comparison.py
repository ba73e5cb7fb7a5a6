"""Comparisons: what records state, side by side; trials are not weighed against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from retrieval.answering.chosen import (
    compounds_named,
    nothing_here,
    trials_named,
    trials_of,
    trials_on_subject,
)
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.harms.compared_harms import compare_harms, harms_asked
from retrieval.answering.harms.events import TOTALS, Events
from retrieval.answering.harms.safety_tables import SafetyTables
from retrieval.answering.paths import ARMS
from retrieval.answering.quoting import line_claim
from retrieval.answering.types import Abstention, Cell, Claim, Routed, Table
from retrieval.index.rendered import Rendered
from retrieval.question.fields import Field, load_fields
from retrieval.types import Note, PathSpan

MAX_TRIALS = 4
MAX_READ = 16  # records that are looked through for posted results
MAX_VALUES = 6  # rows of one field that has several values
MAX_CLAIMS = 12
NOT_GIVEN = "not given"
# Compared where no field is asked for; of these, the second are also said as claims.
USUAL = (
    "phase", "status", "study_type", "allocation", "masking", "enrollment", "arms",
    "interventions", "primary_outcome", "primary_time_frame", "start_date", "completion_date",
    "has_results",
)  # fmt: skip
SAID = ("phase", "status", "enrollment", "primary_outcome", "has_results")
ARM_PARTS = ("label", "type", "description")

APART = (
    "The trials stand side by side as registered; their populations and methods differ, so that "
    "one is not measured against the other."
)
NO_HEAD_TO_HEAD = "No trial here studies {names} together; the best trial of each is shown."
NONE_POSTED = (
    "No trial here of {names} together has posted results; the best trial of each is shown."
)
_OF_RESULTS = re.compile(
    r"\b(?:results?|findings|outcomes?|efficacy|effective\w*)\b", re.IGNORECASE
)


def answer_comparison(evidence: Evidence, routed: Routed) -> Draft:
    """Return a table of fields with a column per trial, or one of the arms of a single trial."""
    fields = [load_fields()[name] for name in routed.fields if name in load_fields()]
    harms = all(field.weak for field in fields) and harms_asked(evidence, _posting(evidence))
    trials, notes = _trials(evidence, harms=harms)
    records = [record for trial in trials if (record := evidence.record(trial))]
    if not records:
        return _nothing(trials)
    notes += _missing(evidence)
    apart = (Note("apart", APART),) if len(records) > 1 else ()
    if harms:
        draft = compare_harms(evidence, records)
        return replace(draft, notes=(*notes, *draft.notes, *apart))
    safety = [SafetyTables(evidence, Events(record)) for record in records]
    totals = [t.totals(t.events.arms, TOTALS) for t in safety if t.events.arms]
    if len(trials) == 1 and not _missing(evidence):
        return _of_arms(evidence, records[0], fields, totals=totals, notes=notes)
    table = _table(evidence, records, fields or [load_fields()[name] for name in USUAL])
    claims = _claims(evidence, records, fields or [load_fields()[name] for name in SAID])
    shown = totals if not fields else []
    return Draft(tuple(claims), tables=(table, *shown), notes=(*notes, *apart))


def _missing(evidence: Evidence) -> tuple[Note, ...]:
    """Return the note on trials that are named and not here."""
    asked = evidence.ranking.understood.trial_ids
    missing = [trial for trial in asked if trial not in evidence.snapshot.trials]
    told = f"{' and '.join(missing)}: not in this corpus, so not compared."
    return (Note("trial_missing", told),) if missing else ()


def _posting(evidence: Evidence) -> list[Rendered]:
    """Return the records with posted results that may be compared."""
    trials = trials_named(evidence) or trials_on_subject(evidence)
    posting = [trial for trial in trials if evidence.snapshot.has_results(trial)]
    return [record for trial in posting[:MAX_READ] if (record := evidence.record(trial))]


def _trials(evidence: Evidence, *, harms: bool) -> tuple[list[str], tuple[Note, ...]]:
    """Return the trials to compare and what must be said of the choice.

    Where harms or results are compared, those that have posted them come first.
    """
    if named := trials_named(evidence):
        return named[:MAX_TRIALS], ()
    compounds = compounds_named(evidence)
    ranked = trials_on_subject(evidence)
    posting = _of_posted(evidence, harms=harms)
    ranked.sort(key=lambda trial: trial not in posting)
    if len(compounds) < 2:
        return ranked[:2], ()
    filters = evidence.ranking.filters
    each = [trials_of(evidence, [compound], filters) for compound in compounds]
    both = [trial for trial in ranked if all(trial in trials for trials in each)]
    if both and (both[0] in posting or not posting):
        return both[:2], ()
    best = [next((t for t in ranked if t in trials), None) for trials in each]
    names = " and ".join(evidence.ladder.get(compound).name for compound in compounds)
    chosen = [trial for trial in dict.fromkeys(best) if trial][:MAX_TRIALS]
    note = NO_HEAD_TO_HEAD if not both else NONE_POSTED
    return chosen, (Note("absence", note.format(names=names)),)


def _of_posted(evidence: Evidence, *, harms: bool) -> set[str]:
    """Return the trials that have posted what is compared; none where neither is asked for."""
    if not (harms or _OF_RESULTS.search(evidence.question.text)):
        return set()
    records = _posting(evidence)
    return {r.document.trial_id for r in records if not harms or Events(r).posted}


def _nothing(trials: Sequence[str]) -> Draft:
    if not trials:
        return nothing_here()
    message = f"The registry's records of {' and '.join(trials)} are not in this corpus."
    return Draft(abstained=Abstention("no_match", "not_given", message))


def _table(evidence: Evidence, records: Sequence[Rendered], fields: Sequence[Field]) -> Table:
    kept = [field for field in fields if any(_spans(record, field) for record in records)]
    rows = [row for field in kept or fields for row in _rows(evidence, records, field)]
    trials = tuple(record.document.trial_id for record in records)
    return Table(f"{' and '.join(trials)} side by side", ("Field", *trials), tuple(rows))


def _rows(
    evidence: Evidence, records: Sequence[Rendered], field: Field
) -> Iterator[tuple[Cell, ...]]:
    """Yield a field's row, or one for each value where a trial has several in their own lines."""
    columns = [list(_cells(evidence, record, field)) for record in records]
    most = min(max(1, *map(len, columns)), MAX_VALUES)
    for number in range(most):
        label = field.label if most == 1 else f"{field.label} {number + 1}"
        absent = [Cell(NOT_GIVEN) if number == 0 else Cell("") for _ in columns]
        yield (
            Cell(label),
            *(
                column[number] if number < len(column) else none
                for column, none in zip(columns, absent, strict=True)
            ),
        )


def _cells(evidence: Evidence, record: Rendered, field: Field) -> Iterator[Cell]:
    """Yield the values of a field; values that share a line are one cell."""
    spans = _spans(record, field)
    if len(spans) > 1 and len({record.line_start(span) for span in spans}) == 1:
        cited = evidence.cite(record.document, spans[0].start, spans[-1].end)
        yield Cell(cited.quote, cited)
        return
    for span in spans:
        yield Cell(record.value(span), evidence.cite_span(record, span))


def _spans(record: Rendered, field: Field) -> list[PathSpan]:
    """Return where a field's own values stand, without the details beside them."""
    return next((spans for path in field.paths if (spans := record.first_spans(path))), [])


def _claims(
    evidence: Evidence, records: Sequence[Rendered], fields: Sequence[Field]
) -> list[Claim]:
    """Return the lines of the fields trial by trial, evenly cut."""
    room = MAX_CLAIMS // len(records)
    return [
        line_claim(evidence, record, span, prefix=f"{record.document.trial_id}: ")
        for record in records
        for span in _line_starts(record, fields)[:room]
    ]


def _line_starts(record: Rendered, fields: Sequence[Field]) -> list[PathSpan]:
    """Return the first value of each line that states one of the fields."""
    spans = [span for field in fields for span in _spans(record, field)]
    return list({record.line_start(span): span for span in reversed(spans)}.values())[::-1]


def _of_arms(
    evidence: Evidence,
    record: Rendered,
    fields: Sequence[Field],
    *,
    totals: Sequence[Table],
    notes: tuple[Note, ...],
) -> Draft:
    """Compare the arms of one trial, as they are planned and with what they report."""
    labels = record.first_spans(f"{ARMS}.armGroups[*].label")
    rows = tuple(tuple(_arm_row(evidence, record, label)) for label in labels)
    columns = ("Arm", "Type", "Description", "Interventions")
    table = Table(f"{record.document.trial_id}: its arms", columns, rows)
    claims = [line_claim(evidence, record, label) for label in labels[:MAX_CLAIMS]]
    others = [span for field in fields if field.name != "arms" for span in _spans(record, field)]
    posted = record.spans("hasResults")[:1] if not fields else []
    claims += [line_claim(evidence, record, span) for span in [*others[:MAX_CLAIMS], *posted]]
    return Draft(tuple(claims), tables=(*((table,) if rows else ()), *totals), notes=notes)


def _arm_row(evidence: Evidence, record: Rendered, label: PathSpan) -> Iterator[Cell]:
    arm = label.path.rpartition(".")[0]
    mates = record.line_mates(label)
    for part in ARM_PARTS:
        found = [span for span in mates if span.path == f"{arm}.{part}"]
        yield (
            Cell(record.value(found[0]), evidence.cite_span(record, found[0]))
            if found
            else Cell(NOT_GIVEN)
        )
    given = [span for span in mates if span.path.startswith(f"{arm}.interventionNames")]
    if given:
        cited = evidence.cite(record.document, given[0].start, given[-1].end)
        yield Cell(cited.quote, cited)
    else:
        yield Cell(NOT_GIVEN)
