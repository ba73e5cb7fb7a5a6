"""From a sealed catalogue to the matrix, the filter columns and the lexical index.

Only vectors that nobody has are computed: those of the live snapshot and of the journal are
reused by the hash of the text they stand for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.base import Known
from indexer.changes import Progress
from indexer.fields import effective_fields
from indexer.journal import KEY_BYTES, VectorJournal, vector_key
from retrieval.index.catalogue import Catalogue
from retrieval.index.columns import ColumnRow, write_columns
from retrieval.index.entries import ChunkedDocument
from retrieval.index.headers import contextual_header, embedding_text
from retrieval.index.lexical import LexicalEntry, build_lexical
from retrieval.index.manifest import (
    COLUMNS,
    SAFETY,
    TANTIVY_CHUNKS,
    TANTIVY_DOCUMENTS,
    VECTOR_KEYS,
    VECTORS,
)
from retrieval.language.compounds import Ladder
from retrieval.language.safety import speaks_of_safety
from retrieval.models.embedder import Embedder
from retrieval.types import Chunk, Document, Vector

# Texts per journal write: what a kill may cost, against the length sort inside a slice.
EMBED_SLICE = 256


@dataclass(frozen=True, slots=True)
class PlacedChunk:
    """A chunk with its document and its contextual header."""

    chunk: Chunk
    document: Document
    header: str


@dataclass(frozen=True, slots=True)
class Assembled:
    """How many vectors a build computed and how many it found."""

    embedded: int
    reused: int


class Assembler:
    """Writes everything beside a catalogue that is derived from it."""

    def __init__(
        self, folder: Path, catalogue: Catalogue, *, ladder: Ladder, progress: Progress
    ) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._ladder = ladder
        self._progress = progress
        self._records = catalogue.trial_fields()
        self.chunks = catalogue.count_chunks()

    def write_vectors(
        self, embedder: Embedder, *, known: Known, journal: VectorJournal
    ) -> Assembled:
        """Write matrix and keys, embedding only what is neither known nor in the journal."""
        texts: dict[bytes, str] = {}
        keys: list[bytes] = []
        found: dict[bytes, Vector] = {}
        for placed in self._placed():
            text = embedding_text(placed.chunk, placed.header)
            key = vector_key(text)
            keys.append(key)
            if key in found or key in texts:
                continue
            vector = known(key)
            vector = journal.get(key) if vector is None else vector
            if vector is None:
                texts[key] = text
            else:
                found[key] = vector
        found |= self._embed(texts, embedder=embedder, journal=journal)
        matrix = _new_matrix(self._folder / VECTORS, len(keys), embedder.recipe.dimension)
        for row, key in enumerate(keys):
            matrix[row] = found[key]
        matrix.flush()
        stacked = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, KEY_BYTES)
        np.save(self._folder / VECTOR_KEYS, stacked)
        return Assembled(embedded=len(texts), reused=len(keys) - len(texts))

    def write_columns(self) -> None:
        """Write the filter columns and the safety flags."""
        rows: list[ColumnRow] = []
        documents: list[int] = []
        sections: list[str] = []
        safety: list[bool] = []
        for ordinal, entry in enumerate(self._catalogue.chunked()):
            document = entry.document
            rows.append(
                ColumnRow(
                    document.kind, document.trial_id, effective_fields(document, self._records)
                )
            )
            for chunk in entry.chunks:
                documents.append(ordinal)
                sections.append(chunk.section)
                safety.append(speaks_of_safety(chunk.text))
        write_columns(
            self._folder / COLUMNS,
            rows,
            chunk_documents=np.array(documents, dtype=np.int32),
            chunk_sections=sections,
        )
        np.save(self._folder / SAFETY, np.array(safety, dtype=np.bool_))

    def write_lexical(self) -> None:
        """Write both tantivy folders: of the chunks, and of the whole documents."""
        build_lexical(
            self._folder / TANTIVY_CHUNKS,
            (
                LexicalEntry(
                    row=row,
                    trial_id=placed.document.trial_id,
                    title=placed.document.title,
                    header=placed.header,
                    text=placed.chunk.text,
                )
                for row, placed in enumerate(self._placed())
            ),
        )
        build_lexical(self._folder / TANTIVY_DOCUMENTS, self._whole())

    def _whole(self) -> Iterator[LexicalEntry]:
        for ordinal, entry in enumerate(self._catalogue.chunked()):
            document = entry.document
            yield LexicalEntry(
                row=ordinal,
                trial_id=document.trial_id,
                title=document.title,
                header=self._header(document, section=""),
                text=document.text,
            )

    def _embed(
        self, texts: Mapping[bytes, str], *, embedder: Embedder, journal: VectorJournal
    ) -> dict[bytes, Vector]:
        """Embed texts, longest first, and journal each slice as it is done."""
        order = sorted(texts, key=lambda key: len(texts[key]), reverse=True)
        embedded: dict[bytes, Vector] = {}
        for start in range(0, len(order), EMBED_SLICE):
            self._progress("Embedding chunks", start, len(order))
            keys = order[start : start + EMBED_SLICE]
            vectors = embedder.embed_documents([texts[key] for key in keys])
            journal.append(keys, vectors)
            embedded.update(zip(keys, vectors, strict=True))
        self._progress("Embedding chunks", len(order), len(order))
        return embedded

    def _placed(self) -> Iterator[PlacedChunk]:
        for entry in self._catalogue.chunked():
            yield from self._place(entry)

    def _place(self, entry: ChunkedDocument) -> Iterator[PlacedChunk]:
        headers: dict[str, str] = {}
        for chunk in entry.chunks:
            if chunk.section not in headers:
                headers[chunk.section] = self._header(entry.document, section=chunk.section)
            yield PlacedChunk(chunk, entry.document, headers[chunk.section])

    def _header(self, document: Document, *, section: str) -> str:
        return contextual_header(
            title=document.title,
            fields=effective_fields(document, self._records),
            section=section,
            ladder_names=lambda compound_id: self._ladder.get(compound_id).name,
        )


def _new_matrix(path: Path, rows: int, dimension: int) -> np.memmap[Any, np.dtype[np.float32]]:
    """Map a new .npy file whose blocks are all allocated.

    Writing to a mapped hole on a full disk kills the process with SIGBUS; allocating first
    raises an error instead.
    """
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, dimension))
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return matrix
