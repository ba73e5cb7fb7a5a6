"""What the catalogue stores of a document besides itself, and how it tells change."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import NamedTuple

from retrieval.types import Chunk, Document, Evidence, Source


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document was read: a file, and the place in it."""

    path: str
    position: str


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """A piece of input that could not be read, where it stands and why."""

    path: str
    position: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ChunkedDocument:
    """A document with the chunks it was cut into."""

    document: Document
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What a hit shows of a document. ``as_of`` (``yyyymmdd``) is a record's last update, a
    digest's ingestion."""

    source: Source
    digest_model: str | None
    as_of: int | None
    has_results: bool | None


class ChunkPlace(NamedTuple):
    """Where a chunk stands; a tuple because a snapshot holds one per matrix row."""

    chunk_id: str
    doc_id: str
    section: str
    start: int
    end: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Stored:
    """What a build needs to know of a live document to leave it alone."""

    digest: str
    origin: Origin


def document_digest(document: Document) -> str:
    """Return a digest of everything a document holds; equal digests mean nothing changed."""
    parts = (*document_row(document), *(f"{p.start}:{p.end}:{p.path}" for p in document.paths))
    return sha256("\0".join(parts).encode()).hexdigest()


def title_key(title: str) -> str:
    """Return what two spellings of one title have in common: letters and digits, folded."""
    return " ".join("".join(c if c.isalnum() else " " for c in title.casefold()).split())


def document_row(document: Document) -> tuple[str, ...]:
    """Return a document as the catalogue stores it: texts as they are, the rest as JSON."""
    return (
        document.doc_id,
        document.kind,
        document.trial_id,
        document.title,
        document.text,
        json.dumps([asdict(section) for section in document.sections]),
        json.dumps(asdict(document.fields), sort_keys=True),
        json.dumps(asdict(document.page), sort_keys=True),
        document.source_url,
    )
