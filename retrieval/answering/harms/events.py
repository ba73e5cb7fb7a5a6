"""The adverse events that a record posts, read back from its document by JSON path.

Every number keeps its place. Arms are kept apart, serious events from other ones, and nothing
is added up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Literal

from retrieval.index.rendered import Rendered
from retrieval.types import PathSpan

MODULE = "resultsSection.adverseEventsModule"
GROUPS = f"{MODULE}.eventGroups[*]"

Kind = Literal["serious", "other", "deaths"]

# The prefix of a total's keys is its kind; the lists of named events.
LISTS: Mapping[Kind, str] = {"serious": "seriousEvents", "other": "otherEvents"}
TOTALS: tuple[Kind, ...] = ("serious", "other", "deaths")
NOTES = ("timeFrame", "frequencyThreshold", "description")

_EVENT = re.compile(rf"{re.escape(MODULE)}\.(serious|other)Events\[\d+\]")


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm as adverse events are counted in it; ``key`` is the path of its group."""

    key: str
    title: str
    name: PathSpan


@dataclass(frozen=True, slots=True)
class Total:
    """How many of an arm had any event of a kind; ``None`` where the record does not say."""

    arm: Arm
    kind: Kind
    affected: PathSpan | None
    at_risk: PathSpan | None


@dataclass(frozen=True, slots=True)
class Event:
    """A named event: ``counts`` has the place of "affected/at risk" by the arm's key.

    An arm without a place is not reported. ``anchor`` stands in the event's line.
    """

    kind: Kind
    term: str
    organ_system: str
    term_span: PathSpan | None
    organ_span: PathSpan | None
    anchor: PathSpan
    counts: Mapping[str, PathSpan]


@dataclass(frozen=True)
class Events:
    """The adverse events of one record."""

    record: Rendered

    @property
    def posted(self) -> bool:
        """Whether the record has adverse events at all, be they zero."""
        return bool(self.arms or self.events)

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The groups in which events are counted, in the record's order."""
        return tuple(self._arms())

    @cached_property
    def totals(self) -> tuple[Total, ...]:
        """All totals, kind by kind, each in the order of the arms."""
        return tuple(self._total(arm, kind) for kind in TOTALS for arm in self.arms)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All named events in the record's order, serious ones first."""
        return tuple(self._events())

    @cached_property
    def notes(self) -> tuple[PathSpan, ...]:
        """Where time frame, frequency threshold and the way of collecting are given."""
        return tuple(span for name in NOTES if (span := self._spans.get(f"{MODULE}.{name}")))

    @cached_property
    def _spans(self) -> dict[str, PathSpan]:
        paths = self.record.document.paths
        return {span.path: span for span in reversed(paths) if span.path.startswith(MODULE)}

    def _arms(self) -> Iterator[Arm]:
        names = [s for part in ("title", "id") for s in self.record.first_spans(f"{GROUPS}.{part}")]
        for span in sorted(names, key=attrgetter("start")):
            yield Arm(span.path.rpartition(".")[0], self.record.value(span), span)

    def _total(self, arm: Arm, kind: Kind) -> Total:
        affected, at_risk = (
            self._spans.get(f"{arm.key}.{kind}{name}") for name in ("NumAffected", "NumAtRisk")
        )
        return Total(arm, kind, affected, at_risk)

    def _events(self) -> Iterator[Event]:
        seen: set[str] = set()
        for span in self.record.document.paths:
            found = _EVENT.match(span.path)
            if found and found[0] not in seen:
                seen.add(found[0])
                kind: Kind = "serious" if found[1] == "serious" else "other"
                yield self._event(found[0], span, kind=kind)

    def _event(self, path: str, anchor: PathSpan, *, kind: Kind) -> Event:
        record = self.record
        return Event(
            kind=kind,
            term=record.at(f"{path}.term"),
            organ_system=record.at(f"{path}.organSystem"),
            term_span=self._spans.get(f"{path}.term"),
            organ_span=self._spans.get(f"{path}.organSystem"),
            anchor=anchor,
            counts=dict(self._counts(path, anchor)),
        )

    def _counts(self, path: str, anchor: PathSpan) -> Iterator[tuple[str, PathSpan]]:
        """Yield each count of an event's line with the arm whose name stands before it."""
        ids = {arm.title: arm.key for arm in self.arms if arm.name.path.endswith(".id")}
        key = ""
        for span in self.record.line_mates(anchor):
            if span.path.startswith(f"{MODULE}.eventGroups["):
                key = span.path.rpartition(".")[0]
            elif span.path.endswith(".groupId"):
                key = ids.get(self.record.value(span), "")
            elif key and re.fullmatch(rf"{re.escape(path)}\.stats\[\d+\]", span.path):
                yield key, span
                key = ""
