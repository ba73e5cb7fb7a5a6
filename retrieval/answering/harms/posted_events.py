"""What one record's posted adverse events answer: claims, tables, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from retrieval.answering.absence import Absence, no_events
from retrieval.answering.evidence import Evidence
from retrieval.answering.harms.asked_events import AskedEvents, asked_events
from retrieval.answering.harms.events import LISTS, MODULE, Arm, Event, Events, Kind
from retrieval.answering.harms.safety_tables import SafetyTables
from retrieval.answering.matching import beside_names
from retrieval.answering.quoting import line_claim, quoted, sections_named
from retrieval.answering.spans import line_spans
from retrieval.answering.types import Citation, Claim, Table
from retrieval.index.rendered import Rendered
from retrieval.types import Note, PathSpan

DESCRIBING = ("Title", "Sponsor", "Brief summary", "Arms and interventions", "Locations")
MAX_CLAIMS = 10  # of one record; the tables are whole
THRESHOLD = f"{MODULE}.frequencyThreshold"
LISTS_NONE = {
    kind: f"{kind.capitalize()} adverse events: the record lists none by name"
    for kind in ("serious", "other")
}
_LEFT = re.compile(
    r"\b(?:withdr[ae]w\w*|discontinu\w+|drop(?:ped)? ?outs?|dropped|left early|quit)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says on safety; with an ``absence`` nothing of it answers.

    ``particular`` says that certain events, kinds or arms were asked for; ``asked`` is which,
    where events are given.
    """

    claims: tuple[Claim, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Note, ...] = ()
    absence: Absence | None = None
    particular: bool = False
    asked: AskedEvents | None = None


def said_of_safety(
    evidence: Evidence, record: Rendered, *, prefix: str = "", text: str | None = None
) -> Said:
    """Return the record's answer to a question on safety, or why it has none.

    ``text`` is what is asked, where it isn't all of the question beside the trials' names.
    """
    events = Events(record)
    if not events.posted:
        return Said(absence=no_events(evidence, record, prefix=prefix))
    text = beside_names(evidence) if text is None else text
    return _Answering(evidence, events, prefix, text).said()


