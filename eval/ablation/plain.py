"""What our search is held against: an index as a user would write it in an afternoon.

A document is its title and its text in one, cut to size without regard to sections. Nothing
is put before a chunk, no name or filter is read out of a question, and no trial is collapsed:
its record and its digests are documents of their own. Here are the texts and the plain Chroma
collection; `eval.ablation.plain_bm25` is the other plain index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.changes import Progress
from indexer.chunking import Chunker, ChunkSize, TokenCounter
from indexer.journal import VectorJournal, vector_key
from retrieval.index.vectors import VectorEntry, VectorIndex, build_vectors
from retrieval.models.embedder import Embedder
from retrieval.types import (
    Chunk,
    Document,
    EmbeddedChunk,
    Explanation,
    Hit,
    Labels,
    Passage,
    Query,
    Section,
    Source,
    Vector,
)

# Chunks asked of an index for each document wanted: several of the best belong to one.
CHUNKS_PER_DOCUMENT = 5
EMBED_SLICE = 256  # texts between two writes to the cache of vectors


@dataclass(frozen=True, slots=True)
class Unit:
    """A text of a plain index, and the span of its document that it shows.

    ``text`` has the title before what stands in the document, where it begins with it.
    """

    document: Document
    start: int
    end: int
    text: str


def whole_units(documents: Iterable[Document]) -> tuple[Unit, ...]:
    """Return each document as one unit."""
    return tuple(
        Unit(document, 0, len(document.text), titled_text(document)) for document in documents
    )


def chunk_units(
    documents: Iterable[Document], counter: TokenCounter, *, size: ChunkSize
) -> tuple[Unit, ...]:
    """Return the chunks of each document's title and text, cut as if they were one section."""
    chunker = Chunker(counter, size=size)
    return tuple(unit for document in documents for unit in _chunks(document, chunker))


def titled_text(document: Document) -> str:
    """Return title and text, or the text of a document that is called by it."""
    if not document.title or document.text == document.title:
        return document.text
    return f"{document.title}\n\n{document.text}"


def unit_vectors(
    units: Sequence[Unit], embedder: Embedder, *, cache: Path, progress: Progress
) -> Iterator[Vector]:
    """Yield each unit's vector in their order, shape ``(dimension,)``.

    ``cache`` is a file of vectors by text: what it holds is not embedded again.
    """
    with closing(VectorJournal(cache, dimension=embedder.recipe.dimension)) as journal:
        for start in range(0, len(units), EMBED_SLICE):
            progress("Embedding plain chunks", start, len(units))
            texts = [unit.text for unit in units[start : start + EMBED_SLICE]]
            yield from _embedded(texts, embedder, journal)
        progress("Embedding plain chunks", len(units), len(units))


class PlainChroma:
    """One Chroma collection of chunks; a document ranks by its nearest chunk."""

    def __init__(self, units: Sequence[Unit], index: VectorIndex, embedder: Embedder) -> None:
        self._units = units
        self._index = index
        self._embedder = embedder

    def search(self, query: Query) -> tuple[Hit, ...]:
        """Return the ``query.k`` nearest documents; of the query only the text is read."""
        vector = self._embedder.embed_query(query.text)
        (ids,) = self._index.nearest(vector[None, :], k=CHUNKS_PER_DOCUMENT * query.k)
        return hits_of((self._units[int(each)] for each in ids), k=query.k)


@contextmanager
def plain_chroma(
    units: Sequence[Unit], vectors: Iterable[Vector], embedder: Embedder
) -> Iterator[PlainChroma]:
    """Yield a collection of the units in a temporary folder; it is deleted afterwards."""
    entries = (
        VectorEntry(EmbeddedChunk(_stored(unit, place), vector), {"doc_id": unit.document.doc_id})
        for place, (unit, vector) in enumerate(zip(units, vectors, strict=True))
    )
    with TemporaryDirectory(prefix="plain-chroma-") as folder:
        build_vectors(Path(folder) / "chroma", entries, count=len(units))
        with closing(VectorIndex.open(Path(folder) / "chroma")) as index:
            yield PlainChroma(units, index, embedder)


def hits_of(units: Iterable[Unit], *, k: int) -> tuple[Hit, ...]:
    """Return the first ``k`` documents by their best unit; ``units`` come best first."""
    best: dict[str, Unit] = {}
    for unit in units:
        if len(best) == k:
            break
        best.setdefault(unit.document.doc_id, unit)
    return tuple(_hit(unit, rank) for rank, unit in enumerate(best.values(), start=1))


def _chunks(document: Document, chunker: Chunker) -> Iterator[Unit]:
    text = titled_text(document)
    shift = len(text) - len(document.text)
    one = replace(document, text=text, sections=(Section("Text", 0, len(text)),))
    for chunk in chunker.chunk(one):
        start, end = max(chunk.start - shift, 0), max(chunk.end - shift, 0)
        yield Unit(document, start, end, chunk.text)


def _embedded(texts: Sequence[str], embedder: Embedder, journal: VectorJournal) -> Iterator[Vector]:
    keys = [vector_key(text) for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if journal.get(key) is None}
    if new:
        journal.append(list(new), embedder.embed_documents(list(new.values())))
    for key in keys:
        vector = journal.get(key)
        if vector is not None:
            yield vector


def _stored(unit: Unit, place: int) -> Chunk:
    return Chunk(
        chunk_id=str(place),
        doc_id=unit.document.doc_id,
        section="Text",
        start=unit.start,
        end=unit.end,
        text=unit.text,
        evidence="none",
    )


def _hit(unit: Unit, rank: int) -> Hit:
    """Return a unit as a hit that labels and explains nothing; its score orders, no more."""
    document, version = unit.document, unit.document.version
    shown = document.text[unit.start : unit.end]
    return Hit(
        rank=rank,
        score=1 / rank,
        source=Source(
            doc_id=document.doc_id,
            kind=document.kind,
            trial_id=document.trial_id,
            title=document.title,
            url=document.source_url,
            version=version,
        ),
        passage=Passage(document.doc_id, "Text", unit.start, unit.end, shown, version, ()),
        labels=Labels(document.voice, None, "none", None, None),
        explanation=Explanation(None, None, None, (), ()),
    )
