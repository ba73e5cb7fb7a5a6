"""A chunk's labels: whose words it is, and what kind of evidence."""

from __future__ import annotations

from retrieval.index.snapshot import Snapshot
from retrieval.types import Labels


def labels_of(row: int, snapshot: Snapshot) -> Labels:
    """Return the labels of a matrix row."""
    card = snapshot.cards[snapshot.documents[row]]
    return Labels(
        voice="registry" if card.source.kind == "trial" else "llm_digest",
        digest_model=card.digest_model,
        evidence=snapshot.places[row].evidence,
        as_of=card.as_of,
        has_results=snapshot.has_results(card.source.trial_id),
    )
