"""Typed absence: what a record does not hold, with the fields of it that show so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from retrieval.answering.evidence import Evidence
from retrieval.answering.paths import REGISTRY_ID, STATUS, UPDATED
from retrieval.answering.quoting import line_claim, quoted, sections_named
from retrieval.answering.spans import line_spans
from retrieval.answering.types import AbstentionReason, AbstentionType, Claim
from retrieval.index.rendered import Rendered
from retrieval.language.safety import speaks_of_safety

RESULTS = "hasResults"
IDENTIFYING = (RESULTS, UPDATED, f"{STATUS}.overallStatus", REGISTRY_ID)
MAX_PLANNED = 4  # planned outcomes that are quoted of one trial


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a record does not answer: type and reason, words, and the lines that show it."""

    type: AbstentionType
    reason: AbstentionReason
    message: str
    claims: tuple[Claim, ...]


def no_results(evidence: Evidence, record: Rendered, *, prefix: str = "") -> Absence:
    """Return that no results are posted, as of the record's date."""
    trial = record.document.trial_id
    if record.at(RESULTS) == "yes" and _reports(record):
        message = f"{trial} has posted results{_as_of(record)}; {_reported(record)}"
    elif record.at(RESULTS) == "yes":
        message = f"{trial} has posted results, but this copy of its record holds none."
    elif record.at(RESULTS) == "no":
        message = f"{trial} has no results posted in the registry{_as_of(record)}."
    else:
        message = f"The record of {trial} holds no results{_as_of(record)}."
    claims = record_lines(evidence, record, prefix=prefix)
    return Absence("no_results_posted", "results_not_posted", message, claims)


def no_record(trial: str) -> Absence:
    """Return that a trial is here with digests only."""
    message = f"The registry's record of {trial} is not in this corpus, only what digests say."
    return Absence("no_match", "not_given", message, ())


def no_events(evidence: Evidence, record: Rendered, *, prefix: str = "") -> Absence:
    """Return why no adverse events can be given of a record that has none."""
    trial = record.document.trial_id
    if _reports(record):
        claims = record_lines(evidence, record, prefix=prefix)
        message = f"{trial} has posted results{_as_of(record)}; adverse events are not among them."
        return Absence("no_results_posted", "events_not_posted", message, claims)
    none = no_results(evidence, record, prefix=prefix)
    planned = tuple(planned_safety(evidence, record, prefix=prefix))
    if not planned:
        return none
    message = f"{none.message} Safety is among its planned outcomes; nothing of it is reported."
    said = none.claims if record.at(RESULTS) else ()
    return Absence("planned_not_reported", "planned_only", message, (*said, *planned))


def record_lines(evidence: Evidence, record: Rendered, *, prefix: str = "") -> tuple[Claim, ...]:
    """Return what an absence cites: the line on results, or one that dates or names the record."""
    spans = (span for path in IDENTIFYING for span in record.spans(path)[:1])
    return tuple(line_claim(evidence, record, span, prefix=prefix) for span in islice(spans, 1))


def planned_safety(evidence: Evidence, record: Rendered, *, prefix: str = "") -> Iterator[Claim]:
    """Yield the planned outcomes that speak of safety, the first few."""
    document = record.document
    sections = sections_named(document, "Planned outcomes")
    lines = [line for section in sections for line in line_spans(document, section)]
    telling = (line for line in lines if speaks_of_safety(document.text[slice(*line)]))
    for start, end in islice(telling, MAX_PLANNED):
        short = _without_description(record, start, end)
        stop = short if speaks_of_safety(document.text[start:short]) else end
        yield quoted(evidence.cite(document, start, stop), prefix=prefix)


def _without_description(record: Rendered, start: int, end: int) -> int:
    """Return where the description of a planned outcome begins, or the end of its line."""
    for span in record.document.paths:
        if start < span.start < end and span.path.endswith("].description"):
            return span.start - len("; ")
    return end


def _reports(record: Rendered) -> bool:
    return any(section.evidence == "reported" for section in record.document.sections)


def _reported(record: Rendered) -> str:
    """Say what of the posted results is in a record that has no outcome results."""
    if any("dverse event" in section.name for section in record.document.sections):
        return "outcome results are not among them in this copy of its record, adverse events are."
    return "outcome results are not among them in this copy of its record."


def _as_of(record: Rendered) -> str:
    updated = record.at(UPDATED)
    return f" (as of {updated})" if updated else ""
