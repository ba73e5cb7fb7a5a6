"""Safety answers: posted adverse events as quotes and tables, or why there are none.

Registry first, then what digests say in their own voice. Trials and arms stand side by side;
nothing is added up across them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.answering.absence import RESULTS, Absence, no_events, no_record
from retrieval.answering.chosen import nothing_here, trials_named, trials_on_subject
from retrieval.answering.digest_quotes import digest_claims, dispute, disputed_by
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.harms.events import Events
from retrieval.answering.harms.posted_events import Said, said_of_safety
from retrieval.answering.types import Abstention, Claim, Routed
from retrieval.types import Note

MAX_TRIALS = 3  # with their tables, where no trial is named
MAX_PLANNED = 5  # trials whose plans are cited
MAX_READ = 16  # records that are looked through for plans


def answer_safety(evidence: Evidence, routed: Routed) -> Draft:
    """Return the adverse events of the trials asked for, or a typed absence."""
    if named := trials_named(evidence):
        return _of_trials(evidence, named)
    trials = trials_on_subject(evidence)
    if not trials:
        return nothing_here()
    reported = [trial for trial in trials if _posts_events(evidence, trial)]
    if not reported:
        return _of_planned(evidence, trials)
    draft = _of_trials(evidence, reported[:MAX_TRIALS])
    more = ", ".join(reported[MAX_TRIALS:])
    told = f"Also with posted adverse events here: {more}."
    note = (Note("not_shown", told),) if more else ()
    return replace(draft, notes=(*draft.notes, *note))


def _of_trials(evidence: Evidence, trials: Sequence[str]) -> Draft:
    """Answer for each trial; it is an abstention where all of them lack an answer."""
    claims: list[Claim] = []
    digests: list[Claim] = []
    said: list[Said] = []
    for trial in trials:
        prefix = f"{trial}: " if len(trials) > 1 else ""
        said.append(_said(evidence, trial, prefix=prefix))
        claims += said[-1].absence.claims if said[-1].absence else said[-1].claims
        if not said[-1].particular:
            digests += digest_claims(evidence, trial, prefix=prefix)
    absences = [one.absence for one in said if one.absence]
    disputed = disputed_by(digests)
    notes = [note for one in said for note in one.notes]
    if len(absences) < len(said):
        notes += [Note("absence", absence.message) for absence in absences]
    notes += [Note("dispute", dispute(disputed))] if disputed else []
    return Draft(
        (*claims, *digests),
        _abstention(absences, disputed) if len(absences) == len(said) else None,
        tables=tuple(table for one in said for table in one.tables),
        notes=tuple(notes),
    )


def _said(evidence: Evidence, trial: str, *, prefix: str) -> Said:
    record = evidence.record(trial)
    if record is None:
        return Said(absence=no_record(trial))
    return said_of_safety(evidence, record, prefix=prefix)


def _posts_events(evidence: Evidence, trial: str) -> bool:
    if not evidence.snapshot.has_results(trial):
        return False
    record = evidence.record(trial)
    return record is not None and Events(record).posted


def _of_planned(evidence: Evidence, trials: Sequence[str]) -> Draft:
    """Say that nothing is posted, citing what is planned; digests where they dispute it."""
    if len(trials) == 1:
        return _of_trials(evidence, trials)
    absences = [
        no_events(evidence, record, prefix=f"{trial}: ")
        for trial in trials[:MAX_READ]
        if (record := evidence.record(trial))
    ]
    planned = [absence for absence in absences if absence.reason == "planned_only"]
    # First those whose record says that nothing is posted: the others are only silent.
    planned.sort(key=lambda absence: absence.claims[0].citations[0].path != RESULTS)
    claims = [c for one in (planned or absences)[:MAX_PLANNED] for c in one.claims[:2]]
    disputed = disputed_by(
        [
            c
            for trial in trials[:MAX_READ]
            for c in digest_claims(evidence, trial, prefix=f"{trial}: ")
        ]
    )
    message = f"None of the {len(trials)} trials found here has posted adverse events."
    if planned:
        message += " Safety is among the planned outcomes of those that are cited."
    abstained = Abstention("no_results_posted", "results_not_posted", message)
    if disputed:
        abstained = Abstention("conflict", "sources_disagree", f"{message} {dispute(disputed)}")
    elif planned:
        abstained = Abstention("planned_not_reported", "planned_only", message)
    notes = (Note("dispute", dispute(disputed)),) if disputed else ()
    return Draft((*claims, *disputed), abstained, notes=notes)


def _abstention(absences: Sequence[Absence], disputed: Sequence[Claim]) -> Abstention:
    """Return one abstention for several trials: what is planned says more than what is not."""
    message = " ".join(absence.message for absence in absences)
    if disputed:
        return Abstention("conflict", "sources_disagree", f"{message} {dispute(disputed)}")
    chosen = next((one for one in absences if one.reason == "planned_only"), absences[0])
    return Abstention(chosen.type, chosen.reason, message)
