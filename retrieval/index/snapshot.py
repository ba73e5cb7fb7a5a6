"""A published snapshot, open for reading: both arms, the filters, and the texts behind them."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.errors import IndexDamaged, IndexReadOnly
from retrieval.index.catalogue import Catalogue
from retrieval.index.columns import Columns, Selection
from retrieval.index.entries import Card, ChunkPlace
from retrieval.index.lexical import LexicalIndex
from retrieval.index.manifest import (
    CATALOGUE,
    CHROMA,
    COLUMNS,
    SAFETY,
    TANTIVY_CHUNKS,
    TANTIVY_DOCUMENTS,
    VECTORS,
    Manifest,
    check_readable,
)
from retrieval.index.vectors import VectorIndex
from retrieval.models.embedder import EmbedderRecipe
from retrieval.types import Scores, Vector

Rows = npt.NDArray[np.int64]

# Up to this many allowed chunks, scoring all of them (8 ms for 100,000 x 384) is exact and
# no slower than asking Chroma for enough neighbours to survive the filter.
EXACT_ROWS = 20_000
# Taking rows out of the matrix copies them: from about this share on, scoring all of it is
# faster (at 100,000 x 384, half of the rows took 58 ms by themselves and 18 ms with the rest).
COPY_SHARE = 0.2
# How many times the expected number of neighbours is asked for under a weak filter.
OVER_FETCH = 1.5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a search needs of one snapshot; nothing in it changes.

    ``matrix`` has shape (chunks, dimension), mapped from disk. ``documents[row]`` is the
    ordinal of the chunk's document in ``cards``; ``rows`` maps chunk ids to matrix rows.
    ``trial_numbers[ordinal]`` is the same for all documents of a trial, ``registry[ordinal]`` tells
    records from digests, ``sections[row]`` is the section's name.
    """

    manifest: Manifest
    catalogue: Catalogue
    matrix: Vector
    columns: Columns
    lexical: LexicalIndex
    document_lexical: LexicalIndex
    vectors: VectorIndex
    cards: list[Card]
    places: list[ChunkPlace]
    rows: dict[str, int]
    documents: Rows
    ordinals: dict[str, int]
    trial_numbers: Rows
    registry: npt.NDArray[np.bool_]
    sections: npt.NDArray[np.object_]
    trials: dict[str, list[int]]
    speaks_of_safety: npt.NDArray[np.bool_]

    @classmethod
    def open(cls, folder: Path, *, embedder: EmbedderRecipe | None, check: bool = True) -> Snapshot:
        """Open a published snapshot.

        Raises `IndexDamaged` when a file does not match the manifest (``check=False``
        skips the hashing), `RecipeMismatch` when ``embedder`` is not the one it was built
        with. Writes nothing.
        """
        manifest = Manifest.read(folder)
        check_readable(manifest, embedder)
        if not os.access(folder, os.W_OK):
            raise IndexReadOnly(
                f"{folder} is read-only, and Chroma and tantivy put locks beside their files "
                "before they read: make the folder writable for this user"
            )
        if check:
            manifest.check(folder)
        with ExitStack() as opened:  # what was opened is closed again when the rest is damaged
            catalogue = opened.enter_context(closing(Catalogue(folder / CATALOGUE)))
            lexical = opened.enter_context(closing(LexicalIndex.open(folder / TANTIVY_CHUNKS)))
            document_lexical = opened.enter_context(
                closing(LexicalIndex.open(folder / TANTIVY_DOCUMENTS))
            )
            vectors = opened.enter_context(closing(VectorIndex.open(folder / CHROMA)))
            cards, places = catalogue.cards(), catalogue.chunk_places()
            ordinals = {card.source.doc_id: n for n, card in enumerate(cards)}
            snapshot = cls(
                manifest=manifest,
                catalogue=catalogue,
                # Still mapped; a memmap itself would cost a tenth of a millisecond each time.
                matrix=np.asarray(np.load(folder / VECTORS, mmap_mode="r")),
                columns=Columns.open(folder / COLUMNS),
                lexical=lexical,
                document_lexical=document_lexical,
                vectors=vectors,
                cards=cards,
                places=places,
                rows={place.chunk_id: row for row, place in enumerate(places)},
                documents=np.array([ordinals[place.doc_id] for place in places], dtype=np.int64),
                ordinals=ordinals,
                registry=np.array([card.source.kind == "trial" for card in cards], dtype=np.bool_),
                sections=np.array([place.section for place in places], dtype=np.object_),
                trial_numbers=_numbered([card.source.trial_id for card in cards]),
                trials=_by_trial(cards),
                speaks_of_safety=np.load(folder / SAFETY),
            )
            snapshot._check_counts()
            opened.pop_all()
        return snapshot

    def close(self) -> None:
        """Let go of files; searches under way must have ended."""
        self.vectors.close()
        self.lexical.close()
        self.document_lexical.close()
        self.catalogue.close()

    def nearest(self, vector: Vector, *, k: int, selection: Selection) -> Rows:
        """Return the rows of the ``k`` selected chunks nearest to a query vector, in order.

        Exact when the selection is small; otherwise Chroma's approximate neighbours, of
        which enough are fetched for ``k`` to survive, or else all are scored after all.
        """
        if selection.everything:
            return self._approximate(vector, k=k)
        allowed = np.flatnonzero(selection.chunks)
        if len(allowed) > EXACT_ROWS:
            wanted = int(k * len(selection.chunks) / len(allowed) * OVER_FETCH)
            found = self._approximate(vector, k=wanted)
            kept = found[selection.chunks[found]]
            if len(kept) >= k:
                return kept[:k]
        return self.exact(vector, allowed, k=k)

    def exact(self, vector: Vector, allowed: Rows, *, k: int) -> Rows:
        """Return the ``k`` of the ``allowed`` rows nearest to a vector, by exact scoring."""
        scores = self.similarities(vector, allowed)
        best = np.argsort(-scores, kind="stable")[:k]
        return allowed[best]

    def similarities(self, vector: Vector, rows: Rows) -> Scores:
        """Return the cosine of each row with a query vector."""
        scores: Scores
        if len(rows) > COPY_SHARE * len(self.matrix):
            scores = (self.matrix @ vector)[rows]
        else:
            scores = self.matrix[rows] @ vector
        return scores

    def rows_of(self, ordinals: Rows) -> Rows:
        """Return the rows of all chunks of the given documents, which stand together."""
        first = np.searchsorted(self.documents, ordinals, side="left")
        last = np.searchsorted(self.documents, ordinals, side="right")
        spans = [np.arange(start, end) for start, end in zip(first, last, strict=True)]
        return np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)

    def has_results(self, trial_id: str) -> bool | None:
        """Return whether the registry posted results of a trial; None when it is not here."""
        stated = (self.cards[ordinal].has_results for ordinal in self.trials.get(trial_id, []))
        return next((value for value in stated if value is not None), None)

    def _approximate(self, vector: Vector, *, k: int) -> Rows:
        ids = self.vectors.nearest(vector[None, :], k=k)[0]
        rows = np.array([self.rows[chunk_id] for chunk_id in ids], dtype=np.int64)
        order = np.argsort(-self.similarities(vector, rows), kind="stable")
        return rows[order]

    def _check_counts(self) -> None:
        due = self.manifest.counts
        found = [
            ("catalogue", len(self.places), due.chunks),
            ("matrix", len(self.matrix), due.chunks),
            ("Chroma", self.vectors.count(), due.chunks),
            ("tantivy's chunks", self.lexical.count(), due.chunks),
            ("tantivy's documents", self.document_lexical.count(), due.documents),
        ]
        wrong = [
            f"{count} in {name}, not {right}" for name, count, right in found if count != right
        ]
        if wrong:
            raise IndexDamaged(
                f"snapshot {self.manifest.name} holds other numbers than its manifest says: "
                f"{'; '.join(wrong)}"
            )


def _numbered(names: list[str]) -> Rows:
    """Return a number for each name, equal where the names are."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def _by_trial(cards: list[Card]) -> dict[str, list[int]]:
    """Return per trial the ordinals of its documents."""
    trials: dict[str, list[int]] = {}
    for ordinal, card in enumerate(cards):
        trials.setdefault(card.source.trial_id, []).append(ordinal)
    return trials
