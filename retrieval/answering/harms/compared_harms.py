"""Harms side by side: a row per trial, arm and event, as posted; nothing is pooled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.harms.asked_events import names_an_event
from retrieval.answering.harms.events import Events
from retrieval.answering.harms.posted_events import Said, said_of_safety
from retrieval.answering.harms.safety_tables import SafetyTables
from retrieval.answering.matching import beside_names, without
from retrieval.answering.types import Abstention, Cell, Table
from retrieval.index.rendered import Rendered
from retrieval.language.safety import speaks_of_safety
from retrieval.types import Note

MAX_CLAIMS = 12  # of all trials
NOT_NAMED = "{trial}: none of its posted adverse events is the one asked for; its totals are shown."
COLUMNS = ("Trial", "Event", "Kind", "Arm", "Affected/at risk", "Percentage")


def harms_asked(evidence: Evidence, records: Sequence[Rendered]) -> bool:
    """Tell whether a comparison is of harms: by its words, or by an event that a record posts."""
    text = _text(evidence)
    return speaks_of_safety(text) or any(names_an_event(record, text) for record in records)


def compare_harms(evidence: Evidence, records: Sequence[Rendered]) -> Draft:
    """Return the events asked for, or the totals, of each trial's arms; what lacks is noted.

    It is an abstention where no record has them.
    """
    text = _text(evidence)
    said = [
        said_of_safety(evidence, record, prefix=f"{record.document.trial_id}: ", text=text)
        for record in records
    ]
    absences = [one.absence for one in said if one.absence]
    messages = [absence.message for absence in absences]
    room = MAX_CLAIMS // len(records)
    if len(absences) == len(said):
        claims = tuple(claim for absence in absences for claim in absence.claims[:room])
        abstained = Abstention(absences[0].type, absences[0].reason, " ".join(messages))
        return Draft(claims, abstained)
    shown = (one.absence.claims if one.absence else one.claims for one in said)
    return Draft(
        tuple(claim for claims in shown for claim in claims[:room]),
        tables=tuple(_tables(evidence, records, said)),
        notes=(
            *(note for one in said for note in one.notes),
            *(Note("absence", message) for message in messages),
            *_unnamed(records, said),
        ),
    )


def _unnamed(records: Sequence[Rendered], said: Sequence[Said]) -> Iterator[Note]:
    """Yield a note for each trial that posts events, but none that another was found to post."""
    named = any(one.asked.events for one in said if one.asked)
    for record, one in zip(records, said, strict=True):
        if named and one.asked and not one.asked.events:
            yield Note("absence", NOT_NAMED.format(trial=record.document.trial_id))


def _text(evidence: Evidence) -> str:
    """Return the question without what is compared: an arm called as a drug is not asked for."""
    drugs = (mention.matched for mention in evidence.ranking.understood.compounds)
    return without(beside_names(evidence), drugs)


def _tables(
    evidence: Evidence, records: Sequence[Rendered], said: Sequence[Said]
) -> Iterator[Table]:
    """Yield one table of the events that were asked for, and the totals of other trials."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[Cell] = []
    for record, one in zip(records, said, strict=True):
        if one.asked and one.asked.events:
            tables = SafetyTables(evidence, Events(record))
            trial = record.document.trial_id
            pairs = tables.by_arm(one.asked.arms, one.asked.events)
            rows += [(Cell(trial), *row) for row in pairs]
            named = tables.named(one.asked.arms, one.asked.events)
            notes += [_of(trial, note) for note in named.notes]
    if rows:
        trials = " and ".join(dict.fromkeys(row[0].text for row in rows))
        title = f"{trials}: adverse events by name, per arm"
        yield Table(title, COLUMNS, tuple(rows), tuple(dict.fromkeys(notes)))
    for one in said:
        if not (one.asked and one.asked.events):
            yield from one.tables[:1]


def _of(trial: str, note: Cell) -> Cell:
    """Return a table's note; one that is copied says of which trial it is."""
    return Cell(f"{trial}: {note.text}", note.citation) if note.citation else note
