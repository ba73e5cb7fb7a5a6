"""Tables of posted adverse events: copied numbers with their places, percentages of one row.

A percentage is of the affected among those at risk in one arm, and marked as computed. Nothing
is added up across events, arms or trials.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.answering.evidence import Evidence
from retrieval.answering.harms.events import Arm, Event, Events, Kind, Total
from retrieval.answering.types import Cell, Table
from retrieval.index.rendered import Rendered
from retrieval.types import PathSpan

NOT_REPORTED = "not reported"
NO_PERCENT = "no percentage"
KIND_NAMES: dict[Kind, str] = {
    "serious": "serious adverse events",
    "other": "other (not serious) adverse events",
    "deaths": "deaths from any cause",
}
ABOUT_PERCENT = (
    "Percentages are computed from the affected and at-risk numbers of their own arm; all other "
    "numbers are the registry's. Nothing is added up across events or arms."
)
POSTED_TOTAL = "The arm named Total is one that the record itself posts."


@dataclass(frozen=True)
class SafetyTables:
    """The tables of one record's adverse events."""

    evidence: Evidence
    events: Events

    def totals(self, arms: Sequence[Arm], kinds: Sequence[Kind]) -> Table:
        """Return one row per kind and arm."""
        keys = {arm.key for arm in arms}
        rows = (t for t in self.events.totals if t.arm.key in keys and t.kind in kinds)
        return Table(
            title=f"{self._trial}: participants with adverse events, per arm",
            columns=("Arm", "Counted", "Affected", "At risk", "Percentage"),
            rows=tuple(tuple(self._total_row(total)) for total in rows),
            notes=tuple(self._notes(arms)),
        )

    def named(self, arms: Sequence[Arm], events: Sequence[Event]) -> Table:
        """Return one row per event, with affected/at risk and percentage of each arm."""
        titles = (
            title for arm in arms for title in (f"{arm.title}: affected/at risk", "Percentage")
        )
        return Table(
            title=f"{self._trial}: adverse events by name, per arm",
            columns=("Event", "Kind", "Organ system", *titles),
            rows=tuple(tuple(self._event_row(event, arms)) for event in events),
            notes=tuple(self._notes(arms)),
        )

    def by_arm(self, arms: Sequence[Arm], events: Sequence[Event]) -> Iterator[tuple[Cell, ...]]:
        """Yield a row per event and arm: term, kind, arm, affected/at risk, percentage."""
        for event in events:
            for arm in arms:
                yield (
                    self._cell(event.term_span, near=event.anchor),
                    Cell(event.kind),
                    self._cell(arm.name, near=arm.name),
                    *self._counted(event, arm),
                )

    @property
    def _record(self) -> Rendered:
        return self.events.record

    @property
    def _trial(self) -> str:
        return self._record.document.trial_id

    def _total_row(self, total: Total) -> Iterator[Cell]:
        yield self._cell(total.arm.name, near=total.arm.name)
        yield Cell(KIND_NAMES[total.kind])
        yield self._cell(total.affected, near=total.arm.name)
        yield self._cell(total.at_risk, near=total.arm.name)
        numbers = (self._record.value(s) if s else "" for s in (total.affected, total.at_risk))
        yield percentage(*numbers)

    def _event_row(self, event: Event, arms: Sequence[Arm]) -> Iterator[Cell]:
        yield self._cell(event.term_span, near=event.anchor)
        yield Cell(event.kind)
        yield self._cell(event.organ_span, near=event.anchor)
        for arm in arms:
            yield from self._counted(event, arm)

    def _counted(self, event: Event, arm: Arm) -> Iterator[Cell]:
        """Yield affected/at risk of an event in an arm, and the percentage."""
        count = event.counts.get(arm.key)
        yield self._cell(count, near=event.anchor)
        affected, _, at_risk = (self._record.value(count) if count else "").partition("/")
        yield percentage(affected, at_risk)

    def _cell(self, span: PathSpan | None, *, near: PathSpan) -> Cell:
        """Return a value's cell; one that is missing cites the line that lacks it."""
        if span is None:
            return Cell(NOT_REPORTED, self.evidence.cite_lines(self._record, (near,)))
        return Cell(self._record.value(span), self.evidence.cite_span(self._record, span))

    def _notes(self, arms: Sequence[Arm]) -> Iterator[Cell]:
        for span in self.events.notes:
            start, end = self._record.line(span)
            citation = self.evidence.cite(self._record.document, start, end, span.path)
            yield Cell(citation.quote, citation)
        yield Cell(ABOUT_PERCENT)
        if any(arm.title.casefold() == "total" for arm in arms):
            yield Cell(POSTED_TOTAL)


def percentage(affected: str, at_risk: str) -> Cell:
    """Return the share of the affected, with one decimal; none where it would mean nothing."""
    if not (affected.isdecimal() and at_risk.isdecimal()):
        return Cell(NO_PERCENT)
    count, people = int(affected), int(at_risk)
    if not 0 < people >= count:
        return Cell(NO_PERCENT)
    return Cell(f"{100 * count / people:.1f}%", computed=True)
