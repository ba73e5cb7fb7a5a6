"""The vector journal: vectors of a build under way, so that a killed build goes on.

An append-only file of fixed-size rows: the key (sha256 of the embedding text, 32 bytes), the
vector (float32) and a CRC-32 of both. A torn or altered row is dropped when the file is
read. There is one journal per embedder recipe; it is deleted once a snapshot that holds its
vectors is live, so that no removed text lives on in it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import numpy as np

from retrieval.types import Vector

KEY_BYTES = 32


def vector_key(embedding_text: str) -> bytes:
    """Return the key of a text's vector: the sha256 of its UTF-8 bytes."""
    return sha256(embedding_text.encode()).digest()


class VectorJournal:
    """One journal file, open for appending."""

    def __init__(self, path: Path, *, dimension: int) -> None:
        self._row = np.dtype(
            [("key", np.uint8, KEY_BYTES), ("vector", np.float32, dimension), ("crc", np.uint32)]
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._known = self._load()
        self._file = path.open("ab")

    def get(self, key: bytes) -> Vector | None:
        """Return the vector of a key, shape ``(dimension,)``, or None."""
        return self._known.get(key)

    def append(self, keys: Sequence[bytes], vectors: Vector) -> None:
        """Store vectors of shape ``(n, dimension)``; they are on disk when this returns."""
        rows = np.zeros(len(keys), dtype=self._row)
        rows["key"] = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, KEY_BYTES)
        rows["vector"] = vectors
        rows["crc"] = [_checksum(row) for row in rows]
        self._file.write(rows.tobytes())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._known.update(zip(keys, vectors, strict=True))

    def close(self) -> None:
        self._file.close()

    def _load(self) -> dict[bytes, Vector]:
        if not self._path.exists():
            return {}
        whole = self._path.stat().st_size // self._row.itemsize
        rows = np.fromfile(self._path, dtype=self._row, count=whole)
        with self._path.open("r+b") as file:  # a torn last row would misalign what follows
            file.truncate(whole * self._row.itemsize)
        return {row["key"].tobytes(): row["vector"] for row in rows if row["crc"] == _checksum(row)}


def _checksum(row: np.void) -> int:
    return crc32(row["vector"].tobytes(), crc32(row["key"].tobytes()))
