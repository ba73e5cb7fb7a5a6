"""The catalogue: documents, chunks, origins and quarantine of a snapshot; the door to sqlite3.

A chunk is stored as a span of its document, never as text of its own, so that
``document.text[start:end] == chunk.text`` cannot drift. Documents in the order of ``doc_id``
and their chunks in the order of position give the rows of the vector matrix.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from retrieval.errors import IndexDamaged
from retrieval.index.entries import (
    Card,
    ChunkedDocument,
    ChunkPlace,
    Origin,
    QuarantineItem,
    Stored,
    document_row,
    title_key,
)
from retrieval.types import (
    Chunk,
    Document,
    PageFields,
    PathSpan,
    Section,
    Source,
    TrialFields,
)

SCHEMA = """
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY, kind TEXT NOT NULL, trial_id TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, sections TEXT NOT NULL, fields TEXT NOT NULL, page TEXT NOT NULL,
    source_url TEXT NOT NULL, version TEXT NOT NULL, title_key TEXT NOT NULL,
    digest TEXT NOT NULL, path TEXT NOT NULL, position TEXT NOT NULL
);
CREATE INDEX documents_by_title ON documents (title_key);
CREATE TABLE paths (
    doc_id TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (doc_id, start)
) WITHOUT ROWID;
CREATE TABLE chunks (
    doc_id TEXT NOT NULL, position INTEGER NOT NULL, chunk_id TEXT NOT NULL,
    section TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, evidence TEXT NOT NULL,
    PRIMARY KEY (doc_id, position)
) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE holdings (
    path TEXT NOT NULL, doc_id TEXT NOT NULL, PRIMARY KEY (path, doc_id)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    path TEXT NOT NULL, position TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL
);
"""

DOCUMENT = "doc_id, kind, trial_id, title, text, sections, fields, page, source_url"


class Catalogue:
    """A sealed catalogue, read-only; threads may share it.

    Each call borrows a connection, so that there are as many as there were calls at once: a
    server's threads come and go, and a connection for each of them would stay open.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise IndexDamaged(f"{path} is missing; `indexer build` makes a new snapshot")
        # immutable: SQLite then writes no journal or lock file into the sealed folder.
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._idle: list[sqlite3.Connection] = []

    def close(self) -> None:
        """Close; no call may be under way."""
        while self._idle:
            self._idle.pop().close()

    def document(self, doc_id: str) -> Document | None:
        """Return one document, or None when this id is not live."""
        rows = self._all(f"SELECT {DOCUMENT} FROM documents WHERE doc_id = ?", doc_id)  # noqa: S608 - DOCUMENT is a constant
        return self._document(rows[0]) if rows else None

    def chunked(self) -> Iterator[ChunkedDocument]:
        """Yield every document with its chunks, in the order of the matrix rows."""
        for (doc_id,) in self._all("SELECT doc_id FROM documents ORDER BY doc_id"):
            document = self.document(doc_id)
            if document is not None:
                yield ChunkedDocument(document, self._chunks(document))

    def count_chunks(self) -> int:
        return int(self._all("SELECT count(*) FROM chunks")[0][0])

    def trial_fields(self) -> dict[str, TrialFields]:
        """Return per ``trial_id`` the fields that its registry record states."""
        rows = self._all("SELECT trial_id, fields FROM documents WHERE kind = 'trial'")
        return {trial_id: _trial_fields(fields) for trial_id, fields in rows}

    def cards(self) -> list[Card]:
        """Return what a hit shows of each document, in the order of ordinals."""
        rows = self._all(
            "SELECT doc_id, kind, trial_id, title, source_url, version, "
            "json_extract(page, '$.model'), json_extract(fields, '$.updated'), "
            "json_extract(page, '$.ingested'), json_extract(fields, '$.has_results') "
            "FROM documents ORDER BY doc_id"
        )
        return [
            Card(
                source=Source(*source),
                digest_model=model,
                as_of=ingested if updated is None else updated,
                has_results=None if has_results is None else bool(has_results),
            )
            for *source, model, updated, ingested, has_results in rows
        ]

    def chunk_places(self) -> list[ChunkPlace]:
        """Return the place of each chunk, in the order of the matrix rows."""
        rows = self._all(
            "SELECT chunk_id, doc_id, section, start, end, evidence FROM chunks "
            "ORDER BY doc_id, position"
        )
        return [ChunkPlace(*row) for row in rows]

    def stored(self) -> dict[str, Stored]:
        """Return per ``doc_id`` the digest of its content and where it was read."""
        rows = self._all("SELECT doc_id, digest, path, position FROM documents")
        return {doc_id: Stored(digest, Origin(*origin)) for doc_id, digest, *origin in rows}

    def files(self) -> dict[str, str]:
        """Return per file that was read its stamp (content hash and reader)."""
        return dict(self._all("SELECT path, stamp FROM files"))

    def holdings(self) -> dict[str, set[str]]:
        """Return per file the ids of the documents that stand in it, live from there or not."""
        held: dict[str, set[str]] = {}
        for path, doc_id in self._all("SELECT path, doc_id FROM holdings"):
            held.setdefault(path, set()).add(doc_id)
        return held

    def quarantine(self) -> tuple[QuarantineItem, ...]:
        """Return what could not be read, in the order of files and places."""
        rows = self._all("SELECT path, position, code, message FROM quarantine ORDER BY rowid")
        return tuple(QuarantineItem(*row) for row in rows)

    def slice(self, doc_id: str, start: int, end: int) -> str:
        """Return ``document.text[start:end]``."""
        rows = self._all(
            "SELECT substr(text, ?, ?) FROM documents WHERE doc_id = ?",
            start + 1,
            end - start,
            doc_id,
        )
        return str(rows[0][0])

    def paths_within(self, doc_id: str, start: int, end: int) -> tuple[str, ...]:
        """Return the JSON paths of the values rendered in ``text[start:end]``, in order."""
        rows = self._all(
            "SELECT path FROM paths WHERE doc_id = ? AND start < ? AND end > ? ORDER BY start",
            doc_id,
            end,
            start,
        )
        return tuple(row[0] for row in rows)

    def titled(self, title: str) -> tuple[str, ...]:
        """Return the ids of the documents of exactly this title, up to case and punctuation."""
        key = title_key(title)
        rows = self._all("SELECT doc_id FROM documents WHERE title_key = ?", key) if key else []
        return tuple(row[0] for row in rows)

    def _document(self, row: tuple[Any, ...]) -> Document:
        doc_id, kind, trial_id, title, text, sections, fields, page, source_url = row
        paths = self._all("SELECT start, end, path FROM paths WHERE doc_id = ?", doc_id)
        return Document(
            doc_id=doc_id,
            kind=kind,
            trial_id=trial_id,
            title=title,
            text=text,
            sections=tuple(Section(**section) for section in json.loads(sections)),
            fields=_trial_fields(fields),
            page=PageFields(**_tuples(json.loads(page))),
            paths=tuple(PathSpan(*path) for path in paths),
            source_url=source_url,
        )

    def _chunks(self, document: Document) -> tuple[Chunk, ...]:
        rows = self._all(
            "SELECT chunk_id, section, start, end, evidence FROM chunks WHERE doc_id = ? "
            "ORDER BY position",
            document.doc_id,
        )
        return tuple(
            Chunk(
                chunk_id=chunk_id,
                doc_id=document.doc_id,
                section=section,
                start=start,
                end=end,
                text=document.text[start:end],
                evidence=evidence,
            )
            for chunk_id, section, start, end, evidence in rows
        )

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._borrowed() as connection:
                return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise IndexDamaged(f"the catalogue {self._uri} cannot be read: {error}") from error

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
        try:
            yield connection
        finally:
            self._idle.append(connection)


