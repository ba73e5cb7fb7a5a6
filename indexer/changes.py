"""The difference between the inputs and the live catalogue, written as it is read.

Change is by content. A file whose bytes and reader are as they were is not even parsed; a
document whose digest is as it was is not chunked again. One document may stand in several
files: the newest version wins, and every such decision is told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from indexer.readers import Quarantined, Read, read_file
from retrieval.index.catalogue import Catalogue
from retrieval.index.entries import Origin, QuarantineItem, Stored, document_digest
from retrieval.index.manifest import sha256_of
from retrieval.language.compounds import Ladder
from retrieval.types import Document

Put = Callable[[Document, Origin], None]
Progress = Callable[[str, int, int], None]
ReadFile = Callable[[Path, Ladder], Iterator[Read | Quarantined]]

UNREADABLE = "unreadable"  # the stamp of a file whose bytes could not be had


@dataclass(slots=True)
class Changes:
    """What one reading of the inputs came to.

    ``holdings`` lists per file the documents that stand in it, live from there or not.
    ``refused`` is the part of ``quarantine`` that stands in files of this run.
    """

    added: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    moved: dict[str, Origin] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    holdings: dict[str, set[str]] = field(default_factory=dict)
    quarantine: list[QuarantineItem] = field(default_factory=list)
    refused: list[QuarantineItem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether a document came, went, changed or moved to another file."""
        return bool(self.added or self.updated or self.removed or self.moved)


