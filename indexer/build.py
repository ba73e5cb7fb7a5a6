"""A build is a function: (live snapshot, inputs) -> next snapshot.

It works in a folder that nobody reads and ends with two renames: the folder becomes a
snapshot, then CURRENT names it. A crash, a full disk or a bad model at any point before the
second rename leaves the live snapshot as it was.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexer.assemble import Assembled, Assembler
from indexer.base import Base, find_base, known_vectors
from indexer.changes import ChangeReader, Changes, Live, Progress, ReadFile
from indexer.chunking import CHUNKER_VERSION, Chunker, ChunkSize
from indexer.fresh import run_fresh
from indexer.journal import VectorJournal
from indexer.lock import writer_lock
from indexer.publish import BUILDING, next_name, publish, sweep
from indexer.readers import READER_VERSION, find_files, read_file
from retrieval.errors import (
    BuildError,
    DiskFull,
    NothingToBuild,
    SettingsError,
    VerificationFailed,
)
from retrieval.index.catalogue import Catalogue, CatalogueWriter, chroma_rows_digest
from retrieval.index.entries import ChunkedDocument, Origin, QuarantineItem, document_digest
from retrieval.index.headers import HEADER_TOKENS, HEADER_VERSION
from retrieval.index.manifest import (
    CATALOGUE,
    CHROMA,
    COLUMNS_VERSION,
    LEXICAL_VERSION,
    Counts,
    Manifest,
    Recipe,
    describe_files,
    fsync_tree,
)
from retrieval.language.compounds import Ladder
from retrieval.models.embedder import Embedder, EmbedderRecipe
from retrieval.question.fields import table_digest
from retrieval.types import Document

JOURNAL = "journal"

# What a chunk takes on disk in all: matrix, HNSW, Chroma's tables with their trigram index,
# tantivy. Measured over real records; half of it again is room for SQLite to work in.
BYTES_PER_CHUNK = 12_000
# With less than this left, a library that failed to write failed for want of space.
FULL_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What a build is told beside its inputs.

    ``keep`` counts snapshots, the live one included. ``prune`` removes documents that no
    file holds any more; ``retry`` reads quarantined files again though they are unchanged;
    ``rebuild`` makes the derived folders anew though nothing changed. ``read`` turns a file
    into documents; a test collection brings its own.
    """

    index_dir: Path
    size: ChunkSize
    keep: int = 3
    prune: bool = False
    retry: bool = False
    rebuild: bool = False
    read: ReadFile = read_file


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: documents, but for ``embedded`` and ``reused``, which count chunks.

    ``quarantined`` holds what this run's inputs could not give.
    """

    snapshot: str
    changed: bool
    counts: Counts
    added: int
    updated: int
    removed: int
    unchanged: int
    embedded: int
    reused: int
    quarantined: tuple[QuarantineItem, ...]
    notes: tuple[str, ...]


def quiet(phase: str, done: int, total: int) -> None:
    """A progress report that goes nowhere."""


def build(
    paths: Sequence[Path],
    settings: BuildSettings,
    *,
    embedder: Embedder,
    ladder: Ladder,
    progress: Progress = quiet,
) -> BuildReport:
    """Bring the index up to date with the given files and folders; other documents stay.

    Raises `NothingToBuild`, `IndexLocked`, `DiskFull`, `VerificationFailed` or another
    `BuildError`, or `SettingsError` for chunks that the embedder would cut; the live
    snapshot is then as it was.
    """
    _require_window(settings.size, embedder.recipe)
    files = list(find_files([path.absolute() for path in paths]))
    index_dir = settings.index_dir
    with _told_disk_errors(index_dir), writer_lock(index_dir):
        sweep(index_dir)
        base, notes = find_base(index_dir)
        folder = index_dir / f"{BUILDING}-{os.getpid()}"
        folder.mkdir()
        try:
            work = _Build(folder, base, settings, embedder=embedder, ladder=ladder)
            return work.run(files, notes=notes, progress=progress)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class _Build:
    """One build, in a folder of its own, under the lock."""

    def __init__(
        self,
        folder: Path,
        base: Base | None,
        settings: BuildSettings,
        *,
        embedder: Embedder,
        ladder: Ladder,
    ) -> None:
        self._folder = folder
        self._base = base
        self._settings = settings
        self._embedder = embedder
        self._ladder = ladder
        self._chunker = Chunker(embedder, size=settings.size)
        self._recipe = Recipe(
            embedder=embedder.recipe,
            chunk_tokens=settings.size.tokens,
            chunk_overlap=settings.size.overlap,
            chunker=CHUNKER_VERSION,
            header=HEADER_VERSION,
            reader=READER_VERSION,
            ladder=ladder.digest,
            lexical=LEXICAL_VERSION,
            columns=COLUMNS_VERSION,
        )

    def run(self, files: list[Path], *, notes: list[str], progress: Progress) -> BuildReport:
        changes, same = self._write_catalogue(files, progress=progress)
        changes.notes[:0] = notes
        if not self._settings.rebuild:
            _require_documents(files, changes, first=self._base is None)
        if self._base is not None and same:
            return _report(self._base.manifest, changes, Assembled(0, 0), changed=False)
        with closing(Catalogue(self._folder / CATALOGUE)) as catalogue:
            assembled = self._assemble(catalogue, progress=progress)
            self._write_chroma(progress=progress)
            manifest = self._describe(catalogue)
        run_fresh("indexer.verify", self._folder, progress=progress, failure=VerificationFailed)
        publish(
            self._folder, self._settings.index_dir, name=manifest.name, keep=self._settings.keep
        )
        self._journal_path().unlink(missing_ok=True)
        return _report(manifest, changes, assembled, changed=True)

    def _write_catalogue(self, files: list[Path], *, progress: Progress) -> tuple[Changes, bool]:
        """Write the next catalogue; return the changes, and whether there is no difference."""
        before = None if self._base is None else self._base.folder / CATALOGUE
        live = None if before is None else Catalogue(before)
        writer = CatalogueWriter(self._folder / CATALOGUE, base=before)
        try:
            known = Live.of(live)
            if live is not None and not self._chunks_alike():
                self._rechunk(live, writer, progress=progress)
            changes = self._read(files, known, writer, progress=progress)
            same = self._is_same(changes, known)
            if not same:
                writer.seal()
            return changes, same
        finally:
            writer.close()
            if live is not None:
                live.close()

    def _read(
        self, files: list[Path], known: Live, writer: CatalogueWriter, *, progress: Progress
    ) -> Changes:
        """Read the files, and write what differs from the live catalogue."""

        def put(document: Document, origin: Origin) -> None:
            entry = ChunkedDocument(document, self._chunker.chunk(document))
            writer.put(entry, digest=document_digest(document), origin=origin)

        reader = ChangeReader(
            known,
            ladder=self._ladder,
            reader=f"{READER_VERSION}:{self._ladder.digest}:{table_digest()}",
            put=put,
            read=self._settings.read,
        )
        changes = reader.read(
            files, prune=self._settings.prune, retry=self._settings.retry, progress=progress
        )
        for doc_id in changes.removed:
            writer.remove(doc_id)
        for doc_id, origin in changes.moved.items():
            writer.move(doc_id, origin)
        writer.set_files(changes.stamps, changes.holdings)
        writer.set_quarantine(changes.quarantine)
        return changes

    def _is_same(self, changes: Changes, known: Live) -> bool:
        """Tell whether the live snapshot is already what this build would make."""
        base = self._base
        return (
            base is not None
            and base.whole
            and base.manifest.recipe == self._recipe
            and not self._settings.rebuild
            and not changes.any
            and set(changes.quarantine) == set(known.quarantine)
        )

    def _rechunk(self, live: Catalogue, writer: CatalogueWriter, *, progress: Progress) -> None:
        stored = live.stored()
        for done, entry in enumerate(live.chunked()):
            progress("Chunking anew", done, len(stored))
            before = stored[entry.document.doc_id]
            chunks = self._chunker.chunk(entry.document)
            writer.put(
                ChunkedDocument(entry.document, chunks), digest=before.digest, origin=before.origin
            )

    def _chunks_alike(self) -> bool:
        """Tell whether the live chunks were cut as this build would cut them."""
        if self._base is None:
            return True
        ours, theirs = self._recipe, self._base.manifest.recipe
        return (ours.chunk_tokens, ours.chunk_overlap, ours.chunker, ours.embedder) == (
            theirs.chunk_tokens,
            theirs.chunk_overlap,
            theirs.chunker,
            theirs.embedder,
        )

    def _assemble(self, catalogue: Catalogue, *, progress: Progress) -> Assembled:
        if catalogue.count_chunks() == 0:
            raise NothingToBuild(
                "this build would leave the index empty; delete its folder if that is meant"
            )
        assembler = Assembler(self._folder, catalogue, ladder=self._ladder, progress=progress)
        _require_space(self._settings.index_dir, chunks=assembler.chunks)
        journal = VectorJournal(self._journal_path(), dimension=self._embedder.recipe.dimension)
        with closing(journal):
            assembled = assembler.write_vectors(
                self._embedder,
                known=known_vectors(self._settings.index_dir, self._embedder.recipe),
                journal=journal,
            )
        assembler.write_columns()
        assembler.write_lexical()
        return assembled

    def _write_chroma(self, *, progress: Progress) -> None:
        try:
            run_fresh("indexer.chroma", self._folder, progress=progress, failure=BuildError)
        except BuildError as error:
            # Chroma words a full disk as "Error in compaction" and the like.
            if shutil.disk_usage(self._folder).free < FULL_BYTES:
                raise DiskFull(_disk_full(self._settings.index_dir, error)) from error
            raise

    def _describe(self, catalogue: Catalogue) -> Manifest:
        cards = catalogue.cards()
        manifest = Manifest(
            name=next_name(self._settings.index_dir),
            parent=None if self._base is None else self._base.manifest.name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            method="fresh",
            recipe=self._recipe,
            counts=Counts(
                documents=len(cards),
                digests=sum(card.source.kind == "digest" for card in cards),
                trials=sum(card.source.kind == "trial" for card in cards),
                chunks=len(catalogue.chunk_places()),
                quarantined=len(catalogue.quarantine()),
            ),
            chroma_rows=chroma_rows_digest(self._folder / CHROMA),
            files=describe_files(self._folder),
        )
        manifest.write(self._folder)
        fsync_tree(self._folder)
        return manifest

    def _journal_path(self) -> Path:
        return self._settings.index_dir / JOURNAL / f"{self._embedder.recipe.digest}.vectors"


def _report(
    manifest: Manifest, changes: Changes, assembled: Assembled, *, changed: bool
) -> BuildReport:
    return BuildReport(
        snapshot=manifest.name,
        changed=changed,
        counts=manifest.counts,
        added=len(changes.added),
        updated=len(changes.updated),
        removed=len(changes.removed),
        unchanged=len(changes.unchanged),
        embedded=assembled.embedded,
        reused=assembled.reused if changed else manifest.counts.chunks,
        quarantined=tuple(changes.refused),
        notes=tuple(changes.notes),
    )


def _require_documents(files: list[Path], changes: Changes, *, first: bool) -> None:
    """Refuse a build that would leave nothing to search, or that was given nothing."""
    if not files:
        raise NothingToBuild(
            "the given paths hold no file of a kind that is read "
            "(.txt .md .html .json .jsonl, each also gzipped)"
        )
    if first and not changes.any:
        reasons = "; ".join(
            f"{item.path} {item.position}: {item.code}: {item.message}" for item in changes.refused
        )
        raise NothingToBuild(f"no document could be read from {len(files)} file(s): {reasons}")


def _require_window(size: ChunkSize, embedder: EmbedderRecipe) -> None:
    """Refuse chunks whose end the embedder would not read: nothing would ever find it."""
    room = embedder.max_tokens - HEADER_TOKENS
    if size.tokens > room:
        advice = f"set it to at most {room}, or choose" if room > 0 else "choose"
        raise SettingsError(
            f"CHUNK_TOKENS={size.tokens} and a header of up to {HEADER_TOKENS} tokens do not fit "
            f"into the {embedder.max_tokens} tokens that {embedder.name} reads; {advice} another "
            "EMBEDDING_MODEL"
        )


def _require_space(index_dir: Path, *, chunks: int) -> None:
    free = shutil.disk_usage(index_dir).free
    if free < chunks * BYTES_PER_CHUNK:
        raise DiskFull(
            f"{chunks} chunks need about {chunks * BYTES_PER_CHUNK >> 20} MiB in {index_dir}, "
            f"where {free >> 20} MiB are free; the live snapshot is as it was"
        )


@contextmanager
def _told_disk_errors(index_dir: Path) -> Iterator[None]:
    """Turn the many ways in which libraries report a full disk into ours."""
    try:
        yield
    except DiskFull:
        raise
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        told = str(error).lower()
        if full or "no space left" in told or "disk is full" in told or "quota exceeded" in told:
            raise DiskFull(_disk_full(index_dir, error)) from error
        if isinstance(error, OSError):
            raise BuildError(f"the build in {index_dir} failed: {error}") from error
        raise


def _disk_full(index_dir: Path, error: Exception) -> str:
    return (
        f"the disk of {index_dir} ran full ({error}); the live snapshot is as it was. "
        "Free some space and run the same command again: it goes on where it stopped"
    )
