"""Which trials an answer is about: those that the question names, or those on its subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retrieval.answering.evidence import Draft, Evidence
from retrieval.answering.types import Abstention
from retrieval.types import Filters

# A hit with less than this share of the best score is a neighbour, no answer.
CLOSE = 0.5


def trials_named(evidence: Evidence) -> list[str]:
    """Return the trials of this corpus that the question or its filters name."""
    asked = (
        *evidence.named,
        *evidence.ranking.understood.trial_ids,
        *evidence.question.filters.trial_ids,
    )
    return [trial for trial in dict.fromkeys(asked) if trial in evidence.snapshot.trials]


def trials_on_subject(evidence: Evidence) -> list[str]:
    """Return the trials that a question without a named trial is about, the best first.

    Where compounds are named these are all of their trials, else those of the close hits.
    """
    hits = evidence.ranking.hits
    compounds = compounds_named(evidence)
    # A filter that was only read ("with posted results") must not make strangers the subject.
    about = trials_of(evidence, compounds, evidence.ranking.filters) or trials_of(
        evidence, compounds, evidence.question.filters
    )
    if not about:
        least = CLOSE * hits[0].score if hits else 0.0
        return list(dict.fromkeys(hit.source.trial_id for hit in hits if hit.score >= least))
    ranked = dict.fromkeys(hit.source.trial_id for hit in hits)
    return [*(trial for trial in ranked if trial in about), *sorted(about - ranked.keys())]


def trials_of(evidence: Evidence, compounds: Sequence[str], filters: Filters) -> set[str]:
    """Return all trials of any of the compounds that the filters let through."""
    snapshot = evidence.snapshot
    selected = snapshot.columns.select(replace(filters, sections=())).documents
    allowed = selected & snapshot.columns.about(compounds)
    return {snapshot.cards[ordinal].source.trial_id for ordinal in np.flatnonzero(allowed)}


def compounds_named(evidence: Evidence) -> list[str]:
    """Return the ids of the compounds that the question names."""
    return [mention.compound_id for mention in evidence.ranking.understood.compounds]


def nothing_here() -> Draft:
    """Return the abstention for a question that no document comes close to."""
    message = "Nothing in this corpus comes close to the question."
    return Draft(abstained=Abstention("no_match", "nothing_close", message))