@dataclass(frozen=True)
class _Answering:
    """One question and one record's events."""

    evidence: Evidence
    events: Events
    prefix: str
    text: str

    def said(self) -> Said:
        asked = asked_events(self.events, self.text, subject=self._subject())
        if _LEFT.search(self.evidence.question.text) and not asked.events:
            left = tuple(islice(self._flow_claims(), MAX_CLAIMS))
            if left:
                return Said(left, particular=True)
        if asked.counted and asked.unknown and not asked.events:
            return self._unnamed(asked)
        return self._posted(asked)

    def _subject(self) -> Iterator[str]:
        """Yield the texts whose words are no event's: the trial's subject and its drugs."""
        yield self._record.document.title
        for mention in self.evidence.ranking.understood.compounds:
            yield mention.matched
        document = self._record.document
        yield from (*document.fields.conditions, *document.fields.interventions)
        for section in document.sections:
            if section.name in DESCRIBING:  # who was asked, and where, is no event
                yield document.text[section.start : section.end]

    @property
    def _record(self) -> Rendered:
        return self.events.record

    def _posted(self, asked: AskedEvents) -> Said:
        tables = SafetyTables(self.evidence, self.events)
        listed = asked.events or tuple(e for e in self.events.events if e.kind in asked.kinds)
        shown = [tables.named(asked.arms, listed)] if listed else []
        if not asked.events:
            shown.insert(0, tables.totals(asked.arms, asked.kinds))
        claims = tuple(islice(self._claims(asked, listed), MAX_CLAIMS))
        notes = [
            Note("absence", f"No posted adverse event has the word {w!r}.") for w in _spoken(asked)
        ]
        if asked.events and len(asked.events) > MAX_CLAIMS:
            told = f"{len(asked.events)} posted adverse events match; the table has all."
            notes.append(Note("not_shown", told))
        particular = bool(asked.events) or asked.narrowed or len(asked.kinds) == 1
        return Said(claims, tuple(shown), tuple(notes), particular=particular, asked=asked)

    def _claims(self, asked: AskedEvents, listed: tuple[Event, ...]) -> Iterator[Claim]:
        if asked.events:
            yield from (self._event_claim(event, asked) for event in asked.events)
            return
        yield from (self._total_claim(arm, asked.kinds) for arm in asked.arms)
        if len(asked.kinds) == 1:
            yield from (self._event_claim(event, asked) for event in listed)
            yield from self._none_listed(asked.kinds)

    def _total_claim(self, arm: Arm, kinds: tuple[Kind, ...]) -> Claim:
        """Quote an arm's totals without its description; one kind's numbers cite their paths."""
        start, end = self._record.line(arm.name)
        for mate in self._record.line_mates(arm.name):
            if mate.path == f"{arm.key}.description":
                end = mate.start - len("; ")
        cited = [self.evidence.cite(self._record.document, start, end)]
        for total in self.events.totals if len(kinds) == 1 else ():
            if total.arm == arm and total.kind in kinds:
                spans = (span for span in (total.affected, total.at_risk) if span)
                cited += [self.evidence.cite_span(self._record, span) for span in spans]
        return quoted(*cited, prefix=self.prefix)

    def _event_claim(self, event: Event, asked: AskedEvents) -> Claim:
        """Quote an event's line, or of it the beginning and the arms that were asked for."""
        line = self.evidence.cite_lines(self._record, (event.anchor,))
        counts = (event.counts[arm.key] for arm in asked.arms if arm.key in event.counts)
        values = [self.evidence.cite_span(self._record, span) for span in counts]
        if not asked.narrowed:
            return quoted(line, *(values if len(asked.arms) == 1 else ()), prefix=self.prefix)
        pieces = [piece for arm in asked.arms if (piece := self._piece(event, arm))]
        head = line.quote[: self._first_arm(event) - line.start]
        said = "; ".join(piece.quote for piece in pieces)
        return Claim(f"{self.prefix}{head}{said}", (line, *values))

    def _piece(self, event: Event, arm: Arm) -> Citation | None:
        """Return the part of an event's line from an arm's name to its numbers."""
        document, count = self._record.document, event.counts.get(arm.key)
        for name in self._names(event):
            if name.path.rpartition(".")[0] == arm.key or self._record.value(name) == arm.title:
                end = count.end if count else name.end + len(" not reported")
                return self.evidence.cite(document, name.start, end)
        return None

    def _first_arm(self, event: Event) -> int:
        return min((name.start for name in self._names(event)), default=event.anchor.end)

    def _names(self, event: Event) -> Iterator[PathSpan]:
        for span in self._record.line_mates(event.anchor):
            if ".eventGroups[" in span.path or span.path.endswith(".groupId"):
                yield span

    def _unnamed(self, asked: AskedEvents) -> Said:
        """Say that no posted event is what was asked for: the record's own word, or none."""
        none = list(self._none_listed(asked.kinds))
        totals = [self._total_claim(arm, asked.kinds) for arm in asked.arms]
        if none and len(none) == sum(kind in LISTS_NONE for kind in asked.kinds):
            table = SafetyTables(self.evidence, self.events).totals(asked.arms, asked.kinds)
            return Said((*none, *totals)[:MAX_CLAIMS], (table,), particular=True)
        trial, words = self._record.document.trial_id, " ".join(asked.unknown)
        threshold = self._record.spans(THRESHOLD)[:1]
        shown = [line_claim(self.evidence, self._record, s, prefix=self.prefix) for s in threshold]
        kind = f"{asked.kinds[0]} " if len(asked.kinds) == 1 and asked.kinds[0] in LISTS else ""
        message = f"{trial}: no posted {kind}adverse event is named by {words!r}."
        if threshold and self._record.value(threshold[0]) not in ("0", ""):
            message += " Events rarer than the frequency threshold may be missing."
        absence = Absence("no_match", "not_given", message, (*shown, *totals)[:MAX_CLAIMS])
        return Said(absence=absence, particular=True)

    def _none_listed(self, kinds: Iterable[Kind]) -> Iterator[Claim]:
        document = self._record.document
        wanted = {LISTS_NONE[kind] for kind in kinds if kind in LISTS_NONE}
        for section in sections_named(document, "Adverse events"):
            for start, end in line_spans(document, section):
                if document.text[start:end] in wanted:
                    yield quoted(self.evidence.cite(document, start, end), prefix=self.prefix)

    def _flow_claims(self) -> Iterator[Claim]:
        """Yield who left because of adverse events or death, as the participant flow says."""
        document = self._record.document
        for section in sections_named(document, "Participant flow"):
            for start, end in line_spans(document, section):
                line = document.text[start:end]
                if "left because of" in line and re.search("adverse|death", line, re.IGNORECASE):
                    yield quoted(self.evidence.cite(document, start, end), prefix=self.prefix)


def _spoken(asked: AskedEvents) -> tuple[str, ...]:
    return asked.unknown if asked.counted else ()