class CatalogueWriter:
    """A catalogue being made: a copy of the live one, or empty, and the difference to it.

    It lives in a folder that nobody reads, so SQLite's own journal is off; `seal` compacts
    the file, which is also what makes removed text leave the disk.
    """

    def __init__(self, path: Path, *, base: Path | None) -> None:
        if base is not None:
            shutil.copyfile(base, path)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        if base is None:
            self._connection.executescript(SCHEMA)
        self._connection.execute("BEGIN")

    def put(self, entry: ChunkedDocument, *, digest: str, origin: Origin) -> None:
        """Store a document and its chunks in the place of any version before it."""
        document = entry.document
        self.remove(document.doc_id)
        self._connection.execute(
            f"INSERT INTO documents ({DOCUMENT}, version, title_key, digest, path, position) "  # noqa: S608 - DOCUMENT is a constant
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *document_row(document),
                document.version,
                title_key(document.title),
                digest,
                origin.path,
                origin.position,
            ),
        )
        self._connection.executemany(
            "INSERT INTO paths VALUES (?, ?, ?, ?)",
            ((document.doc_id, span.start, span.end, span.path) for span in document.paths),
        )
        self._connection.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (document.doc_id, n, c.chunk_id, c.section, c.start, c.end, c.evidence)
                for n, c in enumerate(entry.chunks)
            ),
        )

    def remove(self, doc_id: str) -> None:
        """Remove a document with its chunks and paths; an unknown id is no error."""
        for table in ("documents", "paths", "chunks"):
            self._connection.execute(f"DELETE FROM {table} WHERE doc_id = ?", (doc_id,))  # noqa: S608 - three constants

    def move(self, doc_id: str, origin: Origin) -> None:
        """Record that an unchanged document is now read from another place."""
        self._connection.execute(
            "UPDATE documents SET path = ?, position = ? WHERE doc_id = ?",
            (origin.path, origin.position, doc_id),
        )

    def set_files(self, stamps: Mapping[str, str], holdings: Mapping[str, set[str]]) -> None:
        """Replace the list of files that were read, and of the documents in each."""
        self._connection.execute("DELETE FROM files")
        self._connection.executemany("INSERT INTO files VALUES (?, ?)", stamps.items())
        self._connection.execute("DELETE FROM holdings")
        self._connection.executemany(
            "INSERT INTO holdings VALUES (?, ?)",
            ((path, doc_id) for path, held in holdings.items() for doc_id in sorted(held)),
        )

    def set_quarantine(self, items: Iterable[QuarantineItem]) -> None:
        """Replace the quarantine."""
        self._connection.execute("DELETE FROM quarantine")
        self._connection.executemany(
            "INSERT INTO quarantine VALUES (?, ?, ?, ?)",
            ((item.path, item.position, item.code, item.message) for item in items),
        )

    def seal(self) -> None:
        """Commit and compact; nothing may be written after."""
        self._connection.execute("COMMIT")
        self._connection.execute("VACUUM")

    def close(self) -> None:
        """Close; what was not sealed is lost."""
        self._connection.close()


def chroma_rows_digest(folder: Path) -> str:
    """Return a digest of the ids and documents in a Chroma folder's own SQLite file.

    That file may change by being opened, so a snapshot is checked by its rows (tables as of
    chromadb 1.5.9, which is pinned).
    """
    path = folder / "chroma.sqlite3"
    rows = (
        "SELECT e.embedding_id, m.string_value FROM embeddings e JOIN embedding_metadata m "
        "ON m.id = e.id AND m.key = 'chroma:document' ORDER BY e.embedding_id"
    )
    state = sha256()
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            for chunk_id, text in connection.execute(rows):
                state.update(f"{chunk_id}\0{text}\0".encode())
    except sqlite3.Error as error:
        raise IndexDamaged(f"{path} cannot be read: {error}") from error
    return state.hexdigest()


def _trial_fields(value: str) -> TrialFields:
    values = json.loads(value)
    stated = tuple((name, tuple(held)) for name, held in values.pop("stated", ()))
    return TrialFields(**_tuples(values), stated=stated)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
