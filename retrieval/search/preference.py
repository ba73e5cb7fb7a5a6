"""Which of a trial's chunks to show: what answers, in the registry's words where it can.

Preferences choose among the chunks of one trial and never move a trial past another.
"""

from __future__ import annotations

import numpy as np

from retrieval.index.snapshot import Snapshot
from retrieval.question.asked import OVERVIEW
from retrieval.search.candidates import Candidates
from retrieval.search.subject import Subject
from retrieval.search.weights import Tuning
from retrieval.types import Scores

# Sections that name a trial's subject and tell nothing of it; a reader wants what they head.
THIN = frozenset({"MeSH terms", "Conditions and keywords", "References", "Participant flow"})


def preferred(
    fused: Scores, candidates: Candidates, *, subject: Subject, tuning: Tuning, snapshot: Snapshot
) -> Scores:
    """Return how much each candidate is wanted as its trial's passage, 0 or more."""
    sections = snapshot.sections[candidates.rows].tolist()
    registry = snapshot.registry[snapshot.documents[candidates.rows]]
    thin = np.array([section in THIN for section in sections], dtype=np.bool_)
    asked = np.array([section in subject.sections for section in sections], dtype=np.bool_)
    worth = tuning.overview if subject.sections == OVERVIEW else tuning.section
    wanted: Scores = (
        fused + tuning.registry * registry + worth * asked + tuning.thin * ~thin
    ).astype(np.float32)
    return wanted
