"""Passages: a hit's best chunk, merged with the neighbours that were found beside it."""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.index.snapshot import Snapshot
from retrieval.types import Passage

# A neighbour is merged when it scored at least this share of the best chunk's score.
MERGE_SHARE = 0.8
MAX_CHARACTERS = 2_400  # a passage is to be read, not scrolled


def passage_around(snapshot: Snapshot, row: int, scores: Mapping[int, float]) -> Passage:
    """Return the passage of a matrix row; ``scores`` are those of all candidates, by row."""
    first = last = row
    for step in (-1, 1):
        if _joins(snapshot, row, row + step, scores=scores):
            first, last = min(first, row + step), max(last, row + step)
    place = snapshot.places[row]
    start, end = snapshot.places[first].start, snapshot.places[last].end
    if end - start > MAX_CHARACTERS:
        start, end = place.start, place.end
    source = snapshot.cards[snapshot.documents[row]].source
    return Passage(
        doc_id=place.doc_id,
        section=place.section,
        start=start,
        end=end,
        text=snapshot.catalogue.slice(place.doc_id, start, end),
        version=source.version,
        paths=snapshot.catalogue.paths_within(place.doc_id, start, end),
    )


def _joins(snapshot: Snapshot, row: int, other: int, *, scores: Mapping[int, float]) -> bool:
    """Tell whether a neighbouring row continues this one and was found too."""
    if other not in scores or scores[other] < MERGE_SHARE * scores[row]:
        return False
    here, there = snapshot.places[row], snapshot.places[other]
    return (here.doc_id, here.section) == (there.doc_id, there.section)
