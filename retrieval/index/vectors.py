"""The vector store: the one door to chromadb.

A snapshot's Chroma folder is derived from its catalogue and matrix, written once by
`build_vectors` and then only read. It holds what any Chroma client would want to see:
the vector, the chunk's text as the document, and flat filter fields as metadata. Facts
about chromadb 1.5.9 that shape this module:

- HNSW files are rewritten in place, without fsync, whenever ``sync_threshold`` operations
  have gathered; the log is purged afterwards. A threshold of exactly the number of chunks
  makes that happen once, at the end, in a folder that nobody reads yet. An index below its
  threshold has no HNSW files of its own: whoever opens it writes them anew, so that they
  never match a manifest. Two is the least threshold, so a single chunk is stored twice.
- Reopening without ``embedding_function=None`` attaches a model that downloads itself.
- A record with more than 5,461 metadata values poisons its collection for good, so lists
  are capped here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import BuildError, IndexDamaged

if TYPE_CHECKING:
    from chromadb.api.client import Client

    from retrieval.types import Chunk, EmbeddedChunk, TrialFields, Vector

COLLECTION = "chunks"
BATCH = 1000  # records; Chroma's own ceiling is 5,461
MAX_LIST_VALUES = 64  # a list of 10,000 values kills its batch; no filter needs more than this
MIN_SYNC_THRESHOLD = 2  # Chroma refuses less

Metadata = Mapping[str, Any]

# Clients of one path share a system by reference count, and Chroma counts without a lock.
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class VectorEntry:
    """What is stored under one chunk id."""

    embedded: EmbeddedChunk
    metadata: Metadata


def chunk_metadata(chunk: Chunk, *, kind: str, trial_id: str, fields: TrialFields) -> Metadata:
    """Return a chunk's filter fields in Chroma's terms: no None, no empty list, int dates."""
    values: dict[str, str | int | bool | list[str] | None] = {
        "doc_id": chunk.doc_id,
        "trial_id": trial_id,
        "kind": kind,
        "section": chunk.section,
        "start": chunk.start,
        "end": chunk.end,
        "evidence": chunk.evidence,
        "status": fields.status,
        "study_type": fields.study_type,
        "has_results": fields.has_results,
        "started": fields.started,
        "updated": fields.updated,
        "compounds": list(fields.compounds[:MAX_LIST_VALUES]),
        "conditions": list(fields.conditions[:MAX_LIST_VALUES]),
        "phases": list(fields.phases[:MAX_LIST_VALUES]),
        "countries": list(fields.countries[:MAX_LIST_VALUES]),
    }
    return {name: value for name, value in values.items() if value is not None and value != []}


def build_vectors(folder: Path, entries: Iterable[VectorEntry], *, count: int) -> None:
    """Write a new Chroma folder of exactly ``count`` entries and close it, fully persisted."""
    folder.mkdir(parents=True)
    client = _client(folder)
    try:
        collection = client.create_collection(
            COLLECTION,
            embedding_function=None,
            configuration={
                "hnsw": {"space": "cosine", "sync_threshold": max(count, MIN_SYNC_THRESHOLD)}
            },
        )
        written = 0
        for batch in _batches(entries, BATCH):
            collection.add(**_records(batch))
            if count < MIN_SYNC_THRESHOLD:
                collection.upsert(**_records(batch))
            written += len(batch)
        if written != count:
            raise BuildError(f"{written} vectors were written to {folder} where {count} were due")
    except BuildError:
        raise
    except Exception as error:  # chromadb raises bare Rust errors of many classes
        raise BuildError(f"Chroma could not write {folder}: {error}") from error
    finally:
        _close(client)


class VectorIndex:
    """A sealed Chroma folder, open for reading; safe for many threads and processes."""

    def __init__(self, client: Client, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._collection = client.get_collection(COLLECTION, embedding_function=None)
        self._count = self._collection.count()  # 3 ms a call, and a sealed folder's never changes

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """Open a sealed folder, or raise `IndexDamaged`."""
        if not (folder / "chroma.sqlite3").is_file():
            raise IndexDamaged(f"{folder} holds no Chroma collection; run `indexer build` again")
        try:
            client = _client(folder)
        except Exception as error:  # chromadb raises bare Rust errors of many classes
            raise IndexDamaged(f"Chroma cannot open {folder}: {error}") from error
        try:
            return cls(client, folder)
        except Exception as error:
            _close(client)
            raise IndexDamaged(f"Chroma cannot open {folder}: {error}") from error

    def count(self) -> int:
        """Return the number of chunks that Chroma's tables list (not that HNSW can find)."""
        return self._count

    def nearest(self, vectors: Vector, *, k: int) -> list[list[str]]:
        """Return per query vector the ids of its ``k`` nearest chunks, nearest first.

        ``vectors`` has shape (n, dimension). The search is approximate.
        """
        try:
            found = self._collection.query(
                query_embeddings=vectors, n_results=min(k, self._count), include=[]
            )
        except Exception as error:
            raise IndexDamaged(f"Chroma cannot search {self._folder}: {error}") from error
        return found["ids"]

    def matching(self, where: Mapping[str, Any]) -> set[str]:
        """Return the ids of the chunks whose metadata match (the verifier's filtered query)."""
        return set(self._collection.get(where=dict(where), include=[])["ids"])

    def close(self) -> None:
        _close(self._client)


def _client(folder: Path) -> Client:
    import chromadb
    from chromadb.api.client import Client
    from chromadb.config import Settings

    with _opening:
        client = chromadb.PersistentClient(
            str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
        )
    if not isinstance(client, Client):  # the declared type lacks `close`, the class has it
        raise BuildError(f"chromadb gave a {type(client).__name__} where a Client was due")
    return client


def _close(client: Client) -> None:
    with _opening:
        client.close()


def _records(batch: Sequence[VectorEntry]) -> dict[str, Any]:
    """Return a batch as the arguments of Chroma's writing calls."""
    return {
        "ids": [entry.embedded.chunk.chunk_id for entry in batch],
        "embeddings": np.stack([entry.embedded.vector for entry in batch]),
        "documents": [entry.embedded.chunk.text for entry in batch],
        "metadatas": [entry.metadata for entry in batch],
    }


def _batches(entries: Iterable[VectorEntry], size: int) -> Iterator[Sequence[VectorEntry]]:
    iterator = iter(entries)
    while batch := tuple(islice(iterator, size)):
        yield batch