@dataclass(frozen=True, slots=True)
class Live:
    """What the live catalogue knows; all of it empty for a first build."""

    stored: Mapping[str, Stored]
    stamps: Mapping[str, str]
    holdings: Mapping[str, set[str]]
    quarantine: tuple[QuarantineItem, ...]
    document: Callable[[str], Document | None]

    @classmethod
    def of(cls, catalogue: Catalogue | None) -> Live:
        if catalogue is None:
            return cls({}, {}, {}, (), lambda doc_id: None)
        return cls(
            catalogue.stored(),
            catalogue.files(),
            catalogue.holdings(),
            catalogue.quarantine(),
            catalogue.document,
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """The version of a document that stands so far: how recent, what, and from where."""

    recency: int
    digest: str
    origin: Origin


class ChangeReader:
    """Reads files against the live catalogue and hands on what is new or changed."""

    def __init__(
        self, live: Live, *, ladder: Ladder, reader: str, put: Put, read: ReadFile = read_file
    ) -> None:
        self._live = live
        self._ladder = ladder
        self._reader = reader
        self._read_documents = read
        self._put = put
        self._changes = Changes()
        self._holders: dict[str, Holder] = {}
        self._read: set[str] = set()
        self._broken: set[str] = set()

    def read(self, files: list[Path], *, prune: bool, retry: bool, progress: Progress) -> Changes:
        """Read the files and return what changed.

        ``prune`` removes documents that no file holds any more; ``retry`` reads files again
        that stand in quarantine although nothing about them changed.
        """
        again = {item.path for item in self._live.quarantine} if retry else set()
        for done, path in enumerate(files):
            progress("Reading files", done, len(files))
            if not _is_utf8(path):
                self._refuse_name(path)
                continue
            stamp = self._stamp(path)
            known = stamp != UNREADABLE and self._live.stamps.get(str(path)) == stamp
            if not known or str(path) in again:
                self._read_file(path)
            else:
                self._keep_file(str(path))
            self._changes.stamps[str(path)] = stamp
        progress("Reading files", len(files), len(files))
        self._changes.refused = list(self._changes.quarantine)
        self._keep_files_elsewhere()
        if prune:
            self._prune()
        return self._changes

    def _refuse_name(self, path: Path) -> None:
        escaped = os.fsencode(path).decode("utf-8", "backslashreplace")
        self._changes.quarantine.append(
            QuarantineItem(escaped, "", "bad_file_name", "the name is not UTF-8: rename the file")
        )

    def _stamp(self, path: Path) -> str:
        try:
            return f"{sha256_of(path)}:{self._reader}"
        except OSError:
            return UNREADABLE  # to be read all the same: that is what puts it in quarantine

    def _keep_file(self, path: str) -> None:
        self._changes.quarantine += [item for item in self._live.quarantine if item.path == path]
        self._changes.holdings[path] = self._live.holdings.get(path, set())
        self._changes.unchanged |= self._changes.holdings[path] - self._holders.keys()

    def _keep_files_elsewhere(self) -> None:
        """Keep what is known of files that this run was not asked to read."""
        for path, stamp in self._live.stamps.items():
            if path not in self._changes.stamps and Path(path).is_file():
                self._keep_file(path)
                self._changes.stamps[path] = stamp

    def _read_file(self, path: Path) -> None:
        self._read.add(str(path))
        held = self._changes.holdings.setdefault(str(path), set())
        for item in self._read_documents(path, self._ladder):
            match item:
                case Quarantined():
                    self._broken.add(item.path)
                    self._changes.quarantine.append(
                        QuarantineItem(item.path, item.position, item.code, item.message)
                    )
                case Read():
                    held.add(item.document.doc_id)
                    self._changes.notes += [
                        f"{item.document.doc_id} ({item.path}): {text}" for text in item.warnings
                    ]
                    self._consider(item.document, Origin(item.path, item.position))

    def _consider(self, document: Document, origin: Origin) -> None:
        """Take a document up, unless a newer version of it stands in another place."""
        digest = document_digest(document)
        rival = self._rival(document.doc_id, origin)
        if rival is not None:
            if rival.digest == digest:
                return  # the same text in two places is one document, not a conflict
            wins = recency(document) >= rival.recency
            self._tell_duplicate(document.doc_id, origin, rival.origin, wins=wins)
            if not wins:
                return
        self._accept(document, digest, origin)

    def _rival(self, doc_id: str, origin: Origin) -> Holder | None:
        """Return the version of this document that stands in another place, if any."""
        if doc_id in self._holders:
            return self._holders[doc_id]
        stored = self._live.stored.get(doc_id)
        if stored is None or stored.origin.path in (origin.path, *self._read):
            return None
        if not Path(stored.origin.path).is_file():
            return None
        live = self._live.document(doc_id)
        return None if live is None else Holder(recency(live), stored.digest, stored.origin)

    def _tell_duplicate(self, doc_id: str, origin: Origin, rival: Origin, *, wins: bool) -> None:
        kept, dropped = (origin, rival) if wins else (rival, origin)
        self._changes.notes.append(
            f"{doc_id} stands in {_place(kept)} and, in another version, in {_place(dropped)}: "
            f"the newest is kept, from {_place(kept)}"
        )

    def _accept(self, document: Document, digest: str, origin: Origin) -> None:
        doc_id, changes = document.doc_id, self._changes
        rewritten = doc_id in self._holders
        self._holders[doc_id] = Holder(recency(document), digest, origin)
        stored = self._live.stored.get(doc_id)
        if stored is not None and stored.digest == digest and not rewritten:
            changes.unchanged.add(doc_id)
            if stored.origin.path != origin.path:
                changes.moved[doc_id] = origin
            return
        changes.unchanged.discard(doc_id)
        (changes.added if stored is None else changes.updated).add(doc_id)
        self._put(document, origin)

    def _prune(self) -> None:
        gone = {
            doc_id
            for doc_id, stored in self._live.stored.items()
            if doc_id not in self._holders and self._left(stored.origin.path, doc_id)
        }
        # Another file may hold another version of what is gone from this one.
        for path, held in list(self._changes.holdings.items()):
            if path not in self._read and gone & held:
                kept = [item for item in self._changes.quarantine if item.path != path]
                self._changes.quarantine = kept
                self._read_file(Path(path))
        self._changes.removed = gone - self._holders.keys()
        self._changes.unchanged -= self._changes.removed

    def _left(self, path: str, doc_id: str) -> bool:
        """Tell whether a file no longer holds a document.

        A file that broke may still be meant to hold its documents: they stay.
        """
        if path in self._broken:
            return False
        return doc_id not in self._changes.holdings.get(path, set())


def recency(document: Document) -> int:
    """Return the date (``yyyymmdd``) by which versions of a document are ordered; 0 if none."""
    return document.fields.updated or document.page.ingested or 0


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _place(origin: Origin) -> str:
    return f"{origin.path} ({origin.position})" if origin.position else origin.path
