"""Answers where no registry record is here: what digests say, as a model's words.

A digest states no fields; its sentences are read like a record's lines. What it only plans is
no result, and is said to be planned.
"""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.answering.chosen import trials_on_subject
from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.lines.answer import answer_lines, likely, read_trial
from retrieval.answering.lines.kinds import EVENTS
from retrieval.answering.lines.ranking import Ranked
from retrieval.answering.quoting import quoted
from retrieval.answering.types import Abstention, Claim, Routed
from retrieval.language.safety import speaks_of_safety
from retrieval.question.senses import asks
from retrieval.types import Note

MAX_TRIALS = 3
MAX_SENTENCES = 3  # of one trial's digests on safety
HARMS = 0.5  # of the likelihood that harms are asked for
ALONE = "no registry record of {trials} is in this corpus: what is quoted are a model's words"
PLANNED = (
    "No registry record of {trials} is in this corpus. Its digest tells what of safety is planned; "
    "nothing is reported."
)
SILENT = "No registry record of {trials} is in this corpus, and its digest says nothing of this."


def known_by_digests(evidence: Evidence) -> tuple[str, ...]:
    """Return the trials that a question is about, where digests alone tell of all of them."""
    trials = evidence.named or tuple(trials_on_subject(evidence)[:MAX_TRIALS])
    if any(evidence.record(trial) for trial in trials):
        return ()
    return tuple(trial for trial in trials if evidence.digests(trial))


def answer_of_digests(evidence: Evidence, routed: Routed, trials: Sequence[str]) -> Draft:
    """Quote the sentences of digests that answer; harms that are only planned are an absence."""
    names = " and ".join(trials)
    alone = (Note("digests_alone", ALONE.format(trials=names)),)
    if (
        routed.route == "safety"
        or asks(evidence.residual, "harms")
        or likely(evidence, EVENTS) > HARMS
    ):
        return _of_safety(evidence, trials, alone)
    draft = answer_lines(evidence, trials)
    if not draft.claims:
        message = SILENT.format(trials=names)
        return Draft(abstained=Abstention("no_match", "not_given", message), notes=alone)
    return draft


def _of_safety(evidence: Evidence, trials: Sequence[str], alone: tuple[Note, ...]) -> Draft:
    claims: list[Claim] = []
    reported = False
    for trial in trials:
        prefix = f"{trial}: " if len(trials) > 1 else ""
        lines = [one for one in read_trial(evidence, trial).digests if one.line.section != "Title"]
        telling = [one for one in lines if speaks_of_safety(one.line.text)]
        told = [one for one in telling if _evidence(one) == "reported"]
        reported = reported or bool(told)
        chosen = [*told, *(one for one in telling if one not in told)][:MAX_SENTENCES]
        for one in chosen or lines[:1]:
            cited = evidence.cite(one.document, one.line.start, one.line.end)
            claims.append(quoted(cited, prefix=prefix))
    if reported or not claims:
        return Draft(tuple(claims), notes=alone)
    message = PLANNED.format(trials=" and ".join(trials))
    return Draft(
        tuple(claims), Abstention("planned_not_reported", "planned_only", message), notes=alone
    )


def _evidence(one: Ranked) -> str:
    sections = (s for s in one.document.sections if s.start <= one.line.start < s.end)
    return next((section.evidence for section in sections), "none")
