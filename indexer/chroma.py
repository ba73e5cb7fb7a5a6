"""Writes a snapshot's Chroma folder from its catalogue and matrix, in a fresh process.

python -m indexer.chroma FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from indexer.changes import Progress
from indexer.fields import effective_fields
from indexer.fresh import serve_fresh
from retrieval.index.catalogue import Catalogue
from retrieval.index.manifest import CATALOGUE, CHROMA, VECTORS
from retrieval.index.vectors import BATCH, VectorEntry, build_vectors, chunk_metadata
from retrieval.types import EmbeddedChunk, Vector


def write_chroma(folder: Path, progress: Progress) -> None:
    """Write the Chroma folder beside a sealed catalogue and its matrix."""
    matrix = np.load(folder / VECTORS, mmap_mode="r")
    with closing(Catalogue(folder / CATALOGUE)) as catalogue:
        build_vectors(folder / CHROMA, _entries(catalogue, matrix, progress), count=len(matrix))
    progress("Writing Chroma", len(matrix), len(matrix))


def _entries(catalogue: Catalogue, matrix: Vector, progress: Progress) -> Iterator[VectorEntry]:
    records = catalogue.trial_fields()
    row = 0
    for entry in catalogue.chunked():
        document = entry.document
        fields = effective_fields(document, records)
        for chunk in entry.chunks:
            if row % BATCH == 0:
                progress("Writing Chroma", row, len(matrix))
            yield VectorEntry(
                EmbeddedChunk(chunk, matrix[row]),
                chunk_metadata(
                    chunk, kind=document.kind, trial_id=document.trial_id, fields=fields
                ),
            )
            row += 1


if __name__ == "__main__":
    sys.exit(serve_fresh(write_chroma))
