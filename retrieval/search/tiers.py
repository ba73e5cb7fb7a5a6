"""Tiers: what lifts a candidate above all that mere likeness can gain, each with a name.

A hit's explanation shows the names of the tiers it stands in.
"""

from __future__ import annotations

import numpy as np

from retrieval.index.snapshot import Rows, Snapshot
from retrieval.search.candidates import Candidates
from retrieval.search.labels import labels_of
from retrieval.search.scoring import Mask, Tier
from retrieval.search.subject import Subject

# Each is worth more than all that can be gained below it (a fused score is 0..1), so
# an NCT id or a full title beats any lookalike, and a document about the named compound
# beats any other; a safety question wants reported harms before planned outcomes.
EXACT = 9.0
COMPOUND = 4.0
# "Thymosin" alone most likely means alpha 1; beta 4 stands behind it, but not behind an
# alpha 1 that is about something else.
FAMILY = 3.6
FAMILY_IN_SAFETY = 0.5  # planned for the one meant comes before reported for the other
REPORTED_SAFETY = 2.0
PLANNED_SAFETY = 1.0
# "When does it start?" is answered in a section of its own. Only where the trial is named:
# elsewhere it is a preference among the chunks of a trial and must not rank trials.
ASKED_SECTION = 1.0

VOUCHING = ("exact", "compound", "compound family")


def tiers_of(candidates: Candidates, *, subject: Subject, snapshot: Snapshot) -> tuple[Tier, ...]:
    """Return the tiers of a query, each with the candidates that stand in it."""
    rows = candidates.rows
    documents = snapshot.documents[rows]
    intent = subject.understood.intent
    family = FAMILY_IN_SAFETY if intent == "safety" else FAMILY
    tiers = [
        Tier("exact", EXACT, subject.exact[documents]),
        Tier("compound", COMPOUND, subject.about_compounds[documents]),
        Tier("compound family", family, subject.about_relatives[documents]),
    ]
    if intent == "safety":
        tiers += _safety_tiers(rows, snapshot)
    if subject.exact.any() and subject.sections:
        sections = snapshot.sections[rows].tolist()
        asked = np.array([section in subject.sections for section in sections], dtype=np.bool_)
        tiers.append(Tier("asked section", ASKED_SECTION, asked))
    return tuple(tiers)


def vouched(tiers: tuple[Tier, ...]) -> Mask:
    """Return the candidates about what was named: they get a tier's full worth."""
    named: Mask = np.logical_or.reduce([t.members for t in tiers if t.name in VOUCHING])
    return named


def _safety_tiers(rows: Rows, snapshot: Snapshot) -> list[Tier]:
    evidence = np.array([snapshot.places[row].evidence for row in rows])
    # A digest at odds with the registry is shown, and labelled, but gains nothing by it.
    trusted = np.array([not labels_of(row, snapshot).conflict for row in rows], dtype=np.bool_)
    trusted &= snapshot.speaks_of_safety[rows]
    return [
        Tier("reported safety", REPORTED_SAFETY, trusted & (evidence == "reported")),
        Tier("planned safety", PLANNED_SAFETY, trusted & (evidence == "planned")),
    ]
