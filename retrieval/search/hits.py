"""From scored candidates to hits: one row per trial, or the passages of the trial asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from retrieval.index.snapshot import Snapshot
from retrieval.language.compounds import Ladder
from retrieval.search.candidates import Candidates
from retrieval.search.labels import labels_of
from retrieval.search.passages import passage_around
from retrieval.search.scoring import Scored
from retrieval.search.subject import Subject
from retrieval.types import Explanation, Hit, Passage

# Who names a trial wants to read in it, not of its neighbours: it has this many rows of its own
# before they follow. A search filtered to one trial has as many as are asked for.
ROWS_PER_NAMED_TRIAL = 5


@dataclass(frozen=True, slots=True)
class RowLimit:
    """How many rows a trial may have: ``named`` ones several, all others one.

    ``above`` are hits that stand already; what follows ranks and scores below them, and their
    trials get no more rows.
    """

    named: frozenset[str]
    rows_of_named: int
    above: tuple[Hit, ...] = ()

    def of(self, trial_id: str) -> int:
        if any(hit.source.trial_id == trial_id for hit in self.above):
            return 0
        return self.rows_of_named if trial_id in self.named else 1


class HitMaker:
    """Makes the hits of one search; ``opinions`` are the reranker's, by place."""

    def __init__(  # noqa: PLR0913 - a hit tells something of each
        self,
        candidates: Candidates,
        scored: Scored,
        *,
        opinions: Mapping[int, float],
        subject: Subject,
        snapshot: Snapshot,
        ladder: Ladder,
    ) -> None:
        self._candidates = candidates
        self._scored = scored
        self._opinions = opinions
        self._subject = subject
        self._snapshot = snapshot
        self._ladder = ladder
        self._by_row = dict(zip(candidates.rows.tolist(), scored.scores.tolist(), strict=True))
        self._ordinals = snapshot.documents[candidates.rows].tolist()
        self._trials: list[str] = [
            snapshot.cards[ordinal].source.trial_id for ordinal in self._ordinals
        ]
        self._passages: dict[int, Passage] = {}

    def hits(self, k: int, limit: RowLimit) -> tuple[Hit, ...]:
        """Return rows down to rank ``k``, best first; rows of one trial show different words.

        The first row of a trial carries as related the best passage of each of the trial's
        documents that has no row.
        """
        rows, spare = self._choose(k - len(limit.above), limit)
        most = limit.above[-1].score if limit.above else 1.0
        hits = []
        begun: set[str] = set()
        for rank, place in enumerate(rows, start=len(limit.above) + 1):
            trial_id = self._trial_of(place)
            others = [] if trial_id in begun else spare[trial_id]
            begun.add(trial_id)
            related = tuple(self._hit(other, rank, most) for other in others)
            hits.append(replace(self._hit(place, rank, most), related=related))
        return tuple(hits)

    def _choose(self, k: int, limit: RowLimit) -> tuple[list[int], dict[str, list[int]]]:
        """Return the places of the rows, and per trial those of its documents without a row."""
        rows: list[int] = []
        of_trial: dict[str, list[int]] = {}
        spare: dict[str, dict[int, int]] = {}
        order = np.lexsort((self._candidates.rows, -self._scored.scores))
        for place in order.tolist():
            trial_id = self._trial_of(place)
            mine = of_trial.get(trial_id, [])
            if len(rows) < k and len(mine) < limit.of(trial_id) and self._is_new(place, mine):
                of_trial[trial_id] = [*mine, place]
                rows.append(place)
            elif mine:
                spare.setdefault(trial_id, {}).setdefault(self._ordinal_of(place), place)
        return rows, {
            trial_id: self._unshown(spare.get(trial_id, {}), mine)
            for trial_id, mine in of_trial.items()
        }

    def _is_new(self, place: int, rows: list[int]) -> bool:
        """Tell whether a passage shows words that none of the rows shows."""
        return not any(_overlap(self._passage(place), self._passage(row)) for row in rows)

    def _unshown(self, spare: Mapping[int, int], rows: list[int]) -> list[int]:
        shown = {self._ordinal_of(row) for row in rows}
        return [place for ordinal, place in spare.items() if ordinal not in shown]

    def _hit(self, place: int, rank: int, most: float) -> Hit:
        """Return the hit of a candidate; ``most`` is what the best score can be here."""
        row = int(self._candidates.rows[place])
        card = self._snapshot.cards[self._ordinal_of(place)]
        passage = self._passage(place)
        return Hit(
            rank=rank,
            score=round(float(self._scored.scores[place]) * most, 6),
            source=card.source,
            passage=passage,
            labels=labels_of(row, self._snapshot),
            explanation=Explanation(
                lexical=self._candidates.lexical_of(place),
                dense=self._candidates.dense_of(place),
                rerank=self._opinions.get(place),
                aliases=self._aliases(f"{card.source.title}\n{passage.text}"),
                boosts=self._scored.boosts_of(place),
            ),
        )

    def _passage(self, place: int) -> Passage:
        if place not in self._passages:
            row = int(self._candidates.rows[place])
            self._passages[place] = passage_around(self._snapshot, row, self._by_row)
        return self._passages[place]

    def _aliases(self, text: str) -> tuple[str, ...]:
        """Return the words of a hit that name a compound of the query."""
        named = self._subject.named
        if not named:
            return ()
        found = (m.matched.lower() for m in self._ladder.find(text) if m.compound_id in named)
        return tuple(dict.fromkeys(found))

    def _ordinal_of(self, place: int) -> int:
        return int(self._ordinals[place])

    def _trial_of(self, place: int) -> str:
        return self._trials[place]


def _overlap(one: Passage, other: Passage) -> bool:
    return one.doc_id == other.doc_id and one.start < other.end and other.start < one.end
