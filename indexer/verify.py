"""The last check before a snapshot goes live, in a process that shares nothing with the build.

    python -m indexer.verify FOLDER

opens the folder as a reader would and checks: files against the manifest, counts, every
chunk found by its own vector and by a word of its text, the neighbours of a sample against
exact search, and one filtered query. Exit 0, or 1 with the reason on stdout.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from retrieval.errors import PeptideSearchError, VerificationFailed
from retrieval.snapshot import Snapshot

# Batches of self-queries; Chroma answers some 2,000 a second.
QUERIES = 500
# A chunk counts as found among this many neighbours: equal texts have equal vectors.
SELF_K = 10
# HNSW is approximate, and the odd node is hard to reach from its own vector.
UNFOUND_SHARE = 0.001
SAME_VECTOR = 1e-5
SAMPLE = 200
WORD = re.compile(r"\w+")
MIN_RECALL = 0.95
# A damaged HNSW header once made Chroma write 65 GB while opening (chroma #7510).
FILE_SIZE_LIMIT = 64 * 2**30


def verify_in_fresh_process(folder: Path) -> None:
    """Verify a snapshot's folder in a new interpreter, or raise `VerificationFailed`."""
    finished = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "indexer.verify", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if finished.returncode != 0:
        told = finished.stdout.strip() or finished.stderr.strip()[-500:]
        raise VerificationFailed(
            f"the new snapshot did not pass (exit {finished.returncode}): {told}; "
            "the live snapshot is as it was"
        )


def verify(folder: Path) -> None:
    """Check a snapshot's folder as its readers will use it, or raise."""
    with closing(Snapshot.open(folder, embedder=None)) as snapshot:
        _check_own_vectors(snapshot)
        _check_words(snapshot)
        _check_recall(snapshot)
        _check_filter(snapshot)


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


def _check_own_vectors(snapshot: Snapshot) -> None:
    unfound: list[str] = []
    for start in range(0, len(snapshot.matrix), QUERIES):
        vectors = snapshot.matrix[start : start + QUERIES]
        for row, ids in enumerate(snapshot.vectors.nearest(vectors, k=SELF_K), start=start):
            rows = [snapshot.rows[chunk_id] for chunk_id in ids]
            own = snapshot.matrix[rows] @ snapshot.matrix[row]
            if row not in rows and (own < 1 - SAME_VECTOR).any():
                unfound.append(snapshot.places[row].chunk_id)
    if len(unfound) > UNFOUND_SHARE * len(snapshot.matrix):
        raise VerificationFailed(
            f"{len(unfound)} of {len(snapshot.matrix)} chunks are not found by their own "
            f"vector, the first of them {unfound[0]}"
        )


def _check_words(snapshot: Snapshot) -> None:
    only = np.zeros(len(snapshot.places), dtype=np.bool_)
    for entry in snapshot.catalogue.chunked():
        for chunk in entry.chunks:
            row = snapshot.rows[chunk.chunk_id]
            only[row] = True
            longest = max(WORD.findall(chunk.text), key=len, default="")
            # The title stands in for a text of stop words, such as "Yes" or "N/A".
            for words in (longest, f"{chunk.text} {entry.document.title}"):
                if row in snapshot.lexical.search(words, k=1, chunks=only).rows:
                    break
            else:
                raise VerificationFailed(f"no word of {chunk.chunk_id} finds it")
            only[row] = False


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


def main() -> int:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE_LIMIT, FILE_SIZE_LIMIT))
    try:
        verify(Path(sys.argv[1]))
    except PeptideSearchError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
