"""The last check before a snapshot goes live, in a process that shares nothing with the build.

    python -m indexer.verify FOLDER

opens the folder as a reader would and checks: files against the manifest, counts, every
chunk found by its own vector and by a word of its text, every document by a word of its
chunks, the neighbours of a sample against exact search, and one filtered query.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np

from indexer.changes import Progress
from indexer.fresh import serve_fresh
from retrieval.errors import VerificationFailed
from retrieval.index.lexical import LexicalIndex
from retrieval.index.snapshot import Rows, Snapshot
from retrieval.language.words import split_words

# Batches of self-queries; Chroma answers some 2,000 a second.
QUERIES = 500
# A chunk counts as found among this many neighbours: equal texts have equal vectors. One
# that is not is looked for again in a crowd: lists of sites are near copies of each other.
SELF_K = 10
CROWD_K = 300
# HNSW is approximate, and its graph differs from run to run: a node among near copies may not
# be reached from its own vector. Measured: 0 of 11,149 chunks of real records, 1 of 43,246 of
# descriptions, 0 to 3 of 673 in a made-up list of 6,000 near copies, which must not stop a
# build. Filters, which score exactly, and words still find such a chunk.
UNFOUND_SHARE = 0.01
SAME_VECTOR = 1e-5
SAMPLE = 200
WORD = re.compile(r"\w+")
MIN_RECALL = 0.95


def verify(folder: Path, progress: Progress) -> None:
    """Check a snapshot's folder as its readers will use it, or raise."""
    with closing(Snapshot.open(folder, embedder=None)) as snapshot:
        _check_own_vectors(snapshot, progress)
        _check_words(snapshot)
        _check_recall(snapshot)
        _check_filter(snapshot)
        progress("Verifying", len(snapshot.matrix), len(snapshot.matrix))


def measured_recall(snapshot: Snapshot, *, sample: int = SAMPLE, k: int = 10) -> float:
    """Return recall@k of Chroma against exact search, over chunk vectors drawn by a fixed seed."""
    chunks = len(snapshot.matrix)
    drawn = np.random.default_rng(0).choice(chunks, size=min(sample, chunks), replace=False)
    vectors = snapshot.matrix[drawn]
    found = snapshot.vectors.nearest(vectors, k=k)
    shares = []
    for scores, ids in zip(vectors @ snapshot.matrix.T, found, strict=True):
        # Ties at the border count as found: which of two equal chunks comes is arbitrary.
        border = np.partition(scores, -min(k, chunks))[-min(k, chunks)] - SAME_VECTOR
        rows = [snapshot.rows[chunk_id] for chunk_id in ids]
        shares.append(float(np.mean(scores[rows] >= border)) if rows else 0.0)
    return float(np.mean(shares)) if shares else 1.0


def _check_own_vectors(snapshot: Snapshot, progress: Progress) -> None:
    rows = np.arange(len(snapshot.matrix))
    unfound = _unfound(snapshot, rows, k=SELF_K, progress=progress)
    # Among all chunks any would be found: the crowd stays under half of a small index.
    crowd = min(CROWD_K, max(SELF_K, len(rows) // 2))
    unfound = _unfound(snapshot, unfound, k=crowd, progress=progress)
    if len(unfound) > UNFOUND_SHARE * len(rows):
        raise VerificationFailed(
            f"{len(unfound)} of {len(rows)} chunks are not found by their own vector, the first "
            f"of them {snapshot.places[unfound[0]].chunk_id}"
        )


def _unfound(snapshot: Snapshot, rows: Rows, *, k: int, progress: Progress) -> Rows:
    """Return those of the rows that Chroma does not find among ``k`` by their own vector."""
    missed: list[int] = []
    for start in range(0, len(rows), QUERIES):
        progress("Verifying", start, len(rows))
        batch = rows[start : start + QUERIES]
        found = snapshot.vectors.nearest(snapshot.matrix[batch], k=k)
        for row, ids in zip(batch.tolist(), found, strict=True):
            near = [snapshot.rows[chunk_id] for chunk_id in ids]
            own = snapshot.matrix[near] @ snapshot.matrix[row]
            if row not in near and (own < 1 - SAME_VECTOR).any():
                missed.append(row)
    return np.array(missed, dtype=np.int64)


def _check_words(snapshot: Snapshot) -> None:
    """Look for each chunk and each document, in their own indexes, by their longest word."""
    for ordinal, entry in enumerate(snapshot.catalogue.chunked()):
        title, longest = entry.document.title, ""
        for chunk in entry.chunks:
            word = max(WORD.findall(chunk.text), key=len, default="")
            longest = max(longest, word, key=len)
            # The title stands in for a text of signs that are no words.
            if not _finds(
                snapshot.lexical, snapshot.rows[chunk.chunk_id], (word, f"{chunk.text} {title}")
            ):
                raise VerificationFailed(f"no word of {chunk.chunk_id} finds it")
        if not _finds(snapshot.document_lexical, ordinal, (longest, title)):
            raise VerificationFailed(f"no word of {entry.document.doc_id} finds it")


def _finds(index: LexicalIndex, row: int, texts: Iterable[str]) -> bool:
    """Tell whether any of the texts finds a row among all others; signs find nothing."""
    worded = [text for text in texts if split_words(text)]
    if not worded:
        return True
    only = np.zeros(index.count(), dtype=np.bool_)
    only[row] = True
    return any(len(index.search(text, k=1, allowed=only).rows) for text in worded)


def _check_recall(snapshot: Snapshot) -> None:
    recall = measured_recall(snapshot)
    if recall < MIN_RECALL:
        raise VerificationFailed(
            f"recall@10 against exact search is {recall:.3f}, under {MIN_RECALL}"
        )


def _check_filter(snapshot: Snapshot) -> None:
    for kind in ("digest", "trial"):
        found = snapshot.vectors.matching({"kind": kind})
        due = {
            place.chunk_id
            for place, ordinal in zip(snapshot.places, snapshot.documents, strict=True)
            if snapshot.cards[ordinal].source.kind == kind
        }
        if found != due:
            raise VerificationFailed(
                f"Chroma holds {len(found)} chunks of kind {kind}, the catalogue {len(due)}"
            )


if __name__ == "__main__":
    sys.exit(serve_fresh(verify))
